//! The server's secret, of which those of webhooks are made: where it is, and how it is made once.
//!
//! In a file that only its owner reads, never in the database. One that is there is never replaced. It blocks.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use super::signing::SERVER_SECRET_BYTES;

/// Bytes that are read of the file: more than a secret in hex and white space around it.
const TEXT_BYTES_MAX: u64 = 128;

/// The secret itself; wiped when dropped.
pub(super) type ServerSecret = Zeroizing<[u8; SERVER_SECRET_BYTES]>;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The file cannot be read or written.
    #[error("the file of the webhooks' secret cannot be used")]
    File(#[from] io::Error),
    /// Something else is in it.
    #[error("the file of the webhooks' secret holds none, wanted 32 bytes in hex")]
    Foreign,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[from] getrandom::Error),
}

/// The secret in that file, made if there is none.
pub(super) fn find_or_make(path: &Path) -> Result<ServerSecret, SecretError> {
    match read(path) {
        Err(SecretError::File(missing)) if missing.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let mut secret = ServerSecret::default();
    getrandom::fill(secret.as_mut())?;
    let text = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(secret.as_ref()));
    match put(path, text.as_bytes()) {
        // Another was quicker.
        Err(there) if there.kind() == io::ErrorKind::AlreadyExists => read(path),
        put => {
            put?;
            tracing::info!(file = %path.display(), "A secret for webhooks was made; keep a copy of it apart from the database.");
            Ok(secret)
        }
    }
}

fn read(path: &Path) -> Result<ServerSecret, SecretError> {
    let mut text = Zeroizing::new(Vec::new());
    File::open(path)?.take(TEXT_BYTES_MAX).read_to_end(&mut text)?;
    let text = text.trim_ascii();
    let mut secret = ServerSecret::default();
    if text.len() != SERVER_SECRET_BYTES * 2 {
        return Err(SecretError::Foreign);
    }
    let decoded = HEXLOWER_PERMISSIVE.decode_mut(text, secret.as_mut());
    decoded.map(|_| secret).map_err(|_| SecretError::Foreign)
}

/// A new file with these bytes, whole or not at all, for its owner alone; an error when there is one.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Made with 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|refused| refused.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook.key");
        let made = find_or_make(&path).unwrap();
        assert_eq!(*find_or_make(&path).unwrap(), *made);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_holds_no_secret_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook.key");
        for foreign in ["", "s3cret", &"0".repeat(63), &"0".repeat(65), &"x".repeat(64)] {
            std::fs::write(&path, foreign).unwrap();
            assert!(matches!(find_or_make(&path), Err(SecretError::Foreign)), "{foreign}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
        std::fs::write(&path, format!("{}\n", "0A".repeat(32))).unwrap();
        assert_eq!(*find_or_make(&path).unwrap(), [10; 32]);
    }
}
