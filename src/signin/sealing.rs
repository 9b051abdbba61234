//! Sealing what leaves our hands: what a browser keeps while somebody signs in, and tokens of providers at rest.
//!
//! ChaCha20-Poly1305 under a random nonce each. What a seal is about is bound into it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::refusal::Refusal;
use crate::account::keys::random_bytes;

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// One key.
pub(crate) struct Sealer(LessSafeKey);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A key that ends with this process.
    pub(super) fn fleeting() -> io::Result<Self> {
        random_bytes().map_err(io::Error::other).and_then(|key| Self::of(&key))
    }

    /// The key of a file, which is made when there is none, for its owner alone.
    pub(super) fn kept(file: &Path) -> io::Result<Self> {
        match fs::read(file) {
            Ok(bytes) => {
                let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| {
                    let wrong = format!("{} is no key of {KEY_BYTES} bytes", file.display());
                    io::Error::new(io::ErrorKind::InvalidData, wrong)
                })?;
                Self::of(&key)
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                let key: [u8; KEY_BYTES] = random_bytes().map_err(io::Error::other)?;
                let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
                made.write_all(&key)?;
                made.sync_all()?;
                Self::of(&key)
            }
            Err(err) => Err(err),
        }
    }

    fn of(key: &[u8; KEY_BYTES]) -> io::Result<Self> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| io::Error::other("a key of another length"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals; the nonce stands before.
    pub(super) fn seal(&self, about: &str, clear: &[u8]) -> Result<Vec<u8>, Refusal> {
        let nonce: [u8; NONCE_LEN] = random_bytes().map_err(|_| Refusal::Sealing)?;
        let mut sealed = clear.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(about.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| Refusal::Sealing)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// Opens what was sealed about the same.
    pub(super) fn open(&self, about: &str, whole: &[u8]) -> Result<Vec<u8>, Refusal> {
        let (nonce, sealed) = whole.split_first_chunk::<NONCE_LEN>().ok_or(Refusal::Sealing)?;
        let mut sealed = sealed.to_vec();
        let clear = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(about.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| Refusal::Sealing)?;
        Ok(clear.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_with_its_key_for_what_it_is_about_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signin.key");
        let sealer = Sealer::kept(&file).unwrap();
        let sealed = sealer.seal("a", b"secret").unwrap();
        assert_eq!(Sealer::kept(&file).unwrap().open("a", &sealed).unwrap(), b"secret");
        assert_eq!(sealer.open("b", &sealed), Err(Refusal::Sealing));
        assert_eq!(Sealer::fleeting().unwrap().open("a", &sealed), Err(Refusal::Sealing));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open("a", &changed), Err(Refusal::Sealing));
        assert_eq!(sealer.open("a", b"short"), Err(Refusal::Sealing));
        fs::write(&file, b"short").unwrap();
        assert!(Sealer::kept(&file).is_err());
    }
}
