//! Commands of the table, for a dialect that asks and waits; what its figures and its log say of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::account::Source;
use crate::command::Caller;
use crate::command::arguments::Given;
use crate::command::counted::Counted;
use crate::command::dispatch::{Call, Dispatched, dispatch, heard};
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::recent::Asked;
use crate::runtime::metrics::dialect_asked;
use crate::runtime::targets;
use crate::wire::{self, ErrorCode, Value};

/// Calls a command as that client.
pub(super) async fn call<const N: usize>(
    house: &House,
    standing: &Arc<Standing>,
    source: Source,
    command: &str,
    args: [(&str, Value); N],
) -> Result<Value, Error> {
    let caller = Caller {
        standing: Arc::clone(standing),
        source,
        command: "",
        request: None,
    };
    let call = Call {
        command: command.to_owned(),
        given: Given {
            names: args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Given::default()
        },
        deadline_ms: None,
        arrived_at: Instant::now(),
    };
    let outcome = match dispatch(house, caller, call, Asked::nowhere(), &mut Counted::default()) {
        Dispatched::Done(outcome) => outcome,
        Dispatched::Runs(work) => work.await,
        Dispatched::Changes { running, deadline, .. } => heard(running, deadline).await,
    };
    wire::from_cbor(&outcome?).map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be read").cause(err))
}

/// A field of a reply.
pub(super) fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let found = value.as_map()?.iter().find(|(known, _)| known.as_text() == Some(name));
    found.map(|(_, value)| value)
}

/// A text of a reply; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    field(value, name).and_then(Value::as_text).unwrap_or_default()
}

/// A whole number of a reply.
pub(super) fn whole(value: &Value, name: &str) -> Option<i64> {
    field(value, name)
        .and_then(Value::as_integer)
        .and_then(|whole| whole.try_into().ok())
}

/// Counts what a client asked for and, when it was refused, tells the log. The code alone: a text may hold what was said.
pub(super) fn told<T>(dialect: &'static str, address: SocketAddr, asked: &'static str, outcome: &Result<T, Error>) {
    let Err(err) = outcome else {
        return dialect_asked(dialect, "ok");
    };
    dialect_asked(dialect, err.code().as_str());
    tracing::info!(
        target: targets::CONNECTION,
        { client.address = %address, sock = dialect, asked, code = %err.code() },
        "a client of an older system was refused"
    );
    if let Some(cause) = err.private_cause() {
        tracing::error!(target: targets::CONNECTION, sock = dialect, asked, %cause, "it could not be served");
    }
}
