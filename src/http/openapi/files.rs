//! How the document tells of contents: reading by ranges, sending by tus.

use serde_json::{Map, Value, json};

use super::BASE;

/// The paths of contents.
pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    let mut put = |path: &str, operations: Value| paths.insert(format!("{BASE}{path}"), operations);
    put("/files/{file}/content", json!({"get": content()}));
    put("/tus", json!({"post": create()}));
    put(
        "/tus/{upload}",
        json!({"head": look(), "patch": add(), "delete": terminate()}),
    );
    paths
}

fn problem() -> Value {
    json!({"$ref": "#/components/responses/Problem"})
}

fn header(name: &str, required: bool, schema: Value) -> Value {
    json!({"name": name, "in": "header", "required": required, "schema": schema})
}

fn version() -> Value {
    header("Tus-Resumable", true, json!({"type": "string", "const": "1.0.0"}))
}

fn bytes() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn upload() -> Value {
    json!({"name": "upload", "in": "path", "required": true, "schema": {"type": "string"}})
}

fn content() -> Value {
    json!({
        "operationId": "file_content",
        "summary": "Reads the content of a file, whole or one range",
        "tags": ["files"],
        "parameters": [
            {"name": "file", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64"}},
            header("Range", false, json!({"type": "string"})),
        ],
        "responses": {
            "200": {"description": "All of it.", "content": {"*/*": {"schema": {}}}},
            "206": {"description": "The range.", "content": {"*/*": {"schema": {}}}},
            "304": {"description": "The asker has it."},
            "default": problem(),
        },
    })
}

fn create() -> Value {
    json!({
        "operationId": "tus_create",
        "summary": "Begins an upload of tus 1.0; metadata: filename, filetype, sha256, check, and one of user, car, booking, room",
        "tags": ["files"],
        "parameters": [
            version(),
            header("Upload-Length", true, bytes()),
            header("Upload-Metadata", false, json!({"type": "string"})),
        ],
        "responses": {"201": {"description": "`Location` has the upload."}, "default": problem()},
    })
}

fn look() -> Value {
    json!({
        "operationId": "tus_offset",
        "summary": "Tells in `Upload-Offset` up to where everything has come",
        "tags": ["files"],
        "parameters": [upload(), version()],
        "responses": {"200": {"description": "In headers."}, "default": {"description": "A refusal."}},
    })
}

fn add() -> Value {
    json!({
        "operationId": "tus_add",
        "summary": "Adds bytes to an upload; with the last of them it is a file, whose number is in `Motorpool-File`",
        "tags": ["files"],
        "parameters": [
            upload(),
            version(),
            header("Upload-Offset", true, bytes()),
            header("Upload-Checksum", false, json!({"type": "string"})),
        ],
        "requestBody": {"required": true, "content": {"application/offset+octet-stream": {"schema": {}}}},
        "responses": {"204": {"description": "Added."}, "default": problem()},
    })
}

fn terminate() -> Value {
    json!({
        "operationId": "tus_terminate",
        "summary": "Lets an upload go",
        "tags": ["files"],
        "parameters": [upload(), version()],
        "responses": {"204": {"description": "Gone."}, "default": problem()},
    })
}
