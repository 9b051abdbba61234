//! `/openapi.json`: OpenAPI 3.1, put together from the routes and the declarations of their commands.
//!
//! Nothing is said twice: a command's schema, docs and permission are its own. It reads tables and answers JSON.

mod files;
mod operation;
mod parameter;
mod pictures;
mod printed;
mod session;
mod signin;
mod watching;

use axum::http::Method;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub(super) use printed::Printed;

use super::problem::Document;
use super::routes::{Does, ROUTES};
use crate::command;
use crate::requestable;

/// Where the routes begin.
pub(super) const BASE: &str = "/api/v1";

/// Where the document keeps the schemas that it names.
const SCHEMAS: &str = "/components/schemas";

/// The whole document.
fn document(commands: &command::table::Table, requestables: &requestable::table::Table) -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = SCHEMAS.into())
        .into_generator();
    let paths = paths(commands, requestables, &mut schemas);
    let problem = schemas.subschema_for::<Document>();
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
            "responses": {"Problem": {
                "description": "A refusal, as a problem document of RFC 9457.",
                "content": {"application/problem+json": {"schema": problem}},
            }},
            "schemas": schemas.take_definitions(true),
        },
    })
}

/// Every operation; what they answer goes to the schemas.
fn paths(
    commands: &command::table::Table,
    requestables: &requestable::table::Table,
    schemas: &mut SchemaGenerator,
) -> Map<String, Value> {
    let mut paths = Map::new();
    for route in ROUTES {
        match route.does {
            Does::Command(name) => {
                if let Some(entry) = commands.find(name) {
                    put(
                        &mut paths,
                        route.path,
                        &route.method,
                        operation::command(route, entry, schemas),
                    );
                }
            }
            Does::AnyCommand => {
                for entry in commands.listed() {
                    let path = route.path.replace("{name}", entry.name);
                    put(
                        &mut paths,
                        &path,
                        &route.method,
                        operation::command(route, entry, schemas),
                    );
                }
            }
            Does::Requestable => {
                for entry in requestables.listed() {
                    let path = route.path.replace("{name}", entry.name);
                    put(&mut paths, &path, &route.method, operation::requestable(entry, schemas));
                }
            }
        }
    }
    put(&mut paths, "/session", &Method::POST, session::sign_in());
    put(&mut paths, "/session", &Method::DELETE, session::sign_out());
    put(&mut paths, "/pictures", &Method::POST, pictures::send(schemas));
    paths.extend(signin::paths(schemas));
    paths.extend(watching::paths());
    paths.extend(files::paths());
    crate::http::original::operations(&mut paths, schemas);
    paths
}

fn put(paths: &mut Map<String, Value>, path: &str, method: &Method, operation: Value) {
    let place = paths.entry(format!("{BASE}{path}")).or_insert_with(|| json!({}));
    if let Some(place) = place.as_object_mut() {
        place.insert(method.as_str().to_ascii_lowercase(), operation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::builtin;

    #[test]
    fn every_command_and_every_route_is_in_the_document_once_by_its_id() {
        let table = builtin::table();
        let document = document(&table, &requestable::builtin::table());
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

    /// What somebody else answers: it is anything.
    const ANYTHING: [&str; 2] = ["s.request", "s.callclient"];

    #[test]
    fn every_answer_is_described_by_schemas_that_are_there() {
        let (commands, requestables) = (builtin::table(), requestable::builtin::table());
        let document = document(&commands, &requestables);
        let told = |path: String, method: &str, name: &str| {
            let place = "/responses/200/content/application~1json/schema";
            let operation = &document["paths"][&path][method];
            let schema = operation
                .pointer(place)
                .unwrap_or_else(|| panic!("{path}: {operation}"));
            let is_said = schema.as_object().is_some_and(|keywords| !keywords.is_empty());
            let is_said = is_said && schema["$ref"] != "#/components/schemas/PassedAnswer";
            assert_eq!(is_said, !ANYTHING.contains(&name), "{name}: {schema}");
        };
        for entry in commands.listed() {
            told(format!("{BASE}/commands/{}", entry.name), "post", entry.name);
        }
        for entry in requestables.listed() {
            told(format!("{BASE}/requestables/{}", entry.name), "get", entry.name);
        }
        let text = document.to_string();
        let named = text.split("\"$ref\":\"#").skip(1);
        for place in named.map(|rest| rest.split('"').next().unwrap()) {
            assert!(document.pointer(place).is_some(), "nothing at {place}");
        }
    }
}
