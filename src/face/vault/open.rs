//! Opening the vault: the server key, the key store, and whether they belong to this database.
//!
//! A store is made once, at the first enrolment, and its name is kept in the database. Where another one lies, or none,
//! the vault stays shut and says so. What an end of the process broke off is finished here.

use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;

use super::error::VaultError;
use super::keys::KeyStore;
use super::{Inner, Vault};
use crate::face::store::{erasure_destroyed, erasure_list_open, template_count};
use crate::runtime::metrics::names;
use crate::store::setting::{setting_find, setting_put};

/// The setting with the name of the key store.
const SETTING: &str = "face:key-store";
/// Erasures that are finished at once.
const FINISHED_MAX: i64 = 1_000;

/// Whether a key store may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is made.
    Make,
    /// There is none, and so there are no faces.
    Leave,
}

impl Vault {
    /// Opens what there is at the start of a server, and finishes what broke off. A vault that stays shut says so in the
    /// log; face commands say it again.
    pub async fn begin(&self, now: Timestamp) {
        if let Err(error) = self.begun(now).await {
            tracing::warn!(%error, "Faces cannot be used.");
        }
    }

    async fn begun(&self, now: Timestamp) -> Result<(), VaultError> {
        let _pass = self.0.changes.enter(super::CHANGE_WAIT_MAX).await?;
        self.opened(Missing::Leave, now).await?;
        self.finish_erasures(now).await?;
        let there = self.0.store.read(template_count).await?;
        counted(there);
        Ok(())
    }

    /// Whether faces can be kept and compared now; the sentence says why not.
    pub async fn check(&self, now: Timestamp) -> Result<(), VaultError> {
        self.opened(Missing::Leave, now).await.map(drop)
    }

    /// Sees to it that the key store is open; says whether there is one.
    pub(super) async fn opened(&self, missing: Missing, now: Timestamp) -> Result<bool, VaultError> {
        let vault = self.clone();
        if vault.0.with_keys(|keys| keys.is_some()) {
            return Ok(true);
        }
        let expected: Option<String> = self.0.store.read(|conn| setting_find(conn, SETTING)).await?;
        let opened = self
            .0
            .aside
            .run(move || vault.0.open_keys(expected.as_deref(), missing));
        let Some(fresh) = opened.await?? else {
            return Ok(false);
        };
        if let Some(id) = fresh {
            self.0
                .store
                .write(move |conn| setting_put(conn, SETTING, &id, now))
                .await?;
        }
        Ok(true)
    }

    /// Destroys the keys of erasures that were decided and not finished.
    pub(super) async fn finish_erasures(&self, now: Timestamp) -> Result<(), VaultError> {
        let open = self.0.store.read(|conn| erasure_list_open(conn, FINISHED_MAX)).await?;
        for receipt in open {
            if let Some(key) = receipt.key {
                self.destroy(vec![key]).await?;
            }
            self.0
                .store
                .write(move |conn| erasure_destroyed(conn, &receipt.receipt, now.as_microsecond()))
                .await?;
        }
        Ok(())
    }

    /// Overwrites keys where they lie, and waits for the disk.
    pub(super) async fn destroy(&self, doomed: Vec<i64>) -> Result<(), VaultError> {
        let vault = self.clone();
        let work = move || {
            let mut keys = vault.0.keys();
            let Some(keys) = keys.as_mut() else {
                return Ok(());
            };
            doomed.into_iter().try_for_each(|key| keys.destroy(key).map(drop))
        };
        self.0.aside.run(work).await?
    }
}

impl Inner {
    pub(super) fn keys(&self) -> MutexGuard<'_, Option<KeyStore>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn with_keys<T>(&self, work: impl FnOnce(&mut Option<KeyStore>) -> T) -> T {
        work(&mut self.keys())
    }

    /// Blocks. Nothing when there is no store and none is to be made; the name of a store whose name is not known yet.
    fn open_keys(&self, expected: Option<&str>, missing: Missing) -> Result<Option<Option<String>>, VaultError> {
        let mut keys = self.keys();
        if keys.is_some() {
            return Ok(Some(None));
        }
        let (path, max) = (&self.settings.key_store, self.settings.people_max);
        let is_there = path.try_exists()?;
        if !is_there && expected.is_some() {
            return Err(shut(
                "the key store that opens the faces of this database is not where face.key_store says; put it back",
            ));
        }
        let server = match self.settings.server_key.find()? {
            Some(server) => server,
            None if is_there => {
                return Err(shut(
                    "there is a key store of faces, but not the server key that opens it; put it back",
                ));
            }
            None if missing == Missing::Leave => return Ok(None),
            None => self.settings.server_key.make()?,
        };
        let opened = match self.settings.open(&server)? {
            Some(opened) => opened,
            None if missing == Missing::Leave => return Ok(None),
            None => KeyStore::create(path, &server, max)?,
        };
        let id = opened.id();
        if expected.is_some_and(|expected| expected != id) {
            return Err(shut(
                "the file of face.key_store is the key store of another database; put the right one back",
            ));
        }
        *keys = Some(opened);
        Ok(Some(expected.is_none().then_some(id)))
    }
}

fn shut(sentence: &str) -> VaultError {
    VaultError::Unavailable(sentence.to_owned())
}

/// Tells the metrics how many templates there are.
pub(super) fn counted(templates: i64) {
    let templates = u32::try_from(templates).unwrap_or(u32::MAX);
    metrics::gauge!(names::FACE_TEMPLATES).set(f64::from(templates));
}
