//! The one error outsiders see: a stable code, a public text, optional detail for programs, a private cause.
//!
//! Every module has its own `thiserror` enum; only this file and its neighbours' `From` rooms below
//! decide which wire code each becomes. The cause is logged where it is handled and never sent.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::account::groups::GroupError;
use crate::account::{AccountError, SignInError};
use crate::bot::BotError;
use crate::bot::rules::TextError;
use crate::face::vault::VaultError;
use crate::fleet::desk::DeskError;
use crate::fleet::operator::OperateError;
use crate::fleet::repairs::RepairError;
use crate::place::PlaceError;
use crate::place::rules::world::Full;
use crate::runtime::log::StoreLogError;
use crate::runtime::{AsideError, ServiceError};
use crate::store::StoreError;
use crate::webhook::WebhookError;
use crate::wire::{ErrorCode, Frame, Refusal, Value, WireError};

/// Longest public text. What was got is often part of it, and as long as its sender likes.
const MESSAGE_BYTES_MAX: usize = 1_024;
/// Ends a text that was cut.
const CUT: &str = "…";

/// What went wrong, in a form that may leave the house.
#[derive(Clone)]
pub struct Error {
    code: ErrorCode,
    message: String,
    detail: Option<Value>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with its stable code and a text for people: what was got, what was wanted.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: bounded(message.into()),
            detail: None,
            cause: None,
        }
    }

    /// Adds what a program needs to go on. Something that cannot be encoded is left out.
    #[must_use]
    pub fn detail(mut self, detail: &impl Serialize) -> Self {
        self.detail = Value::serialized(detail).ok();
        self
    }

    /// Keeps the private cause for the log.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The public text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The private cause, for the log only.
    #[must_use]
    pub fn private_cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.cause.as_deref()
    }

    /// The public half, as it travels.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        WireError {
            code: self.code,
            message: self.message.clone(),
            detail: self.detail.clone(),
        }
    }

    /// As a frame of its own, for what was refused before or without a result.
    #[must_use]
    pub(crate) fn to_frame(&self, id: Option<u64>) -> Frame {
        Frame::Error(Refusal {
            code: self.code,
            message: self.message.clone(),
            id,
            detail: self.detail.clone(),
        })
    }

    /// The status under which HTTP carries it: 400 for what cannot be read, 422 for arguments that do not fit.
    #[must_use]
    pub(crate) fn http_status(&self) -> u16 {
        match self.code {
            ErrorCode::BadFrame | ErrorCode::UnsupportedProtocol => 400,
            ErrorCode::BadLogin | ErrorCode::Unauthenticated => 401,
            ErrorCode::Forbidden | ErrorCode::Muted => 403,
            ErrorCode::UnknownCommand | ErrorCode::UnknownRequestable | ErrorCode::NotFound => 404,
            ErrorCode::Conflict | ErrorCode::NotNow => 409,
            ErrorCode::Expired => 410,
            ErrorCode::TooLarge => 413,
            ErrorCode::BadArguments => 422,
            ErrorCode::RateLimited | ErrorCode::LockedOut => 429,
            ErrorCode::Internal => 500,
            ErrorCode::Unavailable | ErrorCode::Busy | ErrorCode::Lagged | ErrorCode::ShuttingDown => 503,
            ErrorCode::Timeout => 504,
            ErrorCode::StorageFull => 507,
        }
    }

    /// Whether asking again later may succeed although nothing else changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        use ErrorCode::{Busy, Internal, LockedOut, RateLimited, ShuttingDown, StorageFull, Timeout, Unavailable};
        matches!(
            self.code,
            Busy | Internal | LockedOut | RateLimited | ShuttingDown | StorageFull | Timeout | Unavailable
        )
    }
}

fn bounded(mut message: String) -> String {
    if message.len() > MESSAGE_BYTES_MAX {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX - CUT.len()));
        message.push_str(CUT);
    }
    message
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<WireError> for Error {
    fn from(err: WireError) -> Self {
        Self {
            code: err.code,
            message: err.message,
            detail: err.detail,
            cause: None,
        }
    }
}

impl From<ServiceError> for Error {
    fn from(err: ServiceError) -> Self {
        let code = match err {
            ServiceError::Down { .. } => ErrorCode::Unavailable,
            ServiceError::Busy { .. } => ErrorCode::Busy,
            ServiceError::Late { .. } => ErrorCode::Timeout,
        };
        Self::new(code, err.to_string())
    }
}

impl From<AsideError> for Error {
    fn from(err: AsideError) -> Self {
        let text = err.to_string();
        match err {
            AsideError::Busy(_) => Self::new(ErrorCode::Busy, text),
            AsideError::Ended(_) => Self::new(ErrorCode::Unavailable, text).cause(err),
        }
    }
}

impl From<StoreLogError> for Error {
    fn from(err: StoreLogError) -> Self {
        let code = match err {
            StoreLogError::Name(_) => ErrorCode::BadArguments,
            StoreLogError::Foreign(_) => ErrorCode::Conflict,
            StoreLogError::Full { .. } | StoreLogError::TooMany { .. } => ErrorCode::TooLarge,
            StoreLogError::Io { ref why, .. } => {
                let cause = why.to_string();
                return Self::new(ErrorCode::Unavailable, err.to_string()).cause(cause);
            }
        };
        Self::new(code, err.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(err: StoreError) -> Self {
        let code = match &err {
            StoreError::Missing => ErrorCode::NotFound,
            StoreError::Conflict { .. } => ErrorCode::Conflict,
            StoreError::Busy { .. } => ErrorCode::Busy,
            StoreError::Full => ErrorCode::StorageFull,
            StoreError::Late => ErrorCode::Timeout,
            StoreError::Unavailable => ErrorCode::Unavailable,
            _ => return Self::new(ErrorCode::Internal, "the store failed").cause(err),
        };
        Self::new(code, err.to_string())
    }
}

impl From<PlaceError> for Error {
    fn from(err: PlaceError) -> Self {
        let code = match err {
            PlaceError::Loading => ErrorCode::Unavailable,
            PlaceError::Full(Full::People(_)) | PlaceError::Crowd => ErrorCode::NotNow,
            PlaceError::Full(Full::Movements(_)) | PlaceError::Editing(_) => ErrorCode::Busy,
            PlaceError::Building(_) => ErrorCode::BadArguments,
            PlaceError::NoBuilding(_) | PlaceError::NoUser(_) => ErrorCode::NotFound,
            PlaceError::Store(err) => return err.into(),
        };
        Self::new(code, err.to_string())
    }
}

impl From<SignInError> for Error {
    fn from(err: SignInError) -> Self {
        let text = err.to_string();
        match err {
            SignInError::BadLogin => Self::new(ErrorCode::BadLogin, text),
            SignInError::LockedOut { retry_at } => Self::new(ErrorCode::LockedOut, text).detail(&RetryAt {
                retry_at: retry_at.to_string(),
            }),
            SignInError::Busy => Self::new(ErrorCode::Busy, text),
            SignInError::Unavailable(_) => Self::new(ErrorCode::Unavailable, text).cause(err),
        }
    }
}

#[derive(Serialize)]
struct RetryAt {
    retry_at: String,
}

impl From<AccountError> for Error {
    fn from(err: AccountError) -> Self {
        let text = err.to_string();
        match err {
            AccountError::Policy(_) | AccountError::Profile(_) | AccountError::UnknownRole { .. } => {
                Self::new(ErrorCode::BadArguments, text)
            }
            AccountError::SignUpClosed { .. } | AccountError::OtherIssuer => Self::new(ErrorCode::Forbidden, text),
            AccountError::BadCode => Self::new(ErrorCode::BadLogin, text),
            AccountError::TooMany { retry_at } => Self::new(ErrorCode::RateLimited, text).detail(&RetryAt {
                retry_at: retry_at.to_string(),
            }),
            AccountError::CodesFull => Self::new(ErrorCode::NotNow, text),
            AccountError::NotFresh => Self::new(ErrorCode::Unauthenticated, text),
            AccountError::Group(err) => err.into(),
            AccountError::SignIn(err) => err.into(),
            AccountError::Missing { .. } => Self::new(ErrorCode::NotFound, text),
            AccountError::Taken { .. } => Self::new(ErrorCode::Conflict, text),
            AccountError::Store(err) => err.into(),
            AccountError::Random(_) | AccountError::Hash(_) => {
                Self::new(ErrorCode::Unavailable, "this cannot be done right now").cause(err)
            }
        }
    }
}

impl From<BotError> for Error {
    fn from(err: BotError) -> Self {
        let text = err.to_string();
        match err {
            BotError::Text(TextError::Long { .. }) => Self::new(ErrorCode::TooLarge, text),
            BotError::Text(_) | BotError::Rhythm(_) | BotError::Over => Self::new(ErrorCode::BadArguments, text),
            BotError::Exists => Self::new(ErrorCode::Conflict, text),
            BotError::Unknown | BotError::NoSchedule(_) | BotError::NoBuilding(_) => {
                Self::new(ErrorCode::NotFound, text)
            }
            BotError::Waiting | BotError::Revoked => Self::new(ErrorCode::Forbidden, text),
            BotError::Full { .. } => Self::new(ErrorCode::NotNow, text),
            BotError::Random(_) => Self::new(ErrorCode::Unavailable, text).cause(err),
            BotError::Store(err) => err.into(),
        }
    }
}

impl From<WebhookError> for Error {
    fn from(err: WebhookError) -> Self {
        let text = err.to_string();
        match err {
            WebhookError::Rule(_) => Self::new(ErrorCode::BadArguments, text),
            WebhookError::Missing(_) => Self::new(ErrorCode::NotFound, text),
            WebhookError::Full { .. } | WebhookError::Disabled(_) => Self::new(ErrorCode::NotNow, text),
            WebhookError::Secret(_)
            | WebhookError::Random(_)
            | WebhookError::Authorities(_)
            | WebhookError::Owner(_) => Self::new(ErrorCode::Unavailable, text).cause(err),
            WebhookError::Aside(err) => err.into(),
            WebhookError::Store(err) => err.into(),
        }
    }
}

impl From<GroupError> for Error {
    fn from(err: GroupError) -> Self {
        let code = match err {
            GroupError::Name(_) | GroupError::Circle(_) | GroupError::UnknownParent { .. } => ErrorCode::BadArguments,
            GroupError::Exists(_) => ErrorCode::Conflict,
            GroupError::Unknown(_) => ErrorCode::NotFound,
            GroupError::BuiltIn(_) => ErrorCode::Forbidden,
            GroupError::TooDeep(_) | GroupError::Full | GroupError::InUse { .. } => ErrorCode::NotNow,
        };
        Self::new(code, err.to_string())
    }
}

impl From<VaultError> for Error {
    fn from(err: VaultError) -> Self {
        let text = err.to_string();
        match err {
            VaultError::Unavailable(_) => Self::new(ErrorCode::Unavailable, text),
            VaultError::Busy => Self::new(ErrorCode::Busy, text),
            VaultError::NoUser(_) | VaultError::Nothing(_) => Self::new(ErrorCode::NotFound, text),
            VaultError::NoConsent => Self::new(ErrorCode::Forbidden, text),
            VaultError::TooMany { .. } | VaultError::Full(_) => Self::new(ErrorCode::NotNow, text),
            VaultError::Random(_) | VaultError::Disk(_) => Self::new(ErrorCode::Unavailable, text).cause(err),
            VaultError::Store(err) => err.into(),
        }
    }
}

impl From<OperateError> for Error {
    fn from(err: OperateError) -> Self {
        match err {
            OperateError::Store(err) => err.into(),
            other => Self::from(&other),
        }
    }
}

impl From<&OperateError> for Error {
    fn from(err: &OperateError) -> Self {
        let code = match err {
            OperateError::Offline | OperateError::Failed { .. } => ErrorCode::Unavailable,
            OperateError::Busy(_) => ErrorCode::Busy,
            OperateError::TooLate { .. } | OperateError::Expired { .. } => ErrorCode::Expired,
            OperateError::Timeout { .. } | OperateError::Repeated => ErrorCode::Timeout,
            OperateError::Store(_) | OperateError::Registry(_) | OperateError::NoRandom(_) => {
                return Self::new(ErrorCode::Unavailable, "the car cannot be reached right now");
            }
        };
        Self::new(code, err.to_string())
    }
}

impl From<DeskError> for Error {
    fn from(err: DeskError) -> Self {
        let text = err.to_string();
        match err {
            DeskError::NoSuchRepair(_) => Self::new(ErrorCode::NotFound, text),
            DeskError::Repair(RepairError::NotYours { .. }) => Self::new(ErrorCode::Forbidden, text),
            DeskError::Repair(RepairError::NotNow { .. } | RepairError::TooMany) => Self::new(ErrorCode::NotNow, text),
            DeskError::Store(err) => err.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_text_is_as_long_as_the_bound_and_cut_between_letters_beyond_it() {
        for letter in ["x", "ü", "語"] {
            let whole = letter.repeat(MESSAGE_BYTES_MAX / letter.len());
            assert_eq!(Error::new(ErrorCode::NotFound, whole.as_str()).message(), whole);
            let cut = Error::new(ErrorCode::NotFound, format!("{whole}{letter}{letter}"));
            assert!(
                cut.message().len() <= MESSAGE_BYTES_MAX && cut.message().ends_with(CUT),
                "{letter}"
            );
        }
    }
}
