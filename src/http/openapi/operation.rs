//! One operation of the document: a command or a requestable behind a route, with what it takes and answers.

use axum::http::Method;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::parameter::{argument, body, has_parts};
use crate::command::table::{Entry, Reply};
use crate::http::download::AFTER;
use crate::http::routes::{Does, File, Route};
use crate::http::rules;
use crate::requestable;

/// One command behind one route.
pub(super) fn command(route: &Route, entry: &Entry, schemas: &mut SchemaGenerator) -> Value {
    let is_generic = route.does == Does::AnyCommand;
    let in_body = matches!(route.method, Method::POST | Method::PUT | Method::PATCH);
    let mut parameters = Vec::new();
    let mut fields = Vec::new();
    let fixed = route.file.map_or(&[][..], |file| file.fixed);
    let is_given = |name: &str| route.file.is_some() && name == AFTER || fixed.iter().any(|(known, _)| *known == name);
    for parameter in entry.parameters.iter().filter(|one| !is_given(&one.name)) {
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
            "schema": {"type": "string", "minLength": 1, "maxLength": 130, "pattern": rules::IDEMPOTENCY_KEY},
        }));
    }
    let mut operation = json!({
        "operationId": id(route, entry),
        "summary": entry.signature(),
        "description": format!("{}\n\nNeeds the permission `{}`.", entry.about, entry.needs),
        "tags": [if is_generic { "commands" } else { entry.category.as_str() }],
        "parameters": parameters,
        "responses": responses(route, answer(entry.reply, schemas)),
    });
    if !fields.is_empty()
        && let Some(operation) = operation.as_object_mut()
    {
        operation.insert("requestBody".to_owned(), body(&fields));
    }
    operation
}

/// Something the server tells.
pub(super) fn requestable(entry: &requestable::table::Entry, schemas: &mut SchemaGenerator) -> Value {
    let told = entry.parameters.iter().filter(|one| !has_parts(one));
    let parameters: Vec<Value> = told.map(|one| argument(one, "query")).collect();
    json!({
        "operationId": format!("requestable_{}", entry.name),
        "summary": entry.signature(),
        "description": format!("{}\n\nNeeds the permission `{}`.", entry.about, entry.needs),
        "tags": ["requestables"],
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "What it tells.",
                "content": {"application/json": {"schema": answer(entry.reply, schemas)}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

/// What is answered; anything, where it is no type of this program.
fn answer(reply: Option<Reply>, schemas: &mut SchemaGenerator) -> Schema {
    reply.map_or_else(Schema::default, |reply| reply(schemas))
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

fn responses(route: &Route, answer: Schema) -> Value {
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
    let content = match route.file {
        None => json!({"application/json": {"schema": answer}}),
        Some(file) => {
            header("Content-Disposition", "An attachment, and what it may be called.");
            file_content(file)
        }
    };
    let status = if route.makes.is_some() { "201" } else { "200" };
    let mut responses = json!({
        status: {"description": "Done.", "headers": headers, "content": content},
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

/// What a file is, by its media type without parameters.
fn file_content(file: File) -> Value {
    let kind = file.kind.split(';').next().unwrap_or_default();
    let schema = match kind {
        "application/json" => json!({"type": "array", "items": {"type": "object"}}),
        _ => json!({"type": "string"}),
    };
    json!({kind: {"schema": schema}})
}
