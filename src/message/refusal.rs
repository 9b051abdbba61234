//! Why a message was not taken, in the words and codes that travel.
//!
//! The reasons are their owners'; only the codes are given here.

use std::time::Duration;

use serde::Serialize;

use super::mail::RoomRefusal;
use super::rules::MessageError;
use super::store::PostRefusal;
use crate::error::Error;
use crate::store::StoreError;
use crate::wire::ErrorCode;

/// What cannot be said.
pub(crate) fn of(err: &MessageError) -> Error {
    let code = match err {
        MessageError::TooLong { .. } => ErrorCode::TooLarge,
        MessageError::Empty | MessageError::Control { .. } | MessageError::Named { .. } | MessageError::Life { .. } => {
            ErrorCode::BadArguments
        }
    };
    Error::new(code, err.to_string())
}

/// What the store did not do; a job's own refusal is found in it.
pub(crate) fn of_store(err: StoreError) -> Error {
    let StoreError::Refused(own) = err else {
        return err.into();
    };
    match own.downcast::<PostRefusal>() {
        Ok(refusal) => {
            let code = match *refusal {
                PostRefusal::Unknown { .. } | PostRefusal::NotIn { .. } => ErrorCode::NotFound,
                PostRefusal::TooMany { .. } => ErrorCode::NotNow,
            };
            Error::new(code, refusal.to_string())
        }
        Err(other) => match other.downcast::<RoomRefusal>() {
            Ok(refusal) => of_room(&refusal),
            Err(other) => StoreError::Refused(other).into(),
        },
    }
}

/// What was not done to a room.
fn of_room(refusal: &RoomRefusal) -> Error {
    let code = match refusal {
        RoomRefusal::NoRoom(_) | RoomRefusal::NoUser(_) => ErrorCode::NotFound,
        RoomRefusal::Taken(_) => ErrorCode::Conflict,
        RoomRefusal::Name(_) => ErrorCode::BadArguments,
        RoomRefusal::Full { .. } => ErrorCode::NotNow,
        RoomRefusal::NotIn(_) | RoomRefusal::NotOwner(_) | RoomRefusal::Banned(_) | RoomRefusal::IsOwner(_) => {
            ErrorCode::Forbidden
        }
    };
    Error::new(code, refusal.to_string())
}

/// When a sender may send again.
#[derive(Serialize)]
struct Again {
    retry_after_ms: u64,
}

/// A sender who sends too much.
pub(crate) fn too_many(again: Duration, per_minute: u32) -> Error {
    // Rounded up: who comes back then is not refused again.
    let retry_after_ms = u64::try_from(again.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
    let message =
        format!("you have sent too many messages, {per_minute} a minute are taken; try again in {retry_after_ms} ms");
    Error::new(ErrorCode::RateLimited, message).detail(&Again { retry_after_ms })
}
