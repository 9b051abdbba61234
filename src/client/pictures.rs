//! Pictures on their way to the server: over the datasock `pictures`, one after the other, each acknowledged with its id.
//!
//! Bytes go as they are: nothing is decoded or made smaller here. Commands name the pictures by their ids, soon.

use bytes::BytesMut;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use tokio::time::{Duration, timeout};
use tokio_util::codec::Decoder;

use super::{Client, ClientError, ConnectOptions, Datasock};
use crate::wire::{self, Frame, FrameCodec, Value, WireError};

/// The datasock they travel on.
const PICTURES: &str = "pictures";

/// One picture, as it travels.
#[derive(Serialize)]
struct Frames<'a> {
    picture: Shot<'a>,
}

#[derive(Serialize)]
struct Shot<'a> {
    data: &'a Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
}

/// What the server says of one.
#[derive(Deserialize)]
struct Answer {
    picture: Sent,
}

/// A picture that waits at the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// What commands call it.
    pub id: String,
    /// Its size, as it came.
    pub bytes: u64,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

/// A way for pictures; it ends with the client it belongs to.
pub struct Pictures {
    sock: Datasock,
    codec: FrameCodec,
    came: BytesMut,
    wait_max: Duration,
}

impl Client {
    /// Attaches to the datasock for pictures; `options` as the client was connected with.
    ///
    /// # Errors
    /// As [`Client::attach`]: `not_found` where the server looks at no faces, `forbidden` for who may not send any.
    pub async fn pictures(&self, options: &ConnectOptions) -> Result<Pictures, ClientError> {
        Ok(Pictures {
            sock: self.attach(PICTURES, options).await?,
            codec: FrameCodec::new(options.frame_bytes_max),
            came: BytesMut::new(),
            wait_max: options.call_timeout,
        })
    }
}

impl Pictures {
    /// Sends a picture (JPEG or PNG) and waits until the server has it. With `challenge` it is one of its frames.
    ///
    /// # Errors
    /// The server's refusal, after which the next picture may be sent, unless the connection has ended.
    pub async fn send(&mut self, data: &[u8], challenge: Option<&str>) -> Result<Sent, ClientError> {
        let picture = Shot {
            data: Bytes::new(data),
            challenge,
        };
        let unfit = |why: &dyn std::fmt::Display| ClientError::Protocol(format!("a picture cannot be sent: {why}"));
        let item = wire::to_cbor(&Frames { picture }).map_err(|err| unfit(&err))?;
        let length = u32::try_from(item.len()).map_err(|err| unfit(&err))?;
        let wait_max = self.wait_max;
        let sent = async {
            let mut frame = Vec::with_capacity(item.len().saturating_add(wire::LENGTH_BYTES));
            frame.extend_from_slice(&length.to_be_bytes());
            frame.extend_from_slice(&item);
            match (self.sock.send(&frame).await, self.answer().await) {
                (_, Ok(sent)) => Ok(sent),
                // The server may have said why before it hung up in the middle of a picture.
                (_, Err(refused @ ClientError::Refused(_))) => Err(refused),
                (Err(broken), Err(_)) | (Ok(()), Err(broken)) => Err(broken),
            }
        };
        timeout(wait_max, sent)
            .await
            .unwrap_or(Err(ClientError::Timeout { waited: wait_max }))
    }

    async fn answer(&mut self) -> Result<Sent, ClientError> {
        loop {
            let item = self.codec.decode(&mut self.came);
            if let Some(item) = item.map_err(|err| ClientError::Protocol(err.to_string()))? {
                return told(&item);
            }
            match self.sock.receive().await? {
                Some(bytes) => self.came.unsplit(bytes),
                None => return Err(ClientError::gone()),
            }
        }
    }
}

fn told(item: &[u8]) -> Result<Sent, ClientError> {
    if let Ok(Answer { picture }) = wire::from_cbor(item) {
        return Ok(picture);
    }
    match wire::decode(item) {
        Ok(Frame::Error(refusal)) => Err(WireError {
            code: refusal.code,
            message: refusal.message,
            detail: refusal.detail,
        }
        .into()),
        Ok(Frame::Bye(bye)) => Err(ClientError::Closed { reason: bye.reason }),
        Ok(other) => Err(ClientError::Protocol(format!(
            "got `{}`, wanted `picture` or `error`",
            other.kind()
        ))),
        Err(err) => Err(ClientError::Protocol(err.to_string())),
    }
}

/// The ids, as an argument of a command.
#[must_use]
pub fn ids(pictures: &[Sent]) -> Value {
    Value::Array(pictures.iter().map(|picture| Value::from(&*picture.id)).collect())
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorCode;

    #[test]
    fn the_answers_of_the_server_are_told_apart() {
        let stored = serde_json::json!({"picture": {"id": "p-1", "bytes": 3, "expires_at": "2026-01-01T00:00:00Z"}});
        let sent = told(&wire::to_cbor(&stored).unwrap()).unwrap();
        assert_eq!((&*sent.id, sent.bytes), ("p-1", 3));
        assert_eq!(ids(&[sent]), Value::Array(vec![Value::from("p-1")]));
        let refused = serde_json::json!({"error": {"code": "not_now", "message": "no room", "id": 1}});
        let refused = told(&wire::to_cbor(&refused).unwrap()).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::NotNow));
        let bye = serde_json::json!({"bye": {"reason": "datasock_closed"}});
        let bye = told(&wire::to_cbor(&bye).unwrap()).unwrap_err();
        assert!(bye.to_string().contains("datasock_closed"), "{bye}");
        assert!(told(b"\x01").is_err());
    }
}
