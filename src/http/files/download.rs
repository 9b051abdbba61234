//! A content as an answer: whole or one range, tagged by its hash, saved and never shown.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;

use super::headers::{set, text};
use super::rules::{Part, attachment, media_type, part};
use crate::file::store::Stored;
use crate::file::{Content, FileError, Files};
use crate::http::api::matches;
use crate::http::problem::Problem;
use crate::runtime::Pass;
use crate::wire::ErrorCode;

/// Bytes read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// The answer to a GET or HEAD.
pub(super) fn answer(
    files: Files,
    stored: &Stored,
    content: Content,
    head: &Parts,
    pass: Pass,
) -> Result<Response, Problem> {
    let (headers, tag) = (&head.headers, format!("\"{}\"", stored.sha256));
    if matches(headers, &tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe(response.headers_mut(), stored, &tag);
        return Ok(response);
    }
    // A range of another content than the asker has is of no use to them.
    let is_same = text(headers, "if-range").is_none_or(|known| known.trim() == tag);
    let range = text(headers, "range").filter(|_| is_same);
    let (status, from, to) = match part(range, stored.size) {
        Part::Whole => (StatusCode::OK, 0, stored.size),
        Part::Range(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Part::Beyond => {
            let message = format!("the file has {} bytes", stored.size);
            return Err(Problem::with(
                StatusCode::RANGE_NOT_SATISFIABLE,
                ErrorCode::BadArguments,
                message,
            ));
        }
    };
    let body = if head.method == Method::HEAD {
        Body::empty()
    } else {
        streamed(files, content, from, to, pass)
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    describe(headers, stored, &tag);
    set(headers, "content-length", to.saturating_sub(from));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = to.saturating_sub(1);
        set(headers, "content-range", format!("bytes {from}-{last}/{}", stored.size));
    }
    Ok(response)
}

fn describe(headers: &mut HeaderMap, stored: &Stored, tag: &str) {
    set(headers, "etag", tag);
    set(headers, "accept-ranges", "bytes");
    set(headers, "cache-control", "private, no-cache");
    set(headers, "content-type", media_type(stored.kind.as_deref()));
    set(headers, "content-disposition", attachment(&stored.name));
    set(headers, "x-content-type-options", "nosniff");
}

/// Piece by piece as the asker takes it; the pass goes with it.
fn streamed(files: Files, content: Content, from: u64, to: u64, pass: Pass) -> Body {
    let stream = try_unfold((from, pass), move |(at, pass)| {
        let (files, content) = (files.clone(), content.clone());
        async move {
            let left = usize::try_from(to.saturating_sub(at)).unwrap_or(usize::MAX);
            if left == 0 {
                return Ok(None);
            }
            let piece = files.piece(&content, at, PIECE_BYTES.min(left)).await?;
            let read = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            if read == 0 {
                return Err(FileError::Broken);
            }
            Ok::<_, FileError>(Some((piece, (at.saturating_add(read), pass))))
        }
    });
    Body::from_stream(stream)
}
