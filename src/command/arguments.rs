//! Arguments of a call, by position or by name, bound to the parameters that a command declares.
//!
//! Pure: parameters come from the command's JSON schema, values from the wire or from a text call.
//! A text call cannot know types, so its bare words are read as the declared type wants them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::wire::{Args, Value};

/// One declared parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it means, from the field's documentation.
    pub about: String,
    /// Whether a call must give it.
    pub required: bool,
    /// JSON type names it accepts, `text` for strings.
    pub types: Vec<String>,
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
                .map(|(name, property)| Parameter {
                    name: name.clone(),
                    about: text(property.get("description")),
                    required: required.contains(&name.as_str()),
                    types: types_of(property),
                })
                .collect()
        })
        .unwrap_or_default();
    (text(schema.get("description")), parameters)
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
    if given.positions.len() > parameters.len() {
        return Err(BindError::TooMany {
            got: given.positions.len(),
            max: parameters.len(),
        });
    }
    let count = given.positions.len();
    let mut bound: Vec<(Value, Value)> = Vec::with_capacity(count + given.names.len());
    for (parameter, value) in parameters.iter().zip(given.positions) {
        // A null by position leaves an optional parameter out.
        if !value.is_null() || parameter.required {
            bound.push((
                Value::Text(parameter.name.clone()),
                fit(parameter, value, given.from_text),
            ));
        }
    }
    for (name, value) in given.names {
        let Some(at) = parameters.iter().position(|parameter| parameter.name == name) else {
            return Err(BindError::Unknown(name));
        };
        if at < count {
            return Err(BindError::Twice(name));
        }
        if let Some(parameter) = parameters.get(at) {
            bound.push((Value::Text(name), fit(parameter, value, given.from_text)));
        }
    }
    for parameter in parameters.iter().filter(|parameter| parameter.required) {
        let is_given = bound
            .iter()
            .any(|(key, _)| key.as_text() == Some(parameter.name.as_str()));
        if !is_given {
            return Err(BindError::Missing(parameter.name.clone()));
        }
    }
    Ok(Value::Map(bound))
}

/// A bare `007` in a text call is a name where a name is wanted.
fn fit(parameter: &Parameter, value: Value, from_text: bool) -> Value {
    let wants = |name: &str| parameter.types.iter().any(|one| one == name);
    match value {
        Value::Tag(BARE_WORD, inner) => match *inner {
            Value::Text(word) if !from_text || (wants("text") && parameter.types.len() == 1) => Value::Text(word),
            Value::Text(word) => fit(parameter, super::grammar::read_bare(&word), from_text),
            other => other,
        },
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

/// How a call is written: `s.book(car, start, end, note?)`.
#[must_use]
pub fn signature(name: &str, parameters: &[Parameter]) -> String {
    let listed: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let mark = if parameter.required { "" } else { "?" };
            format!("{}{mark}", parameter.name)
        })
        .collect();
    format!("{name}({})", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// Tries things.
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "its schema is what matters")]
    struct Trial {
        /// Which car.
        car: String,
        count: Option<i64>,
        share: Option<f64>,
    }

    fn parameters() -> Vec<Parameter> {
        parameters_of::<Trial>().1
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn the_schema_gives_names_order_and_documentation() {
        let (about, parameters) = parameters_of::<Trial>();
        assert_eq!(about, "Tries things.");
        assert_eq!(signature("s.try", &parameters), "s.try(car, count?, share?)");
        assert_eq!(parameters[0].about, "Which car.");
        assert_eq!(parameters[0].types, ["text"]);
        assert_eq!(parameters[1].types, ["integer"]);
    }

    #[test]
    fn positions_and_names_may_be_mixed_but_not_doubled() {
        let given = Given {
            positions: vec![text("ada")],
            names: vec![("share".to_owned(), Value::Integer(1.into()))],
            from_text: false,
        };
        let bound = bind(&parameters(), given).unwrap();
        assert_eq!(
            bound,
            Value::Map(vec![(text("car"), text("ada")), (text("share"), Value::Float(1.0))])
        );
        let given = Given {
            positions: vec![text("ada")],
            names: vec![("car".to_owned(), text("eve"))],
            from_text: false,
        };
        assert_eq!(bind(&parameters(), given), Err(BindError::Twice("car".to_owned())));
    }

    #[test]
    fn a_whole_number_may_stand_where_a_fraction_is_wanted() {
        let share = |value, from_text| Given {
            names: vec![("car".to_owned(), text("ada")), ("share".to_owned(), value)],
            from_text,
            ..Given::default()
        };
        let typed = share(Value::Integer(3.into()), false);
        let bare = share(Value::Tag(BARE_WORD, Box::new(text("3"))), true);
        for given in [typed, bare] {
            let trial: Trial = bind(&parameters(), given).unwrap().deserialized().unwrap();
            assert_eq!(trial.share, Some(3.0));
        }
    }

    #[test]
    fn every_misfit_is_named() {
        let many = Given {
            positions: vec![Value::Null; 4],
            ..Given::default()
        };
        assert_eq!(bind(&parameters(), many), Err(BindError::TooMany { got: 4, max: 3 }));
        assert_eq!(
            bind(&parameters(), Given::default()),
            Err(BindError::Missing("car".to_owned()))
        );
        let unknown = Given {
            names: vec![("cra".to_owned(), Value::Null)],
            ..Given::default()
        };
        assert_eq!(bind(&parameters(), unknown), Err(BindError::Unknown("cra".to_owned())));
    }
}
