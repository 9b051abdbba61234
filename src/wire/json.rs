//! Values as JSON and back, for `--json`, HTTP and the page.
//!
//! Bytes become base64 text, for JSON has none; coming back they stay text. Nothing fails: what JSON
//! cannot say (infinities, not-a-number) becomes null.

use data_encoding::BASE64;
use serde_json::{Map, Number, Value as Json};

use super::Value;

/// A value as JSON.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Integer(integer) => integer_to_json(i128::from(*integer)),
        Value::Float(float) => Number::from_f64(*float).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(BASE64.encode(bytes)),
        Value::Array(values) => Json::Array(values.iter().map(to_json).collect()),
        Value::Map(pairs) => Json::Object(pairs.iter().map(pair_to_json).collect::<Map<_, _>>()),
        Value::Tag(_, value) => to_json(value),
        _ => Json::Null,
    }
}

/// JSON as a value.
#[must_use]
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number_from_json(number),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::Array(values.iter().map(from_json).collect()),
        Json::Object(fields) => Value::Map(
            fields
                .iter()
                .map(|(name, value)| (Value::Text(name.clone()), from_json(value)))
                .collect(),
        ),
    }
}

fn pair_to_json((name, value): &(Value, Value)) -> (String, Json) {
    let name = match name {
        Value::Text(text) => text.clone(),
        // Only a value that was made in this process can have such a key.
        other => to_json(other).to_string(),
    };
    (name, to_json(value))
}

fn integer_to_json(integer: i128) -> Json {
    match (u64::try_from(integer), i64::try_from(integer)) {
        (Ok(unsigned), _) => Json::from(unsigned),
        (_, Ok(signed)) => Json::from(signed),
        _ => Json::String(integer.to_string()),
    }
}

fn number_from_json(number: &Number) -> Value {
    if let Some(unsigned) = number.as_u64() {
        Value::from(unsigned)
    } else if let Some(signed) = number.as_i64() {
        Value::from(signed)
    } else {
        number.as_f64().map_or(Value::Null, Value::Float)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_has_its_json() {
        let cases = [
            (Value::Null, "null"),
            (Value::from(true), "true"),
            (Value::from(u64::MAX), "18446744073709551615"),
            (Value::from(i64::MIN), "-9223372036854775808"),
            (Value::from(1.5), "1.5"),
            (Value::from(f64::NAN), "null"),
            (Value::from("a"), "\"a\""),
            (Value::from(vec![0xffu8, 0xfe]), "\"//4=\""),
            (Value::Array(vec![Value::Null]), "[null]"),
            (
                Value::Map(vec![
                    (Value::from("b"), Value::from(1)),
                    (Value::from("a"), Value::Null),
                ]),
                r#"{"b":1,"a":null}"#,
            ),
        ];
        for (value, json) in cases {
            assert_eq!(to_json(&value).to_string(), json);
        }
    }

    #[test]
    fn integers_stay_integers_and_floats_floats() {
        for text in [
            "1",
            "-1",
            "1.0",
            "18446744073709551615",
            r#"{"z":[1,2.5,"x",null,true]}"#,
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(to_json(&from_json(&json)).to_string(), text);
        }
    }
}
