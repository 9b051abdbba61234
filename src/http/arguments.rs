//! What a request gives to a command: names of the path, of the query and of a JSON body, each once.
//!
//! Decides how texts become arguments; what they mean is the command's. Knows nothing of who asks.

use crate::command::arguments::{Given, Parameter};
use crate::error::Error;
use crate::wire::{ErrorCode, ScanLimits, Value, strict};

/// Names in one query.
const QUERY_NAMES_MAX: usize = 64;

/// Puts everything at its name. Texts of path and query are read as the parameters want them.
pub(super) fn given(
    parameters: &[Parameter],
    path: &[(String, String)],
    query: Option<&str>,
    body: &[u8],
) -> Result<Given, Error> {
    let word = |name: &str, text: &str| word(parameters.iter().find(|one| one.name == name), text);
    let mut names: Vec<(String, Value)> = Vec::new();
    for (name, text) in path {
        names.push((name.clone(), word(name, text)));
    }
    let mut asked = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    for (name, text) in asked.by_ref().take(QUERY_NAMES_MAX) {
        again_or_new(&mut names, path.len(), &name, word(&name, &text));
    }
    if asked.next().is_some() {
        let message = format!("the query has more than {QUERY_NAMES_MAX} names");
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    for (name, value) in fields(body)? {
        let parameter = parameters.iter().find(|one| one.name == name);
        names.push((name, whole(parameter, value)));
    }
    Ok(Given {
        positions: Vec::new(),
        names,
        from_text: false,
    })
}

/// A name that stands in the query more than once is a list.
fn again_or_new(names: &mut Vec<(String, Value)>, from: usize, name: &str, value: Value) {
    let known = names.iter_mut().skip(from).find(|(known, _)| known == name);
    match known {
        Some((_, Value::Array(list))) => list.push(value),
        Some((_, one)) => *one = Value::Array(vec![std::mem::replace(one, Value::Null), value]),
        None => names.push((name.to_owned(), value)),
    }
}

fn fields(body: &[u8]) -> Result<Vec<(String, Value)>, Error> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let bad = |why: String| Error::new(ErrorCode::BadFrame, format!("the body cannot be read as JSON: {why}"));
    match strict::read(body, ScanLimits::default()).map_err(bad)? {
        Value::Map(fields) => Ok(fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_text().ok()?, value)))
            .collect()),
        _ => Err(Error::new(
            ErrorCode::BadFrame,
            "the body is no JSON object, wanted the arguments by name",
        )),
    }
}

/// JSON has one kind of number: 7.0 is a whole one where one is wanted.
fn whole(parameter: Option<&Parameter>, value: Value) -> Value {
    /// Above it a fraction does not tell whole numbers apart.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let wanted = parameter.is_some_and(|one| one.types.iter().any(|known| known == "integer"));
    match value {
        Value::Float(fraction) if wanted && fraction.fract() == 0.0 && fraction.abs() <= EXACT_MAX => {
            format!("{fraction:.0}").parse::<i64>().map_or(value, Value::from)
        }
        other => other,
    }
}

/// A text as the parameter wants it. What it cannot be stays a text, which the command then refuses by its type.
fn word(parameter: Option<&Parameter>, text: &str) -> Value {
    let wants = |name: &str| parameter.is_some_and(|one| one.types.iter().any(|known| known == name));
    let whole = || {
        text.parse::<i64>()
            .ok()
            .filter(|whole| !wants("text") || whole.to_string() == text)
    };
    let fraction = || text.parse::<f64>().ok().filter(|fraction| fraction.is_finite());
    match text {
        "true" if wants("boolean") => Value::Bool(true),
        "false" if wants("boolean") => Value::Bool(false),
        _ if wants("integer") && whole().is_some() => whole().map_or(Value::Null, Value::from),
        _ if wants("number") => fraction().map_or_else(|| Value::from(text), Value::Float),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), text.to_owned())]
    }

    fn parameter(name: &str, types: &[&str]) -> Parameter {
        Parameter {
            name: name.to_owned(),
            about: String::new(),
            required: false,
            types: types.iter().map(|one| (*one).to_owned()).collect(),
            repeatable: false,
            schema: serde_json::Value::Null,
        }
    }

    #[test]
    fn path_query_and_body_are_arguments_by_name() {
        let parameters = [parameter("booking", &["integer"]), parameter("b", &["text"])];
        let body = br#"{"end":"later"}"#;
        let given = given(&parameters, &path("booking", "7"), Some("a=1&b=x%20y&b=z"), body).unwrap();
        assert_eq!(
            given.names,
            [
                ("booking".to_owned(), Value::from(7)),
                ("a".to_owned(), Value::from("1")),
                ("b".to_owned(), Value::Array(vec!["x y".into(), "z".into()])),
                ("end".to_owned(), Value::from("later")),
            ]
        );
    }

    #[test]
    fn a_text_becomes_what_its_parameter_wants_and_nothing_else() {
        let cases = [
            (&["integer"][..], "7", Value::from(7)),
            (&["integer"], "07x", Value::from("07x")),
            (&["integer"], "null", Value::from("null")),
            (&["number"], "1.5", Value::from(1.5)),
            (&["number"], "NaN", Value::from("NaN")),
            (&["number"], "inf", Value::from("inf")),
            (&["boolean"], "true", Value::from(true)),
            (&["boolean"], "1", Value::from("1")),
            (&["text"], "7", Value::from("7")),
            (&["text", "integer"], "7", Value::from(7)),
            (&["text", "integer"], "007", Value::from("007")),
        ];
        for (types, text, wanted) in cases {
            assert_eq!(word(Some(&parameter("p", types)), text), wanted, "{types:?} {text}");
        }
        assert_eq!(word(None, "7"), Value::from("7"));
        let integer = parameter("p", &["integer"]);
        assert_eq!(whole(Some(&integer), Value::Float(-7.0)), Value::from(-7));
        assert_eq!(whole(Some(&integer), Value::Float(7.5)), Value::Float(7.5));
        assert_eq!(whole(Some(&integer), Value::Float(1e300)), Value::Float(1e300));
    }

    #[test]
    fn a_name_of_the_path_is_never_taken_by_the_query_or_the_body() {
        // Both stay, and binding refuses what is given twice.
        let given = given(&[], &path("user", "anna"), Some("user=ada"), br#"{"user":"ada"}"#).unwrap();
        assert_eq!(given.names.len(), 3);
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["[]", "1", "\"a\"", "null", "{\"a\":1", "{\"a\":1,\"a\":1}"] {
            let err = given(&[], &[], None, body.as_bytes()).unwrap_err();
            assert_eq!(err.code(), ErrorCode::BadFrame, "{body}");
        }
        let long = "a=1&".repeat(QUERY_NAMES_MAX);
        assert!(given(&[], &[], Some(&long), b"").is_ok());
        let longer = "a=1&".repeat(QUERY_NAMES_MAX + 1);
        assert_eq!(
            given(&[], &[], Some(&longer), b"").unwrap_err().code(),
            ErrorCode::TooLarge
        );
    }
}
