//! `POST /api/v1/pictures`: a picture as the body of a request, onto the same shelf as those of the datasock `pictures`.
//!
//! Translates only. The body has a bound of its own in size and, over all requests, in memory; it is read only from who may
//! send pictures. Its type is what its first bytes say, too.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::api::{Api, busy};
use super::other_method;
use super::problem::Problem;
use crate::error::Error;
use crate::face::arriving::may_send;
use crate::wire::ErrorCode;

/// What a picture can be, and how it begins.
const KINDS: [(&str, &[u8]); 2] = [
    ("image/jpeg", &[0xff, 0xd8, 0xff]),
    ("image/png", &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
];

/// Takes a picture.
pub(super) async fn at(api: &Api, from: SocketAddr, request: Request) -> Result<Response, Problem> {
    if *request.method() != Method::POST {
        return other_method(request.method(), &[&Method::POST]);
    }
    let (head, body) = request.into_parts();
    let house = &api.house;
    let caller = api.known.caller(house, &head.method, &head.headers, from).await?;
    if !house.faces.is_enabled() {
        return Err(Error::new(ErrorCode::Unavailable, "faces are switched off here (`face.enabled`)").into());
    }
    may_send(&caller.standing)?;
    let (kind, beginning) = kind_of(&head.headers)?;
    let body = api.pictures.whole(&head, body).await?;
    // Only now: who sends slowly takes no place.
    let _pass = api.gate.try_enter().ok_or_else(busy)?;
    if !body.bytes.is_empty() && !body.bytes.starts_with(beginning) {
        return Err(Error::new(
            ErrorCode::BadArguments,
            format!("the body does not begin as {kind} does"),
        )
        .into());
    }
    // As large as it is: what was read may have room behind it.
    let data = Bytes::copy_from_slice(&body.bytes);
    let arrived = house.faces.arrive(&caller.standing, None, data, house.clock.now())?;
    let text = serde_json::to_vec(&arrived)
        .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be written").cause(err))?;
    Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn kind_of(headers: &HeaderMap) -> Result<(&'static str, &'static [u8]), Problem> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = said.and_then(|kind| kind.split(';').next()).map(str::trim);
    let known = KINDS
        .into_iter()
        .find(|(kind, _)| essence.is_some_and(|said| said.eq_ignore_ascii_case(kind)));
    known.ok_or_else(|| {
        let message = "the body has another type than image/jpeg or image/png";
        Problem::with(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadFrame, message)
    })
}
