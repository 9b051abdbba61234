//! Resume tokens: a client that lost its connection comes back as itself without a password.
//!
//! A token is on disk before it is given out, is good for [`TOKEN_LIFE`] after its last use, and
//! dies with what it stands on: the person disabled, the password changed, the key revoked.

use jiff::{SignedDuration, Timestamp};

use super::keys;
use super::sign_in::{Accounts, SignInError, count};
use super::store::{
    NewSignInEvent, NewToken, SignIn, session_delete_by_token, sign_in_event_insert, token_by_hash, token_insert,
    token_touch,
};
use super::{SecretText, UserId};
use crate::store::{AnyConn, StoreError};

/// How long a token is good after it was made or last used, where nothing else is configured.
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A token in use is prolonged so often over its life, and not at each use: a prolonging is a write.
const TOUCHES_PER_LIFE: i32 = 7;
/// How far the written last use may lie behind the real one, where the life is longer.
const USED_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What a good token gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The number of its session.
    pub session: i64,
    /// The client id of the earlier welcome.
    pub client_id: String,
    /// The client's name then.
    pub name: String,
    /// The kind of client.
    pub kind: String,
    /// The person who had signed in; a guest has neither this nor a key.
    pub user_id: Option<UserId>,
    /// The key that had signed in.
    pub key_id: Option<i64>,
    /// The car of that key.
    pub car_id: Option<i64>,
    /// From when the token is good for nothing.
    pub expires_at: Timestamp,
    /// When it ends however much it is used.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, as far as that was written.
    pub used_at: Timestamp,
}

/// How a session begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Begun {
    /// `password`, `key`, `guest`, `beside` where it is begun from another session, or `provider:` and its name.
    pub how: String,
    /// What the client says it runs.
    pub software: String,
    /// Where it comes from.
    pub address: String,
    /// The session that it is begun from, with which it ends.
    pub parent: Option<i64>,
    /// When it ends however much it is used.
    pub ends_at: Option<Timestamp>,
}

/// For whom a token is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The client that may come back by it.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Its kind of client.
    pub kind: String,
    /// The person signed in, if one is.
    pub user_id: Option<UserId>,
    /// The key it signed in by, if it did.
    pub key_id: Option<i64>,
    /// How its session begins.
    pub begun: Begun,
}

impl Accounts {
    /// A token by which this client may come back. It is stored durably before this returns, and with it that a person
    /// signed in.
    pub async fn issue_token(&self, issue: Issue) -> Result<String, SignInError> {
        let (token, new) = self.token_new(issue)?;
        let now = self.inner.clock.now().as_microsecond();
        self.inner
            .store
            .write(move |conn| token_begin(conn, &new, now).map(drop))
            .await?;
        Ok(token.reveal().to_owned())
    }

    /// A token and its row, to be written by [`token_begin`].
    pub(super) fn token_new(&self, issue: Issue) -> Result<(SecretText, NewToken), SignInError> {
        let token = keys::token_new().map_err(|none| SignInError::Unavailable(none.into()))?;
        let new = NewToken {
            token_hash: token.hash(),
            issue,
            expires_at: end_of_life(self.inner.clock.now(), self.inner.token_life, None),
        };
        Ok((token, new))
    }

    /// The client behind a token, if it still may come back.
    pub async fn by_token(&self, text: &str) -> Result<Resumed, SignInError> {
        let outcome = self.try_token(text).await;
        count("resume", &outcome);
        outcome
    }

    /// Ends the session of a token: nobody comes back by it any more. Gives its client and those of sessions that end with it;
    /// one that ended before is no error.
    pub async fn end_token(&self, text: &str, address: String) -> Result<Vec<String>, SignInError> {
        let hash = keys::key_hash(text).ok_or(SignInError::BadLogin)?;
        let at = self.inner.clock.now().as_microsecond();
        let written = self.inner.store.write(move |conn| {
            let Some((user, clients)) = session_delete_by_token(conn, &hash)? else {
                return Ok(Vec::new());
            };
            if let Some(user) = user {
                let event = NewSignInEvent {
                    at,
                    user,
                    what: SignIn::Out,
                    how: "self".to_owned(),
                    address,
                    outcome: "ok",
                };
                sign_in_event_insert(conn, &event)?;
            }
            Ok(clients)
        });
        let ended = written.await?;
        self.standings_changed();
        Ok(ended)
    }

    async fn try_token(&self, text: &str) -> Result<Resumed, SignInError> {
        let hash = keys::key_hash(text).ok_or(SignInError::BadLogin)?;
        let now = self.inner.clock.now();
        let found = self
            .inner
            .store
            .read(move |conn| token_by_hash(conn, &hash, now.as_microsecond()))
            .await?;
        let resumed = found.ok_or(SignInError::BadLogin)?;
        let life = self.inner.token_life;
        let age_max = (life / TOUCHES_PER_LIFE).min(USED_AGE_MAX);
        if now.duration_since(resumed.used_at) > age_max {
            let (session, end) = (resumed.session, end_of_life(now, life, resumed.ends_at));
            let touched = self
                .inner
                .store
                .write(move |conn| token_touch(conn, session, end, now.as_microsecond()))
                .await;
            if let Err(error) = touched {
                tracing::warn!(client.id = resumed.client_id, %error, "The life of a resume token was not prolonged.");
            }
        }
        Ok(resumed)
    }
}

/// Writes a token, and that its person signed in; gives the number of the session.
pub(super) fn token_begin(conn: &mut AnyConn, new: &NewToken, now: i64) -> Result<i64, StoreError> {
    // One that is begun from another is no sign-in.
    if let Some(user) = new.issue.user_id
        && new.issue.begun.parent.is_none()
    {
        let event = NewSignInEvent {
            at: now,
            user,
            what: SignIn::In,
            how: new.issue.begun.how.clone(),
            address: new.issue.begun.address.clone(),
            outcome: "ok",
        };
        sign_in_event_insert(conn, &event)?;
    }
    token_insert(conn, new, now)
}

fn end_of_life(now: Timestamp, life: SignedDuration, ends_at: Option<Timestamp>) -> i64 {
    let end = now.saturating_add(life).unwrap_or(Timestamp::MAX);
    ends_at.map_or(end, |last| last.min(end)).as_microsecond()
}
