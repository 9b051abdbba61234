//! How the document tells of itself, of figures and of health.

use serde_json::{Map, Value, json};

pub(super) fn paths() -> Map<String, Value> {
    let text = json!({"text/plain": {"schema": {"type": "string"}}});
    let document = json!({"application/json": {"schema": {"type": "object"}}});
    let there = [
        ("/openapi.json", "This document", &document),
        ("/metrics", "Figures, as Prometheus reads them", &text),
        ("/health/live", "Whether the process answers", &text),
        (
            "/health/ready",
            "Whether it does its work: a round trip to the disk",
            &text,
        ),
    ];
    let there = there.into_iter().map(|(path, about, content)| {
        let mut responses = json!({
            "200": {"description": "So it is.", "content": content},
            "default": {"$ref": "#/components/responses/Problem"},
        });
        if let Some(responses) = responses.as_object_mut() {
            match path {
                "/openapi.json" => {
                    let known = json!({"description": "It is the one that `If-None-Match` names."});
                    responses.insert("304".to_owned(), known);
                }
                "/health/ready" => {
                    let not = json!({"description": "It is not.", "content": text});
                    responses.insert("503".to_owned(), not);
                }
                _ => {}
            }
        }
        let id = path.trim_start_matches('/').replace(['/', '.'], "_");
        let operation = json!({
            "operationId": id, "summary": about, "tags": ["watching"], "security": [], "responses": responses,
        });
        (path.to_owned(), json!({"get": operation}))
    });
    there.collect()
}
