//! A camera that is a folder: pictures are played as its frames, those whose names begin with a step for that step.
//!
//! `straight*`, `turn_left*`, `turn_right*` and `nearer*`, files or folders of files; a folder where nothing is named so is
//! played from its first file to its last. It looks at names only; what the pictures show is the server's to judge.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::input::{self, tell};
use crate::client::unit::{FaceChallenge, Opened, Unit};
use crate::client::{ClientError, ConnectOptions};
use crate::wire::{ErrorCode, WireError};

/// Most frames of one challenge, as the server takes them.
const FRAMES_MAX: usize = 10;
/// Files of a folder that are looked at.
const FILES_MAX: usize = 1_000;
/// Largest picture that is read; the server's bound is lower unless it was raised.
const PICTURE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Longest wait for a connection, with a person before the car.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// The folder, and how the server is reached with what is in it.
pub(super) struct Camera {
    pub(super) folder: PathBuf,
    pub(super) connect: ConnectOptions,
}

impl Camera {
    /// Shows a person what to do, plays the frames, asks for the PIN, asks to open the car.
    pub(super) async fn unlock(&self, unit: &Unit) -> Result<Opened, ClientError> {
        let challenge = unit.face_challenge().await?;
        let folder = self.folder.clone();
        let wanted = challenge.clone();
        let frames = tokio::task::spawn_blocking(move || frames(&folder, &wanted)).await;
        let frames = frames.map_err(|_| ClientError::gone())?.map_err(|why| WireError {
            code: ErrorCode::Unavailable,
            message: format!("the camera gives no picture: {why}"),
            detail: None,
        })?;
        let client = unit.link().client(CONNECTION_WAIT).await?;
        let mut pictures = client.pictures(&self.connect).await?;
        let mut sent = Vec::new();
        let mut step = "";
        for (of, frame) in &frames {
            if of != step {
                step = of;
                tell(said(step));
            }
            sent.push(pictures.send(frame, Some(&challenge.challenge)).await?);
        }
        let pin = if challenge.pin {
            input::secret("please input your PIN:").await
        } else {
            None
        };
        unit.unlock_face(&challenge.challenge, &sent, pin).await
    }
}

/// What the person reads.
fn said(step: &str) -> &str {
    match step {
        "straight" => "look straight at the camera",
        "turn_left" => "turn your head to your left",
        "turn_right" => "turn your head to your right",
        "nearer" => "come nearer to the camera",
        other => other,
    }
}

/// The frames of a challenge, each with its step.
fn frames(folder: &Path, challenge: &FaceChallenge) -> Result<Vec<(String, Vec<u8>)>, String> {
    let names = list(folder)?;
    let plan = plan(&challenge.steps, |step| {
        let of_step: Vec<&PathBuf> = names.iter().filter(|path| begins(path, step)).collect();
        let files = of_step.into_iter().flat_map(|path| {
            if path.is_dir() {
                list(path).unwrap_or_default()
            } else {
                vec![path.clone()]
            }
        });
        files.collect()
    });
    let plan = match plan {
        Some(plan) => plan,
        // Nothing is named after a step: what there is is played.
        None => {
            let step = challenge.steps.join(", ");
            let files = names.into_iter().filter(|path| path.is_file()).take(FRAMES_MAX);
            files.map(|file| (step.clone(), file)).collect()
        }
    };
    if plan.is_empty() {
        return Err(format!("{} holds no pictures", folder.display()));
    }
    plan.into_iter().map(|(step, file)| Ok((step, read(&file)?))).collect()
}

/// Which files are played for which step, in order; `None` when a step has none. A step that comes twice goes on where it
/// ended: a frame that was shown is no proof any more.
fn plan(steps: &[String], files_of: impl Fn(&str) -> Vec<PathBuf>) -> Option<Vec<(String, PathBuf)>> {
    let each = FRAMES_MAX.checked_div(steps.len())?.max(1);
    let mut shown: HashMap<&str, usize> = HashMap::new();
    let mut plan = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let files = files_of(step);
        let after = steps.iter().skip(place + 1).filter(|later| *later == step).count();
        let first = shown.entry(step).or_default();
        // Later turns of the same step get their share.
        let left = files.len().saturating_sub(*first);
        let count = left.div_ceil(after + 1).min(each);
        if count == 0 {
            return None;
        }
        let now = files.into_iter().skip(*first).take(count);
        plan.extend(now.map(|file| (step.clone(), file)));
        *first += count;
    }
    Some(plan)
}

fn begins(path: &Path, step: &str) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(step))
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)?.take(FILES_MAX) {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let failed = |error| format!("{}: {error}", file.display());
    let mut picture = Vec::new();
    let open = fs::File::open(file).map_err(failed)?;
    open.take(PICTURE_BYTES_MAX).read_to_end(&mut picture).map_err(failed)?;
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn challenge(names: &[&str]) -> FaceChallenge {
        FaceChallenge {
            challenge: "c".to_owned(),
            steps: steps(names),
            expires_at: jiff::Timestamp::UNIX_EPOCH,
            frames_min: 3,
            pin: true,
        }
    }

    fn played(folder: &Path, names: &[&str]) -> Vec<String> {
        let frames = frames(folder, &challenge(names)).unwrap();
        let text = |frame: Vec<u8>| String::from_utf8(frame).unwrap();
        frames
            .into_iter()
            .map(|(step, frame)| format!("{step}:{}", text(frame)))
            .collect()
    }

    #[test]
    fn pictures_are_played_for_the_steps_they_are_named_after() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(dir.path().join(name), name).unwrap();
        ["turn_left.jpg", "straight-2.jpg", "straight-1.jpg", ".hidden"]
            .into_iter()
            .for_each(put);
        fs::create_dir(dir.path().join("nearer")).unwrap();
        fs::write(dir.path().join("nearer/1.jpg"), "n").unwrap();
        assert_eq!(
            played(dir.path(), &["straight", "nearer", "turn_left"]),
            [
                "straight:straight-1.jpg",
                "straight:straight-2.jpg",
                "nearer:n",
                "turn_left:turn_left.jpg"
            ]
        );
        // A step that comes twice shows new frames the second time.
        assert_eq!(
            played(dir.path(), &["straight", "nearer", "straight"]),
            ["straight:straight-1.jpg", "nearer:n", "straight:straight-2.jpg"]
        );
    }

    #[test]
    fn without_names_everything_is_played_in_order_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..20 {
            fs::write(dir.path().join(format!("{number:02}.jpg")), number.to_string()).unwrap();
        }
        let played = played(dir.path(), &["straight", "nearer"]);
        assert_eq!(
            (played.len(), &*played[0], &*played[9]),
            (10, "straight, nearer:0", "straight, nearer:9")
        );
    }

    #[test]
    fn a_folder_without_pictures_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let empty = frames(dir.path(), &challenge(&["straight"])).unwrap_err();
        assert!(empty.contains("holds no pictures"), "{empty}");
        assert!(frames(&dir.path().join("none"), &challenge(&["straight"])).is_err());
    }
}
