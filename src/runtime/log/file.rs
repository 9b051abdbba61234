//! A file of log lines that never grows past its bound: it is rotated, or it ends.
//!
//! Used by one thread of its own, which may block. A failed write loses the lines it was to write, says how many,
//! and leaves no half line behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes gathered before they are written at the latest.
const BATCH_BYTES: usize = 64 * 1024;
/// Only its owner reads a log: it has addresses and names of people.
const MODE: u32 = 0o600;

/// What happens when a file is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It becomes `.1`, what was `.1` becomes `.2`, and so on; so many files are kept, this one included.
    Rotate {
        /// Files kept.
        files_max: usize,
    },
    /// Nothing more is written.
    End,
}

/// Why lines were not written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The system did not take them.
    Lost {
        /// How many.
        lines: u64,
        /// Its reason.
        why: io::Error,
    },
    /// The file has its bound and ends there.
    Full,
}

/// Invariant: `len` is the length of the file as far as whole lines go.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: Option<File>,
    len: u64,
    bytes_max: u64,
    when_full: WhenFull,
    batch: Vec<u8>,
    batch_lines: u64,
}

impl LogFile {
    /// Goes on behind what the file has.
    pub(super) fn open(path: PathBuf, bytes_max: u64, when_full: WhenFull) -> io::Result<Self> {
        let file = append(&path)?;
        Self::from_open(file, path, bytes_max, when_full)
    }

    /// Goes on behind what an open file has.
    pub(super) fn from_open(file: File, path: PathBuf, bytes_max: u64, when_full: WhenFull) -> io::Result<Self> {
        Ok(Self {
            path,
            len: file.metadata()?.len(),
            file: Some(file),
            bytes_max,
            when_full,
            batch: Vec::new(),
            batch_lines: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file of that name anew: it was moved away.
    pub(super) fn reopen(&mut self) -> Result<(), Fault> {
        let flushed = self.flush();
        self.file = None;
        flushed.and_then(|()| self.reach().map(drop).map_err(|why| Fault::Lost { lines: 0, why }))
    }

    /// Takes a line; it is written at the next flush.
    pub(super) fn add(&mut self, line: &str) -> Result<(), Fault> {
        let bytes = length(line.len()).saturating_add(1);
        if self.len + length(self.batch.len()) + bytes > self.bytes_max {
            self.flush().map_err(one_more)?;
            match self.when_full {
                WhenFull::End => return Err(Fault::Full),
                WhenFull::Rotate { files_max } => {
                    self.rotate(files_max).map_err(|why| Fault::Lost { lines: 1, why })?
                }
            }
        }
        self.batch.extend_from_slice(line.as_bytes());
        self.batch.push(b'\n');
        self.batch_lines += 1;
        if self.batch.len() >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what was taken.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        let lines = std::mem::take(&mut self.batch_lines);
        self.write(&batch).map_err(|why| Fault::Lost { lines, why })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let len = self.len;
        let file = self.reach()?;
        if let Err(why) = file.write_all(bytes) {
            // Half a line would be glued to the next one. A device cannot be cut, and needs not.
            drop(file.set_len(len));
            return Err(why);
        }
        self.len += length(bytes.len());
        Ok(())
    }

    /// The open file; opened again when it is not.
    fn reach(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let file = append(&self.path)?;
            self.len = file.metadata()?.len();
            self.file = Some(file);
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("no file is open"))
    }

    fn rotate(&mut self, files_max: usize) -> io::Result<()> {
        self.file = None;
        let older = files_max.saturating_sub(1);
        for number in (1..older).rev() {
            move_if_there(&self.numbered(number), &self.numbered(number + 1))?;
        }
        if older > 0 {
            move_if_there(&self.path, &self.numbered(1))?;
        } else {
            missing_is_fine(fs::remove_file(&self.path))?;
        }
        self.reach().map(drop)
    }

    fn numbered(&self, number: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

/// The line that made room fail is lost with those before it.
fn one_more(fault: Fault) -> Fault {
    match fault {
        Fault::Lost { lines, why } => Fault::Lost { lines: lines + 1, why },
        Fault::Full => Fault::Full,
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(MODE).open(path)
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    missing_is_fine(fs::rename(from, to))
}

fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// A length in memory always fits.
fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn file(folder: &Path, bytes_max: u64, when_full: WhenFull) -> LogFile {
        LogFile::open(folder.join("log"), bytes_max, when_full).unwrap()
    }

    #[test]
    fn a_file_takes_its_bound_exactly_and_is_rotated_one_byte_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 10, WhenFull::Rotate { files_max: 3 });
        log.add("1234").unwrap();
        log.add("6789").unwrap();
        log.flush().unwrap();
        assert_eq!(names(folder.path()), ["log"]);
        assert_eq!(fs::metadata(log.path()).unwrap().len(), 10);
        log.add("").unwrap();
        log.flush().unwrap();
        assert_eq!(names(folder.path()), ["log", "log.1"]);
        assert_eq!(fs::read_to_string(folder.path().join("log.1")).unwrap(), "1234\n6789\n");
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "\n");
    }

    #[test]
    fn so_many_files_are_kept_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 5, WhenFull::Rotate { files_max: 3 });
        for line in ["1111", "2222", "3333", "4444", "5555"] {
            log.add(line).unwrap();
        }
        log.flush().unwrap();
        assert_eq!(names(folder.path()), ["log", "log.1", "log.2"]);
        assert_eq!(fs::read_to_string(folder.path().join("log.2")).unwrap(), "3333\n");
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "5555\n");
    }

    #[test]
    fn one_file_alone_begins_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 5, WhenFull::Rotate { files_max: 1 });
        log.add("1111").unwrap();
        log.add("2222").unwrap();
        log.flush().unwrap();
        assert_eq!(names(folder.path()), ["log"]);
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "2222\n");
    }

    #[test]
    fn a_file_without_rotation_ends_at_its_bound_with_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 5, WhenFull::End);
        log.add("1111").unwrap();
        assert!(matches!(log.add("2"), Err(Fault::Full)));
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "1111\n");
    }

    #[test]
    fn a_full_disk_loses_the_lines_it_did_not_take_and_says_how_many() {
        let mut log = LogFile::open("/dev/full".into(), 100, WhenFull::Rotate { files_max: 2 }).unwrap();
        log.add("one").unwrap();
        log.add("two").unwrap();
        match log.flush() {
            Err(Fault::Lost { lines, why }) => {
                assert_eq!((lines, why.kind()), (2, io::ErrorKind::StorageFull));
            }
            other => panic!("{other:?}"),
        }
        assert!(log.flush().is_ok(), "what is lost is not tried again");
    }

    #[test]
    fn what_was_moved_away_is_left_alone_and_a_new_file_begins() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 100, WhenFull::Rotate { files_max: 2 });
        log.add("before").unwrap();
        log.flush().unwrap();
        fs::rename(log.path(), folder.path().join("moved")).unwrap();
        log.reopen().unwrap();
        log.add("after").unwrap();
        log.flush().unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("moved")).unwrap(), "before\n");
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "after\n");
    }
}
