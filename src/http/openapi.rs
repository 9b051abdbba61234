//! `/openapi.json`: OpenAPI 3.1, put together from the routes and the declarations of their commands.
//!
//! Nothing is said twice: a command's schema, docs and permission are its own. It reads tables and answers JSON.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::routes::{Does, ROUTES, Route};
use crate::command::arguments::Parameter;
use crate::command::table::{Entry, Table};

/// Where the routes begin.
pub(super) const BASE: &str = "/api/v1";

/// The whole document.
pub(super) fn document(table: &Table) -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        match route.does {
            Does::Command(name) => {
                if let Some(entry) = table.find(name) {
                    put(&mut paths, route.path, &route.method, operation(route, entry));
                }
            }
            Does::AnyCommand => {
                for entry in table.listed() {
                    let path = route.path.replace("{name}", entry.name);
                    put(&mut paths, &path, &route.method, operation(route, entry));
                }
            }
            Does::Requestable => put(&mut paths, route.path, &route.method, requestable()),
        }
    }
    put(&mut paths, "/session", &Method::POST, sign_in());
    put(&mut paths, "/session", &Method::DELETE, sign_out());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "motorpool",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A fleet of shared vehicles and the people and things around it",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"cookie": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token of a sign-in, or the key of a car, bot or server."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": super::who::COOKIE},
            },
            "schemas": {"Problem": problem()},
            "responses": {"Problem": {
                "description": "A refusal, as a problem document of RFC 9457.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
    })
}

fn put(paths: &mut Map<String, Value>, path: &str, method: &Method, operation: Value) {
    let place = paths.entry(format!("{BASE}{path}")).or_insert_with(|| json!({}));
    if let Some(place) = place.as_object_mut() {
        place.insert(method.as_str().to_ascii_lowercase(), operation);
    }
}

fn problem() -> Value {
    let codes: Vec<&str> = crate::wire::ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": codes, "description": "Stable, for programs."},
            "detail": {"type": "string", "description": "For people: what was got and what was wanted."},
            "info": {"description": "What a program needs to go on."},
        },
    })
}

/// One command behind one route.
fn operation(route: &Route, entry: &Entry) -> Value {
    let is_generic = route.does == Does::AnyCommand;
    let in_body = matches!(route.method, Method::POST | Method::PUT | Method::PATCH);
    let mut parameters = Vec::new();
    let mut fields = Vec::new();
    for parameter in &entry.parameters {
        // In `/commands/{name}` the braces are the command's own name.
        if !is_generic && route.path.contains(&format!("{{{}}}", parameter.name)) {
            parameters.push(argument(parameter, "path"));
        } else if in_body {
            fields.push(parameter);
        } else if !has_parts(parameter) {
            parameters.push(argument(parameter, "query"));
        }
    }
    if entry.changes {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key with the same call gives the first answer again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[0-9A-Za-z._:-]+$"},
        }));
    }
    let mut operation = json!({
        "operationId": id(route, entry),
        "summary": entry.signature(),
        "description": format!("{}\n\nNeeds the permission `{}`.", entry.about, entry.needs),
        "tags": [if is_generic { "commands" } else { entry.category.as_str() }],
        "parameters": parameters,
        "responses": responses(route),
    });
    if !fields.is_empty()
        && let Some(operation) = operation.as_object_mut()
    {
        operation.insert("requestBody".to_owned(), body(&fields));
    }
    operation
}

/// What cannot stand in a query.
fn has_parts(parameter: &Parameter) -> bool {
    parameter.types.iter().any(|one| one == "object" || one == "array")
}

fn id(route: &Route, entry: &Entry) -> String {
    if route.does == Does::AnyCommand {
        return entry.name.replace('.', "_");
    }
    let path: String = route
        .path
        .chars()
        .filter(|letter| !matches!(letter, '{' | '}'))
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
        .collect();
    format!("{}{path}", route.method.as_str().to_ascii_lowercase())
}

fn argument(parameter: &Parameter, place: &str) -> Value {
    let mut schema = schema(parameter);
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

fn body(fields: &[&Parameter]) -> Value {
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
        Some("uint64") => Some((json!(0), json!(i64::MAX))),
        _ => None,
    };
    if let Some((least, most)) = range {
        fields.entry("minimum").or_insert(least);
        fields.entry("maximum").or_insert(most);
    }
}

fn responses(route: &Route) -> Value {
    let mut headers = Map::new();
    let mut header = |name: &str, about: &str| {
        headers.insert(
            name.to_owned(),
            json!({"description": about, "schema": {"type": "string"}}),
        );
    };
    if route.paged.is_some() {
        header("Link", "The next page; none after the last.");
    }
    if route.tagged {
        header("ETag", "The same answer has the same tag.");
    }
    if route.makes.is_some() {
        header("Location", "Where what was made is found.");
    }
    let status = if route.makes.is_some() { "201" } else { "200" };
    let mut responses = json!({
        status: {"description": "Done.", "headers": headers, "content": {"application/json": {"schema": {}}}},
        "default": {"$ref": "#/components/responses/Problem"},
    });
    if route.tagged
        && let Some(responses) = responses.as_object_mut()
    {
        responses.insert(
            "304".to_owned(),
            json!({"description": "The answer is the one that `If-None-Match` names."}),
        );
    }
    responses
}

fn requestable() -> Value {
    json!({
        "operationId": "get_requestable",
        "summary": "What the server tells when it is asked, by name",
        "tags": ["server"],
        "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}}],
        "responses": {
            "200": {"description": "What it tells.", "content": {"application/json": {"schema": {}}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

fn sign_in() -> Value {
    json!({
        "operationId": "sign_in",
        "summary": "Signs in by password: a bearer token, or with `cookie` a session by cookie",
        "tags": ["session"],
        "security": [],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["username", "password"],
            "additionalProperties": false,
            "properties": {
                "username": {"type": "string"},
                "password": {"type": "string", "format": "password"},
                "cookie": {"type": "boolean", "description": "Whether the token goes into a cookie and nowhere else."},
            },
        }}}},
        "responses": {
            "201": {"description": "Signed in.", "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["token_type", "user", "permissions", "expires_in"],
                "properties": {
                    "token": {"type": "string"},
                    "token_type": {"type": "string"},
                    "user": {"type": "string"},
                    "permissions": {"type": "array", "items": {"type": "string"}},
                    "expires_in": {"type": "integer", "description": "Seconds after its last use for which it is good."},
                },
            }}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

fn sign_out() -> Value {
    json!({
        "operationId": "sign_out",
        "summary": "Signs out: ends the token of this request",
        "tags": ["session"],
        "responses": {
            "204": {"description": "Signed out."},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::builtin;

    #[test]
    fn every_command_and_every_route_is_in_the_document_once_by_its_id() {
        let table = builtin::table();
        let document = document(&table);
        let paths = document["paths"].as_object().unwrap();
        for entry in table.listed() {
            let operation = &paths[&format!("{BASE}/commands/{}", entry.name)]["post"];
            let given = operation.pointer("/requestBody/content/application~1json/schema/properties");
            let fields = given.and_then(Value::as_object).map_or(0, Map::len);
            assert_eq!(fields, entry.parameters.len(), "{}", entry.name);
        }
        let mut ids = std::collections::HashSet::new();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{method} {path}: {id} is there twice");
                let named = path.matches('{').count();
                let places = operation["parameters"]
                    .as_array()
                    .map_or(0, |all| all.iter().filter(|one| one["in"] == "path").count());
                assert_eq!(named, places, "{method} {path}");
            }
        }
        assert!(ROUTES.len() > 40 && ids.len() > ROUTES.len());
    }
}
