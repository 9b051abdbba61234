//! Rules for the names of connected clients: what may be one, and what is given instead.
//!
//! Pure. Names address clients in commands, so they hold nothing that a call would need to quote.

/// Fewest characters.
pub const NAME_LETTERS_MIN: usize = 3;
/// Most characters.
pub const NAME_LETTERS_MAX: usize = 16;

/// Words that mean something else where a name may stand, compared without case.
const RESERVED: &[&str] = &[
    "server",
    "mainserver",
    "subserver",
    "parent",
    "higher",
    "services",
    "service",
    "info",
    "command",
    "commands",
    "servercommand",
    "servercommands",
    "requestable",
    "requestables",
    "all",
    "unknown",
];

/// Why a wished name was not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Too short or too long.
    #[error("name `{name}` has {got} characters, names have {NAME_LETTERS_MIN} to {NAME_LETTERS_MAX}")]
    Length {
        /// The beginning of what was asked for.
        name: String,
        /// Characters in it.
        got: usize,
    },
    /// A character that names do not have.
    #[error("name `{name}` holds {letter:?}, names hold letters, digits, `_`, `-` and `.`")]
    Letter {
        /// What was asked for.
        name: String,
        /// The first wrong character.
        letter: char,
    },
    /// A word with a meaning of its own.
    #[error("name `{0}` is reserved")]
    Reserved(String),
    /// Somebody connected has it.
    #[error("name `{0}` is already used")]
    Taken(String),
}

/// Whether a wished name may be one.
pub fn check(name: &str) -> Result<(), NameError> {
    let got = name.chars().count();
    if !(NAME_LETTERS_MIN..=NAME_LETTERS_MAX).contains(&got) {
        let name = name
            .chars()
            .take(NAME_LETTERS_MAX)
            .flat_map(char::escape_debug)
            .collect();
        return Err(NameError::Length { name, got });
    }
    let wrong = name
        .chars()
        .find(|letter| !(letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')));
    if let Some(letter) = wrong {
        let name = name.escape_debug().to_string();
        return Err(NameError::Letter { name, letter });
    }
    if RESERVED.contains(&key(name).as_str()) {
        return Err(NameError::Reserved(name.to_owned()));
    }
    Ok(())
}

/// How names are compared: `Ada` and `ada` are one name.
#[must_use]
pub fn key(name: &str) -> String {
    name.to_lowercase()
}

/// What a client is called whose wish cannot be met.
#[must_use]
pub fn substitute(client_id: &str) -> String {
    let start: String = client_id.chars().take(5).collect();
    format!("unnamed_{start}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_three_to_sixteen_plain_characters() {
        for good in ["ada", "console-1", "Zoë.42_x", "sixteen-letters-"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, got) in [("", 0), ("ab", 2), ("seventeen-letters", 17)] {
            assert!(
                matches!(check(bad), Err(NameError::Length { got: seen, .. }) if seen == got),
                "{bad}"
            );
        }
        assert!(matches!(
            check(&"x".repeat(300)),
            Err(NameError::Length { got: 300, .. })
        ));
    }

    #[test]
    fn what_a_call_would_have_to_quote_is_no_name() {
        for bad in ["a,b", "a b", "a(b)", "a\u{7}b", "a\"b", "a=b", "a\nb"] {
            assert!(matches!(check(bad), Err(NameError::Letter { .. })), "{bad}");
        }
    }

    #[test]
    fn reserved_words_are_compared_without_case() {
        for bad in ["command", "Commands", "SERVER", "parent"] {
            assert_eq!(check(bad), Err(NameError::Reserved(bad.to_owned())));
        }
    }

    #[test]
    fn the_substitute_is_itself_no_wish_anybody_needs_to_check() {
        assert_eq!(substitute("0f3ab91c-77"), "unnamed_0f3ab");
    }
}
