//! Pickled values as values of our frames, and back.

use super::Pickle;
use crate::wire::Value;

/// A value of ours, for Python. A key of a map stays what it is.
pub(crate) fn from_value(value: &Value) -> Pickle {
    match value {
        Value::Bool(yes) => Pickle::Bool(*yes),
        Value::Integer(whole) => {
            i64::try_from(*whole).map_or_else(|_| Pickle::Text(i128::from(*whole).to_string()), Pickle::Int)
        }
        Value::Float(float) => Pickle::Float(*float),
        Value::Text(text) => Pickle::Text(text.clone()),
        Value::Bytes(bytes) => Pickle::Bytes(bytes.clone()),
        Value::Array(items) => Pickle::List(items.iter().map(from_value).collect()),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(key, field)| (from_value(key), from_value(field)));
            Pickle::Dict(fields.collect())
        }
        _ => Pickle::None,
    }
}

/// A value of Python's, for a frame. Keys become texts: frames have no others. Of two alike the later stays.
pub(crate) fn to_value(pickle: &Pickle) -> Value {
    match pickle {
        Pickle::None => Value::Null,
        Pickle::Bool(yes) => Value::Bool(*yes),
        Pickle::Int(whole) => Value::from(*whole),
        Pickle::Float(float) => Value::Float(*float),
        Pickle::Text(text) => Value::Text(text.clone()),
        Pickle::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Pickle::List(items) | Pickle::Tuple(items) => Value::Array(items.iter().map(to_value).collect()),
        Pickle::Floats(floats) => Value::Array(floats.iter().copied().map(Value::Float).collect()),
        Pickle::Dict(fields) => {
            let mut named: Vec<(Value, Value)> = Vec::with_capacity(fields.len());
            for (key, field) in fields {
                let key = Value::Text(key_text(key));
                named.retain(|(known, _)| *known != key);
                named.push((key, to_value(field)));
            }
            Value::Map(named)
        }
    }
}

fn key_text(key: &Pickle) -> String {
    match key {
        Pickle::Text(text) => text.clone(),
        Pickle::Int(whole) => whole.to_string(),
        Pickle::Float(float) => float.to_string(),
        Pickle::Bool(yes) => yes.to_string(),
        other => other.kind().to_owned(),
    }
}
