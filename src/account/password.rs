//! What a password, a PIN and a username may be, and argon2id over them.
//!
//! Pure: salts come in as arguments, nothing waits. `hash` and `verify` cost 19 MiB and tens of
//! milliseconds by design, so only [`super::hasher`] may call them in a running server.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Memory one hash takes, in KiB.
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Lanes of one hash.
pub const LANES: u32 = 1;
/// Room asked for one run, in KiB; only what the run uses of it is ever touched. glibc keeps freed
/// pieces below 32 MiB for later, one in each thread that ever hashed (475 MiB after a hundred
/// logins); a larger piece goes back to the system at once.
const ROOM_KIB: usize = 33 * 1024;
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
    #[error("username {got:?} has to be 1 to {USERNAME_CHARS_MAX} letters, digits, '.', '_' or '-'")]
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
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(refused)?;
    let output = run(&params, secret, &salt).map_err(refused)?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(refused)?,
        salt: Some(Salt::new(&salt).map_err(refused)?),
        hash: Some(output),
    };
    Ok(phc.to_string())
}

/// Whether `secret` is the one behind `phc`, in time that does not tell how nearly. A text that is
/// no PHC of argon2id, or asks for more memory than [`hash`] would, matches nothing.
pub fn verify(phc: &str, secret: &str) -> bool {
    let Ok(phc) = PasswordHash::new(phc) else {
        return false;
    };
    let Ok(params) = Params::try_from(&phc) else {
        return false;
    };
    let is_ours = phc.algorithm == Algorithm::Argon2id.ident()
        && phc.version == Some(Version::V0x13.into())
        && params.m_cost() <= MEMORY_KIB;
    match (phc.salt, phc.hash) {
        // `Output` compares in constant time.
        (Some(salt), Some(wanted)) if is_ours => run(&params, secret, &salt).is_ok_and(|output| output == wanted),
        _ => false,
    }
}

fn run(params: &Params, secret: &str, salt: &[u8]) -> Result<Output, argon2::Error> {
    let mut room = Vec::with_capacity(ROOM_KIB);
    room.resize(params.block_count(), Block::default());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()).hash_password_into_with_memory(
        secret.as_bytes(),
        salt,
        &mut out,
        &mut room,
    )?;
    Output::new(&out).map_err(|_| argon2::Error::OutputTooLong)
}

fn refused(cause: impl std::fmt::Display) -> PasswordError {
    PasswordError::Hash(cause.to_string())
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
        assert!(!verify(&phc.replace("argon2id", "argon2i"), "correct horse"));
        assert!(!verify(&phc.replace("m=19456", "m=4194304"), "correct horse"));
    }

    #[test]
    fn a_hash_is_the_one_other_programs_make() {
        use argon2::password_hash::PasswordVerifier;
        let phc = hash("correct horse", [7; SALT_BYTES]).unwrap();
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", phc.as_str())
                .is_ok()
        );
        let theirs = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";
        assert!(
            !verify(theirs, "correct horse"),
            "a text without a hash matches nothing"
        );
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
        assert_eq!(password_check(&"ä".repeat(7)), Err(PasswordError::TooShort { got: 7 }));
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
