//! The document as it goes out, put together again only when commands or requestables were added.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::document;
use crate::command;
use crate::house::House;
use crate::http::api::{matches, tag_of};
use crate::requestable;

/// The latest one. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::http) struct Printed(Arc<Mutex<Option<Latest>>>);

#[derive(Clone)]
struct Latest {
    commands: Arc<command::table::Table>,
    requestables: Arc<requestable::table::Table>,
    body: Bytes,
    tag: String,
}

impl Printed {
    /// The document, unless the asker has it.
    pub(in crate::http) fn answer(&self, house: &House, asked: &HeaderMap) -> Response {
        let Latest { body, tag, .. } = self.latest(house);
        let known = [
            (header::ETAG, tag.clone()),
            (header::CACHE_CONTROL, "no-cache".to_owned()),
        ];
        if matches(asked, &tag) {
            return (StatusCode::NOT_MODIFIED, known).into_response();
        }
        (known, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }

    fn latest(&self, house: &House) -> Latest {
        let (commands, requestables) = (Arc::clone(&house.table()), Arc::clone(&house.requestables()));
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_so = |latest: &Latest| {
            Arc::ptr_eq(&latest.commands, &commands) && Arc::ptr_eq(&latest.requestables, &requestables)
        };
        if let Some(latest) = latest.as_ref().filter(|latest| is_so(latest)) {
            return latest.clone();
        }
        let body = serde_json::to_vec(&document(&commands, &requestables)).unwrap_or_default();
        let made = Latest {
            commands,
            requestables,
            tag: tag_of(&body),
            body: body.into(),
        };
        *latest = Some(made.clone());
        made
    }
}
