//! A file made of pieces that a command gives one after the other: sent as it is read, with one piece in memory.
//!
//! The first piece is there before anything is sent, so that a refusal is one. Later pieces are asked for as the peer takes
//! what came before: a connection asks for one at a time. What goes wrong in between ends the connection before the file is
//! whole, which every client notices.

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::api::{Api, field_of};
use super::problem::Problem;
use super::routes::File;
use crate::command::Caller;
use crate::command::arguments::Given;
use crate::error::Error;
use crate::wire::{self, ErrorCode, Value};

/// Under which name a piece asks for what is behind it.
pub(super) const AFTER: &str = "after";

/// What is asked for again and again.
struct Asking {
    api: Api,
    caller: Caller,
    command: &'static str,
    given: Given,
}

/// One piece.
struct Piece {
    name: String,
    content: String,
    next: Option<Value>,
}

/// The file, from its first piece on.
pub(super) async fn download(
    api: &Api,
    caller: Caller,
    (command, file): (&'static str, &File),
    mut given: Given,
) -> Result<Response, Problem> {
    let fixed = file.fixed.iter();
    given
        .names
        .extend(fixed.map(|(name, word)| ((*name).to_owned(), Value::from(*word))));
    let asking = Asking {
        api: api.clone(),
        caller,
        command,
        given,
    };
    let first = asking.piece(None).await?;
    let kind = HeaderValue::from_static(file.kind);
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", first.name))
        .map_err(|err| Error::new(ErrorCode::Internal, "the file has no name that can be written").cause(err))?;
    let headers: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(pieces(asking, first))).into_response())
}

/// Where a download is.
enum State {
    /// This is sent next.
    Has(Piece),
    /// What is behind this is asked for next.
    Wants(Value),
    /// It is over.
    Ended,
}

fn pieces(asking: Asking, first: Piece) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    let begin = (asking, State::Has(first));
    stream::try_unfold(begin, |(asking, state)| async move {
        let piece = match state {
            State::Has(piece) => piece,
            State::Wants(next) => asking.piece(Some(next)).await.inspect_err(|err| {
                tracing::warn!(command = asking.command, %err, "a download ends before its time");
            })?,
            State::Ended => return Ok(None),
        };
        let behind = piece.next.map_or(State::Ended, State::Wants);
        Ok(Some((Bytes::from(piece.content), (asking, behind))))
    })
}

impl Asking {
    async fn piece(&self, after: Option<Value>) -> Result<Piece, Error> {
        let mut given = self.given.clone();
        given.names.extend(after.map(|after| (AFTER.to_owned(), after)));
        let (caller, command) = (self.caller.clone(), self.command.to_owned());
        let outcome = self.api.run(caller, command, given, Instant::now()).await?;
        let unreadable = || Error::new(ErrorCode::Internal, "the answer is no piece of a file");
        let value: Value = wire::from_cbor(&outcome).map_err(|err| unreadable().cause(err))?;
        let text = |name| field_of(&value, name).and_then(Value::as_text).map(str::to_owned);
        Ok(Piece {
            name: text("file").ok_or_else(unreadable)?,
            content: text("content").ok_or_else(unreadable)?,
            next: field_of(&value, "next").filter(|next| !next.is_null()).cloned(),
        })
    }
}
