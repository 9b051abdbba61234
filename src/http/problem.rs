//! Refusals as problem documents of RFC 9457, and the headers that every answer of the API carries.
//!
//! The stable code goes along as `code`; statuses follow from it in `crate::error`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::wire::strict::AsJson;
use crate::wire::{ErrorCode, Value};

/// Seconds after which asking again may help, where nothing better is known.
const RETRY_AFTER_S: i64 = 1;

/// A refusal on its way out.
pub(super) struct Problem {
    error: Error,
    status: StatusCode,
    allow: Option<Box<HeaderValue>>,
}

/// A problem document of RFC 9457.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Document<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    /// Stable, for programs.
    code: ErrorCode,
    /// For people: what was got and what was wanted.
    detail: &'a str,
    /// What a program needs to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    info: Option<AsJson<'a>>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            error,
            status,
            allow: None,
        }
    }
}

impl Problem {
    /// A refusal whose status is HTTP's own business.
    pub(super) fn with(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            error: Error::new(code, message),
            status,
            allow: None,
        }
    }

    /// A refusal with its own words under another status.
    pub(super) fn at(status: StatusCode, error: Error) -> Self {
        Self {
            error,
            status,
            allow: None,
        }
    }

    /// Names the methods that there are.
    pub(super) fn allowing(mut self, methods: HeaderValue) -> Self {
        self.allow = Some(Box::new(methods));
        self
    }

    /// As it goes out at that time.
    pub(super) fn response(self, now: Timestamp) -> Response {
        let wire = self.error.to_wire();
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Refused"),
            status: self.status.as_u16(),
            code: wire.code,
            detail: &wire.message,
            info: wire.detail.as_ref().map(AsJson),
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, body).into_response();
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, *allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"motorpool\""),
            );
        }
        if matches!(self.status.as_u16(), 429 | 503) {
            let seconds = retry_after(wire.detail.as_ref(), now);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Seconds until the instant that the refusal names, rounded up.
fn retry_after(detail: Option<&Value>, now: Timestamp) -> i64 {
    let named = detail.and_then(Value::as_map).and_then(|fields| {
        let field = fields.iter().find(|(name, _)| name.as_text() == Some("retry_at"))?;
        field.1.as_text()?.parse::<Timestamp>().ok()
    });
    named.map_or(RETRY_AFTER_S, |at| {
        at.duration_since(now).as_secs().saturating_add(1).max(RETRY_AFTER_S)
    })
}
