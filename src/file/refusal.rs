//! Why something was not done with a file, in the codes that travel.
//!
//! The reasons are their owners'; only codes and details are given here.

use serde::Serialize;

use super::error::FileError;
use super::rules::limits::NoRoom;
use super::rules::names::NameError;
use super::rules::upload::Misfit;
use crate::error::Error;
use crate::wire::ErrorCode;

/// Where an upload goes on.
#[derive(Serialize)]
struct Expected {
    expected: u64,
}

/// What a program needs to know of a bound.
#[derive(Serialize)]
struct Limit {
    limit: u64,
}

impl From<FileError> for Error {
    fn from(err: FileError) -> Self {
        let text = err.to_string();
        let plain = |code| Self::new(code, text.clone());
        match err {
            FileError::Off | FileError::Missing(_) | FileError::Broken => plain(ErrorCode::Unavailable),
            FileError::Stranger => plain(ErrorCode::Unauthenticated),
            FileError::Name(NameError::Long { .. }) => plain(ErrorCode::TooLarge),
            FileError::Owners | FileError::Name(NameError::Empty) | FileError::NoCheck(_) => {
                plain(ErrorCode::BadArguments)
            }
            FileError::NoOwner(_) | FileError::NoFile(_) | FileError::NoUpload(_) | FileError::NoOffer(_) => {
                plain(ErrorCode::NotFound)
            }
            FileError::Forbidden(_) => plain(ErrorCode::Forbidden),
            FileError::NoRoom(no_room) => of_no_room(&no_room, text),
            FileError::Misfit(misfit) => of_misfit(&misfit, text),
            FileError::Replaced | FileError::Decided(_) => plain(ErrorCode::Conflict),
            FileError::Hash { expected, .. } => plain(ErrorCode::BadArguments).detail(&Expected { expected }),
            FileError::Check(fault) => plain(ErrorCode::BadArguments).detail(&fault),
            FileError::Full => plain(ErrorCode::StorageFull),
            FileError::Busy => plain(ErrorCode::Busy),
            FileError::Disk(cause) => plain(ErrorCode::Unavailable).cause(cause),
            FileError::Store(err) => err.into(),
        }
    }
}

fn of_no_room(no_room: &NoRoom, text: String) -> Error {
    match no_room {
        NoRoom::File { max, .. } => Error::new(ErrorCode::TooLarge, text).detail(&Limit { limit: *max }),
        NoRoom::Account { max, .. } | NoRoom::Uploads { max } => {
            Error::new(ErrorCode::NotNow, text).detail(&Limit { limit: *max })
        }
        NoRoom::Total { .. } => Error::new(ErrorCode::StorageFull, text),
        NoRoom::Crowded => Error::new(ErrorCode::Busy, text),
    }
}

fn of_misfit(misfit: &Misfit, text: String) -> Error {
    match misfit {
        Misfit::Offset { expected, .. } => {
            Error::new(ErrorCode::Conflict, text).detail(&Expected { expected: *expected })
        }
        Misfit::Short { held, .. } => Error::new(ErrorCode::Conflict, text).detail(&Expected { expected: *held }),
        Misfit::Beyond { .. } => Error::new(ErrorCode::TooLarge, text),
        Misfit::Over(_) => Error::new(ErrorCode::Expired, text),
    }
}
