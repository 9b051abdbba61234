//! Resume tokens: a client that lost its connection comes back as itself without a password.
//!
//! A token is on disk before it is given out, is good for [`TOKEN_LIFE`] after its last use, and
//! dies with what it stands on: the person disabled, the password changed, the key revoked.

use jiff::{SignedDuration, Timestamp};

use super::UserId;
use super::keys;
use super::sign_in::{Accounts, SignInError, count};
use super::store::{NewToken, token_by_hash, token_delete, token_insert, token_touch};

/// How long a token is good after it was made or last used, where nothing else is configured.
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A token in use is prolonged so often over its life, and not at each use: a prolonging is a write.
const TOUCHES_PER_LIFE: i32 = 7;

/// What a good token gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
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
}

impl Accounts {
    /// A token by which this client may come back. It is stored durably before this returns.
    pub async fn issue_token(&self, issue: Issue) -> Result<String, SignInError> {
        let token = keys::token_new().map_err(|none| SignInError::Unavailable(none.into()))?;
        let (token_hash, now) = (token.hash(), self.inner.clock.now());
        let new = NewToken {
            token_hash,
            issue,
            expires_at: end_of_life(now, self.inner.token_life),
        };
        self.inner
            .store
            .write(move |conn| token_insert(conn, &new, now.as_microsecond()))
            .await?;
        Ok(token.reveal().to_owned())
    }

    /// The client behind a token, if it still may come back.
    pub async fn by_token(&self, text: &str) -> Result<Resumed, SignInError> {
        let outcome = self.try_token(text).await;
        count("resume", &outcome);
        outcome
    }

    /// Ends a token: nobody comes back by it any more. One that ended before is no error.
    pub async fn end_token(&self, text: &str) -> Result<(), SignInError> {
        let hash = keys::key_hash(text).ok_or(SignInError::BadLogin)?;
        Ok(self.inner.store.write(move |conn| token_delete(conn, &hash)).await?)
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
        if resumed.expires_at.duration_since(now) < life - life / TOUCHES_PER_LIFE {
            let touched = self
                .inner
                .store
                .write(move |conn| token_touch(conn, &hash, end_of_life(now, life)))
                .await;
            if let Err(error) = touched {
                tracing::warn!(client.id = resumed.client_id, %error, "The life of a resume token was not prolonged.");
            }
        }
        Ok(resumed)
    }
}

fn end_of_life(now: Timestamp, life: SignedDuration) -> i64 {
    now.saturating_add(life).unwrap_or(Timestamp::MAX).as_microsecond()
}
