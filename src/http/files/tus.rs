//! tus 1.0: creation, checksum, expiration, termination and the core, for browsers and phones.
//!
//! A PATCH is written as it comes: what came before a cut counts. With a checksum all of it counts or nothing.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Contents;
use super::body::Coming;
use super::headers::{http_date, number, set, text};
use super::rules::{ALGORITHMS, checksum, metadata};
use crate::error::Error;
use crate::file::rules::ids::FileId;
use crate::file::{Begun, FileError, Upload, Whose, Wish};
use crate::fleet::CarRef;
use crate::http::api;
use crate::http::problem::Problem;
use crate::http::{openapi, other_method};
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// The version that is spoken.
const VERSION: &str = "1.0.0";
/// What is spoken beside the core.
const EXTENSIONS: &str = "creation,checksum,expiration,termination";
/// The type of the body of a PATCH.
const OFFSET_TYPE: &str = "application/offset+octet-stream";
/// A sum that does not fit, as tus numbers it.
const CHECKSUM_MISMATCH: u16 = 460;

/// Where uploads are made.
pub(super) async fn at_collection(contents: &Contents, from: SocketAddr, request: Request) -> Response {
    let answered = match *request.method() {
        Method::OPTIONS => Ok(options(contents)),
        Method::POST => create(contents, from, request).await,
        _ => other_method(request.method(), &[&Method::POST]),
    };
    finish(contents, answered)
}

/// The id of an upload, as the path has it.
type Id = Result<String, Error>;

/// Where one upload is.
pub(super) async fn at_upload(contents: &Contents, id: Id, from: SocketAddr, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let method = meant(&head);
    let answered = match method {
        Method::OPTIONS => Ok(options(contents)),
        Method::HEAD => look(contents, id, from, &head).await,
        Method::PATCH => patch(contents, id, from, &head, body).await,
        Method::DELETE => terminate(contents, id, from, &head).await,
        other => other_method(&other, &[&Method::HEAD, &Method::PATCH, &Method::DELETE]),
    };
    finish(contents, answered)
}

/// The method, or what a POST says it stands for, from where only that passes.
fn meant(head: &Parts) -> Method {
    let other = text(&head.headers, "x-http-method-override");
    match (&head.method, other) {
        (&Method::POST, Some("PATCH")) => Method::PATCH,
        (&Method::POST, Some("DELETE")) => Method::DELETE,
        (&Method::POST, Some("HEAD")) => Method::HEAD,
        (method, _) => method.clone(),
    }
}

fn finish(contents: &Contents, answered: Result<Response, Problem>) -> Response {
    let mut response = contents.api.finish(answered);
    set(response.headers_mut(), "tus-resumable", VERSION);
    response
}

fn options(contents: &Contents) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    set(headers, "tus-version", VERSION);
    set(headers, "tus-extension", EXTENSIONS);
    set(headers, "tus-checksum-algorithm", ALGORITHMS);
    set(headers, "tus-max-size", contents.files.config().file_bytes);
    response
}

/// Whether both sides speak the same.
fn speaks(headers: &HeaderMap) -> Result<(), Problem> {
    if text(headers, "tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    let message = format!("`Tus-Resumable` is not {VERSION}, the version spoken here");
    Err(Problem::with(
        StatusCode::PRECONDITION_FAILED,
        ErrorCode::UnsupportedProtocol,
        message,
    ))
}

pub(super) fn refused(err: FileError) -> Problem {
    match err {
        FileError::Hash { .. } => {
            let status = StatusCode::from_u16(CHECKSUM_MISMATCH).unwrap_or(StatusCode::BAD_REQUEST);
            Problem::at(status, err.into())
        }
        other => Error::from(other).into(),
    }
}

fn unfit(message: impl Into<String>) -> Problem {
    Problem::with(StatusCode::BAD_REQUEST, ErrorCode::BadArguments, message)
}

async fn create(contents: &Contents, from: SocketAddr, request: Request) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    speaks(&head.headers)?;
    let _pass = contents.gate.try_enter().ok_or_else(api::busy)?;
    let guest = contents.guest(&head, from).await?;
    let size = number(&head.headers, "upload-length")
        .ok_or_else(|| unfit("`Upload-Length` is missing or no number of bytes"))?;
    let wish = wish(size, text(&head.headers, "upload-metadata").unwrap_or_default())?;
    let upload = contents.files.begin(guest.asker.clone(), wish).await.map_err(refused)?;
    let mut response = StatusCode::CREATED.into_response();
    let headers = response.headers_mut();
    set(headers, "location", format!("{}/tus/{}", openapi::BASE, upload.id()));
    set(headers, "upload-expires", http_date(upload.expires_at()));
    tell(headers, completed(&upload, contents.change(&guest, "tus")).await?);
    Ok(response)
}

/// What the metadata say; what is not known here is passed over, as clients send more than is wanted.
fn wish(size: u64, text: &str) -> Result<Wish, Problem> {
    let pairs = metadata(text).ok_or_else(|| unfit("`Upload-Metadata` is not keys with values in base64"))?;
    let mut wish = Wish {
        name: "file".to_owned(),
        size: Some(size),
        ..Wish::default()
    };
    for (key, value) in pairs {
        match key.as_str() {
            "filename" | "name" => wish.name = value,
            "filetype" | "type" => wish.kind = Some(value).filter(|kind| !kind.is_empty()),
            "sha256" => wish.sha256 = Some(value),
            "user" => wish.whose.user = Some(value),
            "car" => wish.whose.car = Some(CarRef::Name(value)),
            "room" => wish.whose.room = Some(value),
            "booking" => {
                let booking = value
                    .parse()
                    .map_err(|_| unfit("`booking` of the metadata is no number"))?;
                wish.whose = Whose {
                    booking: Some(booking),
                    ..wish.whose
                };
            }
            "check" => {
                let check = serde_json::from_str(&value);
                wish.check = Some(check.map_err(|err| unfit(format!("`check` of the metadata: {err}")))?);
            }
            _ => {}
        }
    }
    Ok(wish)
}

async fn look(contents: &Contents, id: Id, from: SocketAddr, head: &Parts) -> Result<Response, Problem> {
    speaks(&head.headers)?;
    let guest = contents.guest(head, from).await?;
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    let change = contents.change(&guest, "tus");
    match contents.files.resume(guest.asker, &id?).await.map_err(refused)? {
        Begun::Upload(upload) => {
            // All had come when its sender was cut off.
            tell(headers, completed(&upload, change).await?);
            set(headers, "upload-offset", upload.held().await);
            set(headers, "upload-length", upload.row().size);
            set(headers, "upload-expires", http_date(upload.expires_at()));
        }
        Begun::Done(done) => {
            set(headers, "upload-offset", done.0.size);
            set(headers, "upload-length", done.0.size);
            set(headers, "motorpool-file", done.0.id);
        }
    }
    set(headers, "cache-control", "no-store");
    Ok(response)
}

async fn terminate(contents: &Contents, id: Id, from: SocketAddr, head: &Parts) -> Result<Response, Problem> {
    speaks(&head.headers)?;
    let guest = contents.guest(head, from).await?;
    let change = contents.change(&guest, "tus");
    let id = id?;
    let aborted = contents.files.abort(guest.asker, &id, change, |_| None);
    aborted.await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch(contents: &Contents, id: Id, from: SocketAddr, head: &Parts, body: Body) -> Result<Response, Problem> {
    speaks(&head.headers)?;
    let _pass = contents.gate.try_enter().ok_or_else(api::busy)?;
    if text(&head.headers, "content-type") != Some(OFFSET_TYPE) {
        let message = format!("the body has another type than {OFFSET_TYPE}");
        return Err(Problem::with(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::BadFrame,
            message,
        ));
    }
    let offset = number(&head.headers, "upload-offset")
        .ok_or_else(|| unfit("`Upload-Offset` is missing or no number of bytes"))?;
    let sum = match text(&head.headers, "upload-checksum") {
        Some(text) => Some(checksum(text).ok_or_else(|| {
            unfit(format!(
                "`Upload-Checksum` is not one of {ALGORITHMS} and a sum in base64"
            ))
        })?),
        None => None,
    };
    let guest = contents.guest(head, from).await?;
    let begun = contents.files.resume(guest.asker.clone(), &id?).await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    let upload = match begun.map_err(refused)? {
        Begun::Upload(upload) => upload,
        // It ended, and the answer was lost: there is nothing to add.
        Begun::Done(done) => {
            let message = "this upload is a file already";
            if offset != done.0.size {
                return Err(Error::new(ErrorCode::Conflict, message).into());
            }
            set(headers, "upload-offset", done.0.size);
            set(headers, "motorpool-file", done.0.id);
            return Ok(response);
        }
    };
    let held = upload.held().await;
    if offset != held {
        let misfit = crate::file::rules::upload::Misfit::Offset {
            got: offset,
            expected: held,
        };
        return Err(refused(misfit.into()));
    }
    if let Some(length) = number(&head.headers, "content-length")
        && offset.saturating_add(length) > upload.row().size
    {
        let message = format!("the body goes beyond the {} bytes of the upload", upload.row().size);
        return Err(Error::new(ErrorCode::TooLarge, message).into());
    }
    set(headers, "upload-expires", http_date(upload.expires_at()));
    let coming = Coming {
        silence_max: contents.silence_max,
        upload: upload.clone(),
        offset,
    };
    let change = contents.change(&guest, "tus");
    // A sender who goes does not stop it: what came before counts, and what is whole becomes a file.
    let taken = tokio::spawn(async move {
        let held = coming.take(body, sum).await?;
        let file = completed(&upload, change).await?;
        Ok::<_, Problem>((held, file))
    });
    let (held, file) = taken.await.map_err(|_| refused(FileError::Broken))??;
    set(headers, "upload-offset", held);
    tell(headers, file);
    Ok(response)
}

/// Makes a file of what has come whole.
async fn completed(upload: &Upload, change: Change) -> Result<Option<FileId>, Problem> {
    if !upload.is_full().await {
        return Ok(None);
    }
    let (file, _) = upload.finish(None, change).await.map_err(refused)?;
    Ok(Some(file.id))
}

fn tell(headers: &mut HeaderMap, file: Option<FileId>) {
    if let Some(file) = file {
        set(headers, "motorpool-file", file);
    }
}
