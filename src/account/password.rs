//! What a password, a PIN and a username may be, and argon2id over them.
//!
//! Pure: salts come in as arguments, nothing waits. `hash` and `verify` cost 19 MiB and tens of
//! milliseconds by design, so only [`super::hasher`] may call them in a running server.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory one hash takes, in KiB.
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Lanes of one hash.
pub const LANES: u32 = 1;
/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Shortest PIN.
pub const PIN_DIGITS_MIN: usize = 4;
/// Longest PIN.
pub const PIN_DIGITS_MAX: usize = 8;
/// Longest username, in characters.
pub const USERNAME_CHARS_MAX: usize = 64;

/// Why a secret or a name was refused, or could not be hashed. Never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to withstand guessing.
    #[error("password has {got} characters, wanted at least {PASSWORD_CHARS_MIN}")]
    TooShort {
        /// Characters given.
        got: usize,
    },
    /// Longer than anybody types.
    #[error("password has {got} characters, wanted at most {PASSWORD_CHARS_MAX}")]
    TooLong {
        /// Characters given.
        got: usize,
    },
    /// Not four to eight digits.
    #[error("pin has to be {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits")]
    Pin,
    /// A name that could not be typed, quoted or told apart everywhere.
    #[error(
        "username {got:?} has to be 1 to {USERNAME_CHARS_MAX} letters, digits, '.', '_' or '-'"
    )]
    Username {
        /// The name given, cut to a readable length.
        got: String,
    },
    /// argon2 refused, which means memory or a broken salt.
    #[error("password could not be hashed: {0}")]
    Hash(String),
}

/// Whether `password` may be set.
pub fn password_check(password: &str) -> Result<(), PasswordError> {
    match password.chars().count() {
        got if got < PASSWORD_CHARS_MIN => Err(PasswordError::TooShort { got }),
        got if got > PASSWORD_CHARS_MAX => Err(PasswordError::TooLong { got }),
        _ => Ok(()),
    }
}

/// Whether `pin` may be set.
pub fn pin_check(pin: &str) -> Result<(), PasswordError> {
    let digits = pin.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&pin.len()) {
        Ok(())
    } else {
        Err(PasswordError::Pin)
    }
}

/// Whether `username` may be given to an account. Letters of every script are letters.
pub fn username_check(username: &str) -> Result<(), PasswordError> {
    let chars = username.chars().take(USERNAME_CHARS_MAX + 1).count();
    let fit = username
        .chars()
        .take(USERNAME_CHARS_MAX)
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if fit && (1..=USERNAME_CHARS_MAX).contains(&chars) {
        Ok(())
    } else {
        Err(PasswordError::Username {
            got: username.chars().take(USERNAME_CHARS_MAX).collect(),
        })
    }
}

/// `secret` as a PHC text under `salt`.
pub fn hash(secret: &str, salt: [u8; SALT_BYTES]) -> Result<String, PasswordError> {
    let phc = argon2id()?.hash_password_with_salt(secret.as_bytes(), &salt);
    phc.map(|phc| phc.to_string())
        .map_err(|cause| PasswordError::Hash(cause.to_string()))
}

/// Whether `secret` is the one behind `phc`. A text that is no PHC matches nothing.
pub fn verify(phc: &str, secret: &str) -> bool {
    argon2id().is_ok_and(|argon2id| argon2id.verify_password(secret.as_bytes(), phc).is_ok())
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|cause| PasswordError::Hash(cause.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let phc = hash("correct horse", [7; SALT_BYTES]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify(&phc, "correct horse"));
        assert!(!verify(&phc, "correct horsf"));
        assert!(!verify("no phc text", "correct horse"));
    }

    #[test]
    fn a_salt_makes_equal_passwords_look_different() {
        assert_ne!(
            hash("correct horse", [1; SALT_BYTES]),
            hash("correct horse", [2; SALT_BYTES])
        );
    }

    #[test]
    fn a_password_is_8_to_128_characters_of_any_script() {
        assert_eq!(
            password_check(&"ä".repeat(7)),
            Err(PasswordError::TooShort { got: 7 })
        );
        assert_eq!(password_check(&"ä".repeat(8)), Ok(()));
        assert_eq!(password_check(&"x".repeat(128)), Ok(()));
        assert_eq!(
            password_check(&"x".repeat(129)),
            Err(PasswordError::TooLong { got: 129 })
        );
    }

    #[test]
    fn a_pin_is_4_to_8_digits() {
        for good in ["0000", "12345678"] {
            assert_eq!(pin_check(good), Ok(()));
        }
        for bad in ["", "123", "123456789", "12a4", "١٢٣٤"] {
            assert_eq!(pin_check(bad), Err(PasswordError::Pin), "{bad}");
        }
    }

    #[test]
    fn a_username_says_what_it_may_be() {
        let longest = "x".repeat(USERNAME_CHARS_MAX);
        for good in ["a", "Ada.Lovelace_1815-x", "žofie", longest.as_str()] {
            assert_eq!(username_check(good), Ok(()), "{good}");
        }
        let too_long = "x".repeat(USERNAME_CHARS_MAX + 1);
        for bad in ["", "a b", "a\nb", "a@b", "a/b", too_long.as_str()] {
            assert!(
                matches!(username_check(bad), Err(PasswordError::Username { .. })),
                "{bad}"
            );
        }
        assert_eq!(
            username_check("a b").unwrap_err().to_string(),
            "username \"a b\" has to be 1 to 64 letters, digits, '.', '_' or '-'"
        );
    }
}
