//! The sessions of a person: listed, and ended one by one or all but this one.
//!
//! A session is a token. Ending one is durable before this returns; open sockets are closed by who calls.

use std::time::Duration;

use jiff::SignedDuration;

use super::sign_in::{Accounts, SignInError};
use super::store::{
    NewSignInEvent, Session, SignIn, session_delete, session_delete_others, session_list, session_of_client,
    sign_in_event_insert,
};
use super::{AccountError, UserId};
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// How long after a sign-in with a provider it still proves who somebody is, in the place of a password.
pub(crate) const FRESH_MAX: Duration = Duration::from_secs(10 * 60);

/// Who ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Its owner, from that session.
    Itself,
    /// Its owner, from another one.
    Elsewhere,
    /// An operator.
    Operator,
    /// A new password.
    Password,
    /// The provider that the person signed in with.
    Provider,
}

impl EndedBy {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "self",
            Self::Elsewhere => "elsewhere",
            Self::Operator => "operator",
            Self::Password => "password",
            Self::Provider => "provider",
        }
    }
}

/// The end of sessions: whose, by whom, from where, when.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// Whose.
    pub(crate) user: UserId,
    /// By whom.
    pub(crate) by: EndedBy,
    /// Where that came from; empty where nobody was there.
    pub(crate) address: String,
    /// When, in microseconds.
    pub(crate) at: i64,
}

impl End {
    /// Writes that one session ended.
    pub(super) fn note(&self, conn: &mut AnyConn) -> Result<(), StoreError> {
        let event = NewSignInEvent {
            at: self.at,
            user: self.user,
            what: SignIn::Out,
            how: self.by.as_str().to_owned(),
            address: self.address.clone(),
            outcome: "ok",
        };
        sign_in_event_insert(conn, &event)
    }
}

/// Ends the sessions of a person but for that of one client; gives the clients of those that ended.
pub(super) fn end_others(conn: &mut AnyConn, end: &End, kept_client: Option<&str>) -> Result<Vec<String>, StoreError> {
    let ended = session_delete_others(conn, end.user, kept_client)?;
    for _ in &ended {
        end.note(conn)?;
    }
    Ok(ended)
}

impl Accounts {
    /// The sessions of a person, the latest used first.
    pub(crate) async fn session_list(&self, user: UserId) -> Result<Vec<Session>, AccountError> {
        let now = self.inner.clock.now().as_microsecond();
        let read = self.inner.store.read(move |conn| session_list(conn, user, now));
        Ok(read.await?)
    }

    /// Ends one session of a person; gives its client and those of sessions that end with it.
    pub(crate) async fn session_end(&self, id: i64, end: End, change: Change) -> Result<Vec<String>, AccountError> {
        let missing = move || {
            StoreError::refused(AccountError::Missing {
                what: format!("session {id} of yours"),
            })
        };
        let user = end.user;
        self.change_user(user, change, move |conn| {
            let ended = session_delete(conn, user, id)?;
            if ended.is_empty() {
                return Err(missing());
            }
            end.note(conn)?;
            Ok(ended)
        })
        .await
    }

    /// Ends the sessions of a person, but for that of one client; gives the clients of those that ended.
    pub(crate) async fn session_end_others(
        &self,
        kept_client: Option<String>,
        end: End,
        change: Change,
    ) -> Result<Vec<String>, AccountError> {
        self.change_user(end.user, change, move |conn| {
            end_others(conn, &end, kept_client.as_deref())
        })
        .await
    }

    /// Ends the session by which a client comes back, if it has one; gives the clients that are out by it, that one always.
    pub(crate) async fn session_end_of(
        &self,
        client_id: String,
        end: End,
        change: Change,
    ) -> Result<Vec<String>, AccountError> {
        let user = end.user;
        self.change_user(user, change, move |conn| {
            let Some(session) = session_of_client(conn, user, &client_id)? else {
                return Ok(vec![client_id]);
            };
            end.note(conn)?;
            session_delete(conn, user, session.id)
        })
        .await
    }

    /// Whether somebody without a password signed in with their provider a moment ago, by the session of this client.
    pub(crate) async fn prove_fresh(&self, user: UserId, client_id: &str) -> Result<(), AccountError> {
        let client_id = client_id.to_owned();
        let read = self
            .inner
            .store
            .read(move |conn| session_of_client(conn, user, &client_id));
        let session = read.await?.ok_or(SignInError::BadLogin)?;
        let age = self.inner.clock.now().duration_since(session.created_at);
        let fresh_max = SignedDuration::try_from(FRESH_MAX).unwrap_or(SignedDuration::ZERO);
        if session.how.starts_with("provider:") && age <= fresh_max {
            return Ok(());
        }
        Err(AccountError::NotFresh)
    }
}
