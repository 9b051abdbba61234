//! How names of commands and requestables are written, and which parameters fit together.

use crate::command::arguments::Parameter;

/// Longest name of a command, a requestable or a category, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 64;
/// Parameters of one command.
pub(crate) const PARAMETERS_MAX: usize = 32;

/// Whether it is `s.` and then small letters, digits and `_`.
pub(crate) fn is_command_name(name: &str) -> bool {
    name.strip_prefix("s.").is_some_and(is_word) && name.len() <= NAME_BYTES_MAX
}

/// Whether it is capital letters, digits and `_`, beginning with a letter.
pub(crate) fn is_requestable_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().all(fits)
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
}

/// Whether it is small letters, digits, `_` and `-`, beginning with a letter.
pub(crate) fn is_category(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().all(fits)
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
}

/// Whether it is small letters, digits and `_`, beginning with a letter.
pub(crate) fn is_word(name: &str) -> bool {
    is_category(name) && !name.contains('-')
}

/// What is wrong with parameters, if anything.
pub(crate) fn misfit(parameters: &[Parameter]) -> Option<String> {
    if parameters.len() > PARAMETERS_MAX {
        return Some(format!(
            "has {} parameters, at most {PARAMETERS_MAX} fit",
            parameters.len()
        ));
    }
    let mut optional = None;
    for (at, parameter) in parameters.iter().enumerate() {
        let name = &parameter.name;
        if !is_word(name) || name.len() > NAME_BYTES_MAX {
            let shown: String = name.chars().take(NAME_BYTES_MAX).flat_map(char::escape_debug).collect();
            return Some(format!(
                "has a parameter `{shown}`, wanted small letters, digits and `_`"
            ));
        }
        if parameters.iter().take(at).any(|earlier| earlier.name == *name) {
            return Some(format!("has two parameters `{name}`"));
        }
        if name == "request_id" {
            return Some("has a parameter `request_id`, which every changing command takes by itself".to_owned());
        }
        if parameter.repeatable && at.saturating_add(1) < parameters.len() {
            return Some(format!(
                "has the repeatable parameter `{name}` before others, wanted it last"
            ));
        }
        match optional {
            Some(earlier) if parameter.required => {
                return Some(format!(
                    "has `{name}`, which must be given, behind `{earlier}`, which need not"
                ));
            }
            None if !parameter.required => optional = Some(name.clone()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, required: bool, repeatable: bool) -> Parameter {
        Parameter {
            name: name.to_owned(),
            about: String::new(),
            required,
            types: vec!["text".to_owned()],
            repeatable,
            schema: serde_json::Value::Null,
        }
    }

    #[test]
    fn names_are_as_they_are_called() {
        for good in ["s.a", "s.greet_2", &format!("s.{}", "a".repeat(62))] {
            assert!(is_command_name(good), "{good}");
        }
        for bad in [
            "",
            "s.",
            "greet",
            "S.greet",
            "s.Greet",
            "s.a b",
            "s.a-b",
            "s.é",
            "s.2a",
            &format!("s.{}", "a".repeat(63)),
        ] {
            assert!(!is_command_name(bad), "{bad}");
        }
        for good in ["ANSWER", "A_2"] {
            assert!(is_requestable_name(good), "{good}");
        }
        for bad in ["", "answer", "2A", "A B", "A-B", &"A".repeat(65)] {
            assert!(!is_requestable_name(bad), "{bad}");
        }
        assert!(is_category("my-demo") && !is_category("My demo"));
    }

    #[test]
    fn parameters_fit_together_or_it_is_said_why_not() {
        let (one, more) = (parameter("a", true, false), parameter("b", false, true));
        assert_eq!(misfit(&[one.clone(), more.clone()]), None);
        assert!(
            misfit(&[more.clone(), parameter("c", false, false)])
                .unwrap()
                .contains("wanted it last")
        );
        assert!(
            misfit(&[more.clone(), parameter("c", false, true)]).is_some(),
            "two repeatables"
        );
        assert!(
            misfit(&[one.clone(), one.clone()])
                .unwrap()
                .contains("two parameters `a`")
        );
        assert!(
            misfit(&[parameter("a", false, false), parameter("b", true, false)])
                .unwrap()
                .contains("behind `a`")
        );
        assert!(misfit(&[parameter("", true, false)]).is_some());
        assert!(misfit(&[parameter("request_id", true, false)]).is_some());
        let many = |count| {
            (0..count)
                .map(|at| parameter(&format!("p{at}"), true, false))
                .collect::<Vec<_>>()
        };
        assert_eq!(misfit(&many(PARAMETERS_MAX)), None);
        assert!(misfit(&many(PARAMETERS_MAX + 1)).is_some());
    }
}
