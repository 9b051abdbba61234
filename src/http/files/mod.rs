//! Contents of files over HTTP: sent by tus 1.0, read by ranges. Bodies are streamed, never held.
//!
//! Translates only. The bound on bodies of other routes does not apply here: files have bounds of their own.

mod body;
mod download;
mod headers;
mod rules;
mod tus;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::any;

use super::api::{self, Api};
use super::problem::Problem;
use super::{PathParams, PeerAddress, names, openapi, other_method};
use crate::error::Error;
use crate::file::rules::ids::FileId;
use crate::file::{Asker, Files};
use crate::registry::Standing;
use crate::runtime::Gate;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// What every request about contents is answered from.
#[derive(Clone)]
struct Contents {
    api: Api,
    files: Files,
    /// Bounds the contents that are on their way.
    gate: Gate,
    /// How long a sender may send nothing.
    silence_max: Duration,
}

/// Who asks.
struct Guest {
    asker: Asker,
    standing: std::sync::Arc<Standing>,
}

impl Contents {
    async fn guest(&self, head: &Parts, from: SocketAddr) -> Result<Guest, Problem> {
        let known = self
            .api
            .known
            .caller(&self.api.house, &head.method, &head.headers, from);
        let standing = known.await?.standing;
        let asker = Asker::of(&standing).map_err(Error::from)?;
        Ok(Guest { asker, standing })
    }

    fn change(&self, guest: &Guest, what: &'static str) -> Change {
        Change {
            at: self.api.house.clock.now(),
            who: guest.standing.who(),
            what: what.to_owned(),
            request: None,
        }
    }
}

/// The routes of contents.
pub(super) fn routes(api: &Api) -> Router {
    let config = &api.house.config;
    let most = usize::try_from(config.files.uploads_max).unwrap_or(usize::MAX);
    let contents = Contents {
        api: api.clone(),
        files: api.house.files.clone(),
        gate: Gate::new("http_files", most, 0),
        silence_max: Duration::from_millis(config.limits.http_request_ms),
    };
    let (created, one, read) = (contents.clone(), contents.clone(), contents);
    let create = move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let contents = created.clone();
        async move { tus::at_collection(&contents, from.0, request).await }
    };
    let upload = move |ConnectInfo(from): ConnectInfo<PeerAddress>, path: PathParams, request: Request| {
        let (contents, upload) = (one.clone(), named(path));
        async move { tus::at_upload(&contents, upload, from.0, request).await }
    };
    let content = move |ConnectInfo(from): ConnectInfo<PeerAddress>, path: PathParams, request: Request| {
        let (contents, file) = (read.clone(), named(path));
        async move {
            let answered = at_content(&contents, file, from.0, request).await;
            contents.api.finish(answered)
        }
    };
    let base = openapi::BASE;
    Router::new()
        .route(&format!("{base}/tus"), any(create))
        .route(&format!("{base}/tus/{{upload}}"), any(upload))
        .route(&format!("{base}/files/{{file}}/content"), any(content))
}

async fn at_content(
    contents: &Contents,
    file: Result<String, Error>,
    from: SocketAddr,
    request: Request,
) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return other_method(request.method(), &[&Method::GET]);
    }
    let pass = contents.gate.try_enter().ok_or_else(api::busy)?;
    let (head, _) = request.into_parts();
    let guest = contents.guest(&head, from).await?;
    let file = file?
        .parse()
        .map(FileId)
        .map_err(|_| Error::new(ErrorCode::BadArguments, "the number of a file is a whole number"))?;
    let (stored, content) = contents.files.read(guest.asker, file).await.map_err(Error::from)?;
    download::answer(contents.files.clone(), &stored, content, &head, pass)
}

/// The one name in a path.
fn named(path: PathParams) -> Result<String, Error> {
    Ok(names(path)?.pop().map(|(_, text)| text).unwrap_or_default())
}
