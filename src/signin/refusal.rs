//! Why somebody did not get in by a provider, each with a word that programs can tell apart.
//!
//! The text is for the person who wanted to sign in: it never repeats what the provider or the browser said.

use serde::Serialize;

use super::rules::Misfit;
use crate::error::Error;
use crate::wire::ErrorCode;

/// Why somebody did not get in, or stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such provider in the configuration.
    #[error("there is no such provider here")]
    UnknownProvider,
    /// `next` would lead away from here.
    #[error("`next` has to be a path of this server that begins with one slash")]
    BadNext,
    /// Nothing says that this browser wanted to sign in.
    #[error("this browser did not begin to sign in here, or too long ago: begin again")]
    NoTicket,
    /// What the browser kept was changed, is from before a restart, or of another browser.
    #[error("the sign-in that this browser began does not fit: begin again")]
    WrongState,
    /// Begun too long ago.
    #[error("signing in took too long: begin again")]
    TooLate,
    /// The same answer again.
    #[error("this answer was used before: begin again")]
    Replayed,
    /// As many answers are remembered as may be.
    #[error("too many people are signing in, try again")]
    Busy,
    /// The person, or the provider for them, said no.
    #[error("the provider did not let you in")]
    Denied,
    /// Another provider's answer.
    #[error("the answer is of another provider")]
    WrongIssuer,
    /// An answer without a code.
    #[error("the provider's answer has no code")]
    NoCode,
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// No whole answer in time.
    #[error("the provider did not answer in time")]
    TooSlow,
    /// More than an answer may have.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// A status that is no answer.
    #[error("the provider answered with an error")]
    Status,
    /// It points elsewhere, and nobody follows.
    #[error("the provider's answer points to another place")]
    Redirected,
    /// Not JSON, or a key twice.
    #[error("the provider's answer cannot be read")]
    NotJson,
    /// Discovery says something else than the configuration, or less than is needed.
    #[error("the provider describes itself in a way that is not believed: {0}")]
    Discovery(&'static str),
    /// The code or the refresh token is good for nothing.
    #[error("the provider does not know this sign-in any more: begin again")]
    InvalidGrant,
    /// A token that is not to be shown as a bearer token.
    #[error("the provider gave a token of another type")]
    TokenType,
    /// No token, or none of identity.
    #[error("the provider gave no token")]
    NoToken,
    /// Signed by nothing that is believed.
    #[error("the provider's token is not signed as it should be: {0}")]
    Signature(&'static str),
    /// A claim that does not fit.
    #[error("the provider's token does not fit: {0}")]
    Claims(Misfit),
    /// What tells of the person tells of another.
    #[error("the provider told of somebody else")]
    OtherPerson,
    /// Not of those who may come.
    #[error("you may sign in with this provider, but not here")]
    NotAllowed,
    /// What was kept cannot be opened or sealed.
    #[error("what is kept of this sign-in cannot be opened")]
    Sealing,
    /// The same sign-out again.
    #[error("this sign-out was heard before")]
    LogoutReplayed,
}

impl Refusal {
    /// A stable word for programs, tests and figures.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::UnknownProvider => "unknown_provider",
            Self::BadNext => "bad_next",
            Self::NoTicket => "no_ticket",
            Self::WrongState => "wrong_state",
            Self::TooLate => "too_late",
            Self::Replayed => "replayed",
            Self::Busy => "busy",
            Self::Denied => "denied",
            Self::WrongIssuer => "wrong_issuer",
            Self::NoCode => "no_code",
            Self::Unreachable => "unreachable",
            Self::TooSlow => "too_slow",
            Self::TooLarge => "too_large",
            Self::Status => "status",
            Self::Redirected => "redirected",
            Self::NotJson => "not_json",
            Self::Discovery(_) => "discovery",
            Self::InvalidGrant => "invalid_grant",
            Self::TokenType => "token_type",
            Self::NoToken => "no_token",
            Self::Signature(_) => "signature",
            Self::Claims(misfit) => misfit.reason(),
            Self::OtherPerson => "other_person",
            Self::NotAllowed => "not_allowed",
            Self::Sealing => "sealing",
            Self::LogoutReplayed => "logout_replayed",
        }
    }

    const fn code(self) -> ErrorCode {
        match self {
            Self::UnknownProvider => ErrorCode::NotFound,
            Self::BadNext => ErrorCode::BadArguments,
            Self::Busy => ErrorCode::Busy,
            Self::Denied | Self::NotAllowed => ErrorCode::Forbidden,
            Self::NoTicket
            | Self::WrongState
            | Self::TooLate
            | Self::Replayed
            | Self::WrongIssuer
            | Self::NoCode
            | Self::InvalidGrant
            | Self::Signature(_)
            | Self::Claims(_)
            | Self::OtherPerson
            | Self::Sealing
            | Self::LogoutReplayed => ErrorCode::BadLogin,
            Self::Unreachable
            | Self::TooSlow
            | Self::TooLarge
            | Self::Status
            | Self::Redirected
            | Self::NotJson
            | Self::Discovery(_)
            | Self::TokenType
            | Self::NoToken => ErrorCode::Unavailable,
        }
    }

    /// Whether asking again later may help.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self.code(), ErrorCode::Unavailable | ErrorCode::Busy)
    }
}

#[derive(Serialize)]
struct Why {
    reason: &'static str,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string()).detail(&Why {
            reason: refusal.reason(),
        })
    }
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Self {
        Self::Claims(misfit)
    }
}
