//! Why something was not done with a file.

use std::io;

use super::check::Fault;
use super::rules::ids::{FileId, OfferId};
use super::rules::limits::NoRoom;
use super::rules::names::NameError;
use super::rules::offer::Decided;
use super::rules::upload::Misfit;
use crate::store::StoreError;

/// Why something was not done with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Files are switched off.
    #[error("files are switched off here")]
    Off,
    /// Neither a person nor a car.
    #[error("files are for people who signed in, and for units of cars")]
    Stranger,
    /// More than one owner was named.
    #[error("got more than one of `user`, `car`, `booking` and `room`, wanted at most one")]
    Owners,
    /// There is no such owner, or they may not know.
    #[error("there is no {0}")]
    NoOwner(String),
    /// There is no such file, or they may not know.
    #[error("there is no file {0}")]
    NoFile(FileId),
    /// There is no such upload of theirs.
    #[error("there is no upload `{0}` of yours")]
    NoUpload(String),
    /// There is no such offer for them.
    #[error("there is no offer {0} for you")]
    NoOffer(OfferId),
    /// They see it, and may not do that.
    #[error("you may not {0}")]
    Forbidden(&'static str),
    /// No name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No room.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// It does not fit into the upload.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Somebody else goes on with it.
    #[error("another connection goes on with this upload")]
    Replaced,
    /// What came is not what was sent.
    #[error("{what} is {got}, wanted {wanted}")]
    Hash {
        /// Which sum.
        what: &'static str,
        /// Of what came.
        got: String,
        /// As it was said to be.
        wanted: String,
        /// Where the upload stands now.
        expected: u64,
    },
    /// It is not what it was declared to be.
    #[error("the file is not what it was declared to be: {0}")]
    Check(#[from] Fault),
    /// The check cannot be done.
    #[error("{0}")]
    NoCheck(String),
    /// An offer that is decided.
    #[error(transparent)]
    Decided(#[from] Decided),
    /// The disk is full.
    #[error("the disk is full; what has come is kept, go on later")]
    Full,
    /// The content is not where it should be.
    #[error("the content of file {0} is not there at the moment")]
    Missing(FileId),
    /// Too much waits for the disk.
    #[error("too much waits for the disk")]
    Busy,
    /// The work ended without a result.
    #[error("this cannot be done right now")]
    Broken,
    /// The disk's own fault.
    #[error("the disk does not do what it should")]
    Disk(#[source] io::Error),
    /// The store's.
    #[error(transparent)]
    Store(StoreError),
}

impl From<io::Error> for FileError {
    fn from(err: io::Error) -> Self {
        match err.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Disk(err),
        }
    }
}

impl From<StoreError> for FileError {
    fn from(err: StoreError) -> Self {
        // A job's own refusal is found in it.
        match err {
            StoreError::Refused(own) => match own.downcast::<Self>() {
                Ok(refused) => *refused,
                Err(other) => Self::Store(StoreError::Refused(other)),
            },
            other => Self::Store(other),
        }
    }
}

impl FileError {
    /// Out of a job of the store; nothing of the job is kept.
    pub(crate) fn carried(self) -> StoreError {
        match self {
            Self::Store(err) => err,
            other => StoreError::refused(other),
        }
    }
}
