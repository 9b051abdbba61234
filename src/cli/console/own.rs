//! Words of the console itself that a person types in place of a call.
//!
//! Pure. Only for people: lines of a pipe mean what the server makes of them.

use super::cursor::{quoted, unfinished};

/// A line of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Own {
    /// Empty the screen.
    Clear,
    /// Nothing is sent; this is missing.
    Open(&'static str),
    /// This is meant.
    Call(String),
}

/// What a line means here, when it is no plain call or talk.
pub(super) fn own(line: &str) -> Option<Own> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| word.parse::<u64>().is_ok();
    match words.as_slice() {
        ["clear"] => Some(Own::Clear),
        ["watch", name] if is_requestable(name) => Some(Own::Call(format!("s.subscribe({})", quoted(name, false)))),
        ["watch", name, every] if is_requestable(name) && is_number(every) => Some(Own::Call(format!(
            "s.subscribe({}, every_ms={every})",
            quoted(name, false)
        ))),
        ["unwatch"] => Some(Own::Call("s.unsubscribe()".to_owned())),
        ["unwatch", number] if is_number(number) => Some(Own::Call(format!("s.unsubscribe({number})"))),
        _ => unfinished(line).map(Own::Open),
    }
}

/// Names of requestables are in capitals; `watch out` is talk.
fn is_requestable(name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_stand_for_calls_and_talk_stays_talk() {
        let call = |call: &str| Some(Own::Call(call.to_owned()));
        for (line, meaning) in [
            (" clear ", Some(Own::Clear)),
            ("watch STATISTICS", call("s.subscribe(STATISTICS)")),
            ("watch STATISTICS 500", call("s.subscribe(STATISTICS, every_ms=500)")),
            ("unwatch", call("s.unsubscribe()")),
            ("unwatch 3", call("s.unsubscribe(3)")),
            ("watch out", None),
            ("watch STATISTICS often", None),
            ("clear the road", None),
            ("unwatch me", None),
            ("s.info()", None),
            ("s.info", None),
            ("hello (there", None),
        ] {
            assert_eq!(own(line), meaning, "{line}");
        }
        assert!(matches!(own("s.info("), Some(Own::Open(_))));
    }
}
