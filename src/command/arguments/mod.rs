//! Arguments of a call, by position or by name, bound to the parameters that a command declares.
//!
//! Pure: parameters come from the command's JSON schema, values from the wire or from a text call.
//! A text call cannot know types, so its bare words are read as the declared type wants them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::wire::{Args, Value};

/// One declared parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it means, from the field's documentation.
    pub about: String,
    /// Whether a call must give it.
    pub required: bool,
    /// JSON type names it accepts, `text` for strings; of each value, where it is repeatable.
    pub types: Vec<String>,
    /// Whether it takes every position from its own on, or a list by name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
    /// Its JSON schema as declared, for documents; null where it was declared without one.
    #[serde(skip)]
    pub schema: serde_json::Value,
}

/// What a call gave: positions first, then names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Values in the order of the parameters.
    pub positions: Vec<Value>,
    /// Values by parameter name.
    pub names: Vec<(String, Value)>,
    /// Whether bare words may be read as another type than they look like.
    pub from_text: bool,
}

impl From<Args> for Given {
    fn from(args: Args) -> Self {
        let mut given = Self::default();
        match args {
            Args::Position(values) => given.positions = values,
            Args::Name(values) => given.names = values,
        }
        given
    }
}

impl Given {
    /// Takes a named argument out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.names.iter().position(|(key, _)| key == name)?;
        Some(self.names.remove(at).1)
    }
}

/// Why arguments do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// More values than parameters.
    #[error("got {got} arguments by position, takes at most {max}")]
    TooMany {
        /// Given.
        got: usize,
        /// Declared.
        max: usize,
    },
    /// Given by position and by name.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// Required and absent.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A name that no parameter has.
    #[error("there is no parameter `{0}`")]
    Unknown(String),
}

/// The parameters of an argument struct, in declaration order.
#[must_use]
pub fn parameters_of<C: JsonSchema>() -> (String, Vec<Parameter>) {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<C>();
    let text =
        |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(serde_json::Value::as_array)
        .map(|names| names.iter().filter_map(serde_json::Value::as_str).collect())
        .unwrap_or_default();
    let parameters = schema
        .get("properties")
        .and_then(serde_json::Value::as_object)
        .map(|properties| {
            properties
                .iter()
                .map(|(name, property)| {
                    let items = items_of(property);
                    Parameter {
                        name: name.clone(),
                        about: text(property.get("description")),
                        required: required.contains(&name.as_str()),
                        types: types_of(items.unwrap_or(property)),
                        repeatable: items.is_some(),
                        schema: property.clone(),
                    }
                })
                .collect()
        })
        .unwrap_or_default();
    (text(schema.get("description")), parameters)
}

/// What a list is of: a parameter whose type is a list of something is repeatable.
fn items_of(property: &serde_json::Value) -> Option<&serde_json::Value> {
    let is_list = match property.get("type")? {
        serde_json::Value::String(one) => one == "array",
        serde_json::Value::Array(many) => many.iter().all(|one| one == "array" || one == "null"),
        _ => false,
    };
    property.get("items").filter(|_| is_list)
}

fn types_of(property: &serde_json::Value) -> Vec<String> {
    let mut found: Vec<String> = match property.get("type") {
        Some(serde_json::Value::String(one)) => vec![one.clone()],
        Some(serde_json::Value::Array(many)) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => ["anyOf", "oneOf"]
            .iter()
            .filter_map(|key| property.get(key)?.as_array())
            .flatten()
            .flat_map(types_of)
            .collect(),
    };
    if found.is_empty() && (property.get("enum").is_some() || property.get("const").is_some()) {
        found.push("string".to_owned());
    }
    for name in &mut found {
        if name == "string" {
            "text".clone_into(name);
        }
    }
    found.retain(|name| name != "null");
    found.dedup();
    found
}

/// Puts each value at its parameter: a map by name, ready to be read as the command's struct.
pub fn bind(parameters: &[Parameter], given: Given) -> Result<Value, BindError> {
    let max = parameters.len();
    if max == 0 && given.positions.is_empty() && given.names.is_empty() {
        return Ok(Value::Map(Vec::new()));
    }
    let takes_more = parameters.iter().any(|parameter| parameter.repeatable);
    if given.positions.len() > max && !takes_more {
        let got = given.positions.len();
        return Err(BindError::TooMany { got, max });
    }
    let from_text = given.from_text;
    let mut bound: Vec<(&Parameter, Value)> = Vec::with_capacity(max);
    let mut positions = given.positions.into_iter();
    for parameter in parameters {
        if parameter.repeatable {
            let rest: Vec<Value> = positions.by_ref().collect();
            if !rest.is_empty() {
                bound.push((parameter, fit_list(parameter, rest, from_text)));
            }
            break;
        }
        let Some(value) = positions.next() else { break };
        bound.push((parameter, fit(&parameter.types, value, from_text)));
    }
    for (name, value) in given.names {
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
            return Err(BindError::Unknown(name));
        };
        if bound.iter().any(|(taken, _)| taken.name == name) {
            return Err(BindError::Twice(name));
        }
        let value = if parameter.repeatable {
            fit_list(parameter, vec![value], from_text)
        } else {
            fit(&parameter.types, value, from_text)
        };
        bound.push((parameter, value));
    }
    // A null by position leaves an optional parameter out; no value is no list.
    bound.retain(|(parameter, value)| !is_left_out(parameter, value) || parameter.required);
    for parameter in parameters.iter().filter(|parameter| parameter.required) {
        let given = bound.iter().find(|(one, _)| one.name == parameter.name);
        if given.is_none_or(|(_, value)| parameter.repeatable && is_left_out(parameter, value)) {
            return Err(BindError::Missing(parameter.name.clone()));
        }
    }
    let named = |(parameter, value): (&Parameter, Value)| (Value::Text(parameter.name.clone()), value);
    Ok(Value::Map(bound.into_iter().map(named).collect()))
}

fn is_left_out(parameter: &Parameter, value: &Value) -> bool {
    value.is_null() || (parameter.repeatable && value.as_array().is_some_and(Vec::is_empty))
}

/// The values of a repeatable parameter; one list alone stands for its values.
fn fit_list(parameter: &Parameter, mut values: Vec<Value>, from_text: bool) -> Value {
    if let [Value::Array(list)] = values.as_mut_slice() {
        values = std::mem::take(list);
    } else if let [Value::Null] = values.as_slice() {
        values.clear();
    }
    let values = values.into_iter().map(|value| fit(&parameter.types, value, from_text));
    Value::Array(values.collect())
}

/// A bare `007` in a text call is a name where a name is wanted.
fn fit(types: &[String], value: Value, from_text: bool) -> Value {
    let wants = |name: &str| types.iter().any(|one| one == name);
    match value {
        Value::Tag(BARE_WORD, inner) => match *inner {
            Value::Text(word) if !from_text || (wants("text") && types.len() == 1) => Value::Text(word),
            Value::Text(word) => fit(types, super::grammar::read_bare(&word), from_text),
            other => other,
        },
        // Inside lists and maps no type is declared: each word is what it looks like.
        Value::Array(items) => Value::Array(items.into_iter().map(|item| fit(&[], item, from_text)).collect()),
        Value::Map(entries) => {
            let entries = entries.into_iter();
            Value::Map(entries.map(|(key, item)| (key, fit(&[], item, from_text))).collect())
        }
        // Whole numbers may stand where a fraction is wanted.
        Value::Integer(whole) if wants("number") && !wants("integer") => {
            i64::try_from(whole).map_or(Value::Integer(whole), |whole| {
                #[expect(
                    clippy::as_conversions,
                    reason = "a whole number as a fraction; 2^53 and more lose digits, as JSON does"
                )]
                Value::Float(whole as f64)
            })
        }
        other => other,
    }
}

/// Marks a bare word of a text call inside [`Given`]; never on the wire, where tags are refused.
pub(crate) const BARE_WORD: u64 = u64::MAX;

/// How a call is written: `s.book(car, start, end, note?)`, `s.mute(client..., reason?)`.
#[must_use]
pub fn signature(name: &str, parameters: &[Parameter]) -> String {
    let listed: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let mark = if parameter.required { "" } else { "?" };
            let more = if parameter.repeatable { "..." } else { "" };
            format!("{}{mark}{more}", parameter.name)
        })
        .collect();
    format!("{name}({})", listed.join(", "))
}

#[cfg(test)]
mod tests;
