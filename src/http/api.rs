//! The way from a request to a command and back: read within bounds, hand over, translate the answer.
//!
//! Decides nothing about who may do what: that is the dispatcher's, as for every other door.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::arguments::given;
use super::body::Bodies;
use super::download::download;
use super::json;
use super::original::Fetched;
use super::problem::Problem;
use super::routes::{Does, From, Paged, Route};
use super::rules;
use super::socketio::Clients;
use super::translated::Translated;
use super::who::{self, Known};
use crate::command::arguments::{Given, Parameter};
use crate::command::counted::Counted;
use crate::command::dispatch::{Call, Dispatched, dispatch, heard};
use crate::command::{self, Caller};
use crate::error::Error;
use crate::house::House;
use crate::registry::recent::{Asked, Outcome};
use crate::requestable::{self, Told};
use crate::runtime::Gate;
use crate::wire::strict::AsJson;
use crate::wire::{self, ErrorCode, Value};

/// Under which name a retry gets the first answer.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What every request is answered from.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) house: House,
    pub(super) known: Known,
    /// The JSON of what many are told alike.
    pub(super) translated: Translated,
    pub(super) bodies: Bodies,
    /// For bodies that are pictures.
    pub(super) pictures: Bodies,
    /// Of the routes of the first system.
    pub(super) fetched: Fetched,
    /// Clients by the ids of their sockets.
    pub(super) clients: Clients,
    /// Bounds the requests that are being answered.
    pub(super) gate: Gate,
    /// Whether the door speaks TLS.
    pub(super) is_secure: bool,
}

impl Api {
    /// Answers by one route; `path` are the names in it.
    pub(super) async fn answer(
        &self,
        route: &'static Route,
        path: Vec<(String, String)>,
        from: SocketAddr,
        request: Request,
    ) -> Response {
        self.finish(self.try_answer(route, path, from, request).await)
    }

    /// An answer or refusal with the headers of all.
    pub(super) fn finish(&self, answered: Result<Response, Problem>) -> Response {
        let mut response = answered.unwrap_or_else(|problem| problem.response(self.house.clock.now()));
        guard(response.headers_mut());
        response
    }

    async fn try_answer(
        &self,
        route: &'static Route,
        mut path: Vec<(String, String)>,
        from: SocketAddr,
        request: Request,
    ) -> Result<Response, Problem> {
        let arrived_at = Instant::now();
        let (head, body) = request.into_parts();
        let caller = match self.known.caller(&self.house, &head.method, &head.headers, from).await {
            Err(err) if route.for_strangers && err.code() == ErrorCode::Unauthenticated => {
                who::stranger(&self.house, from)?
            }
            known => known?,
        };
        let body = self.bodies.read(&head, body).await?;
        // Only now: who sends slowly takes no place.
        let _pass = self.gate.try_enter().ok_or_else(busy)?;
        let name = match route.does {
            Does::Command(command) => command.to_owned(),
            Does::AnyCommand | Does::Requestable => take(&mut path, "name"),
        };
        let parameters = self.parameters(route, &name);
        let mut given = given(&parameters, &path, head.uri.query(), &body.bytes)?;
        if let (Does::Command(command), Some(file)) = (route.does, &route.file) {
            return download(self, caller, (command, file), given).await;
        }
        let outcome = if route.does == Does::Requestable {
            match requestable::answer(&self.house, caller, &name, given) {
                Told::Now(outcome) => outcome,
                Told::Later(work) => work.await,
            }
        } else {
            self.idempotent(&name, &head.headers, &mut given)?;
            self.run(caller, name, given, arrived_at).await
        };
        respond(&self.translated, route, &head, &outcome?)
    }

    /// What may be given; nothing where there is no such thing, which is then refused by its name.
    fn parameters(&self, route: &Route, name: &str) -> Parameters {
        if route.does == Does::Requestable {
            return Parameters::Requestable(self.house.requestables().find(name));
        }
        Parameters::Command(self.house.table().find(name).cloned())
    }

    /// The header is the `request_id` of a command that changes something.
    fn idempotent(&self, command: &str, headers: &HeaderMap, given: &mut Given) -> Result<(), Error> {
        let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
            return Ok(());
        };
        if !self.house.table().find(command).is_some_and(|entry| entry.changes) {
            return Ok(());
        }
        let key = key.to_str().ok().and_then(rules::idempotency_key).ok_or_else(|| {
            let message = "`Idempotency-Key` is no text of 1 to 128 letters, digits, `.`, `_`, `:`, `-`";
            Error::new(ErrorCode::BadArguments, message)
        })?;
        given.names.push(("request_id".to_owned(), Value::Text(key.to_owned())));
        Ok(())
    }

    pub(super) async fn run(&self, caller: Caller, command: String, given: Given, arrived_at: Instant) -> Outcome {
        let call = Call {
            command,
            given,
            deadline_ms: None,
            arrived_at,
        };
        let dispatched = dispatch(&self.house, caller, call, Asked::nowhere(), &mut Counted::default());
        match dispatched {
            Dispatched::Done(outcome) => outcome,
            Dispatched::Runs(work) => work.await,
            Dispatched::Changes { running, deadline, .. } => heard(running, deadline).await,
        }
    }
}

/// The parameters of what is asked for, without a copy of them.
enum Parameters {
    Command(Option<Arc<command::table::Entry>>),
    Requestable(Option<Arc<requestable::table::Entry>>),
}

impl Deref for Parameters {
    type Target = [Parameter];

    fn deref(&self) -> &[Parameter] {
        match self {
            Self::Command(Some(entry)) => &entry.parameters,
            Self::Requestable(Some(entry)) => &entry.parameters,
            Self::Command(None) | Self::Requestable(None) => &[],
        }
    }
}

/// Too much is being answered.
pub(super) fn busy() -> Problem {
    Error::new(ErrorCode::Busy, "as many requests are being answered as may be").into()
}

fn take(path: &mut Vec<(String, String)>, name: &str) -> String {
    let at = path.iter().position(|(known, _)| known == name);
    at.map(|at| path.remove(at).1).unwrap_or_default()
}

/// What a command answered, as a response.
fn respond(translated: &Translated, route: &Route, head: &Parts, cbor: &Bytes) -> Result<Response, Problem> {
    let (uri, headers) = (&head.uri, &head.headers);
    // What was changed is told to one alone, however many hold its answer for retries.
    let body = if route.method.is_safe() {
        translated.of(cbor)
    } else {
        json::of_cbor(cbor).map(Bytes::from)
    };
    // Most answers are written out as they are; only some are looked into.
    let value = if body.is_none() || route.makes.is_some() || route.paged.is_some() {
        let unreadable = |err| Error::new(ErrorCode::Internal, "the answer cannot be read").cause(err);
        wire::from_cbor::<Value>(cbor).map_err(unreadable)?
    } else {
        Value::Null
    };
    let body = match body {
        Some(body) => body,
        None => serde_json::to_vec(&AsJson(&value))
            .map(Bytes::from)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be written").cause(err))?,
    };
    let tag = route.tagged.then(|| tag_of(&body));
    if let Some(tag) = &tag
        && matches(headers, tag)
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag.clone())]).into_response());
    }
    let status = if route.makes.is_some() {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    let mut put = |name, text: Option<String>| {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(name, value);
        }
    };
    put(
        header::CACHE_CONTROL,
        tag.is_some().then(|| "private, no-cache".to_owned()),
    );
    put(header::ETAG, tag);
    put(
        header::LOCATION,
        route.makes.and_then(|field| made_at(uri.path(), field, &value)),
    );
    put(
        header::LINK,
        route.paged.and_then(|paged| next_page(uri, paged, &value)),
    );
    Ok(response)
}

fn made_at(path: &str, field: &str, value: &Value) -> Option<String> {
    Some(format!("{path}/{}", plain(field_of(value, field)?)?))
}

/// The next page: the same question, from where this answer ends. A page without rows is the last.
fn next_page(uri: &Uri, paged: Paged, value: &Value) -> Option<String> {
    let from = match paged.from {
        From::LastRow(field) => field_of(value.as_array()?.last()?, field)?,
        From::LastOf(list, field) => field_of(field_of(value, list)?.as_array()?.last()?, field)?,
        From::Next => field_of(value, "next")?,
    };
    let asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    // Who goes forward where lists go back knows where they are.
    if paged.parameter == "before" && asked.clone().any(|(name, _)| name == "after") {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.filter(|(name, _)| name != paged.parameter));
    query.append_pair(paged.parameter, &plain(from)?);
    Some(format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish()))
}

pub(super) fn field_of<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    let fields = value.as_map()?;
    fields
        .iter()
        .find(|(name, _)| name.as_text() == Some(field))
        .map(|(_, value)| value)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Integer(whole) => Some(i128::from(*whole).to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The same bytes have the same tag.
pub(super) fn tag_of(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let short: Vec<u8> = hash.iter().copied().take(12).collect();
    format!("\"{}\"", data_encoding::BASE64URL_NOPAD.encode(&short))
}

/// Whether the asker has this already.
pub(super) fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    tags.any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// What keeps browsers from making more of an answer than it is.
pub(super) fn guard(headers: &mut HeaderMap) {
    let mut unless_set = |name, text: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(text));
    };
    unless_set(header::CACHE_CONTROL, "no-store");
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::REFERRER_POLICY, "no-referrer");
    unless_set(header::X_FRAME_OPTIONS, "DENY");
    unless_set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
}
