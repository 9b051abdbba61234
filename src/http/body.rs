//! The body of a request: read within bounds in size, time and, over all requests, memory; JSON or nothing.
//!
//! A slow sender holds the bytes that came and no place among the requests that are answered.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::Problem;
use crate::config::{Config, Limits};
use crate::error::Error;
use crate::runtime::metrics::http_bodies_refused;
use crate::wire::ErrorCode;

/// Reads bodies; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Bodies {
    bytes_max: usize,
    time_max: Duration,
    /// Bytes that all bodies together may still hold.
    room: Arc<Semaphore>,
}

/// A body that was read; its room is given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            bytes_max: limits.http_body_bytes,
            time_max: Duration::from_millis(limits.http_request_ms),
            room: Arc::new(Semaphore::new(limits.http_bodies_bytes)),
        }
    }

    /// For pictures, which have bounds of their own: as many bytes each as on their datasock, and all that are being read
    /// together as many as may wait.
    pub(super) fn of_pictures(config: &Config) -> Self {
        Self {
            bytes_max: config.face.picture_bytes,
            time_max: Duration::from_millis(config.limits.http_request_ms),
            room: Arc::new(Semaphore::new(config.face.pictures_bytes)),
        }
    }

    /// The whole body of any type, if it comes in time.
    pub(super) async fn whole(&self, head: &Parts, body: Body) -> Result<Read, Problem> {
        let declared = head.headers.get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > self.bytes_max) {
            return Err(self.too_large());
        }
        let Ok(read) = timeout(self.time_max, self.collect(body)).await else {
            let message = format!("no whole body within {} ms", self.time_max.as_millis());
            return Err(Problem::with(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, message));
        };
        read
    }

    /// The whole body, if it comes in time and there is one where one may be: JSON.
    pub(super) async fn read(&self, head: &Parts, body: Body) -> Result<Read, Problem> {
        let read = self.whole(head, body).await?;
        if read.bytes.is_empty() {
            return Ok(read);
        }
        if head.method.is_safe() {
            let message = format!("a {} takes no body", head.method);
            return Err(Error::new(ErrorCode::BadFrame, message).into());
        }
        if !is_json(&head.headers) {
            let message = "the body has another type than application/json";
            return Err(Problem::with(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ErrorCode::BadFrame,
                message,
            ));
        }
        Ok(read)
    }

    async fn collect(&self, mut body: Body) -> Result<Read, Problem> {
        let mut bytes = BytesMut::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|err| Error::new(ErrorCode::BadFrame, "the body does not come to its end").cause(err))?;
            let Ok(part) = frame.into_data() else { continue };
            if bytes.len().saturating_add(part.len()) > self.bytes_max {
                return Err(self.too_large());
            }
            let room = u32::try_from(part.len()).ok();
            let room = room.and_then(|room| Arc::clone(&self.room).try_acquire_many_owned(room).ok());
            let Some(room) = room else {
                http_bodies_refused();
                let message = "the bodies of other requests take all the room there is";
                return Err(Error::new(ErrorCode::Busy, message).into());
            };
            match &mut held {
                Some(held) => held.merge(room),
                None => held = Some(room),
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Read {
            bytes: bytes.freeze(),
            _room: held,
        })
    }

    fn too_large(&self) -> Problem {
        let message = format!("the body has more than {} bytes", self.bytes_max);
        Error::new(ErrorCode::TooLarge, message).into()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    essence.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn head() -> Parts {
        let request = Request::post("/").header("content-type", "application/json");
        request.body(()).unwrap().into_parts().0
    }

    fn limits() -> Limits {
        Limits {
            http_body_bytes: 2_048,
            http_bodies_bytes: 4_096,
            ..Limits::default()
        }
    }

    #[tokio::test]
    async fn bodies_share_their_room_and_give_it_back() {
        let bodies = Bodies::new(&limits());
        let full = vec![b'x'; 2_048];
        let one = bodies.read(&head(), Body::from(full.clone())).await.ok().unwrap();
        let two = bodies.read(&head(), Body::from(full.clone())).await.ok().unwrap();
        assert_eq!((one.bytes.len(), two.bytes.len()), (2_048, 2_048));
        assert!(bodies.read(&head(), Body::from("x")).await.is_err());
        // Without a body there is nothing to have room for.
        assert!(bodies.read(&head(), Body::empty()).await.is_ok());
        drop(one);
        assert!(bodies.read(&head(), Body::from(full)).await.is_ok());
        assert_eq!(bodies.room.available_permits(), 2_048);
    }

    #[tokio::test]
    async fn a_body_of_the_bound_is_read_and_one_byte_more_is_not() {
        let bodies = Bodies::new(&limits());
        assert!(bodies.read(&head(), Body::from(vec![b'x'; 2_048])).await.is_ok());
        assert!(bodies.read(&head(), Body::from(vec![b'x'; 2_049])).await.is_err());
    }
}
