//! One request and one reply on a connection, and whether the reply arrived.
//!
//! A client that has read the reply closes its end in order. One that is gone, or closes with unread bytes, resets the
//! connection instead: so an orderly end after the reply says that it was taken.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::dialect::pickle::{self, Bounds, Extent, Pickle};
use crate::error::Error;
use crate::wire::ErrorCode;

/// Bytes that are read and thrown away behind a request.
const REST_BYTES_MAX: usize = 64 * 1024;

/// A connection with one request.
pub(super) struct Exchange {
    stream: TcpStream,
    idle_max: Duration,
    has_replied: bool,
    /// The client had closed its end before it was answered: that says nothing of the reply.
    closed_early: bool,
}

impl Exchange {
    pub(super) fn new(stream: TcpStream, idle_max: Duration) -> Self {
        Self {
            stream,
            idle_max,
            has_replied: false,
            closed_early: false,
        }
    }

    /// Reads the request, in whatever pieces it comes.
    pub(super) async fn request(&mut self, bounds: &Bounds) -> Result<Pickle, Error> {
        let mut buffer = BytesMut::with_capacity(1_024);
        let mut extent = Extent::default();
        let reading = async {
            loop {
                let read = self.stream.read_buf(&mut buffer).await;
                if !matches!(read, Ok(1..)) {
                    return Err(Error::new(ErrorCode::BadFrame, "the request ends before it is whole"));
                }
                let unfit = |err: pickle::PickleError| Error::new(ErrorCode::BadFrame, err.to_string());
                if let Some(length) = extent.find(&buffer, bounds).map_err(unfit)? {
                    let request = buffer.get(..length).unwrap_or_default();
                    return pickle::read(request, bounds).map_err(unfit);
                }
            }
        };
        timeout(self.idle_max, reading).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorCode::Timeout,
                "no whole request within the time for it",
            ))
        })
    }

    /// Whether a reply was given.
    pub(super) fn has_replied(&self) -> bool {
        self.has_replied
    }

    /// Gives the one reply; `false` when the client is gone.
    pub(super) async fn reply(&mut self, reply: &Pickle) -> bool {
        self.has_replied = true;
        let mut scrap = [0; 512];
        self.closed_early = matches!(self.stream.try_read(&mut scrap), Ok(0));
        let bytes = pickle::write(reply);
        let writing = async {
            self.stream.write_all(&bytes).await?;
            self.stream.shutdown().await
        };
        matches!(timeout(self.idle_max, writing).await, Ok(Ok(())))
    }

    /// Waits until the client has closed its end in order, which it does when it has read the reply. `None`: it did not
    /// within the time, or had closed it before.
    pub(super) async fn taken(&mut self) -> Option<bool> {
        let mut scrap = vec![0; 1_024];
        let ending = async {
            let mut bytes_left = REST_BYTES_MAX;
            loop {
                match self.stream.read(&mut scrap).await {
                    Ok(0) => return Some(true),
                    Ok(bytes) => bytes_left = bytes_left.checked_sub(bytes)?,
                    Err(_) => return Some(false),
                }
            }
        };
        let ended = timeout(self.idle_max, ending).await.ok().flatten();
        ended.filter(|was_in_order| !was_in_order || !self.closed_early)
    }
}
