//! Fingerprints kept between runs, one small file for each address, so that a changed certificate is noticed.
//!
//! A file appears whole or not at all. It is never changed but by a fingerprint that somebody gave.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::fingerprint::Fingerprint;

/// Hears of a fingerprint that was kept.
type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// A folder of fingerprints.
#[derive(Clone)]
pub struct Pins {
    folder: PathBuf,
    /// Whether the first certificate of an unknown address is believed and kept.
    pub(super) is_first_believed: bool,
    tell: Tell,
}

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct PinError {
    path: PathBuf,
    reason: String,
}

impl Pins {
    /// Believes what was kept, and nobody else.
    pub fn strict(folder: PathBuf) -> Self {
        Self {
            folder,
            is_first_believed: false,
            tell: Arc::new(|_| {}),
        }
    }

    /// Also believes an address the first time, keeps what it showed, and says so.
    pub fn believing_first(folder: PathBuf, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            folder,
            is_first_believed: true,
            tell: Arc::new(tell),
        }
    }

    /// What is kept for an address.
    pub(super) fn find(&self, address: &str) -> Result<Option<Fingerprint>, PinError> {
        let path = self.file(address);
        let refused = |reason: String| PinError {
            path: path.clone(),
            reason,
        };
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(fingerprint) => Ok(Some(fingerprint)),
                Err(err) => Err(refused(format!("{err}; give --fingerprint, which keeps it anew"))),
            },
            Err(err) if err.kind() == ErrorKind::NotFound => Ok(None),
            Err(err) => Err(refused(err.to_string())),
        }
    }

    /// Keeps a fingerprint in the place of an earlier one.
    pub(super) fn keep(&self, address: &str, fingerprint: Fingerprint) -> Result<(), PinError> {
        let path = self.file(address);
        self.write(&path, fingerprint).map_err(|err| PinError {
            path: path.clone(),
            reason: err.to_string(),
        })
    }

    /// As [`keep`](Self::keep), for the first of an address, and says so.
    pub(super) fn keep_first(&self, address: &str, fingerprint: Fingerprint) -> Result<(), PinError> {
        self.keep(address, fingerprint)?;
        (self.tell)(&format!(
            "first time at {address}: its certificate has sha256 {fingerprint}, kept; compare it with what the server shows"
        ));
        Ok(())
    }

    /// The file for an address, whatever is in it.
    pub(super) fn file(&self, address: &str) -> PathBuf {
        let mut name = String::new();
        for byte in address.to_lowercase().bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => name.push(char::from(byte)),
                b'.' if !name.is_empty() => name.push('.'),
                other => name.push_str(&format!("%{other:02x}")),
            }
        }
        self.folder.join(name)
    }

    fn write(&self, path: &std::path::Path, fingerprint: Fingerprint) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut draft = tempfile::NamedTempFile::new_in(&self.folder)?;
        writeln!(draft, "{fingerprint}")?;
        draft.as_file().sync_all()?;
        draft.persist(path)?;
        Ok(())
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pins")
            .field("folder", &self.folder)
            .field("is_first_believed", &self.is_first_believed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn what_is_kept_is_found_again_by_address_alone() {
        let folder = tempfile::tempdir().unwrap();
        let pins = Pins::strict(folder.path().join("servers"));
        let (one, other) = (Fingerprint::of(b"one"), Fingerprint::of(b"other"));
        assert_eq!(pins.find("a:1").unwrap(), None);
        pins.keep("a:1", one).unwrap();
        assert_eq!(pins.find("A:1").unwrap(), Some(one));
        assert_eq!(pins.find("a:2").unwrap(), None);
        pins.keep("a:1", other).unwrap();
        assert_eq!(pins.find("a:1").unwrap(), Some(other));
    }

    #[test]
    fn every_address_has_a_file_of_its_own_inside_the_folder() {
        let pins = Pins::strict("/pins".into());
        let mut seen = std::collections::HashSet::new();
        for address in [
            "[::1]:4000",
            "__1:4000",
            "../../etc/passwd",
            "..",
            ".",
            "%2e",
            "a%3a1",
            "a:1",
            "a/1",
        ] {
            let file = pins.file(address);
            assert_eq!(file.parent(), Some(std::path::Path::new("/pins")), "{address}");
            assert!(seen.insert(file), "{address}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let pins = Pins::strict(folder.path().to_owned());
        fs::write(pins.file("a:1"), "what").unwrap();
        let refusal = pins.find("a:1").unwrap_err().to_string();
        assert!(
            refusal.contains("--fingerprint") && refusal.contains("a%3a1"),
            "{refusal}"
        );
    }

    #[test]
    fn the_first_time_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let pins = Pins::believing_first(folder.path().to_owned(), move |line| {
            heard.lock().unwrap().push(line.to_owned());
        });
        let fingerprint = Fingerprint::of(b"one");
        pins.keep_first("a:1", fingerprint).unwrap();
        assert_eq!(pins.find("a:1").unwrap(), Some(fingerprint));
        assert!(told.lock().unwrap()[0].contains(&fingerprint.to_string()));
    }
}
