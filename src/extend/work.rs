//! How the work of an added command is run: typed arguments in, CBOR out, a panic kept from everybody else.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blocking;
use super::context::Context;
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::panicked;
use crate::wire::{self, ErrorCode, Value};

/// Work on bound arguments: its end is the CBOR of the reply, and the answer kept for a retry if it is a change.
pub(crate) type Work = Arc<dyn Fn(Value, Context) -> Result<BoxFuture<'static, Done>, String> + Send + Sync>;

/// How work ends.
pub(crate) type Done = Result<Reply, Error>;

/// A reply, ready to travel and ready to be kept.
pub(crate) struct Reply {
    pub(crate) cbor: Bytes,
    pub(crate) kept: Option<Vec<u8>>,
}

impl Reply {
    pub(crate) fn of(reply: &impl Serialize) -> Result<Self, Error> {
        let cbor = wire::to_cbor(reply)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err))?;
        Ok(Self {
            cbor: Bytes::from(cbor),
            kept: kept(Ok(reply)),
        })
    }
}

/// Work that awaits.
pub(super) fn awaiting<A, R, F>(handler: impl Fn(Context, A) -> F + Send + Sync + 'static) -> Work
where
    A: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Future<Output = Result<R, Error>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |bound, context| {
        let args = read::<A>(&bound)?;
        let handler = Arc::clone(&handler);
        Ok(Box::pin(async move { Reply::of(&handler(context, args).await?) }))
    })
}

/// Work that blocks.
pub(super) fn blocking<A, R>(handler: impl Fn(Context, A) -> Result<R, Error> + Send + Sync + 'static) -> Work
where
    A: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |bound, context| {
        let args = read::<A>(&bound)?;
        let handler = Arc::clone(&handler);
        Ok(Box::pin(async move {
            let given_up = Arc::clone(context.given_up());
            blocking::beside(given_up, move || Reply::of(&handler(context, args)?)).await
        }))
    })
}

fn read<A: DeserializeOwned>(bound: &Value) -> Result<A, String> {
    bound.deserialized::<A>().map_err(|err| {
        // ciborium wraps the message of the refusing type; only that message is for people.
        let ciborium::value::Error::Custom(text) = err;
        text
    })
}

/// As the tables run it: guarded, and with its audit event when it changes something.
pub(super) fn guarded(
    work: &Work,
    is_change: bool,
    bound: Value,
    caller: Caller,
    house: House,
) -> Result<BoxFuture<'static, Result<Bytes, Error>>, String> {
    let context = Context::of_call(caller.clone(), house.clone());
    let started = work(bound, context)?;
    Ok(Box::pin(async move {
        let name = caller.command;
        let ended = AssertUnwindSafe(started).catch_unwind().await;
        let done = ended.unwrap_or_else(|_| {
            panicked(name);
            tracing::error!(command = name, "the work of an added command panicked");
            Err(Error::new(ErrorCode::Internal, format!("{name} failed")))
        });
        if is_change {
            record(&caller, &house, &done).await?;
        }
        Ok(done?.cbor)
    }))
}

/// Keeps that it was called and what came of it, and a good answer for a retry.
async fn record(caller: &Caller, house: &House, done: &Done) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let (result, answer) = match done {
        Ok(reply) => ("ok", reply.kept.clone()),
        Err(err) => (err.code().as_str(), None),
    };
    let write = move |conn: &mut crate::store::AnyConn| change.record(conn, "", result, None, answer.as_deref());
    Ok(house.store.write(write).await?)
}
