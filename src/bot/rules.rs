//! What a bot may be called, what it may say, and how its state is told.
//!
//! Pure.

use std::fmt;
use std::str::FromStr;

/// Longest id of a bot, in characters.
pub(crate) const ID_LETTERS_MAX: usize = 50;
/// Longest id of a building, in characters.
pub(crate) const BUILDING_LETTERS_MAX: usize = 50;
/// Longest message of a bot, in characters.
pub(crate) const BODY_LETTERS_MAX: usize = 250;

/// Words that mean something else where a name may stand.
const RESERVED: [&str; 4] = ["server", "parent", "all", "unknown"];

/// Whether a bot may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clearance {
    /// Registered; nobody has decided yet.
    Waiting,
    /// It may.
    Authorised,
    /// It might, and may not any more.
    Revoked,
}

impl Clearance {
    const ALL: [Self; 3] = [Self::Waiting, Self::Authorised, Self::Revoked];

    /// The word kept in the store.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Authorised => "authorised",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for Clearance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no clearance.
#[derive(Debug, thiserror::Error)]
#[error("clearance is {0:?}, wanted waiting, authorised or revoked")]
pub(crate) struct UnknownClearance(String);

impl FromStr for Clearance {
    type Err = UnknownClearance;

    fn from_str(text: &str) -> Result<Self, UnknownClearance> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.as_str() == text)
            .ok_or_else(|| UnknownClearance(text.to_owned()))
    }
}

/// How a bot is, for whoever wants to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nobody registered it.
    Unknown,
    /// It may not speak, not yet or not any more.
    Unauthorised,
    /// It is connected.
    Running,
    /// It may be used.
    Available,
}

impl Condition {
    /// Of a bot, if there is one, that is connected or not.
    pub(crate) fn of(clearance: Option<Clearance>, is_connected: bool) -> Self {
        match clearance {
            None => Self::Unknown,
            Some(Clearance::Waiting | Clearance::Revoked) => Self::Unauthorised,
            Some(Clearance::Authorised) if is_connected => Self::Running,
            Some(Clearance::Authorised) => Self::Available,
        }
    }

    /// For people.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "Bot does not exist.",
            Self::Unauthorised => "Bot has not been authorized yet.",
            Self::Running => "Bot currently running.",
            Self::Available => "Bot available.",
        }
    }
}

/// Why a text was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TextError {
    /// Nothing, or nothing but white space.
    #[error("`{field}` is empty, wanted 1 to {max} characters")]
    Empty {
        /// The parameter.
        field: &'static str,
        /// The most.
        max: usize,
    },
    /// Too long.
    #[error("`{field}` has {got} characters, wanted 1 to {max}")]
    Long {
        /// The parameter.
        field: &'static str,
        /// Its length.
        got: usize,
        /// The most.
        max: usize,
    },
    /// A character that has no place there.
    #[error("`{field}` holds {letter:?}, {wanted}")]
    Letter {
        /// The parameter.
        field: &'static str,
        /// The first wrong character.
        letter: char,
        /// What may stand there.
        wanted: &'static str,
    },
    /// A word with a meaning of its own.
    #[error("`{field}` is a reserved word")]
    Reserved {
        /// The parameter.
        field: &'static str,
    },
}

/// Whether a bot may have this id. It is the name by which it is spoken to, so it holds nothing that would need quotes.
pub(crate) fn id_check(id: &str) -> Result<(), TextError> {
    let field = "bot";
    length_check(field, id, ID_LETTERS_MAX)?;
    let is_fine = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if let Some(letter) = id.chars().find(|letter| !is_fine(letter)) {
        let wanted = "it may hold letters, digits, `_`, `-` and `.`";
        return Err(TextError::Letter { field, letter, wanted });
    }
    if RESERVED.contains(&id.to_lowercase().as_str()) {
        return Err(TextError::Reserved { field });
    }
    Ok(())
}

/// Whether this can be the id of a building.
pub(crate) fn building_check(building: &str) -> Result<(), TextError> {
    let field = "building";
    length_check(field, building, BUILDING_LETTERS_MAX)?;
    control_check(field, building, |_| false)
}

/// Whether a bot may say this.
pub(crate) fn body_check(body: &str) -> Result<(), TextError> {
    let field = "body";
    length_check(field, body, BODY_LETTERS_MAX)?;
    control_check(field, body, |letter| matches!(letter, '\n' | '\t'))
}

fn length_check(field: &'static str, text: &str, max: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty { field, max });
    }
    let got = text.chars().count();
    if got > max {
        return Err(TextError::Long { field, got, max });
    }
    Ok(())
}

fn control_check(field: &'static str, text: &str, but: impl Fn(char) -> bool) -> Result<(), TextError> {
    let wanted = "no control characters";
    match text.chars().find(|letter| letter.is_control() && !but(*letter)) {
        Some(letter) => Err(TextError::Letter { field, letter, wanted }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_conditions_have_the_texts_that_consoles_know() {
        use Clearance::{Authorised, Revoked, Waiting};
        for (clearance, is_connected, text) in [
            (None, false, "Bot does not exist."),
            (Some(Waiting), false, "Bot has not been authorized yet."),
            (Some(Waiting), true, "Bot has not been authorized yet."),
            (Some(Revoked), false, "Bot has not been authorized yet."),
            (Some(Authorised), true, "Bot currently running."),
            (Some(Authorised), false, "Bot available."),
        ] {
            assert_eq!(Condition::of(clearance, is_connected).text(), text);
        }
        for clearance in Clearance::ALL {
            assert_eq!(clearance.to_string().parse::<Clearance>().unwrap(), clearance);
        }
        assert!("free".parse::<Clearance>().is_err());
    }

    #[test]
    fn an_id_has_1_to_50_characters_that_need_no_quotes() {
        for good in ["b", "canteen", "Menü-1", "a.b_c", &"x".repeat(50)] {
            assert_eq!(id_check(good), Ok(()), "{good}");
        }
        let long = "x".repeat(51);
        for bad in ["", " ", "o'neill", "a b", "a,b", "a\u{0}b", "Server", "all", &long] {
            assert!(id_check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_body_has_1_to_250_characters_whatever_their_bytes() {
        for good in ["x", "it's lunch", "a\nb\tc", &"ü".repeat(250)] {
            assert_eq!(body_check(good), Ok(()), "{good}");
        }
        let got = TextError::Long {
            field: "body",
            got: 251,
            max: 250,
        };
        assert_eq!(body_check(&"x".repeat(251)), Err(got));
        for bad in ["", " \n", "a\u{0}", "\u{1b}[2J"] {
            assert!(body_check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_building_may_be_called_almost_anything() {
        for good in ["pavilhão 1", "o'neill", &"x".repeat(50)] {
            assert_eq!(building_check(good), Ok(()), "{good}");
        }
        for bad in ["", "a\nb", &"x".repeat(51)] {
            assert!(building_check(bad).is_err(), "{bad:?}");
        }
    }
}
