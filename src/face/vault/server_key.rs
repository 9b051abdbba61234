//! The key of this server, under which the keys of people are wrapped: where it is, and how it is made once.
//!
//! Given in the environment or kept in a file that only its owner reads; never in the database. A key that is there is
//! never replaced. It blocks.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::{Zeroize, Zeroizing};

use super::error::VaultError;
use super::sealing::{SECRET_BYTES, Secret};
use crate::config::FaceKey;

/// Longest file that is looked at as a key.
const TEXT_BYTES_MAX: usize = 128;
/// What a key looks like.
const WANTED: &str = "wanted 32 bytes in hex or base64";

/// Where the server key is.
#[derive(Debug, Clone)]
pub(super) struct ServerKeySource {
    /// The key itself, where it was given.
    pub(super) given: Option<FaceKey>,
    /// The file that holds it otherwise.
    pub(super) file: PathBuf,
}

impl ServerKeySource {
    /// The key, if there is one.
    pub(super) fn find(&self) -> Result<Option<Secret>, VaultError> {
        if let Some(given) = &self.given {
            let secret = read(given.0.as_bytes());
            let none = || VaultError::Unavailable(format!("face.server_key is no key, {WANTED}"));
            return secret.map(Some).ok_or_else(none);
        }
        self.find_in(&self.file)
    }

    /// The key that is to take this one's place, where a change of keys broke off.
    pub(super) fn find_next(&self) -> Result<Option<Secret>, VaultError> {
        if self.given.is_some() {
            return Ok(None);
        }
        self.find_in(&self.next_file())
    }

    /// The file of that key.
    pub(super) fn next_file(&self) -> PathBuf {
        beside(&self.file)
    }

    fn find_in(&self, file: &Path) -> Result<Option<Secret>, VaultError> {
        let mut text = Zeroizing::new([0_u8; TEXT_BYTES_MAX]);
        let mut file = match File::open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| self.unreadable(&error))?,
        };
        let length = file.read(text.as_mut()).map_err(|error| self.unreadable(&error))?;
        let secret = text.get(..length).and_then(read);
        let none = || VaultError::Unavailable(format!("the file of face.server_key_file holds no key, {WANTED}"));
        secret.map(Some).ok_or_else(none)
    }

    /// Makes one, in the file, and gives it. Never over one that is there.
    pub(super) fn make(&self) -> Result<Secret, VaultError> {
        let secret = make_in(&self.file)?;
        tracing::info!(file = %self.file.display(), "A server key for faces was made; keep a copy of it apart from the database.");
        Ok(secret)
    }

    fn unreadable(&self, error: &io::Error) -> VaultError {
        tracing::warn!(file = %self.file.display(), %error, "The server key of faces cannot be read.");
        VaultError::Unavailable(format!(
            "the file of face.server_key_file cannot be read: {}",
            error.kind()
        ))
    }
}

/// Makes a key in a new file.
pub(super) fn make_in(file: &Path) -> Result<Secret, VaultError> {
    let mut secret = Secret::blank();
    getrandom::fill(secret.bytes_mut())?;
    let mut text = Zeroizing::new([0_u8; SECRET_BYTES * 2 + 1]);
    if let Some((last, hex)) = text.split_last_mut() {
        HEXLOWER.encode_mut(secret.bytes(), hex);
        *last = b'\n';
    }
    put(file, text.as_ref()).map_err(|error| {
        VaultError::Unavailable(format!("the server key of faces cannot be written: {}", error.kind()))
    })?;
    Ok(secret)
}

/// Where what is to take the place of a file lies until it does: in the same folder, also where the name is a link.
pub(super) fn beside(file: &Path) -> PathBuf {
    let own = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut name = own.into_os_string();
    name.push(".new");
    PathBuf::from(name)
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A new file with these bytes, whole or not at all, readable by its owner; an error when there is one.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    // Made with 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|refused| refused.error)?;
    File::open(folder)?.sync_all()
}

/// Hex or base64, with white space around it.
fn read(text: &[u8]) -> Option<Secret> {
    let text = text.trim_ascii();
    let mut secret = Secret::blank();
    if text.len() == SECRET_BYTES * 2 {
        let decoded = HEXLOWER_PERMISSIVE.decode_mut(text, secret.bytes_mut());
        return decoded.is_ok().then_some(secret);
    }
    // What base64 could hold at most, which is one byte more than a key.
    let mut room = Zeroizing::new([0_u8; SECRET_BYTES + 1]);
    let length = BASE64
        .decode_len(text.len())
        .ok()
        .filter(|length| *length == room.len())?;
    let written = BASE64.decode_mut(text, room.get_mut(..length)?).ok()?;
    let decoded = room.get(..written).filter(|decoded| decoded.len() == SECRET_BYTES)?;
    secret.bytes_mut().copy_from_slice(decoded);
    room.zeroize();
    Some(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn in_file(file: PathBuf) -> ServerKeySource {
        ServerKeySource { given: None, file }
    }

    #[test]
    fn a_key_is_read_in_hex_and_in_base64_and_in_no_other_form() {
        let bytes: [u8; 32] = std::array::from_fn(|place| u8::try_from(place * 7).unwrap());
        let (hex, base64) = (HEXLOWER.encode(&bytes), BASE64.encode(&bytes));
        for text in [hex.clone(), hex.to_uppercase(), format!(" {hex}\n"), base64.clone()] {
            assert_eq!(read(text.as_bytes()).unwrap().bytes(), &bytes, "{text}");
        }
        for text in ["", "00", &hex[1..], &format!("{hex}0"), &base64[1..], &"x".repeat(64)] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn it_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let source = in_file(folder.path().join("server.key"));
        assert!(source.find().unwrap().is_none());
        let made = source.make().unwrap();
        assert_eq!(source.find().unwrap().unwrap().bytes(), made.bytes());
        let mode = std::fs::metadata(&source.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(source.make().is_err(), "never over one that is there");
        assert_eq!(source.find().unwrap().unwrap().bytes(), made.bytes());
    }

    #[test]
    fn what_holds_no_key_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let source = in_file(folder.path().join("server.key"));
        std::fs::write(&source.file, "s3cret").unwrap();
        let refused = source.find().unwrap_err().to_string();
        assert!(
            refused.contains("face.server_key_file") && !refused.contains("s3cret"),
            "{refused}"
        );
    }
}
