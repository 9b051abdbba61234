//! What a program is given for the arguments of a call, and what it means by what it says. Pure.

use serde_json::{Map, Value as Json};

use crate::config::{ArgumentConfig, ArgumentKind};

/// Bytes of all arguments of one run together.
pub(crate) const ARGUMENT_BYTES_MAX: usize = 65_536;
/// Letters of a complaint that are passed on.
const COMPLAINT_LETTERS_MAX: usize = 200;

/// The arguments of a call as those of a program, in the order of the declaration. One that is left out before one
/// that is given is empty.
pub(crate) fn arguments(
    declared: &[ArgumentConfig],
    given: &Map<String, Json>,
    takes_dashes: bool,
) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    let mut last = 0;
    for argument in declared {
        let values = match given.get(&argument.name) {
            None | Some(Json::Null) => {
                texts.push(String::new());
                continue;
            }
            Some(Json::Array(values)) if argument.repeatable => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        for value in values {
            texts.push(text(argument, value, takes_dashes)?);
        }
        last = texts.len();
    }
    texts.truncate(last);
    let bytes: usize = texts.iter().map(|text| text.len().saturating_add(1)).sum();
    if bytes > ARGUMENT_BYTES_MAX {
        return Err(format!(
            "got {bytes} bytes of arguments, at most {ARGUMENT_BYTES_MAX} fit"
        ));
    }
    Ok(texts)
}

fn text(argument: &ArgumentConfig, value: &Json, takes_dashes: bool) -> Result<String, String> {
    let name = &argument.name;
    let text = match (argument.kind, value) {
        (ArgumentKind::Text, Json::String(text)) => text.clone(),
        (ArgumentKind::Boolean, Json::Bool(flag)) => flag.to_string(),
        (ArgumentKind::Integer, Json::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        (ArgumentKind::Number, Json::Number(number)) => number.to_string(),
        (wanted, got) => return Err(format!("`{name}` is {}, wanted {}", kind(got), wanted.as_str())),
    };
    if text.contains('\0') {
        return Err(format!("`{name}` holds a NUL, which no program can be given"));
    }
    if text.starts_with('-') && !takes_dashes {
        return Err(format!(
            "`{name}` begins with `-`, and the program could take it for an option"
        ));
    }
    Ok(text)
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

/// What it said: JSON, or else text without its last line end; nothing is null.
pub(crate) fn reply(output: &[u8]) -> Result<Json, &'static str> {
    let Ok(text) = std::str::from_utf8(output) else {
        return Err("wrote neither JSON nor UTF-8 text");
    };
    if text.trim().is_empty() {
        return Ok(Json::Null);
    }
    Ok(serde_json::from_str(text).unwrap_or_else(|_| {
        let line = text.strip_suffix('\n').unwrap_or(text);
        Json::String(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }))
}

/// The first line that says something, short and without control characters.
pub(crate) fn first_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    line.chars()
        .filter(|letter| !letter.is_control())
        .take(COMPLAINT_LETTERS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn declared(kinds: &[(&str, ArgumentKind)]) -> Vec<ArgumentConfig> {
        let one = |(name, kind): &(&str, ArgumentKind)| ArgumentConfig {
            name: (*name).to_owned(),
            kind: *kind,
            optional: true,
            repeatable: *name == "more",
            about: String::new(),
        };
        kinds.iter().map(one).collect()
    }

    fn argv(given: Json, takes_dashes: bool) -> Result<Vec<String>, String> {
        use ArgumentKind::{Boolean, Integer, Number, Text};
        let declared = declared(&[
            ("a", Text),
            ("b", Integer),
            ("c", Number),
            ("d", Boolean),
            ("more", Text),
        ]);
        arguments(&declared, given.as_object().unwrap(), takes_dashes)
    }

    #[test]
    fn arguments_stand_in_their_order_as_text_and_nothing_is_interpreted() {
        assert_eq!(
            argv(
                json!({"a": "x y", "b": 3, "c": 1.5, "d": true, "more": ["p", "q"]}),
                false
            )
            .unwrap(),
            ["x y", "3", "1.5", "true", "p", "q"]
        );
        assert_eq!(argv(json!({}), false).unwrap(), Vec::<String>::new());
        assert_eq!(
            argv(json!({"b": 3}), false).unwrap(),
            ["", "3"],
            "one left out before is empty"
        );
        for hostile in ["; rm -r .", "$(x)", "`x`", "a\nb", "*", "~", "\"", "'"] {
            assert_eq!(argv(json!({"a": hostile}), false).unwrap(), [hostile]);
        }
    }

    #[test]
    fn what_is_no_argument_is_refused_by_name() {
        for (given, why) in [
            (json!({"a": "--help"}), "`a` begins with `-`"),
            (json!({"b": -3}), "`b` begins with `-`"),
            (json!({"a": "x\0y"}), "`a` holds a NUL"),
            (json!({"b": "3"}), "`b` is a text, wanted integer"),
            (json!({"b": 1.5}), "`b` is a number, wanted integer"),
            (json!({"a": ["x"]}), "`a` is a list, wanted text"),
            (json!({"more": ["x", 1]}), "`more` is a number, wanted text"),
        ] {
            let refused = argv(given, false).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
        assert_eq!(argv(json!({"a": "--help", "b": -3}), true).unwrap(), ["--help", "-3"]);
    }

    #[test]
    fn arguments_fill_the_bound_and_not_one_byte_more() {
        assert!(argv(json!({"a": "x".repeat(ARGUMENT_BYTES_MAX - 1)}), false).is_ok());
        assert!(
            argv(json!({"a": "x".repeat(ARGUMENT_BYTES_MAX)}), false)
                .unwrap_err()
                .contains("at most")
        );
    }

    #[test]
    fn what_is_no_json_is_text_and_nothing_is_null() {
        assert_eq!(reply(b"{\"a\": [1, 2.5]}\n").unwrap(), json!({"a": [1, 2.5]}));
        assert_eq!(reply(b"two\nlines\n").unwrap(), json!("two\nlines"));
        assert_eq!(reply(b" \n").unwrap(), Json::Null);
        assert!(reply(&[0xff]).is_err());
    }

    #[test]
    fn a_complaint_is_one_clean_line() {
        assert_eq!(first_line(b"\n  no \x1b[31mcar\x07\nmore"), "no [31mcar");
        assert_eq!(first_line(&[b'x'; 1_000]).len(), COMPLAINT_LETTERS_MAX);
        assert_eq!(first_line(b""), "");
    }
}
