//! Erasing: rows go, and the key that opened them is destroyed, so that no copy of the database brings them back.
//!
//! It is decided in the database first, then the key is overwritten, then the receipt is given: an end of the process in
//! between is made good at the next start or change. When one template of several goes, the others are sealed anew
//! under another key.

use std::sync::Arc;

use jiff::Timestamp;

use super::enrol::carried;
use super::error::VaultError;
use super::open::{Missing, counted};
use super::records::Receipt;
use super::sealing::Secret;
use super::template::{self, Belongs};
use super::{Keeping, Vault};
use crate::booking::UserId;
use crate::face::embedding::Embedding;
use crate::face::store::{
    consent_latest, consent_withdraw_all, erasure_destroyed, erasure_insert, template_count, template_delete,
    template_delete_for_user, template_list, template_reseal, template_sealed_of, template_users_idle,
};
use crate::runtime::clock::from_micros;
use crate::runtime::metrics::names;
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// Random bytes of a receipt's name.
const RECEIPT_BYTES: usize = 10;

/// What is to go, and what stays.
struct Plan {
    /// Every key of the person that goes.
    doomed: Vec<i64>,
    fingerprint: Option<String>,
    /// Where some stay: the key they get, and themselves.
    kept: Option<Kept>,
}

/// What stays when one of several goes.
struct Kept {
    /// The key it gets.
    key: i64,
    secret: Arc<Secret>,
    templates: Vec<(i64, Embedding)>,
}

impl Vault {
    /// Erases one template of a person, or all there are and the consent with them. The receipt is given when the key is
    /// off the disk.
    ///
    /// # Errors
    /// [`VaultError::Nothing`] when there is nothing to erase, [`VaultError::Unavailable`] when the vault is shut,
    /// [`VaultError::Busy`], or the store's.
    pub async fn erase(
        &self,
        user: UserId,
        only: Option<i64>,
        change: Change,
        keep: Keeping<Receipt>,
    ) -> Result<Receipt, VaultError> {
        let _pass = self.0.changes.enter(super::CHANGE_WAIT_MAX).await?;
        let receipt = self.erase_now(user, only, change, keep).await?;
        metrics::counter!(names::FACE_ERASURES, "cause" => "asked").increment(1);
        Ok(receipt)
    }

    /// Erases the faces of at most `most` people who were not recognised, nor enrolled, since `before`.
    ///
    /// # Errors
    /// As [`Vault::erase`].
    pub async fn expire(&self, before: Timestamp, most: i64, change: &Change) -> Result<Vec<Receipt>, VaultError> {
        let before = before.as_microsecond();
        let idle = self.0.store.read(move |conn| template_users_idle(conn, before, most));
        let mut receipts = Vec::new();
        for user in idle.await? {
            let _pass = self.0.changes.enter(super::CHANGE_WAIT_MAX).await?;
            // Recognised or enrolled in between: looked at again where no change comes in between.
            let still = self.0.store.read(move |conn| template_list(conn, user)).await?;
            let used = |at: Option<Timestamp>| at.is_some_and(|at| at.as_microsecond() >= before);
            if still.is_empty() || still.iter().any(|one| used(Some(one.made_at)) || used(one.matched_at)) {
                continue;
            }
            receipts.push(self.erase_now(user, None, change.clone(), Box::new(|_| None)).await?);
            metrics::counter!(names::FACE_ERASURES, "cause" => "retention").increment(1);
        }
        Ok(receipts)
    }

    async fn erase_now(
        &self,
        user: UserId,
        only: Option<i64>,
        change: Change,
        keep: Keeping<Receipt>,
    ) -> Result<Receipt, VaultError> {
        self.opened(Missing::Leave, change.at).await?;
        self.finish_erasures(change.at).await?;
        let read = self
            .0
            .store
            .read(move |conn| Ok((template_list(conn, user)?, consent_latest(conn, user)?.is_some())));
        let (there, has_consent) = read.await?;
        if let Some(only) = only
            && !there.iter().any(|template| template.id == only)
        {
            return Err(VaultError::Nothing(format!("template {only} of this person")));
        }
        if there.is_empty() && !has_consent {
            return Err(VaultError::Nothing("face of this person".to_owned()));
        }
        let only = only.filter(|_| there.len() > 1);
        let named = there.iter().map(|template| template.key).collect();
        let plan = self.plan(user, only, named, change.at).await?;
        let mut receipt = Receipt {
            receipt: receipt_name()?,
            user,
            templates: 0,
            key: plan.doomed.first().copied(),
            key_fingerprint: plan.fingerprint.clone(),
            // As the store keeps it: a receipt says the same whenever it is shown.
            erased_at: from_micros(change.at.as_microsecond()),
            erased_by: change.who.clone(),
            key_destroyed_at: None,
        };
        let (begun, doomed) = (change.clone(), plan.doomed.clone());
        let written = self.0.store.write(move |conn| {
            receipt.templates = take_rows(conn, user, only, &plan, &begun)?;
            erasure_insert(conn, &receipt)?;
            Ok((receipt, template_list(conn, user)?, template_count(conn)?))
        });
        let (mut receipt, left, all) = written.await.map_err(carried)?;
        let gone = there
            .iter()
            .filter(|template| !left.iter().any(|one| one.id == template.id));
        self.0
            .gallery_drop(&gone.map(|template| template.id).collect::<Vec<i64>>());
        counted(all);
        self.destroy(doomed).await?;
        receipt.key_destroyed_at = Some(receipt.erased_at);
        let written = self.0.store.write(move |conn| {
            erasure_destroyed(conn, &receipt.receipt, change.at.as_microsecond())?;
            let detail = format!("receipt {}, {} templates", receipt.receipt, receipt.templates);
            change.record(
                conn,
                &format!("user:{user}"),
                "ok",
                Some(detail),
                keep(&receipt).as_deref(),
            )?;
            Ok(receipt)
        });
        Ok(written.await?)
    }

    /// What goes and, where one of several goes, how the others are sealed anew. Nothing is changed but that there may be
    /// a new key.
    async fn plan(&self, user: UserId, only: Option<i64>, named: Vec<i64>, at: Timestamp) -> Result<Plan, VaultError> {
        let mut stay = Vec::new();
        if let Some(only) = only {
            let rows = self.0.store.read(move |conn| template_sealed_of(conn, &[user], true));
            let opened = self.embeddings(rows.await?).await?;
            stay = opened.into_iter().filter(|(id, _, _)| *id != only).collect();
        }
        let vault = self.clone();
        let work = move || {
            let mut keys = vault.0.keys();
            let Some(keys) = keys.as_mut() else {
                return Ok(Plan {
                    doomed: Vec::new(),
                    fingerprint: None,
                    kept: None,
                });
            };
            let (doomed, spare): (Vec<i64>, Vec<i64>) =
                keys.of(user.0).into_iter().partition(|key| named.contains(key));
            // A key that seals nothing was left by a change that broke off.
            for spare in spare {
                keys.destroy(spare)?;
            }
            let fingerprint = match doomed.first() {
                Some(key) => keys.fingerprint(*key)?,
                None => None,
            };
            let mut kept = None;
            if !stay.is_empty() {
                let key = keys.make(user.0, at.as_microsecond())?;
                let secret = keys.secret(key, user.0)?.ok_or(VaultError::Busy)?;
                let templates = stay.into_iter().map(|(id, _, embedding)| (id, embedding)).collect();
                kept = Some(Kept {
                    key,
                    secret: Arc::new(secret),
                    templates,
                });
            }
            Ok(Plan {
                doomed,
                fingerprint,
                kept,
            })
        };
        self.0.aside.run(work).await?
    }
}

/// Takes what goes out of the database, and seals anew what stays; says how many templates went.
fn take_rows(
    conn: &mut AnyConn,
    user: UserId,
    only: Option<i64>,
    plan: &Plan,
    change: &Change,
) -> Result<i32, StoreError> {
    let Some(kept) = plan.kept.as_ref().filter(|_| only.is_some()) else {
        let gone = template_delete_for_user(conn, user)?;
        consent_withdraw_all(conn, user, &change.who, change.at.as_microsecond())?;
        return Ok(i32::try_from(gone).unwrap_or(i32::MAX));
    };
    let mut gone = 0;
    for template in template_list(conn, user)? {
        if let Some((id, embedding)) = kept.templates.iter().find(|(id, _)| *id == template.id) {
            let belongs = Belongs {
                template: *id,
                user: user.0,
                key: kept.key,
            };
            let (nonce, sealed) = template::seal(&kept.secret, belongs, embedding).map_err(StoreError::refused)?;
            template_reseal(conn, *id, kept.key, &nonce, &sealed)?;
        } else if template_delete(conn, user, template.id)? {
            gone += 1;
        }
    }
    Ok(gone)
}

fn receipt_name() -> Result<String, VaultError> {
    let mut bytes = [0; RECEIPT_BYTES];
    getrandom::fill(&mut bytes)?;
    let name = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    Ok(["fe-", &name].concat())
}
