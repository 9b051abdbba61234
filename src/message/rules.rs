//! What may be said: how long, which characters, to how many, for how long it is kept.
//!
//! Pure. A refusal names what was got and what is wanted, never the body itself.

use std::time::Duration;

/// Longest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 8_192;
/// People named in one message.
pub(crate) const NAMED_MAX: usize = 64;
/// Longest name of somebody or something that is written to, in bytes; none that is longer exists.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// The shortest time for which a message may be kept.
pub(crate) const LIFE_MIN: Duration = Duration::from_secs(1);

/// Why something cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    /// Nothing but white space.
    #[error("the message is empty, wanted 1 to {BODY_BYTES_MAX} bytes of text")]
    Empty,
    /// Too long for any receiver.
    #[error("the message has {got} bytes, at most {max} are carried")]
    TooLong {
        /// Its bytes.
        got: usize,
        /// The bound.
        max: usize,
    },
    /// A character that is no text: it would act on the screens of others.
    #[error("the message holds the control character U+{got:04X} at byte {at}, wanted text, tabs and line ends")]
    Control {
        /// Which.
        got: u32,
        /// Where.
        at: usize,
    },
    /// To nobody, or to too many at once.
    #[error("the message names {got} people, wanted 1 to {NAMED_MAX}")]
    Named {
        /// How many.
        got: usize,
    },
    /// A life that is too short or too long.
    #[error("expires_in_s is {got}, wanted {} to {max}", LIFE_MIN.as_secs())]
    Life {
        /// The seconds asked for.
        got: u64,
        /// The longest.
        max: u64,
    },
}

/// Whether this can be said, in at most so many bytes.
pub(crate) fn check(body: &str, bytes_max: usize) -> Result<(), MessageError> {
    if body.trim().is_empty() {
        return Err(MessageError::Empty);
    }
    if body.len() > bytes_max {
        return Err(MessageError::TooLong {
            got: body.len(),
            max: bytes_max,
        });
    }
    let acts = |(_, letter): &(usize, char)| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    match body.char_indices().find(acts) {
        Some((at, letter)) => Err(MessageError::Control {
            got: u32::from(letter),
            at,
        }),
        None => Ok(()),
    }
}

/// The names written to, each once, in their order.
pub(crate) fn named(names: Vec<String>) -> Result<Vec<String>, MessageError> {
    let mut each: Vec<String> = Vec::new();
    for name in names {
        if !each.contains(&name) {
            each.push(name);
        }
        if each.len() > NAMED_MAX {
            break;
        }
    }
    if each.is_empty() || each.len() > NAMED_MAX {
        return Err(MessageError::Named { got: each.len() });
    }
    Ok(each)
}

/// For how long a message is kept: as its sender says, at most as long as all are.
pub(crate) fn life(wished_s: Option<u64>, longest: Duration) -> Result<Duration, MessageError> {
    let Some(got) = wished_s else { return Ok(longest) };
    let wished = Duration::from_secs(got);
    if wished < LIFE_MIN || wished > longest {
        return Err(MessageError::Life {
            got,
            max: longest.as_secs(),
        });
    }
    Ok(wished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_a_byte_to_the_bound_and_says_something() {
        let check = |body: &str| check(body, BODY_BYTES_MAX);
        assert_eq!(check("x"), Ok(()));
        assert_eq!(check(&"x".repeat(BODY_BYTES_MAX)), Ok(()));
        let too_long = MessageError::TooLong {
            got: BODY_BYTES_MAX + 1,
            max: BODY_BYTES_MAX,
        };
        assert_eq!(check(&"x".repeat(BODY_BYTES_MAX + 1)), Err(too_long));
        for nothing in ["", " ", "\n\t "] {
            assert_eq!(check(nothing), Err(MessageError::Empty));
        }
    }

    #[test]
    fn a_body_is_text_with_tabs_and_line_ends_and_nothing_that_acts_on_a_screen() {
        let check = |body: &str| check(body, BODY_BYTES_MAX);
        for text in ["it's\tso\r\n", "'; DROP TABLE message; --", "żółć 🚗", "\u{202e}abc"] {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
        for (text, got, at) in [
            ("a\0b", 0, 1),
            ("\u{1b}[2J", 0x1b, 0),
            ("é\u{7f}", 0x7f, 2),
            ("x\u{9b}", 0x9b, 1),
        ] {
            assert_eq!(check(text), Err(MessageError::Control { got, at }), "{text:?}");
        }
    }

    #[test]
    fn one_to_64_people_are_named_and_each_once() {
        let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        assert_eq!(named(names(0)), Err(MessageError::Named { got: 0 }));
        assert_eq!(named(names(NAMED_MAX)).unwrap().len(), NAMED_MAX);
        assert_eq!(
            named(names(NAMED_MAX + 1)),
            Err(MessageError::Named { got: NAMED_MAX + 1 })
        );
        let doubled = [names(NAMED_MAX), names(NAMED_MAX)].concat();
        assert_eq!(named(doubled).unwrap(), names(NAMED_MAX));
    }

    #[test]
    fn a_life_is_a_second_to_the_longest() {
        let longest = Duration::from_secs(100);
        assert_eq!(life(None, longest), Ok(longest));
        assert_eq!(life(Some(1), longest), Ok(LIFE_MIN));
        assert_eq!(life(Some(100), longest), Ok(longest));
        for got in [0, 101, u64::MAX] {
            assert_eq!(life(Some(got), longest), Err(MessageError::Life { got, max: 100 }));
        }
    }
}
