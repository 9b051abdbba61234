//! Parameters of a command as the document tells of them: in a path, a query or a body.
//!
//! A parameter's schema is its command's own. Pure.

use serde_json::{Map, Value, json};

use crate::command::arguments::Parameter;

/// What cannot stand in a query.
pub(super) fn has_parts(parameter: &Parameter) -> bool {
    parameter.types.iter().any(|one| one == "object" || one == "array")
}

pub(super) fn argument(parameter: &Parameter, place: &str) -> Value {
    let mut schema = schema(parameter);
    // A path names one of them.
    if place == "path" && parameter.repeatable {
        schema = schema.get("items").cloned().unwrap_or_default();
    }
    // A part of a path is never empty, and a slash would end it.
    if place == "path"
        && let Some(schema) = schema.as_object_mut()
        && !schema.contains_key("anyOf")
        && schema.get("type").is_some_and(|kind| kind == "string")
    {
        schema.insert("minLength".to_owned(), json!(1));
    }
    json!({
        "name": parameter.name,
        "in": place,
        "required": place == "path" || parameter.required,
        "description": parameter.about,
        "schema": schema,
    })
}

pub(super) fn body(fields: &[&Parameter]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|one| (one.name.clone(), described(one))).collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|one| one.required)
        .map(|one| one.name.as_str())
        .collect();
    json!({
        "required": !required.is_empty(),
        "content": {"application/json": {"schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }}},
    })
}

/// A field of a body: null leaves it out where it may be left out.
fn described(parameter: &Parameter) -> Value {
    let mut schema = schema(parameter);
    if !parameter.required && schema.as_object().is_some_and(|known| !known.is_empty()) {
        schema = json!({"anyOf": [schema, {"type": "null"}]});
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(parameter.about));
    }
    schema
}

/// A parameter's own schema, or one made of its types.
fn schema(parameter: &Parameter) -> Value {
    if let Value::Object(declared) = &parameter.schema {
        let mut schema = Value::Object(declared.clone());
        bound(&mut schema);
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
            schema.remove("default");
        }
        return schema;
    }
    let types: Vec<&str> = parameter
        .types
        .iter()
        .map(|one| if one == "text" { "string" } else { one.as_str() })
        .collect();
    let one = match types.as_slice() {
        [] => json!({}),
        types => json!({"type": types}),
    };
    if parameter.repeatable {
        json!({"type": "array", "items": one})
    } else {
        one
    }
}

/// Says what a width of an integer means, and that an argument is left out rather than null.
fn bound(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            fields.insert("type".to_owned(), one);
        }
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(some)) = fields.get_mut(key) {
            some.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
            some.iter_mut().for_each(bound);
        }
    }
    if let Some(items) = fields.get_mut("items") {
        bound(items);
    }
    let range = match fields.get("format").and_then(Value::as_str) {
        Some("int64") => Some((json!(i64::MIN), json!(i64::MAX))),
        Some("int32") => Some((json!(i32::MIN), json!(i32::MAX))),
        Some("int16") => Some((json!(i16::MIN), json!(i16::MAX))),
        Some("uint16") => Some((json!(0), json!(u16::MAX))),
        Some("uint32") => Some((json!(0), json!(u32::MAX))),
        Some("uint64") => Some((json!(0), json!(u64::MAX))),
        _ => None,
    };
    if let Some((least, most)) = range {
        fields.entry("minimum").or_insert(least);
        fields.entry("maximum").or_insert(most);
    }
}
