//! What the first system answers: JSON, or a text; and the rows that several routes have in common.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::wire::ErrorCode;

/// One answer.
pub(super) enum Answer {
    Json(Vec<u8>),
    Text(String),
}

impl Answer {
    pub(super) fn json(value: &impl Serialize) -> Result<Self, Error> {
        serde_json::to_vec(value)
            .map(Self::Json)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be written").cause(err))
    }

    /// `[]`, which is how something done was answered.
    pub(super) fn nothing() -> Self {
        Self::Json(b"[]".to_vec())
    }

    pub(super) fn response(self) -> Response {
        match self {
            Self::Json(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Self::Text(text) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        }
    }
}

/// Somebody or something by its id.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Id {
    pub(super) id: String,
}

/// A building.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) id: String,
}

/// The rows of a list that has none.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Nothing {}
