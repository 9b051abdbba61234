//! Changing people, keys and signs: every change with its audit event in one transaction.
//!
//! Hashing happens before the transaction, never in it. Whether the caller may do it was decided
//! by the dispatcher; here only what the thing itself forbids is refused.

use super::hasher::HashError;
use super::keys::{self, NoRandom};
use super::password::{PasswordError, password_check, pin_check, username_check};
use super::sign_in::{Accounts, SignInError};
use super::store::{
    self, NewKey, NewUser, SignKind, key_insert, key_revoke, role_chain, role_exists, user_insert,
};
use super::{DeviceKey, KeyKind, SecretText, Source, User, UserId};
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert};
use crate::store::{AnyConn, StoreError};

/// Why a person, key or sign was not changed or shown.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password, PIN or name is not one.
    #[error(transparent)]
    Policy(#[from] PasswordError),
    /// The old password did not prove who asks.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// No such person, key or sign.
    #[error("there is no {what}")]
    Missing {
        /// What was asked for, as `user 7`.
        what: String,
    },
    /// Somebody else has it.
    #[error("{what} is taken")]
    Taken {
        /// What was wanted, as `username "ada"`.
        what: String,
    },
    /// A role that is not in the store.
    #[error("there is no role {got:?}")]
    UnknownRole {
        /// The role given.
        got: String,
    },
    /// No random bytes for a secret.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The secret could not be hashed.
    #[error(transparent)]
    Hash(HashError),
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AccountError {
    /// A refusal of our own comes back out of the transaction as it went in.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refused) => refused
                .downcast::<Self>()
                .map_or_else(|other| Self::Store(StoreError::Refused(other)), |ours| *ours),
            other => Self::Store(other),
        }
    }
}

impl From<HashError> for AccountError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Password(refused) => Self::Policy(refused),
            HashError::Random(none) => Self::Random(none),
            other => Self::Hash(other),
        }
    }
}

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
            let id = user_insert(conn, &new, change.at.as_microsecond()).map_err(|error| {
                taken(error, || format!("username {:?}", new.username))
            })?;
            record_user(conn, &change, id, beside)?;
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)
        });
        Ok(written.await?)
    }

    /// Puts a new password in the place of the old one, which has to be known. Ends the person's tokens.
    pub async fn change_password(
        &self,
        id: UserId,
        old: &str,
        new: String,
        source: &Source,
        change: Change,
    ) -> Result<(), AccountError> {
        password_check(&new)?;
        let person = self.user_by_id(id).await?;
        self.by_password(&person.username, old, source).await?;
        self.set_password(id, new, change).await
    }

    /// Puts a password in place without knowing the old one: for operators. Ends the person's tokens.
    pub async fn set_password(
        &self,
        id: UserId,
        new: String,
        change: Change,
    ) -> Result<(), AccountError> {
        let phc = self.hash_checked(new).await?;
        self.change_user(id, change, move |conn| {
            store::user_set_password(conn, id, Some(&phc))?;
            store::token_delete_for_user(conn, id).map(drop)
        })
        .await
    }

    /// Gives a random password, to be told to the person once. It must not be kept as an answer to a retry.
    pub async fn reset_password(
        &self,
        id: UserId,
        change: Change,
    ) -> Result<SecretText, AccountError> {
        let password = keys::password_new()?;
        self.set_password(id, password.reveal().to_owned(), change).await?;
        Ok(password)
    }

    /// Sets the PIN, or takes it away.
    pub async fn set_pin(
        &self,
        id: UserId,
        pin: Option<String>,
        change: Change,
    ) -> Result<(), AccountError> {
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

    /// Gives a person another role.
    pub async fn set_role(
        &self,
        id: UserId,
        role: String,
        change: Change,
    ) -> Result<(), AccountError> {
        self.change_user(id, change, move |conn| {
            role_must_exist(conn, &role)?;
            store::user_set_role(conn, id, &role)
        })
        .await
    }

    /// Shuts a person out and ends their tokens, or lets them in again.
    pub async fn set_disabled(
        &self,
        id: UserId,
        disabled: bool,
        change: Change,
    ) -> Result<(), AccountError> {
        self.change_user(id, change, move |conn| {
            store::user_set_disabled(conn, id, disabled)?;
            if disabled {
                store::token_delete_for_user(conn, id)?;
            }
            Ok(())
        })
        .await
    }

    /// The person of that name.
    pub async fn user_by_name(&self, username: &str) -> Result<User, AccountError> {
        let name = username.to_owned();
        let found = self.inner.store.read(move |conn| store::user_by_name(conn, &name)).await?;
        found.ok_or_else(|| AccountError::Missing { what: format!("user {username:?}") })
    }

    /// The person of that number.
    pub async fn user_by_id(&self, id: UserId) -> Result<User, AccountError> {
        let found = self.inner.store.read(move |conn| store::user_by_id(conn, id)).await?;
        found.ok_or_else(|| no_user(id))
    }

    /// The roles a person holds now, their own first; none for who is disabled or gone.
    pub async fn permissions_of(&self, id: UserId) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| match store::user_by_id(conn, id)? {
            Some(person) if !person.disabled => role_chain(conn, &person.role),
            _ => Ok(Vec::new()),
        });
        Ok(read.await?)
    }

    /// Makes a key; its text is shown this once.
    pub async fn key_add(
        &self,
        kind: KeyKind,
        name: String,
        car_id: Option<i64>,
        change: Change,
    ) -> Result<(i64, SecretText), AccountError> {
        let secret = keys::key_new(kind)?;
        let made_by = change.who.clone();
        let new = NewKey { key_hash: secret.hash(), kind, name, car_id, made_by };
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            let id = key_insert(conn, &new, change.at.as_microsecond())?;
            record_key(conn, &change, id, beside)?;
            Ok(id)
        });
        Ok((written.await?, secret))
    }

    /// Takes a key's force; a key revoked before stays so.
    pub async fn key_revoke(&self, id: i64, change: Change) -> Result<DeviceKey, AccountError> {
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            if key_revoke(conn, id, change.at.as_microsecond())? {
                record_key(conn, &change, id, beside)?;
            }
            store::key_by_id(conn, id)
        });
        written.await?.ok_or_else(|| AccountError::Missing { what: format!("key {id}") })
    }

    /// The key of that number while it has force: what an open socket asks at each use.
    pub async fn key_by_id(&self, id: i64) -> Result<DeviceKey, AccountError> {
        let found = self.inner.store.read(move |conn| store::key_by_id(conn, id)).await?;
        found
            .filter(|key| key.revoked_at.is_none())
            .ok_or_else(|| AccountError::Missing { what: format!("key {id}") })
    }

    /// Lets an engineer be recognised by a near-by device.
    pub async fn engineer_device_add(
        &self,
        id: UserId,
        addr: &str,
        change: Change,
    ) -> Result<(), AccountError> {
        self.sign_add(id, SignKind::Device(addr.to_owned()), change).await
    }

    /// Makes a sign-in code for an engineer; its text is shown this once.
    pub async fn engineer_code_add(
        &self,
        id: UserId,
        change: Change,
    ) -> Result<SecretText, AccountError> {
        let code = keys::engineer_code_new()?;
        self.sign_add(id, SignKind::Code(code.hash()), change).await?;
        Ok(code)
    }

    /// The engineer recognised by the address of a near-by device, if not disabled.
    pub async fn engineer_by_device(&self, addr: &str) -> Result<User, SignInError> {
        self.by_sign(SignKind::Device(addr.to_owned())).await
    }

    /// The engineer recognised by the text of a sign-in code, if not disabled.
    pub async fn engineer_by_code(&self, text: &str) -> Result<User, SignInError> {
        let hash = keys::key_hash(text).ok_or(SignInError::BadLogin)?;
        self.by_sign(SignKind::Code(hash)).await
    }

    async fn by_sign(&self, sign: SignKind) -> Result<User, SignInError> {
        let read = self.inner.store.read(move |conn| {
            match store::engineer_sign_find(conn, &sign)? {
                Some(id) => store::user_by_id(conn, id),
                None => Ok(None),
            }
        });
        read.await?.filter(|person| !person.disabled).ok_or(SignInError::BadLogin)
    }

    async fn sign_add(
        &self,
        id: UserId,
        sign: SignKind,
        change: Change,
    ) -> Result<(), AccountError> {
        self.change_user(id, change.clone(), move |conn| {
            // Asked first, since a missing person would only show as a broken reference.
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)?;
            store::engineer_sign_insert(conn, id, &sign, change.at.as_microsecond())
                .map_err(|error| taken(error, || "the sign of an engineer".to_owned()))
                .map(drop)
        })
        .await
    }

    async fn hash_checked(&self, password: String) -> Result<String, AccountError> {
        password_check(&password)?;
        Ok(self.inner.hasher.hash(password).await?)
    }

    /// One change of one person, with its audit event.
    async fn change_user(
        &self,
        id: UserId,
        change: Change,
        job: impl FnOnce(&mut AnyConn) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), AccountError> {
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            job(conn)?;
            record_user(conn, &change, id, beside)
        });
        written.await.map_err(|error| match error {
            StoreError::Missing => no_user(id),
            other => other.into(),
        })
    }
}

fn record_user(
    conn: &mut AnyConn,
    change: &Change,
    id: UserId,
    beside: bool,
) -> Result<(), StoreError> {
    if beside {
        outside_insert(conn, OutsideSubject::User, id.0, change.at.as_microsecond())?;
    }
    change.record(conn, &format!("user:{id}"), "ok", None, None)
}

fn record_key(
    conn: &mut AnyConn,
    change: &Change,
    id: i64,
    beside: bool,
) -> Result<(), StoreError> {
    if beside {
        outside_insert(conn, OutsideSubject::Key, id, change.at.as_microsecond())?;
    }
    change.record(conn, &format!("key:{id}"), "ok", None, None)
}

fn role_must_exist(conn: &mut AnyConn, role: &str) -> Result<(), StoreError> {
    if role_exists(conn, role)? {
        return Ok(());
    }
    Err(StoreError::refused(AccountError::UnknownRole { got: role.to_owned() }))
}

fn taken(error: StoreError, what: impl FnOnce() -> String) -> StoreError {
    match error {
        StoreError::Conflict { .. } => StoreError::refused(AccountError::Taken { what: what() }),
        other => other,
    }
}

fn no_user(id: UserId) -> AccountError {
    AccountError::Missing { what: format!("user {id}") }
}
