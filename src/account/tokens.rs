//! Resume tokens: a client that lost its connection comes back as itself without a password.
//!
//! A token is on disk before it is given out, is good for [`TOKEN_LIFE`] after its last use, and
//! dies with what it stands on: the person disabled, the password changed, the key revoked.

use jiff::{SignedDuration, Timestamp};

use super::keys::{self, SecretText};
use super::sign_in::{Accounts, SignInError, count};
use super::store::{NewToken, token_by_hash, token_insert, token_touch};
use super::{AccountError, DeviceKey, User, UserId};

/// How long a token is good after it was made or last used.
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A use moves the end only when at least this much of the life is gone: reconnecting is no write.
const TOUCH_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// On whose behalf a token was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOwner {
    /// Nobody's: a guest keeps name and client id.
    Guest,
    /// A person who signed in.
    User(User),
    /// A key that signed in.
    Key(DeviceKey),
}

/// What a good token gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The client id of the earlier welcome.
    pub client_id: String,
    /// The client's name then.
    pub name: String,
    /// The kind of client.
    pub kind: String,
    /// Who had signed in, as stored now.
    pub owner: TokenOwner,
    /// From when the token is good for nothing.
    pub expires_at: Timestamp,
}

/// For whom a token is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFor {
    /// A guest.
    Guest,
    /// A person who signed in.
    User(UserId),
    /// A device key, by its number.
    Key(i64),
}

impl Accounts {
    /// A token by which this client may come back. It is stored durably before this returns.
    pub async fn issue_token(
        &self,
        client_id: &str,
        name: &str,
        kind: &str,
        owner: TokenFor,
    ) -> Result<SecretText, AccountError> {
        let token = keys::token_new()?;
        let now = self.inner.clock.now();
        let (user_id, key_id) = match owner {
            TokenFor::Guest => (None, None),
            TokenFor::User(id) => (Some(id), None),
            TokenFor::Key(id) => (None, Some(id)),
        };
        let new = NewToken {
            token_hash: token.hash(),
            client_id: client_id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            user_id,
            key_id,
            expires_at: end_of_life(now),
        };
        self.inner
            .store
            .write(move |conn| token_insert(conn, &new, now.as_microsecond()))
            .await?;
        Ok(token)
    }

    /// The client behind a token, if it still may come back.
    pub async fn by_token(&self, text: &str) -> Result<Resumed, SignInError> {
        let outcome = self.try_token(text).await;
        count("resume", &outcome);
        outcome
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
        if resumed.expires_at.duration_since(now) < TOKEN_LIFE - TOUCH_AFTER {
            let touched = self
                .inner
                .store
                .write(move |conn| token_touch(conn, &hash, end_of_life(now)))
                .await;
            if let Err(error) = touched {
                tracing::warn!(client.id = resumed.client_id, %error, "The life of a resume token was not prolonged.");
            }
        }
        Ok(resumed)
    }
}

fn end_of_life(now: Timestamp) -> i64 {
    now.saturating_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX).as_microsecond()
}
