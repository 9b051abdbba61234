//! `backup`: copies the store into the folder `backups` of the data folder, checks the copy, keeps the newest few.
//!
//! Off unless configured or enabled by an operator. It never touches a file that is not a copy of its own.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::copies;
use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;
use crate::store::StoreError;
use crate::store::backup::{Backup as Copy, backup};
use crate::wire::ErrorCode;

/// The folder inside the data folder.
const FOLDER: &str = "backups";
/// Longest time for a copy. One that takes longer counts as failed, and ends by itself.
const TIME_MAX: Duration = Duration::from_secs(3_600);

/// Holds nothing: which copies there are is on the disk.
pub(crate) struct Backup;

impl Repeating for Backup {
    const NAME: &'static str = "backup";

    fn rhythm(house: &House) -> Rhythm {
        let config = &house.config.services;
        Rhythm {
            every: Duration::from_secs(config.backup_minutes.saturating_mul(60)),
            time_max: TIME_MAX,
            is_enabled: config.backup,
        }
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    /// A server that is often restarted must not begin its interval anew each time.
    async fn first_after(&mut self, house: &House) -> Option<Duration> {
        let folder = folder(house);
        let names = blocking(move || names_in(&folder)).await.ok()?;
        let newest = names.iter().filter_map(|name| copies::taken_at(name)).max()?;
        let age = house.clock.now().duration_since(newest);
        let age = Duration::try_from(age).unwrap_or_default();
        let left = Self::rhythm(house).every.saturating_sub(age);
        (!left.is_zero()).then_some(left)
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let (folder, url) = (folder(house), house.store.url().clone());
        let (now, keep) = (house.clock.now(), house.config.services.backup_keep);
        blocking(move || {
            make(&folder)?;
            clear(&folder)?;
            let name = copies::name_of(now);
            let copy = match backup(&url, &folder.join(&name)) {
                // Asked for twice in a second.
                Err(StoreError::Exists { .. }) => return Ok(format!("{FOLDER}/{name} is there already")),
                copied => copied?,
            };
            let removed = prune(&folder, keep)?;
            Ok(told(&name, &copy, removed))
        })
        .await
    }
}

fn folder(house: &House) -> PathBuf {
    house.config.server.data.join(FOLDER)
}

fn told(name: &str, copy: &Copy, removed: usize) -> String {
    let removed = match removed {
        0 => String::new(),
        some => format!("; {some} old removed"),
    };
    format!("wrote {FOLDER}/{name}, {} bytes, checked{removed}", copy.bytes)
}

/// Runs what waits for the disk beside the arbiters.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|err| Error::new(ErrorCode::Internal, "the copy broke off").cause(err))?;
    done.map_err(refusal)
}

/// What an operator may read everywhere; paths of this machine stay in the log.
fn refusal(err: StoreError) -> Error {
    let shown = match &err {
        StoreError::File { action, source, .. } => format!("cannot {action} of the copies: {}", source.kind()),
        StoreError::Damaged { .. } => "the copy is damaged and was dropped".to_owned(),
        _ => return err.into(),
    };
    Error::new(ErrorCode::Unavailable, shown).cause(err)
}

fn make(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StoreError::file("make the folder", folder, error))
}

/// Every name in the folder; none when it is not there.
fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| StoreError::file("read the folder", folder, error))?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.collect())
}

/// Removes what copies left that were never finished: a server that was killed leaves such.
fn clear(folder: &Path) -> Result<(), StoreError> {
    for name in names_in(folder)? {
        let path = folder.join(&name);
        // The name is taken before the copy is written.
        let is_empty = || fs::metadata(&path).is_ok_and(|about| about.len() == 0);
        if copies::is_left_over(&name) || (copies::taken_at(&name).is_some() && is_empty()) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn prune(folder: &Path, keep: usize) -> Result<usize, StoreError> {
    let gone = copies::to_remove(&names_in(folder)?, keep);
    for name in &gone {
        remove(&folder.join(name))?;
    }
    Ok(gone.len())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    fs::remove_file(path).map_err(|error| StoreError::file("remove a file", path, error))
}
