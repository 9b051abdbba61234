//! Rules of rooms: what they may be called, who comes in and how, who owns them next.
//!
//! Pure. Whether somebody is a member or stands before the door is looked up by whoever asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewest characters of a name.
pub(crate) const NAME_LETTERS_MIN: usize = 3;
/// Most characters of a name.
pub(crate) const NAME_LETTERS_MAX: usize = 32;

/// Who comes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// Whoever wants to.
    #[default]
    Open,
    /// Whom the owner lets in after they asked, or invited.
    Asking,
    /// Whom the owner invited; others do not see the room.
    Invited,
}

/// From when on a member sees what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    /// From joining on.
    #[default]
    Joined,
    /// From the beginning.
    All,
}

/// How somebody stands before the door of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// May come in.
    Invited,
    /// Wants to come in.
    Asking,
    /// May not.
    Banned,
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {
        $(impl $name {
            /// The word in the store.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What the word means.
            pub(crate) fn of(word: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|one| one.as_str() == word)
            }
        })+
    };
}

words! {
    Entry { Open = "open", Asking = "asking", Invited = "invited" }
    History { Joined = "joined", All = "all" }
    Standing { Invited = "invited", Asking = "asking", Banned = "banned" }
}

/// What becomes of somebody who wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// They are in.
    Enters,
    /// The owner is asked.
    Asks,
    /// The owner has been asked.
    Waits,
    /// They were in.
    IsIn,
    /// They were sent away for good.
    Banned,
    /// For them there is no such room.
    Unseen,
}

/// What becomes of somebody who wants into a room.
pub(crate) fn step(entry: Entry, is_member: bool, before: Option<Standing>) -> Step {
    match (is_member, before, entry) {
        (true, _, _) => Step::IsIn,
        (false, Some(Standing::Banned), Entry::Invited) => Step::Unseen,
        (false, Some(Standing::Banned), _) => Step::Banned,
        (false, Some(Standing::Invited), _) | (false, _, Entry::Open) => Step::Enters,
        (false, Some(Standing::Asking), Entry::Asking) => Step::Waits,
        (false, None, Entry::Asking) => Step::Asks,
        (false, _, Entry::Invited) => Step::Unseen,
    }
}

/// Whether somebody may know that there is this room.
pub(crate) fn is_seen(entry: Entry, is_member: bool, before: Option<Standing>, is_operator: bool) -> bool {
    is_member || is_operator || entry != Entry::Invited || before == Some(Standing::Invited)
}

/// Who owns a room when its owner leaves: who has been in it the longest, the lower account of two. `None` closes it.
pub(crate) fn heir(members: &[(i64, i64)], leaving: i64) -> Option<i64> {
    let others = members.iter().filter(|(user, _)| *user != leaving);
    others
        .min_by_key(|(user, joined_at)| (*joined_at, *user))
        .map(|(user, _)| *user)
}

/// Why a room is not called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    /// Too short or too long.
    #[error("the name has {got} characters, rooms have {NAME_LETTERS_MIN} to {NAME_LETTERS_MAX}")]
    Length {
        /// Characters in it.
        got: usize,
    },
    /// A character that names do not have.
    #[error("the name holds {letter:?}, names of rooms hold letters, digits, `_`, `-` and `.`")]
    Letter {
        /// The first wrong one.
        letter: char,
    },
}

/// Whether a room may be called so.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    let got = name.chars().count();
    if !(NAME_LETTERS_MIN..=NAME_LETTERS_MAX).contains(&got) {
        return Err(NameError::Length { got });
    }
    let is_wrong = |letter: &char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'));
    match name.chars().find(is_wrong) {
        Some(letter) => Err(NameError::Letter { letter }),
        None => Ok(()),
    }
}

/// The name without case, by which a room is found.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_in_depends_on_the_room_and_on_how_they_stand_before_it() {
        use Standing::{Asking, Banned, Invited};
        let table = [
            (Entry::Open, None, Step::Enters),
            (Entry::Open, Some(Invited), Step::Enters),
            (Entry::Open, Some(Asking), Step::Enters),
            (Entry::Open, Some(Banned), Step::Banned),
            (Entry::Asking, None, Step::Asks),
            (Entry::Asking, Some(Asking), Step::Waits),
            (Entry::Asking, Some(Invited), Step::Enters),
            (Entry::Asking, Some(Banned), Step::Banned),
            (Entry::Invited, None, Step::Unseen),
            (Entry::Invited, Some(Asking), Step::Unseen),
            (Entry::Invited, Some(Invited), Step::Enters),
            (Entry::Invited, Some(Banned), Step::Unseen),
        ];
        for (entry, before, wanted) in table {
            assert_eq!(step(entry, false, before), wanted, "{entry:?} {before:?}");
            assert_eq!(step(entry, true, before), Step::IsIn);
            let is_seen_by_anybody = is_seen(entry, false, before, false);
            assert_eq!(is_seen_by_anybody, wanted != Step::Unseen, "{entry:?} {before:?}");
            assert!(is_seen(entry, true, before, false) && is_seen(entry, false, before, true));
        }
    }

    #[test]
    fn the_longest_there_inherits_and_an_empty_room_closes() {
        let members = [(3, 10), (9, 5), (4, 5), (1, 1)];
        assert_eq!(heir(&members, 1), Some(4));
        assert_eq!(heir(&members, 4), Some(1));
        assert_eq!(heir(&[(1, 1)], 1), None);
        assert_eq!(heir(&[], 1), None);
    }

    #[test]
    fn a_name_has_3_to_32_letters_and_nothing_to_quote() {
        for good in ["abc", "The.Yard-1", "żółć", &"n".repeat(32)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for (bad, got) in [("", 0), ("ab", 2), (&*"n".repeat(33), 33)] {
            assert_eq!(check_name(bad), Err(NameError::Length { got }));
        }
        for (bad, letter) in [("a b", ' '), ("a'b", '\''), ("a,b", ','), ("a\0b", '\0'), ("a(b)", '(')] {
            assert_eq!(check_name(bad), Err(NameError::Letter { letter }));
        }
    }

    #[test]
    fn words_come_back_from_the_store() {
        for entry in [Entry::Open, Entry::Asking, Entry::Invited] {
            assert_eq!(Entry::of(entry.as_str()), Some(entry));
        }
        assert_eq!(History::of("all"), Some(History::All));
        assert_eq!(Standing::of("banned"), Some(Standing::Banned));
        assert_eq!(Standing::of("nothing"), None);
    }
}
