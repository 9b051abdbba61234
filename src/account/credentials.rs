//! Making and revoking device keys, each with its audit event in one transaction.
//!
//! Whether the caller may was decided by the dispatcher. A key's text is given back once and
//! never stored.

use super::keys;
use super::sign_in::Accounts;
use super::store::{self, NewKey, admin_key_exists, admin_key_list, key_insert, key_revoke};
use super::{AccountError, DeviceKey, KeyKind, SecretText};
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert};
use crate::store::{AnyConn, StoreError};

impl Accounts {
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
        let new = NewKey {
            key_hash: secret.hash(),
            kind,
            name,
            car_id,
            made_by,
        };
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            let id = key_insert(conn, &new, change.at.as_microsecond())?;
            record_key(conn, &change, id, "ok", beside)?;
            Ok(id)
        });
        Ok((written.await?, secret))
    }

    /// The administrator's key, made if there is none in force: once, however often this is called.
    pub async fn admin_key_ensure(&self, change: Change) -> Result<Option<SecretText>, AccountError> {
        let (new, secret) = admin_key_new(&change)?;
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            if admin_key_exists(conn)? {
                return Ok(false);
            }
            let id = key_insert(conn, &new, change.at.as_microsecond())?;
            record_key(conn, &change, id, "ok", beside)?;
            Ok(true)
        });
        Ok(written.await?.then_some(secret))
    }

    /// A new administrator's key in place of every one before, in one transaction; its text is shown this once.
    pub async fn admin_key_replace(&self, change: Change) -> Result<(i64, SecretText), AccountError> {
        let (new, secret) = admin_key_new(&change)?;
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            let at = change.at.as_microsecond();
            for old in admin_key_list(conn)? {
                key_revoke(conn, old.id, at)?;
                record_key(conn, &change, old.id, "revoked", beside)?;
            }
            let id = key_insert(conn, &new, at)?;
            record_key(conn, &change, id, "ok", beside)?;
            Ok(id)
        });
        Ok((written.await?, secret))
    }

    /// The administrator's key in force, without its text.
    pub async fn admin_key(&self) -> Result<Option<DeviceKey>, AccountError> {
        let found = self.inner.store.read(admin_key_list).await?;
        Ok(found.into_iter().next())
    }

    /// At most `limit` keys with numbers above `after`, revoked ones too.
    pub async fn key_list(&self, after: i64, limit: i64) -> Result<Vec<DeviceKey>, AccountError> {
        Ok(self
            .inner
            .store
            .read(move |conn| store::key_list(conn, after, limit))
            .await?)
    }

    /// Takes a key's force; a key revoked before stays so.
    pub async fn key_revoke(&self, id: i64, change: Change) -> Result<DeviceKey, AccountError> {
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            if key_revoke(conn, id, change.at.as_microsecond())? {
                record_key(conn, &change, id, "ok", beside)?;
            }
            store::key_by_id(conn, id)
        });
        written.await?.ok_or_else(|| AccountError::Missing {
            what: format!("key {id}"),
        })
    }

    /// The key of that number while it has force: what an open socket asks at each use.
    pub async fn key_by_id(&self, id: i64) -> Result<DeviceKey, AccountError> {
        let found = self.inner.store.read(move |conn| store::key_by_id(conn, id)).await?;
        found
            .filter(|key| key.revoked_at.is_none())
            .ok_or_else(|| AccountError::Missing {
                what: format!("key {id}"),
            })
    }
}

fn admin_key_new(change: &Change) -> Result<(NewKey, SecretText), AccountError> {
    let secret = keys::key_new(KeyKind::Admin)?;
    let new = NewKey {
        key_hash: secret.hash(),
        kind: KeyKind::Admin,
        name: "admin".to_owned(),
        car_id: None,
        made_by: change.who.clone(),
    };
    Ok((new, secret))
}

fn record_key(conn: &mut AnyConn, change: &Change, id: i64, result: &str, beside: bool) -> Result<(), StoreError> {
    if beside {
        outside_insert(conn, OutsideSubject::Key, id, change.at.as_microsecond())?;
    }
    change.record(conn, &format!("key:{id}"), result, None, None)
}
