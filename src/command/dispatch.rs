//! The dispatcher: the one way to a command, whatever door it came through.
//!
//! Checks that the command exists, that the caller may, that the arguments fit; keeps first answers for
//! retries; bounds the time; counts. Whether the caller may touch *this* object is the command's own check.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::Caller;
use super::arguments::Given;
use super::counted::Counted;
use super::jobs::Ticket;
use super::repeat::{self, Entered};
use super::table::Entry;
use crate::error::Error;
use crate::house::House;
use crate::registry::recent::{Asked, Outcome, Running};
use crate::store::StoreError;
use crate::store::request::{self, RequestKey};
use crate::wire::{self, ErrorCode, Value};

/// Longest text of a request id.
pub(crate) const REQUEST_ID_LETTERS_MAX: usize = 128;

/// A call as a door hands it over.
pub(crate) struct Call {
    /// `s.book`.
    pub(crate) command: String,
    /// What was given.
    pub(crate) given: Given,
    /// How long the caller waits.
    pub(crate) deadline_ms: Option<u64>,
    /// When it came.
    pub(crate) arrived_at: Instant,
}

/// How a call goes on.
pub(crate) enum Dispatched {
    /// Ended already.
    Done(Outcome),
    /// Runs beside the socket; dropping it gives it up.
    Runs(BoxFuture<'static, Outcome>),
    /// Changes something: runs to its end whoever listens, and can be heard again.
    Changes {
        /// The end of it.
        running: Running,
        /// How long its caller waits.
        deadline: Duration,
    },
}

/// The end of a changing call, as far as its caller waits for it.
pub(crate) async fn heard(running: Running, deadline: Duration) -> Outcome {
    match tokio::time::timeout(deadline, repeat::ended(running)).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => Err(Error::new(ErrorCode::Internal, "the command ended without an answer")),
        Err(_) => Err(late(deadline)),
    }
}

fn late(deadline: Duration) -> Error {
    let message = format!("no end within {} ms; the outcome is unknown", deadline.as_millis());
    Error::new(ErrorCode::Timeout, message)
}

/// Dispatches one call. `caller.command` and `caller.request` are filled in here.
/// `asked` knows the changes of this client's earlier connections; `counted` takes a run that ends well at once.
pub(crate) fn dispatch(
    house: &House,
    mut caller: Caller,
    call: Call,
    asked: Asked<'_>,
    counted: &mut Counted,
) -> Dispatched {
    // Held for this one step: a count on the entry itself would travel between the cores with every call.
    let table = house.table();
    let Some(entry) = table.find(&call.command) else {
        return Dispatched::Done(Err(unknown(house, &call.command)));
    };
    caller.command = entry.name;
    if let Err(err) = may_run(house, entry, &caller) {
        entry.meters.refused(err.code().as_str());
        return Dispatched::Done(Err(err));
    }
    let deadline = deadline(house, entry, call.deadline_ms);
    if entry.changes {
        return change(house, Arc::clone(entry), caller, call.given, deadline, asked);
    }
    asked.looks();
    let bound = match entry.bind(call.given) {
        Ok(bound) => bound,
        Err(err) => {
            entry.meters.refused(err.code().as_str());
            return Dispatched::Done(Err(err));
        }
    };
    let arrived_at = call.arrived_at;
    let caller_of = caller.standing.clone();
    counted.begin(entry);
    let mut work = entry.run(bound, caller, house.clone());
    // Most commands that only look are done at their first step; they need no task and no timer.
    if let Some(outcome) = (&mut work).now_or_never() {
        if outcome.is_ok() {
            counted.well(entry, arrived_at.elapsed());
        } else {
            entry.ended(arrived_at, &outcome);
        }
        return Dispatched::Done(outcome);
    }
    let entry = Arc::clone(entry);
    let ticket = house.jobs.begin(entry.name, caller_of, deadline, true);
    Dispatched::Runs(Box::pin(async move {
        let outcome = limited(ticket, deadline, work).await;
        entry.ended(arrived_at, &outcome);
        outcome
    }))
}

/// How long a caller waits: as long as it says, within the bound of the command.
fn deadline(house: &House, entry: &Entry, wished_ms: Option<u64>) -> Duration {
    let limits = &house.config.limits;
    let millis = Duration::from_millis;
    let (unsaid, longest) = match entry.limit {
        Some(limit) => (limit, limit),
        None if entry.ends_by_itself => (
            millis(limits.command_deadline_ms_max),
            millis(limits.command_deadline_ms_max),
        ),
        None => (
            millis(limits.command_deadline_ms_default),
            millis(limits.command_deadline_ms_max),
        ),
    };
    wished_ms.map_or(unsaid, millis).min(longest)
}

/// Work that ends by its time limit, or when somebody gives it up.
async fn limited(ticket: Ticket, limit: Duration, work: impl Future<Output = Outcome>) -> Outcome {
    match ticket.until_cancelled(tokio::time::timeout(limit, work)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(late(limit)),
        Err(by) => Err(cancelled(&by)),
    }
}

fn cancelled(by: &str) -> Error {
    Error::new(ErrorCode::Unavailable, format!("cancelled by '{by}'"))
}

/// What would become of a call before its command begins: nothing runs, is counted or kept.
pub(crate) fn rehearse(house: &House, mut caller: Caller, command: &str, mut given: Given) -> Result<String, Error> {
    let table = house.table();
    let entry = table.find(command).ok_or_else(|| unknown(house, command))?;
    caller.command = entry.name;
    may_run(house, entry, &caller)?;
    if entry.changes {
        take_request_id(&mut given).map_err(|why| entry.misfit(&why))?;
    }
    let bound = entry.bind(given)?;
    entry.fits(bound, caller, house.clone())?;
    Ok(entry.signature())
}

fn may_run(house: &House, entry: &Entry, caller: &Caller) -> Result<(), Error> {
    if house.is_draining() {
        return Err(Error::new(ErrorCode::ShuttingDown, "the server is shutting down"));
    }
    if caller.may(entry.needs) {
        return Ok(());
    }
    let has = caller.standing.permissions().names();
    let has = if has.is_empty() {
        "none".to_owned()
    } else {
        has.join(", ")
    };
    Err(Error::new(
        ErrorCode::Forbidden,
        format!("{} needs the permission `{}`, you have: {has}", entry.name, entry.needs),
    ))
}

fn unknown(house: &House, command: &str) -> Error {
    let shown: String = command.chars().take(64).flat_map(char::escape_debug).collect();
    let hint = house
        .table()
        .closest(command)
        .map_or_else(|| "see s.help()".to_owned(), |known| format!("did you mean {known}?"));
    Error::new(
        ErrorCode::UnknownCommand,
        format!("there is no command `{shown}`; {hint}"),
    )
}

/// A changing call gets a task of its own: a caller who goes does not stop it half-way.
fn change(
    house: &House,
    entry: Arc<Entry>,
    mut caller: Caller,
    mut given: Given,
    deadline: Duration,
    asked: Asked<'_>,
) -> Dispatched {
    let bound = take_request_id(&mut given)
        .map_err(|why| entry.misfit(&why))
        .and_then(|request_id| Ok((request_id, entry.bind(given)?)));
    let (request_id, bound) = match bound {
        Ok(bound) => bound,
        Err(err) => {
            entry.meters.refused(err.code().as_str());
            return Dispatched::Done(Err(err));
        }
    };
    let hash = repeat::call_hash(entry.name, &bound);
    let (ended, running) = watch::channel(None);
    match asked.changes(&hash, &running, entry.fades) {
        Ok(None) => {}
        Ok(Some(running)) => return Dispatched::Changes { running, deadline },
        Err(err) => {
            entry.meters.refused(err.code().as_str());
            return Dispatched::Done(Err(err));
        }
    }
    caller.request = request_id.map(|request_id| RequestKey {
        who: caller.standing.who(),
        request_id,
        call_hash: hash,
    });
    let house = house.clone();
    house.changes_running.fetch_add(1, Ordering::AcqRel);
    drop(tokio::spawn(async move {
        let open = Open(house.clone());
        let started = Instant::now();
        let ticket = house
            .jobs
            .begin(entry.name, caller.standing.clone(), deadline, entry.cancellable);
        let work = once(&house, &entry, caller, bound);
        let outcome = match entry.limit {
            Some(limit) => limited(ticket, limit, work).await,
            // A change of our own runs to its end, and each of its steps has a bound.
            None => ticket
                .until_cancelled(work)
                .await
                .unwrap_or_else(|by| Err(cancelled(&by))),
        };
        entry.ended(started, &outcome);
        ended.send_replace(Some(outcome));
        drop(open);
    }));
    Dispatched::Changes { running, deadline }
}

/// Takes a running change off the count, however it ends.
struct Open(House);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.changes_running.fetch_sub(1, Ordering::AcqRel);
    }
}

fn take_request_id(given: &mut Given) -> Result<Option<String>, String> {
    match given.take("request_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) if (1..=REQUEST_ID_LETTERS_MAX).contains(&text.len()) => Ok(Some(text)),
        // A text call's bare word.
        Some(Value::Tag(_, inner)) => match *inner {
            Value::Text(text) if (1..=REQUEST_ID_LETTERS_MAX).contains(&text.len()) => Ok(Some(text)),
            _ => Err(format!("`request_id` is a text of 1 to {REQUEST_ID_LETTERS_MAX} bytes")),
        },
        Some(_) => Err(format!("`request_id` is a text of 1 to {REQUEST_ID_LETTERS_MAX} bytes")),
    }
}

/// Runs a changing call at most once for its request id.
async fn once(house: &House, entry: &Entry, caller: Caller, bound: Value) -> Outcome {
    let Some(key) = caller.request.clone() else {
        return entry.run(bound, caller, house.clone()).await;
    };
    let id = (key.who.clone(), key.request_id.clone());
    let place = match house.in_flight.enter(id, &key.call_hash) {
        Entered::First(place) => place,
        Entered::Other => return Err(used_for_another(&key)),
        Entered::Twin(running) => {
            return repeat::ended(running).await.unwrap_or_else(|| {
                Err(Error::new(
                    ErrorCode::Unavailable,
                    "the first call ended without an answer",
                ))
            });
        }
    };
    let outcome = match recall(house, &key).await {
        Ok(Some(first)) => first,
        Ok(None) => {
            let outcome = entry.run(bound, caller, house.clone()).await;
            remember_refusal(house, &key, &outcome).await;
            outcome
        }
        Err(err) => Err(err),
    };
    place.end(&outcome);
    outcome
}

fn used_for_another(key: &RequestKey) -> Error {
    Error::new(
        ErrorCode::Conflict,
        format!(
            "request_id `{}` was used for another call",
            key.request_id.escape_debug()
        ),
    )
}

/// The first answer, when there is one.
async fn recall(house: &House, key: &RequestKey) -> Result<Option<Outcome>, Error> {
    let (who, request_id) = (key.who.clone(), key.request_id.clone());
    let found = house
        .store
        .read(move |conn| request::request_find(conn, &who, &request_id))
        .await?;
    Ok(found.map(|first| {
        if first.call_hash != key.call_hash {
            return Err(used_for_another(key));
        }
        read_answer(&first.answer)
    }))
}

/// An answer as it is kept: `{"ok": value}` or `{"error": {...}}`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept<T> {
    Ok(T),
    Error(wire::WireError),
}

/// The bytes under which an answer is kept for retries; one that cannot be encoded is not kept.
pub(crate) fn kept(answer: Result<impl serde::Serialize, Error>) -> Option<Vec<u8>> {
    let kept = match answer {
        Ok(reply) => Kept::Ok(reply),
        Err(err) => Kept::Error(err.to_wire()),
    };
    wire::to_cbor(&kept).ok()
}

fn read_answer(answer: &[u8]) -> Outcome {
    let unreadable = |err: &dyn std::fmt::Display| {
        Error::new(ErrorCode::Internal, "the first answer cannot be read").cause(err.to_string())
    };
    match wire::from_cbor::<Kept<Value>>(answer) {
        Ok(Kept::Ok(value)) => wire::to_cbor(&value).map(Bytes::from).map_err(|err| unreadable(&err)),
        Ok(Kept::Error(err)) => Err(err.into()),
        Err(err) => Err(unreadable(&err)),
    }
}

/// A refusal that would not change by itself is kept too; the change itself keeps a success.
async fn remember_refusal(house: &House, key: &RequestKey, outcome: &Outcome) {
    let Err(err) = outcome else { return };
    if err.is_transient() {
        return;
    }
    let Some(answer) = kept(Err::<(), _>(err.clone())) else {
        return;
    };
    let (key, at) = (key.clone(), crate::runtime::clock::micros(house.clock.now()));
    let kept = house
        .store
        .write(move |conn| request::request_insert(conn, &key, &answer, at))
        .await;
    // A command that keeps its own end, as one to a car does, has kept this one already.
    if let Err(err) = kept
        && !matches!(err, StoreError::Conflict { .. })
    {
        tracing::warn!(%err, "a refusal could not be kept for retries");
    }
}
