//! How the document tells of signing in and out.

use serde_json::{Value, json};

pub(super) fn sign_in() -> Value {
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
            "201": {"description": "Signed in.", "content": signed_in()},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

/// What somebody who signed in is told.
pub(super) fn signed_in() -> Value {
    json!({"application/json": {"schema": {
        "type": "object",
        "required": ["token_type", "user", "permissions", "expires_in"],
        "properties": {
            "token": {"type": "string"},
            "token_type": {"type": "string"},
            "user": {"type": "string"},
            "permissions": {"type": "array", "items": {"type": "string"}},
            "expires_in": {"type": "integer", "description": "Seconds after its last use for which it is good."},
        },
    }}})
}

pub(super) fn sign_out() -> Value {
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
