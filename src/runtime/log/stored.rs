//! Files of `s.storelog`: opened only if they are new or were made here, and never through a link.
//!
//! Such a file begins with a line by which it is known again. It may block: call it where that is allowed.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use super::names::BadName;

/// Files in the folder; one more is not made.
pub(super) const FILES_MAX: usize = 100;
/// The first line of a file made here.
const MARK: &str = "# events of motorpool, stored by s.storelog\n";

/// Why events are not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreLogError {
    /// No such name is taken.
    #[error(transparent)]
    Name(#[from] BadName),
    /// Something else is there.
    #[error("'{0}' is there and was not made by s.storelog, it is left alone")]
    Foreign(String),
    /// It has its bound already.
    #[error("'{name}' has {bytes} bytes, at most {bytes_max} are stored: name another file")]
    Full {
        /// The file.
        name: String,
        /// Its length.
        bytes: u64,
        /// The bound.
        bytes_max: u64,
    },
    /// The folder has its bound already.
    #[error("the folder of stored events has {got} files, at most {FILES_MAX} are kept: remove some")]
    TooMany {
        /// How many it has.
        got: usize,
    },
    /// The system does not let us.
    #[error("'{name}' cannot be written")]
    Io {
        /// The file.
        name: String,
        /// Its reason, for the log.
        #[source]
        why: io::Error,
    },
}

/// The file, to be written behind what it has.
pub(super) fn open_stored(folder: &Path, name: &str, bytes_max: u64, at: Timestamp) -> Result<File, StoreLogError> {
    let failed = |why: io::Error| StoreLogError::Io {
        name: name.to_owned(),
        why,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(name);
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mode = Mode::RUSR | Mode::WUSR;
    let mut file = match open(&path, flags, mode) {
        Ok(there) => known(File::from(there), name, bytes_max, failed)?,
        Err(Errno::NOENT) => {
            let got = fs::read_dir(folder).map_err(failed)?.count();
            if got >= FILES_MAX {
                return Err(StoreLogError::TooMany { got });
            }
            let made = open(&path, flags | OFlags::CREATE | OFlags::EXCL, mode);
            let mut file = File::from(made.map_err(|err| failed(err.into()))?);
            file.write_all(MARK.as_bytes()).map_err(failed)?;
            file
        }
        Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Err(StoreLogError::Foreign(name.to_owned())),
        Err(err) => return Err(failed(err.into())),
    };
    file.write_all(format!("# from {at} on\n").as_bytes()).map_err(failed)?;
    Ok(file)
}

/// A file that was there, if it was made here and has room.
fn known(
    mut file: File,
    name: &str,
    bytes_max: u64,
    failed: impl Fn(io::Error) -> StoreLogError + Copy,
) -> Result<File, StoreLogError> {
    let about = file.metadata().map_err(failed)?;
    let mut mark = [0; MARK.len()];
    if !about.is_file() || file.read_exact(&mut mark).is_err() || mark != *MARK.as_bytes() {
        return Err(StoreLogError::Foreign(name.to_owned()));
    }
    if about.len() >= bytes_max {
        return Err(StoreLogError::Full {
            name: name.to_owned(),
            bytes: about.len(),
            bytes_max,
        });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_open(folder: &Path, name: &str) -> Result<File, StoreLogError> {
        open_stored(folder, name, 1_000, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_file_made_here_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        try_open(&logs, "a.txt").unwrap().write_all(b"one\n").unwrap();
        try_open(&logs, "a.txt").unwrap().write_all(b"two\n").unwrap();
        let text = fs::read_to_string(logs.join("a.txt")).unwrap();
        let from = "# from 1970-01-01T00:00:00Z on\n";
        assert_eq!(text, format!("{MARK}{from}one\n{from}two\n"));
    }

    #[test]
    fn nothing_that_was_not_made_here_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("mine.txt"), "mine").unwrap();
        fs::write(at.join("empty.txt"), "").unwrap();
        fs::create_dir(at.join("folder.txt")).unwrap();
        std::os::unix::fs::symlink(at.join("target"), at.join("link.txt")).unwrap();
        for name in ["mine.txt", "empty.txt", "folder.txt", "link.txt"] {
            let refused = try_open(at, name).unwrap_err();
            assert!(matches!(refused, StoreLogError::Foreign(_)), "{name}: {refused:?}");
        }
        assert_eq!(fs::read_to_string(at.join("mine.txt")).unwrap(), "mine");
        assert!(!at.join("target").exists());
    }

    #[test]
    fn a_full_file_and_a_full_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        drop(try_open(at, "a.txt").unwrap());
        let bytes = fs::metadata(at.join("a.txt")).unwrap().len();
        let refused = open_stored(at, "a.txt", bytes, Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(matches!(refused, StoreLogError::Full { .. }), "{refused:?}");
        assert!(open_stored(at, "a.txt", bytes + 1, Timestamp::UNIX_EPOCH).is_ok());
        for number in 1..FILES_MAX {
            drop(try_open(at, &format!("{number}.txt")).unwrap());
        }
        let refused = try_open(at, "one-more.txt").unwrap_err();
        assert!(
            matches!(refused, StoreLogError::TooMany { got: FILES_MAX }),
            "{refused:?}"
        );
        assert!(try_open(at, "1.txt").is_ok(), "those there are go on");
    }
}
