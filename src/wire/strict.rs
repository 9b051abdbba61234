//! JSON text from outside as a value, and a value as JSON text, for HTTP.
//!
//! Kept to the rules of a frame: bounds on depth and items, no key twice, nothing after the value. JSON has no
//! not-a-number and no infinity, so neither can come in; bytes go out as base64 text.

use std::cell::Cell;
use std::fmt;

use data_encoding::BASE64;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use super::{ScanLimits, Value};

/// A value from JSON text, or what is wrong with it and where.
pub(crate) fn read(text: &[u8], limits: ScanLimits) -> Result<Value, String> {
    let left = Cell::new(limits.items_max);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let seed = Seed {
        depth_left: limits.depth_max,
        items_left: &left,
    };
    let value = seed.deserialize(&mut deserializer).map_err(|err| err.to_string())?;
    deserializer.end().map_err(|err| err.to_string())?;
    Ok(value)
}

/// One value, with what may still be inside it.
#[derive(Clone, Copy)]
struct Seed<'a> {
    depth_left: usize,
    items_left: &'a Cell<usize>,
}

impl<'a> Seed<'a> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.items_left.get().checked_sub(1);
        self.items_left.set(left.ok_or_else(|| E::custom("too many items"))?);
        Ok(())
    }

    fn inside<E: serde::de::Error>(self) -> Result<Seed<'a>, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Seed { depth_left, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Value, E> {
        Ok(Value::Integer(whole.into()))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Value, E> {
        Ok(Value::Integer(whole.into()))
    }

    fn visit_f64<E>(self, fraction: f64) -> Result<Value, E> {
        Ok(Value::Float(fraction))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut seen = std::collections::HashSet::new();
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            self.count()?;
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!(
                    "the key `{}` is there twice",
                    key.escape_debug()
                )));
            }
            fields.push((Value::Text(key), map.next_value_seed(inside)?));
        }
        Ok(Value::Map(fields))
    }
}

/// A value from whatever a deserializer has, kept to the same rules with the bounds of a frame.
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limits = ScanLimits::default();
        let left = Cell::new(limits.items_max);
        let seed = Seed {
            depth_left: limits.depth_max,
            items_left: &left,
        };
        seed.deserialize(deserializer).map(Self)
    }
}

/// A value on its way out as JSON.
pub(crate) struct AsJson<'a>(pub(crate) &'a Value);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Integer(whole) => {
                let wide = i128::from(*whole);
                match (u64::try_from(wide), i64::try_from(wide)) {
                    (Ok(whole), _) => serializer.serialize_u64(whole),
                    (_, Ok(whole)) => serializer.serialize_i64(whole),
                    _ => serializer.collect_str(&wide),
                }
            }
            // What JSON cannot say becomes null there.
            Value::Float(fraction) => serializer.serialize_f64(*fraction),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => serializer.serialize_str(&BASE64.encode(bytes)),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(&AsJson(item))?;
                }
                seq.end()
            }
            Value::Map(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    match key {
                        Value::Text(key) => map.serialize_entry(key, &AsJson(value))?,
                        // Only a value that was made in this process can have such a key.
                        other => map.serialize_entry(&super::json::to_json(other).to_string(), &AsJson(value))?,
                    }
                }
                map.end()
            }
            Value::Tag(_, inner) => AsJson(inner).serialize(serializer),
            _ => serializer.serialize_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Result<String, String> {
        let value = read(text.as_bytes(), ScanLimits::default())?;
        Ok(serde_json::to_string(&AsJson(&value)).unwrap())
    }

    #[test]
    fn what_json_says_comes_in_and_goes_out_the_same() {
        for text in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "1.5",
            "\"a\\\"b\"",
            r#"{"z":[1,2.5,"x",null,true,{}],"a":[]}"#,
        ] {
            assert_eq!(again(text).as_deref(), Ok(text));
        }
        assert_eq!(
            serde_json::to_string(&AsJson(&Value::Bytes(vec![0xff, 0xfe]))).unwrap(),
            "\"//4=\""
        );
        assert_eq!(serde_json::to_string(&AsJson(&Value::Float(f64::NAN))).unwrap(), "null");
    }

    #[test]
    fn what_is_no_json_or_says_a_thing_twice_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "NaN",
            "Infinity",
            "1e999",
            "01",
            "'a'",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1} x",
            "{a:1}",
            "\"\u{1}\"",
            "{\"a\":{\"b\":1,\"b\":1}}",
            "\"\\ud800\"",
        ] {
            assert!(again(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn depth_and_items_are_bounded_like_those_of_a_frame() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(again(&deep(16)).is_ok());
        assert!(again(&deep(17)).is_err());
        assert!(again(&deep(100_000)).is_err());
        let wide = |items: usize| format!("[{}]", vec!["0"; items].join(","));
        assert!(again(&wide(4_095)).is_ok());
        assert!(again(&wide(4_096)).is_err());
    }
}
