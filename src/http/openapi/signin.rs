//! How the document tells of `/auth`: to a provider and back, and out again.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::session::signed_in;
use crate::http::signin::{SignedOut, Ways};

/// Every path of it.
pub(super) fn paths(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let ways = json!({"application/json": {"schema": schemas.subschema_for::<Ways>()}});
    let out = json!({"application/json": {"schema": schemas.subschema_for::<SignedOut>()}});
    let operations = [
        (
            "/auth",
            "get",
            operation(
                "auth",
                "How people can sign in here",
                vec![],
                json!({"200": told("The ways there are.", &ways)}),
            ),
        ),
        ("/auth/{provider}/begin", "get", begin()),
        ("/auth/{provider}/callback", "get", callback()),
        ("/auth/signout", "post", sign_out(&out)),
        ("/auth/{provider}/backchannel-logout", "post", backchannel()),
    ];
    let paths = operations.into_iter();
    paths
        .map(|(path, method, operation)| (path.to_owned(), json!({method: operation})))
        .collect()
}

fn begin() -> Value {
    let answer = json!({
        "name": "answer", "in": "query", "required": false, "schema": {"enum": ["cookie", "token"]},
        "description": "Whether the way back ends in a cookie or in a token.",
    });
    let next = query("next", "Where to go on afterwards: a path of this server.");
    let responses = json!({"302": leads("The page of the provider; a cookie remembers what was asked.")});
    let about = "Begins to sign in with a provider";
    operation("auth_begin", about, vec![provider(), next, answer], responses)
}

fn callback() -> Value {
    let said = ["code", "state", "error", "iss"].map(|name| query(name, "As the provider says it."));
    let parameters = [vec![provider()], said.to_vec()].concat();
    let responses = json!({
        "200": told("Signed in, where `answer=token` was asked.", &signed_in()),
        "303": leads("Where the browser was to go on; the session is in a cookie."),
    });
    operation("auth_callback", "The way back from a provider", parameters, responses)
}

fn sign_out(content: &Value) -> Value {
    json!({
        "operationId": "auth_signout",
        "summary": "Signs out here, and says where one signs out at the provider too",
        "tags": ["session"],
        "parameters": [],
        "responses": {
            "200": told("Signed out, where JSON is accepted.", content),
            "303": leads("Where one signs out at the provider too, or `/`."),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

fn backchannel() -> Value {
    let form = json!({
        "type": "object",
        "required": ["logout_token"],
        "properties": {"logout_token": {"type": "string"}},
    });
    json!({
        "operationId": "auth_backchannel_logout",
        "summary": "A provider says that somebody signed out there",
        "tags": ["session"],
        "security": [],
        "parameters": [provider()],
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {
            "200": {"description": "The sessions that began there are ended."},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    })
}

/// One for those who are not signed in yet, with what it answers besides a refusal.
fn operation(id: &str, about: &str, parameters: Vec<Value>, responses: Value) -> Value {
    let mut all = json!({"default": {"$ref": "#/components/responses/Problem"}});
    if let (Value::Object(all), Value::Object(responses)) = (&mut all, responses) {
        all.extend(responses);
    }
    json!({
        "operationId": id,
        "summary": about,
        "tags": ["session"],
        "security": [],
        "parameters": parameters,
        "responses": all,
    })
}

fn provider() -> Value {
    json!({"name": "provider", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
}

fn query(name: &str, about: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": {"type": "string"}, "description": about})
}

fn told(about: &str, content: &Value) -> Value {
    json!({"description": about, "content": content})
}

fn leads(about: &str) -> Value {
    json!({
        "description": about,
        "headers": {"Location": {"description": "Where that is.", "schema": {"type": "string"}}},
    })
}
