//! Rules for what people say of themselves: names, a mail address, the user name they choose.
//!
//! Pure. Whether a name is taken is not decided here.

use super::password::USERNAME_CHARS_MAX;

/// Longest given or family name, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Longest mail address, in bytes.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Shortest user name that somebody gives themselves.
pub const OWN_USERNAME_CHARS_MIN: usize = 3;
/// Names that would make others believe to hear the house.
const RESTRICTED: &[&str] = &[
    "admin",
    "administrator",
    "anonymous",
    "guest",
    "manager",
    "motorpool",
    "nobody",
    "operator",
    "root",
    "server",
    "service",
    "support",
    "system",
];

/// Why something of a profile was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A name nobody could read aloud.
    #[error("{which} has to be at most {NAME_CHARS_MAX} characters without line ends and other controls")]
    Name {
        /// `first_name` or `last_name`.
        which: &'static str,
    },
    /// Nothing that mail could be sent to.
    #[error("email has to be like name@place.example, at most {EMAIL_BYTES_MAX} bytes")]
    Email,
    /// Others could take it for somebody else's name.
    #[error(
        "username {got:?} has to be {OWN_USERNAME_CHARS_MIN} to {USERNAME_CHARS_MAX} of a-z, A-Z, 0-9, '.', '_' and '-', and no name of the house"
    )]
    OwnUsername {
        /// The name given, cut to a readable length.
        got: String,
    },
}

/// Whether a given or family name may be shown.
pub fn name_check(which: &'static str, name: &str) -> Result<(), ProfileError> {
    let is_short = name.chars().take(NAME_CHARS_MAX + 1).count() <= NAME_CHARS_MAX;
    if is_short && !name.chars().any(is_unseen) {
        Ok(())
    } else {
        Err(ProfileError::Name { which })
    }
}

/// Whether a mail address could be one; empty is none.
pub fn email_check(email: &str) -> Result<(), ProfileError> {
    if email.is_empty() {
        return Ok(());
    }
    let is_plain = email.len() <= EMAIL_BYTES_MAX && !email.chars().any(|c| c.is_whitespace() || is_unseen(c));
    match email.rsplit_once('@') {
        Some((name, place)) if is_plain && !name.is_empty() && !place.is_empty() && !name.contains('@') => Ok(()),
        _ => Err(ProfileError::Email),
    }
}

/// Whether somebody may give themselves this user name: letters that look alike in two scripts are not taken.
pub fn own_username_check(username: &str) -> Result<(), ProfileError> {
    let is_plain = username
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let is_restricted = RESTRICTED.iter().any(|name| name.eq_ignore_ascii_case(username));
    if is_plain && !is_restricted && (OWN_USERNAME_CHARS_MIN..=USERNAME_CHARS_MAX).contains(&username.len()) {
        return Ok(());
    }
    let got = username.chars().take(USERNAME_CHARS_MAX).collect();
    Err(ProfileError::OwnUsername { got })
}

/// A text of somebody else's as near to a name as it gets: what cannot be shown is left out, the rest is cut.
#[must_use]
pub fn name_of(text: &str) -> String {
    text.chars()
        .filter(|c| !is_unseen(*c))
        .take(NAME_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A user name made of what a provider calls somebody; empty when nothing of it may stand in one.
#[must_use]
pub fn username_of(text: &str) -> String {
    // Of an address the part before the place; the rest of what may not stand in a name is left out.
    let local = text.split('@').next().unwrap_or_default();
    let plain: String = local
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .take(USERNAME_CHARS_MAX / 2)
        .collect();
    if own_username_check(&plain).is_ok() {
        plain
    } else {
        String::new()
    }
}

/// Controls, and what turns the direction of writing or shows nothing.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_every_script_and_of_one_line() {
        for good in ["", "Ada", "D'Arcy", "Łukasz", "李", &"x".repeat(NAME_CHARS_MAX)] {
            assert!(name_check("first_name", good).is_ok(), "{good}");
        }
        for bad in ["a\nb", "a\u{0}", "a\u{202e}b", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(name_check("first_name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_place() {
        let longest = format!("{}@b", "a".repeat(EMAIL_BYTES_MAX - 2));
        for good in ["", "ada@example.org", "o'hara@example.org", longest.as_str()] {
            assert!(email_check(good).is_ok(), "{good}");
        }
        let longer = format!("a{longest}");
        for bad in ["ada", "@b", "a@", "a@b@c", "a b@c", "a@b\n", longer.as_str()] {
            assert!(email_check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_that_somebody_chooses_cannot_be_taken_for_another() {
        let (longest, longer) = ("x".repeat(USERNAME_CHARS_MAX), "x".repeat(USERNAME_CHARS_MAX + 1));
        for good in ["ada", "Ada.Lovelace-1", longest.as_str()] {
            assert!(own_username_check(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "аda", "a b", "a'b", "admin", "Root", longer.as_str()] {
            assert!(own_username_check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_a_provider_says_becomes_a_name_or_nothing() {
        for (said, name) in [
            ("ist112233", "ist112233"),
            ("ada@example.org", "ada"),
            ("Ada Lovelace", "AdaLovelace"),
            ("admin", ""),
            ("<script>", "script"),
            ("李", ""),
            ("", ""),
        ] {
            assert_eq!(username_of(said), name, "{said}");
        }
        assert_eq!(name_of(" a\u{202e}b\n"), "ab");
        assert_eq!(name_of(&"x".repeat(300)).len(), NAME_CHARS_MAX);
    }
}
