//! The document of the API as a promise: every answer that a test hears is held against what it says.
//!
//! A small check of the JSON Schema that our documents use; a keyword that it does not know is a failure, so that
//! nothing passes unlooked at.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::Value;

use super::{get, spawn};

/// What only explains.
const EXPLAINS: &[&str] = &["$schema", "title", "description", "default", "examples", "deprecated"];

/// The document of a server without anything added.
struct Document(Value);

impl Document {
    fn shared() -> &'static Self {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        DOCUMENT.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let (mut child, ready) = spawn(folder.path(), &[]);
            let heard = get(ready["http"].as_str().unwrap().parse().unwrap(), "/openapi.json");
            child.kill().unwrap();
            child.wait().unwrap();
            let (status, _, text) = heard.unwrap();
            assert_eq!(status, 200, "{text}");
            Document(serde_json::from_str(&text).unwrap())
        })
    }

    /// The operation at a path as it was asked; one without names in its path goes first.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.0["paths"].as_object().unwrap();
        let path = path.split('?').next().unwrap();
        let fits = |known: &str| {
            let (mut known, mut asked) = (known.split('/'), path.split('/'));
            loop {
                match (known.next(), asked.next()) {
                    (None, None) => return true,
                    (Some(name), Some(part)) if name == part || name.starts_with('{') && !part.is_empty() => {}
                    _ => return false,
                }
            }
        };
        let at = paths.get(path).or_else(|| {
            let mut there = paths.iter().filter(|(known, _)| fits(known));
            there.next().map(|(_, methods)| methods)
        });
        at?.get(method.to_lowercase())
    }
}

/// Holds what a command answered against its schema. Commands that a test added are not in the document.
pub(crate) fn check_command(command: &str, answer: &Value) {
    let document = Document::shared();
    let Some(operation) = document.operation("POST", &format!("/api/v1/commands/{command}")) else {
        return;
    };
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    if let Err(why) = fits(&document.0, schema, answer, "answer") {
        panic!("{command} answers what its document does not say: {why}\n{answer}\n{schema}");
    }
}

/// Holds an answer of HTTP against what the document says of it.
pub(crate) fn check_response(method: &str, path: &str, status: u16, kind: Option<&str>, body: &str) {
    let document = Document::shared();
    let Some(operation) = document.operation(method, path) else {
        return;
    };
    let responses = &operation["responses"];
    let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
    let response = resolved(&document.0, response);
    assert!(response.is_object(), "{method} {path}: {status} is not in the document");
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        assert!(body.is_empty(), "{method} {path}: {status} has a body: {body}");
        return;
    };
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let said = content
        .get(kind)
        .unwrap_or_else(|| panic!("{method} {path}: {status} is {kind}, not {content:?}"));
    if !kind.ends_with("json") {
        return;
    }
    let answer: Value = serde_json::from_str(body).unwrap();
    if let Err(why) = fits(&document.0, &said["schema"], &answer, "answer") {
        panic!(
            "{method} {path}: {status} is not what the document says: {why}\n{answer}\n{}",
            said["schema"]
        );
    }
}

/// What a reference stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(place) = value.get("$ref").and_then(Value::as_str) else {
        return value;
    };
    let found = document.pointer(place.strip_prefix('#').unwrap());
    resolved(document, found.unwrap_or_else(|| panic!("nothing at {place}")))
}

fn fits(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let keywords = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Bool(false) => return Err(format!("{at} must not be there")),
        Value::Object(keywords) => keywords,
        other => panic!("{at}: {other} is no schema"),
    };
    for (keyword, wanted) in keywords {
        if let Err(why) = keyword_fits(document, schema, (keyword, wanted), value, at) {
            return Err(format!("{at}: {keyword} {wanted}: {why}"));
        }
    }
    Ok(())
}

fn keyword_fits(
    document: &Value,
    schema: &Value,
    (keyword, wanted): (&str, &Value),
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let ok = |fits: bool| if fits { Ok(()) } else { Err(format!("got {value}")) };
    let number = |limit: &Value| value.as_f64().map(|got| (got, limit.as_f64().unwrap()));
    let some = |all: &Value| {
        let all = all.as_array().unwrap().iter();
        all.map(|one| fits(document, one, value, at)).collect::<Vec<_>>()
    };
    match keyword {
        "$ref" => fits(document, resolved(document, schema), value, at),
        "type" => ok(wanted.as_array().map_or_else(
            || is_of(wanted, value),
            |types| types.iter().any(|one| is_of(one, value)),
        )),
        "enum" => ok(wanted.as_array().unwrap().contains(value)),
        "const" => ok(wanted == value),
        "format" => ok(has_format(wanted.as_str().unwrap(), value)),
        "minimum" => ok(number(wanted).is_none_or(|(got, limit)| got >= limit)),
        "maximum" => ok(number(wanted).is_none_or(|(got, limit)| got <= limit)),
        "minLength" => ok(value.as_str().is_none_or(|text| text.chars().count() >= count(wanted))),
        "maxLength" => ok(value.as_str().is_none_or(|text| text.chars().count() <= count(wanted))),
        "minItems" => ok(value.as_array().is_none_or(|list| list.len() >= count(wanted))),
        "maxItems" => ok(value.as_array().is_none_or(|list| list.len() <= count(wanted))),
        "allOf" => some(wanted).into_iter().collect(),
        "anyOf" => {
            let tried = some(wanted);
            ok(tried.iter().any(Result::is_ok)).map_err(|_| format!("{tried:?}"))
        }
        "oneOf" => {
            let tried = some(wanted);
            ok(tried.iter().filter(|one| one.is_ok()).count() == 1).map_err(|_| format!("{tried:?}"))
        }
        "items" => {
            let rows = value.as_array().into_iter().flatten().enumerate();
            let mut rows = rows.map(|(row, value)| fits(document, wanted, value, &format!("{at}[{row}]")));
            rows.find(Result::is_err).unwrap_or(Ok(()))
        }
        "required" => match value.as_object() {
            Some(fields) => {
                let mut wanted = wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                ok(wanted.all(|name| fields.contains_key(name)))
            }
            None => Ok(()),
        },
        "properties" => {
            let wanted = wanted.as_object().unwrap().iter();
            let mut there = wanted.filter_map(|(name, schema)| Some((name, schema, value.get(name)?)));
            let wrong =
                there.find_map(|(name, schema, value)| fits(document, schema, value, &format!("{at}.{name}")).err());
            wrong.map_or(Ok(()), Err)
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            let fields = value.as_object().into_iter().flatten();
            let mut others = fields.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
            let wrong = others.find_map(|(name, value)| fits(document, wanted, value, &format!("{at}.{name}")).err());
            wrong.map_or(Ok(()), Err)
        }
        known if EXPLAINS.contains(&known) => Ok(()),
        unknown => panic!("{at}: the check does not know `{unknown}`"),
    }
}

fn count(limit: &Value) -> usize {
    usize::try_from(limit.as_u64().unwrap()).unwrap()
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("there is no type `{unknown}`"),
    }
}

fn has_format(format: &str, value: &Value) -> bool {
    match (format, value) {
        ("date-time", Value::String(text)) => text.parse::<Timestamp>().is_ok(),
        ("date-time", _) => true,
        ("float" | "double", value) => value.is_number() || value.is_null(),
        ("uint" | "uint8" | "uint16" | "uint32" | "uint64", value) => value.is_u64() || value.is_null(),
        ("int8" | "int16" | "int32" | "int64", value) => value.is_i64() || value.is_u64() || value.is_null(),
        (unknown, _) => panic!("the check does not know the format `{unknown}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fits;

    #[test]
    fn the_check_of_answers_refuses_what_does_not_fit() {
        let document = json!({"components": {"schemas": {"Row": {
            "type": "object", "required": ["id"], "additionalProperties": false,
            "properties": {"id": {"type": "integer", "format": "uint32", "minimum": 1}, "at": {"type": ["string", "null"], "format": "date-time"}},
        }}}});
        let rows = json!({"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "maxItems": 2});
        for good in [json!([]), json!([{"id": 1}, {"id": 2, "at": "2026-01-01T00:00:00Z"}])] {
            fits(&document, &rows, &good, "rows").unwrap();
        }
        for bad in [
            json!({}),
            json!([{}]),
            json!([{"id": 0}]),
            json!([{"id": 1.5}]),
            json!([{"id": "1"}]),
            json!([{"id": 1, "other": 1}]),
            json!([{"id": 1, "at": "yesterday"}]),
            json!([{"id": 1}, {"id": 1}, {"id": 1}]),
        ] {
            assert!(fits(&document, &rows, &bad, "rows").is_err(), "{bad}");
        }
        let either = json!({"anyOf": [{"const": "none"}, {"type": "array"}]});
        assert!(fits(&document, &either, &json!("none"), "it").is_ok());
        assert!(fits(&document, &either, &json!("some"), "it").is_err());
    }
}
