//! People: adding them, changing what they hold, looking them up.
//!
//! Every change goes with its audit event in one transaction; hashing happens before it, never in
//! it. Whether the caller may was decided by the dispatcher; here only what the thing itself
//! forbids is refused.

use super::password::{password_check, pin_check, username_check};
use super::profile::{email_check, name_check};
use super::sessions::{self, End, EndedBy};
use super::sign_in::Accounts;
use super::store::{self, NewUser, role_exists, user_insert};
use super::{AccountError, SecretText, Source, User, UserId, keys};
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert};
use crate::store::{AnyConn, StoreError};

/// A person to be added.
#[derive(Clone)]
pub struct UserDraft {
    /// Unique name.
    pub username: String,
    /// In clear; without one nobody can sign in by password.
    pub password: Option<String>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where mail would go.
    pub email: String,
    /// One of the stored roles.
    pub role: String,
}

impl Accounts {
    /// Adds a person.
    pub async fn user_add(&self, draft: UserDraft, change: Change) -> Result<User, AccountError> {
        username_check(&draft.username)?;
        let password_hash = match draft.password {
            Some(password) => Some(self.hash_checked(password).await?),
            None => None,
        };
        let new = NewUser {
            username: draft.username,
            first_name: draft.first_name,
            last_name: draft.last_name,
            email: draft.email,
            role: draft.role,
            password_hash,
        };
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            role_must_exist(conn, &new.role)?;
            let id = user_insert(conn, &new, change.at.as_microsecond())
                .map_err(|error| AccountError::taken(error, || format!("username {:?}", new.username)))?;
            record_user(conn, &change, id, beside)?;
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)
        });
        Ok(written.await?)
    }

    /// Puts a new password in the place of the old one, which has to be known. Ends the person's sessions but for that of
    /// `kept_client`; gives the clients of those that ended.
    pub async fn change_password(
        &self,
        id: UserId,
        old: &str,
        new: String,
        source: &Source,
        kept_client: Option<String>,
        change: Change,
    ) -> Result<Vec<String>, AccountError> {
        password_check(&new)?;
        let person = self.user_by_id(id).await?;
        self.by_password(&person.username, old, source).await?;
        self.replace_password(id, new, kept_client, change).await
    }

    /// Puts a password in place without knowing the old one: for operators. Ends the person's sessions.
    pub async fn set_password(&self, id: UserId, new: String, change: Change) -> Result<(), AccountError> {
        self.replace_password(id, new, None, change).await.map(drop)
    }

    async fn replace_password(
        &self,
        id: UserId,
        new: String,
        kept_client: Option<String>,
        change: Change,
    ) -> Result<Vec<String>, AccountError> {
        let phc = self.hash_checked(new).await?;
        let end = End {
            user: id,
            by: EndedBy::Password,
            address: String::new(),
            at: change.at.as_microsecond(),
        };
        self.change_user(id, change, move |conn| {
            store::user_set_password(conn, id, Some(&phc))?;
            store::code_delete_for_user(conn, id)?;
            sessions::end_others(conn, &end, kept_client.as_deref())
        })
        .await
    }

    /// Gives a random password, to be told to the person once. It must not be kept as an answer to a retry.
    pub async fn reset_password(&self, id: UserId, change: Change) -> Result<SecretText, AccountError> {
        let password = keys::password_new()?;
        self.set_password(id, password.reveal().to_owned(), change).await?;
        Ok(password)
    }

    /// Sets the PIN, or takes it away.
    pub async fn set_pin(&self, id: UserId, pin: Option<String>, change: Change) -> Result<(), AccountError> {
        let phc = match pin {
            Some(pin) => {
                pin_check(&pin)?;
                Some(self.inner.hasher.hash(pin).await?)
            }
            None => None,
        };
        self.change_user(id, change, move |conn| store::user_set_pin(conn, id, phc.as_deref()))
            .await
    }

    /// Changes what a person says of themselves; what is left out stays.
    pub(crate) async fn set_profile(
        &self,
        id: UserId,
        first_name: Option<String>,
        last_name: Option<String>,
        email: Option<String>,
        change: Change,
    ) -> Result<User, AccountError> {
        name_check("first_name", first_name.as_deref().unwrap_or_default())?;
        name_check("last_name", last_name.as_deref().unwrap_or_default())?;
        email_check(email.as_deref().unwrap_or_default())?;
        self.change_user(id, change, move |conn| {
            let known = store::user_by_id(conn, id)?.ok_or(StoreError::Missing)?;
            let first_name = first_name.unwrap_or(known.first_name);
            let last_name = last_name.unwrap_or(known.last_name);
            let email = email.unwrap_or(known.email);
            store::user_set_profile(conn, id, (&first_name, &last_name, &email))?;
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)
        })
        .await
    }

    /// The names of the providers a person can sign in with.
    pub(crate) async fn providers_of(&self, id: UserId) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| store::identity_providers(conn, id));
        Ok(read.await?)
    }

    /// Gives a person another role.
    pub async fn set_role(&self, id: UserId, role: String, change: Change) -> Result<(), AccountError> {
        self.change_user(id, change, move |conn| {
            role_must_exist(conn, &role)?;
            store::user_set_role(conn, id, &role)
        })
        .await
    }

    /// Shuts a person out and ends their tokens, or lets them in again.
    pub async fn set_disabled(&self, id: UserId, disabled: bool, change: Change) -> Result<(), AccountError> {
        let end = End {
            user: id,
            by: EndedBy::Operator,
            address: String::new(),
            at: change.at.as_microsecond(),
        };
        self.change_user(id, change, move |conn| {
            store::user_set_disabled(conn, id, disabled)?;
            if disabled {
                store::code_delete_for_user(conn, id)?;
                sessions::end_others(conn, &end, None)?;
            }
            Ok(())
        })
        .await
    }

    /// The person of that name.
    pub async fn user_by_name(&self, username: &str) -> Result<User, AccountError> {
        let name = username.to_owned();
        let found = self
            .inner
            .store
            .read(move |conn| store::user_by_name(conn, &name))
            .await?;
        found.ok_or_else(|| AccountError::Missing {
            what: format!("user {username:?}"),
        })
    }

    /// The person of that number.
    pub async fn user_by_id(&self, id: UserId) -> Result<User, AccountError> {
        let found = self.inner.store.read(move |conn| store::user_by_id(conn, id)).await?;
        found.ok_or_else(|| AccountError::no_user(id))
    }

    /// At most `limit` people with numbers above `after`, by number.
    pub async fn user_list(&self, after: UserId, limit: i64) -> Result<Vec<User>, AccountError> {
        Ok(self
            .inner
            .store
            .read(move |conn| store::user_list(conn, after, limit))
            .await?)
    }

    pub(super) async fn hash_checked(&self, password: String) -> Result<String, AccountError> {
        password_check(&password)?;
        Ok(self.inner.hasher.hash(password).await?)
    }

    /// One change of one person, with its audit event.
    pub(super) async fn change_user<T: Send + 'static>(
        &self,
        id: UserId,
        change: Change,
        job: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            let done = job(conn)?;
            record_user(conn, &change, id, beside)?;
            Ok(done)
        });
        let done = written.await.map_err(|error| match error {
            StoreError::Missing => AccountError::no_user(id),
            other => other.into(),
        })?;
        self.standings_changed();
        Ok(done)
    }
}

pub(super) fn record_user(conn: &mut AnyConn, change: &Change, id: UserId, beside: bool) -> Result<(), StoreError> {
    if beside {
        outside_insert(conn, OutsideSubject::User, id.0, change.at.as_microsecond())?;
    }
    change.record(conn, &format!("user:{id}"), "ok", None, None)
}

pub(super) fn role_must_exist(conn: &mut AnyConn, role: &str) -> Result<(), StoreError> {
    if role_exists(conn, role)? {
        return Ok(());
    }
    Err(StoreError::refused(AccountError::UnknownRole { got: role.to_owned() }))
}
