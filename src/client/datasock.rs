//! One more socket of ours: attached by a ticket to a datasock, then bytes both ways as its receiver wants them.
//!
//! Knows nothing of what the receivers make of the bytes. It ends with the client it belongs to.

use bytes::BytesMut;
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::codec::FramedRead;

use super::connection::dial;
use super::{Client, ClientError, ConnectOptions, named};
use crate::tls;
use crate::wire::{self, Attach, Frame, FrameCodec, Value};

/// What `s.attach` gives; parts that are not used here are passed over.
#[derive(Deserialize)]
struct Ticket {
    name: String,
    host: String,
    port: u16,
    client_id: String,
    ticket: String,
}

/// An attached socket.
pub struct Datasock {
    read: tls::ReadHalf,
    write: tls::WriteHalf,
    /// What came behind the answer to the attach.
    early: BytesMut,
}

impl Datasock {
    /// Sends bytes and waits until the system has taken them.
    ///
    /// # Errors
    /// [`ClientError::Closed`] when the connection has ended.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let sent = async {
            self.write.write_all(bytes).await?;
            self.write.flush().await
        };
        sent.await.map_err(|err| closed(&err))
    }

    /// The next bytes; `None` when the server has ended the connection.
    ///
    /// # Errors
    /// [`ClientError::Closed`] when the connection broke.
    pub async fn receive(&mut self) -> Result<Option<BytesMut>, ClientError> {
        if self.early.is_empty() {
            self.read.read_buf(&mut self.early).await.map_err(|err| closed(&err))?;
        }
        Ok(Some(self.early.split()).filter(|bytes| !bytes.is_empty()))
    }
}

impl Client {
    /// Fetches a ticket and attaches one more socket of ours to a datasock; `options` as the client was connected with.
    ///
    /// # Errors
    /// The server's refusal, or why the datasock was not reached.
    pub async fn attach(&self, datasock: &str, options: &ConnectOptions) -> Result<Datasock, ClientError> {
        let ticket: Ticket = self
            .call_as("s.attach", named([("datasock", Value::from(datasock))]))
            .await?;
        // An address of IPv6 stands in brackets before its port.
        let host = if ticket.host.contains(':') {
            format!("[{}]", ticket.host)
        } else {
            ticket.host
        };
        let (read, mut write) = dial(format!("{host}:{}", ticket.port), options).await?;
        let attach = Frame::Attach(Attach {
            client_id: ticket.client_id,
            ticket: ticket.ticket,
            datasock: ticket.name,
        });
        let mut out = BytesMut::new();
        wire::encode(&attach, &mut out).map_err(|err| ClientError::Protocol(err.to_string()))?;
        write.write_all(&out).await.map_err(|err| closed(&err))?;
        let mut frames = FramedRead::new(read, FrameCodec::new(options.frame_bytes_max));
        let answer = timeout(options.connect_timeout, frames.next())
            .await
            .map_err(|_| ClientError::Timeout {
                waited: options.connect_timeout,
            })?;
        let item = match answer {
            Some(Ok(item)) => item,
            Some(Err(err)) => return Err(closed(&err)),
            None => return Err(closed(&"the server closed the datasock")),
        };
        match wire::decode(&item) {
            Ok(Frame::Attached(_)) => {
                let early = frames.read_buffer().clone();
                let read = frames.into_inner();
                Ok(Datasock { read, write, early })
            }
            Ok(Frame::Error(refusal)) => Err(wire::WireError {
                code: refusal.code,
                message: refusal.message,
                detail: refusal.detail,
            }
            .into()),
            Ok(other) => Err(ClientError::Protocol(format!(
                "got `{}`, wanted `attached`",
                other.kind()
            ))),
            Err(err) => Err(ClientError::Protocol(err.to_string())),
        }
    }
}

fn closed(why: &dyn std::fmt::Display) -> ClientError {
    ClientError::Closed {
        reason: why.to_string(),
    }
}
