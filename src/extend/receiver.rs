//! A receiver as a Rust value: what reads the bytes that clients send on the datasocks that name it.
//!
//! It runs on the arbiter of each connection: it awaits and never blocks. What it refuses, and a panic, costs that
//! connection and nothing else.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use jiff::Timestamp;
use serde::Serialize;

use crate::datasock::connection::Connection;
use crate::datasock::receivers;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::permissions::Permission;
use crate::wire::{ErrorCode, Value};

/// Longest work on one arrival; then its connection ends.
const ARRIVAL_MAX: Duration = Duration::from_secs(30);

/// Something that came on a datasock.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The name of the client it came from.
    pub from: String,
    /// Its client id.
    pub client_id: Arc<str>,
    /// When it came.
    pub at: Timestamp,
    /// What came.
    pub bytes: Bytes,
}

pub(super) type Take = Arc<dyn Fn(Arrival) -> BoxFuture<'static, Result<Option<Value>, Error>> + Send + Sync>;

/// How the bytes are cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// As they come.
    Chunks,
    /// Items of at most so many bytes, each with 4 bytes of length before it.
    Items(usize),
}

/// A receiver of your own. A datasock names it: `s.newdatasock(track, sizes)`.
///
/// ```
/// use motorpool::{Arrival, Error, Receiver};
///
/// let sizes = Receiver::new("sizes").chunks(|arrival: Arrival| async move {
///     println!("{} bytes from {}", arrival.bytes.len(), arrival.from);
///     Ok::<_, Error>(None::<()>)
/// });
/// # motorpool::Server::builder().receiver(sizes).build().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a receiver does nothing until a server has it"]
pub struct Receiver {
    pub(super) name: String,
    pub(super) needs: String,
    cut: Cut,
    pub(super) take: Option<Take>,
}

impl Receiver {
    /// A receiver called `name`: small letters, digits, `_` and `-`, at most 64 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            needs: "user".to_owned(),
            cut: Cut::Chunks,
            take: None,
        }
    }

    /// The group whose members may attach: `user` unless said.
    pub fn needs(mut self, group: impl Into<String>) -> Self {
        self.needs = group.into();
        self
    }

    /// Takes bytes as they come, in pieces of any size. What it gives back goes to the client as one CBOR item with
    /// its length before it; an error ends the connection.
    pub fn chunks<F, R>(self, take: impl Fn(Arrival) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<R>, Error>> + Send + 'static,
        R: Serialize,
    {
        self.taking(Cut::Chunks, take)
    }

    /// Takes items that have their length before them, 4 bytes, the highest first; one longer than `bytes_max` ends the
    /// connection. Answers as [`chunks`](Self::chunks) do.
    pub fn items<F, R>(self, bytes_max: usize, take: impl Fn(Arrival) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<R>, Error>> + Send + 'static,
        R: Serialize,
    {
        self.taking(Cut::Items(bytes_max), take)
    }

    fn taking<F, R>(mut self, cut: Cut, take: impl Fn(Arrival) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<R>, Error>> + Send + 'static,
        R: Serialize,
    {
        self.cut = cut;
        self.take = Some(Arc::new(move |arrival| {
            let taken = take(arrival);
            async move { encoded(taken.await?) }.boxed()
        }));
        self
    }
}

fn encoded(reply: Option<impl Serialize>) -> Result<Option<Value>, Error> {
    let unfit = |err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err);
    reply.map(|reply| Value::serialized(&reply).map_err(unfit)).transpose()
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("name", &self.name)
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

/// One that was checked, as datasocks use it.
pub(super) struct Own {
    name: &'static str,
    needs: Permission,
    cut: Cut,
    take: Take,
}

impl Own {
    pub(super) fn new(name: &'static str, needs: Permission, receiver: &Receiver, take: Take) -> Self {
        let cut = receiver.cut;
        Self { name, needs, cut, take }
    }

    /// The next piece; `None` at the end.
    async fn next(&self, connection: &mut Connection) -> Result<Option<Bytes>, Error> {
        match self.cut {
            Cut::Items(bytes_max) => connection.item(bytes_max).await,
            Cut::Chunks if connection.more().await? => Ok(Some(connection.buffer().split().freeze())),
            Cut::Chunks => Ok(None),
        }
    }
}

impl receivers::Receiver for Own {
    fn name(&self) -> &'static str {
        self.name
    }

    fn admits(&self, standing: &Standing) -> Result<(), Error> {
        if standing.permissions().contains(self.needs) {
            return Ok(());
        }
        let message = format!("the receiver `{}` needs the permission `{}`", self.name, self.needs);
        Err(Error::new(ErrorCode::Forbidden, message))
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            while let Some(bytes) = self.next(connection).await? {
                connection.count(1);
                let arrival = Arrival {
                    from: connection.standing.name().to_string(),
                    client_id: connection.standing.client_id.clone(),
                    at: connection.clock.now(),
                    bytes,
                };
                let taken = tokio::time::timeout(ARRIVAL_MAX, (self.take)(arrival)).await;
                let reply = taken.map_err(|_| {
                    let message = format!("`{}` took longer than {ARRIVAL_MAX:?}", self.name);
                    Error::new(ErrorCode::Timeout, message)
                })??;
                if let Some(reply) = reply {
                    connection.say(&reply);
                }
            }
            Ok(())
        })
    }
}
