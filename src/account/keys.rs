//! Random keys, tokens and sign-in codes: how they are made, written and recognised.
//!
//! Each is 32 bytes from the system's generator, shown once as `mp_<kind>_<base32>` and kept as its
//! SHA-256. A plain hash is enough, since 256 random bits cannot be guessed; and looking it up by
//! equality needs no constant time: what timing could leak is bits of the hash, and a key that
//! hashes to chosen bits cannot be built from them.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

/// Random bytes in a key.
const KEY_BYTES: usize = 32;
/// Longest text looked at as a key; ours are below 70.
const KEY_TEXT_BYTES_MAX: usize = 128;

/// What a key lets its holder be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// The unit in one car.
    Car,
    /// A program that talks.
    Bot,
    /// Another server of the house.
    Server,
    /// The operator of this server, by the key made at first run.
    Admin,
}

/// A text that is no kind of key.
#[derive(Debug, thiserror::Error)]
#[error("key kind is {got:?}, wanted car, bot, server or admin")]
pub struct UnknownKeyKind {
    /// The text given.
    pub got: String,
}

impl KeyKind {
    /// The word kept in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Car => "car",
            Self::Bot => "bot",
            Self::Server => "server",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(text: &str) -> Result<Self, UnknownKeyKind> {
        [Self::Car, Self::Bot, Self::Server, Self::Admin]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownKeyKind { got: text.to_owned() })
    }
}

/// A secret in clear, on its way to the one who may see it. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself; for the wire or the terminal of its holder only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> KeyHash {
        hash_of(&self.0)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// SHA-256 of a key.
pub type KeyHash = [u8; 32];

/// The system's generator gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandom(#[source] getrandom::Error);

/// A new device key of `kind`.
pub fn key_new(kind: KeyKind) -> Result<SecretText, NoRandom> {
    secret_new(kind.as_str())
}

/// A new resume token.
pub fn token_new() -> Result<SecretText, NoRandom> {
    secret_new("resume")
}

/// A new sign-in code of an engineer, as printed in a QR code.
pub fn engineer_code_new() -> Result<SecretText, NoRandom> {
    secret_new("code")
}

/// A new invitation to sign up.
pub fn invitation_new() -> Result<SecretText, NoRandom> {
    secret_new("invitation")
}

/// A new code for a new password.
pub fn reset_code_new() -> Result<SecretText, NoRandom> {
    secret_new("reset")
}

/// A new one-time password, as the operator reads it out.
pub fn password_new() -> Result<SecretText, NoRandom> {
    let random: [u8; 15] = random_bytes()?;
    Ok(SecretText(BASE32_NOPAD.encode(&random).to_ascii_lowercase()))
}

/// A text nobody can guess, for a ticket or nonce that is never stored.
pub fn random_text() -> Result<String, NoRandom> {
    let random: [u8; KEY_BYTES] = random_bytes()?;
    Ok(BASE32_NOPAD.encode(&random).to_ascii_lowercase())
}

/// `N` bytes from the system's generator.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandom)?;
    Ok(bytes)
}

/// What the store would hold for `text`, or nothing when it cannot be one of ours.
pub fn key_hash(text: &str) -> Option<KeyHash> {
    let text = text.trim();
    (text.starts_with("mp_") && text.len() <= KEY_TEXT_BYTES_MAX).then(|| hash_of(text))
}

fn secret_new(kind: &str) -> Result<SecretText, NoRandom> {
    let random: [u8; KEY_BYTES] = random_bytes()?;
    Ok(SecretText(format!(
        "mp_{kind}_{}",
        BASE32_NOPAD.encode(&random).to_ascii_lowercase()
    )))
}

fn hash_of(text: &str) -> KeyHash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_kind_and_is_never_the_same_twice() {
        let (one, two) = (key_new(KeyKind::Car).unwrap(), key_new(KeyKind::Car).unwrap());
        assert!(one.reveal().starts_with("mp_car_"));
        assert_eq!(one.reveal().len(), "mp_car_".len() + 52);
        assert_ne!(one, two);
        assert_ne!(one.hash(), two.hash());
    }

    #[test]
    fn a_key_is_recognised_with_the_line_end_it_was_pasted_with() {
        let key = token_new().unwrap();
        assert_eq!(key_hash(&format!("{}\n", key.reveal())), Some(key.hash()));
        assert_eq!(key_hash("hunter22"), None);
        assert!(key_hash(&format!("mp_{}", "x".repeat(125))).is_some());
        assert_eq!(key_hash(&format!("mp_{}", "x".repeat(126))), None);
    }

    #[test]
    fn a_secret_does_not_show_itself_in_a_log() {
        assert_eq!(format!("{:?}", engineer_code_new().unwrap()), "SecretText(..)");
    }

    #[test]
    fn a_one_time_password_passes_the_policy() {
        assert_eq!(
            super::super::password::password_check(password_new().unwrap().reveal()),
            Ok(())
        );
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in [KeyKind::Car, KeyKind::Bot, KeyKind::Server, KeyKind::Admin] {
            assert_eq!(kind.to_string().parse::<KeyKind>().unwrap(), kind);
        }
        assert!("boat".parse::<KeyKind>().is_err());
    }
}
