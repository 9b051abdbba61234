//! Commands of bookings: free cars, booking, changing, returning, opening and closing the car.
//!
//! Each reads its arguments, asks the engine or the operator, and names the reply. Decisions are theirs.

mod availability;
mod book;
mod bookings;
mod calendar;
mod cancel;
mod extend;
mod lock;
mod open;
mod returning;
mod unlock;
pub(crate) mod unlockwith;
mod usage;

use jiff::Timestamp;

use super::refusal::{BookingError, Party};
use super::store::{NamedBooking, booking_by_id};
use super::view::BookingView;
use super::{Interval, LifecycleError, Refusal, RightRefusal};
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::store::StoreError;
use crate::wire::ErrorCode;

pub(crate) use open::late_answer;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<availability::Availability>()
        .with::<calendar::Calendar>()
        .with::<book::Book>()
        .with::<extend::Extend>()
        .with::<cancel::Cancel>()
        .with::<bookings::Bookings>()
        .with::<unlock::Unlock>()
        .with::<lock::Lock>()
        .with::<unlockwith::UnlockWith>()
        .with::<returning::Return>()
        .with::<usage::UsageOf>()
        .with::<usage::sheet::ExportUsage>()
}

/// Whose call it is, as far as bookings ask.
pub(crate) fn party(caller: &Caller) -> Party {
    Party {
        user: caller.standing.user,
        car: caller.car(),
        is_operator: caller.is_operator(),
    }
}

/// The engine knows live bookings only. One that has ended is told apart from one that never was, by those
/// who may know.
async fn explain(err: BookingError, house: &House, party: &Party, ended: Ended) -> Error {
    let BookingError::UnknownBooking(id) = err else {
        return err.into();
    };
    let found = house.store.read(move |conn| booking_by_id(conn, id)).await;
    match found {
        Ok(named) if party.may_return(&named.booking).is_err() => BookingError::NotYours(id).into(),
        Ok(named) => {
            let (booking, state) = (id, named.booking.state);
            match ended {
                Ended::OpensNothing => BookingError::Right(RightRefusal::Ended { booking, state }).into(),
                Ended::ChangesNoMore => BookingError::Lifecycle(LifecycleError::Ended { booking, state }).into(),
            }
        }
        Err(StoreError::Missing) => err.into(),
        Err(other) => other.into(),
    }
}

/// What an ended booking is refused for.
#[derive(Debug, Clone, Copy)]
enum Ended {
    /// Opening or closing the car.
    OpensNothing,
    /// Changing it.
    ChangesNoMore,
}

/// An instant from its RFC 3339 text.
fn instant(field: &str, text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        let got: String = text.chars().take(40).flat_map(char::escape_debug).collect();
        let message = format!("`{field}` is `{got}`, wanted an RFC 3339 instant such as 2026-05-01T10:00:00Z");
        Error::new(ErrorCode::BadArguments, message)
    })
}

fn interval(start: &str, end: &str) -> Result<Interval, Error> {
    let (start, end) = (instant("start", start)?, instant("end", end)?);
    Interval::new(start, end).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))
}

/// The bytes under which a booking's reply is kept for retries.
fn keep_view(named: &NamedBooking) -> Option<Vec<u8>> {
    kept(Ok(BookingView::from(named)))
}

#[derive(serde::Serialize)]
struct Span {
    start: String,
    end: String,
}

impl From<Interval> for Span {
    fn from(interval: Interval) -> Self {
        Self {
            start: interval.start().to_string(),
            end: interval.end().to_string(),
        }
    }
}

#[derive(serde::Serialize)]
struct InTheWay {
    in_the_way: Span,
    next_free: Span,
}

#[derive(serde::Serialize)]
struct Limit {
    limit: usize,
}

#[derive(serde::Serialize)]
struct NotBefore {
    from: String,
}

impl From<BookingError> for Error {
    fn from(err: BookingError) -> Self {
        let text = err.to_string();
        let plain = |code| Self::new(code, text.clone());
        match err {
            BookingError::UnknownCar(_) | BookingError::UnknownBooking(_) | BookingError::NothingToReturn(_) => {
                plain(ErrorCode::NotFound)
            }
            BookingError::NotYours(_) => plain(ErrorCode::Forbidden),
            BookingError::NotUsable { .. } | BookingError::Booked { .. } => plain(ErrorCode::NotNow),
            BookingError::Changing(_) | BookingError::Opening(_) => plain(ErrorCode::Busy),
            BookingError::Refused(refusal) => of_refusal(&refusal, text),
            BookingError::Lifecycle(LifecycleError::Refused(refusal)) => of_refusal(&refusal, text),
            BookingError::Lifecycle(LifecycleError::Report(_)) | BookingError::BadReport(_) => {
                plain(ErrorCode::BadArguments)
            }
            BookingError::Lifecycle(_) => plain(ErrorCode::NotNow),
            BookingError::Right(refusal) => of_right(&refusal, text),
            BookingError::Price(_) => plain(ErrorCode::BadArguments),
            BookingError::TooMuchTaken(_) => plain(ErrorCode::TooLarge),
            BookingError::Store(err) => err.into(),
        }
    }
}

fn of_refusal(refusal: &Refusal, text: String) -> Error {
    match refusal {
        Refusal::Conflict { in_the_way, next_free } => Error::new(ErrorCode::Conflict, text).detail(&InTheWay {
            in_the_way: (*in_the_way).into(),
            next_free: (*next_free).into(),
        }),
        Refusal::BadInterval(_) => Error::new(ErrorCode::BadArguments, text),
        Refusal::TooManyOpen { limit, .. } => Error::new(ErrorCode::NotNow, text).detail(&Limit { limit: *limit }),
        _ => Error::new(ErrorCode::NotNow, text),
    }
}

fn of_right(refusal: &RightRefusal, text: String) -> Error {
    match refusal {
        RightRefusal::NotYet { from, .. } => {
            Error::new(ErrorCode::NotNow, text).detail(&NotBefore { from: from.to_string() })
        }
        RightRefusal::CarNotBack { .. } => Error::new(ErrorCode::NotNow, text),
        RightRefusal::Expired { .. } | RightRefusal::Ended { .. } => Error::new(ErrorCode::Expired, text),
    }
}
