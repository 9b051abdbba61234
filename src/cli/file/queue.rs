//! Which files of a folder are to be sent, and in which order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::Failure;

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) size: u64,
    /// When it was last changed, in microseconds.
    pub(super) modified: i64,
}

/// The file at that path.
pub(super) fn at(path: &Path) -> Result<Waiting, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| Failure::failed(format!("cannot read {}: {why}", path.display()));
    let meta = fs::metadata(path).map_err(|err| unreadable(&err))?;
    if !meta.is_file() {
        return Err(unreadable(&"it is no file"));
    }
    let modified = meta.modified().map_err(|err| unreadable(&err))?;
    let modified = Timestamp::try_from(modified).map_err(|err| unreadable(&err))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Waiting {
        path: path.to_owned(),
        name: name.unwrap_or_default(),
        size: meta.len(),
        modified: modified.as_microsecond(),
    })
}

/// Files of a folder with that extension, by name, or the oldest first. Those that were changed within `settle` are still being
/// written, and wait.
pub(super) fn of_folder(
    folder: &Path,
    extension: Option<&str>,
    oldest_first: bool,
    now: Timestamp,
    settle: Duration,
) -> Result<Vec<Waiting>, Failure> {
    let unreadable = |err| Failure::failed(format!("cannot read {}: {err}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let fits = extension.is_none_or(|wanted| {
            let has = path.extension().and_then(|extension| extension.to_str());
            has.is_some_and(|has| has.eq_ignore_ascii_case(wanted.trim_start_matches('.')))
        });
        // One that is gone or no file is nobody's business here.
        if fits && let Ok(waiting) = at(&path) {
            found.push(waiting);
        }
    }
    let settled = now
        .as_microsecond()
        .saturating_sub(i64::try_from(settle.as_micros()).unwrap_or(i64::MAX));
    found.retain(|waiting| waiting.modified <= settled);
    if oldest_first {
        found.sort_by(|one, other| (one.modified, &one.name).cmp(&(other.modified, &other.name)));
    } else {
        found.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::clock::now;

    #[test]
    fn a_folder_gives_its_files_oldest_first_and_waits_for_what_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = now() - Duration::from_secs(3_600);
        for (name, minutes) in [("b.csv", 3), ("a.csv", 2), ("c.CSV", 1), ("d.json", 4)] {
            let path = folder.path().join(name);
            fs::write(&path, name).unwrap();
            let at = long_ago - Duration::from_secs(60 * minutes);
            fs::File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(at.into())
                .unwrap();
        }
        fs::write(folder.path().join("new.csv"), "still").unwrap();
        fs::create_dir(folder.path().join("folder.csv")).unwrap();
        let names = |oldest, settle| -> Vec<String> {
            let found = of_folder(folder.path(), Some("csv"), oldest, now(), settle).unwrap();
            found.into_iter().map(|waiting| waiting.name).collect()
        };
        let minute = Duration::from_secs(60);
        assert_eq!(names(true, minute), ["b.csv", "a.csv", "c.CSV"]);
        assert_eq!(names(false, minute), ["a.csv", "b.csv", "c.CSV"]);
        assert!(of_folder(&folder.path().join("nothing"), None, false, now(), minute).is_err());
    }
}
