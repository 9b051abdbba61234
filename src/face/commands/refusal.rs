//! How a face is refused: a stable code, a reason for programs, a sentence for people. Never whose face it was, nor
//! whether anybody has a booking.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::face::challenge::ChallengeError;
use crate::face::door::DoorError;
use crate::face::misses::NotLooked;
use crate::wire::ErrorCode;

/// What is wrong with one frame.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FrameFault {
    /// The id of its picture.
    pub(super) picture: String,
    /// The word for programs.
    pub(super) reason: &'static str,
    /// The sentence for people.
    pub(super) message: String,
}

impl FrameFault {
    pub(super) fn new(picture: &str, reason: &'static str, message: &str) -> Self {
        Self {
            picture: picture.to_owned(),
            reason,
            message: message.to_owned(),
        }
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Refused {
    /// The stable code.
    pub(super) code: ErrorCode,
    /// The word for programs and metrics.
    pub(super) reason: &'static str,
    /// The word for the audit log, where that may say more; a refusal without one is no miss.
    pub(super) miss: Option<&'static str>,
    message: String,
    retry_at: Option<Timestamp>,
    frames: Vec<FrameFault>,
    /// What somebody else refused, as they said it.
    said: Option<Box<Error>>,
}

#[derive(Serialize)]
struct Detail<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    frames: &'a [FrameFault],
}

impl Refused {
    pub(super) fn new(code: ErrorCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            miss: None,
            message: message.into(),
            retry_at: None,
            frames: Vec::new(),
            said: None,
        }
    }

    /// This is what an attempt to deceive looks like; counted and audited under that word.
    pub(super) fn missed(self, miss: &'static str) -> Self {
        Self {
            miss: Some(miss),
            ..self
        }
    }

    /// From when the same may succeed.
    pub(super) fn until(self, retry_at: Timestamp) -> Self {
        Self {
            retry_at: Some(retry_at),
            ..self
        }
    }

    /// What is wrong with which frame.
    pub(super) fn of_frames(self, frames: Vec<FrameFault>) -> Self {
        Self { frames, ..self }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        if let Some(said) = refused.said {
            return *said;
        }
        Self::new(refused.code, refused.message).detail(&Detail {
            reason: refused.reason,
            retry_at: refused.retry_at.map(|at| at.to_string()),
            frames: &refused.frames,
        })
    }
}

impl From<DoorError> for Refused {
    fn from(err: DoorError) -> Self {
        let text = err.to_string();
        match err {
            DoorError::NotLooked(NotLooked::LockedOut { retry_at }) => {
                Self::new(ErrorCode::LockedOut, "locked_out", text).until(retry_at)
            }
            DoorError::NotLooked(NotLooked::Busy) => Self::new(ErrorCode::Busy, "busy", text),
            DoorError::Challenge(ChallengeError::Unknown) => Self::new(ErrorCode::NotFound, "unknown_challenge", text),
            DoorError::Challenge(ChallengeError::Late(_)) => Self::new(ErrorCode::Expired, "late", text),
            DoorError::Challenge(ChallengeError::Full(_)) => Self::new(ErrorCode::Busy, "busy", text),
        }
    }
}

/// What any command refuses in the midst of an attempt.
impl From<Error> for Refused {
    fn from(err: Error) -> Self {
        Self {
            said: Some(Box::new(err.clone())),
            ..Self::new(err.code(), err.code().as_str(), err.message())
        }
    }
}
