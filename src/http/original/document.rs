//! How the document tells of these routes.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{ORIGINALS, Original};

/// Adds each to its path; what they answer goes to the schemas.
pub(in crate::http) fn operations(paths: &mut Map<String, Value>, schemas: &mut SchemaGenerator) {
    for route in ORIGINALS {
        let place = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(place) = place.as_object_mut() {
            place.insert(route.method.as_str().to_ascii_lowercase(), operation(route, schemas));
        }
    }
}

fn operation(route: &Original, schemas: &mut SchemaGenerator) -> Value {
    let content = match route.reply {
        Some(reply) => json!({"application/json": {"schema": reply(schemas)}}),
        None => json!({"text/plain": {"schema": {"type": "string"}}}),
    };
    let id: String = route.path.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut operation = json!({
        "operationId": format!("original{id}"),
        "summary": route.about,
        "tags": ["original"],
        "parameters": parameters(route.path),
        "responses": {
            "200": {"description": "Done.", "content": content},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    });
    if let Some(body) = route.body
        && let Some(operation) = operation.as_object_mut()
    {
        // What is posted is read, what is answered is written: fields that may be left out differ.
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = body(&mut settings.into_generator());
        let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

fn parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name| match name {
        "authorised" => json!({"type": "string", "enum": ["0", "1"]}),
        _ => json!({"type": "string", "minLength": 1}),
    };
    names
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": schema(name)}))
        .collect()
}
