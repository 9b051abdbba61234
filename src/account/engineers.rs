//! What an engineer is recognised by at a car: a near-by device or a sign-in code.
//!
//! Recognising says who it is and nothing more: whether this car has a repair for them is for the
//! fleet to decide.

use super::keys;
use super::sign_in::{Accounts, SignInError};
use super::store::{self, SignKind};
use super::{AccountError, SecretText, User, UserId};
use crate::store::StoreError;
use crate::store::change::Change;

impl Accounts {
    /// Lets an engineer be recognised by a near-by device.
    pub async fn engineer_device_add(&self, id: UserId, addr: &str, change: Change) -> Result<(), AccountError> {
        self.sign_add(id, SignKind::Device(addr.to_owned()), change).await
    }

    /// Makes a sign-in code for an engineer; its text is shown this once. It takes the place of earlier ones, so
    /// that a lost code loses its force.
    pub async fn engineer_code_add(&self, id: UserId, change: Change) -> Result<SecretText, AccountError> {
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

    /// Takes a device from whoever is recognised by it.
    pub async fn engineer_device_remove(&self, id: UserId, addr: &str, change: Change) -> Result<(), AccountError> {
        self.sign_remove(id, SignKind::Device(addr.to_owned()), change).await
    }

    /// Takes the force of a sign-in code.
    pub async fn engineer_code_remove(&self, id: UserId, text: &str, change: Change) -> Result<(), AccountError> {
        let missing = || AccountError::Missing {
            what: "sign-in code of that text".to_owned(),
        };
        let hash = keys::key_hash(text).ok_or_else(missing)?;
        self.sign_remove(id, SignKind::Code(hash), change).await
    }

    async fn by_sign(&self, sign: SignKind) -> Result<User, SignInError> {
        let read = self
            .inner
            .store
            .read(move |conn| match store::engineer_sign_find(conn, &sign)? {
                Some(id) => store::user_by_id(conn, id),
                None => Ok(None),
            });
        read.await?
            .filter(|person| !person.disabled)
            .ok_or(SignInError::BadLogin)
    }

    async fn sign_add(&self, id: UserId, sign: SignKind, change: Change) -> Result<(), AccountError> {
        self.change_user(id, change.clone(), move |conn| {
            // Asked first, since a missing person would only show as a broken reference.
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)?;
            if matches!(sign, SignKind::Code(_)) {
                store::engineer_code_delete_all(conn, id)?;
            }
            store::engineer_sign_insert(conn, id, &sign, change.at.as_microsecond())
                .map_err(|error| AccountError::taken(error, || "the sign of an engineer".to_owned()))
                .map(drop)
        })
        .await
    }

    async fn sign_remove(&self, id: UserId, sign: SignKind, change: Change) -> Result<(), AccountError> {
        self.change_user(id, change, move |conn| {
            if store::engineer_sign_find(conn, &sign)? != Some(id) || !store::engineer_sign_delete(conn, &sign)? {
                let what = format!("such sign of user {id}");
                return Err(StoreError::refused(AccountError::Missing { what }));
            }
            Ok(())
        })
        .await
    }
}
