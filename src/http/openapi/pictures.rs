//! How the document tells of pictures, which are no command's arguments.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use crate::face::arriving::Arrived;

pub(super) fn send(schemas: &mut SchemaGenerator) -> Value {
    let arrived = schemas.subschema_for::<Arrived>();
    let picture = json!({"schema": {"type": "string", "format": "binary"}});
    json!({
        "operationId": "send_picture",
        "summary": "Sends a picture of a face, for s.facequality, s.enrollface and s.searchface",
        "description": "It waits for a short time, for commands of the session that sent it. At most `face.picture_bytes` bytes.",
        "tags": ["account"],
        "requestBody": {"required": true, "content": {"image/jpeg": picture.clone(), "image/png": picture}},
        "responses": {
            "201": {"description": "It waits.", "content": {"application/json": {"schema": arrived}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}
