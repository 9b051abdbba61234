//! Looking at what is kept: for comparing faces, for lists, for the person whose it is.
//!
//! Only `templates_of` and `export` give numbers, and only as embeddings that wipe themselves.

use jiff::Timestamp;

use super::Vault;
use super::error::VaultError;
use super::open::Missing;
use super::records::{ConsentKept, Export, Receipt, TemplateAbout};
use super::template;
use crate::booking::UserId;
use crate::face::embedding::Embedding;
use crate::face::store::{
    SealedRow, consent_latest, consent_list, consent_text_list, erasure_list, erasure_list_all, template_list,
    template_matched, template_sealed_of,
};

/// Most receipts in one list.
pub(super) const RECEIPTS_MAX: i64 = 200;
/// Most consents in one export.
const CONSENTS_MAX: i64 = 1_000;

/// What is kept of a person, without numbers.
#[derive(Debug)]
pub struct Listed {
    /// What they agreed to last and did not take back.
    pub consent: Option<ConsentKept>,
    /// Their templates, oldest first.
    pub templates: Vec<TemplateAbout>,
    /// Templates whose key is gone, such as after an old copy of the database was put back: nobody can open them.
    pub unreadable: usize,
}

impl Vault {
    /// The templates of those people, in their order; people without any, and people who are shut out, are left out.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] when the vault is shut, [`VaultError::Busy`], or the store's.
    pub async fn templates_of(&self, people: &[UserId]) -> Result<Vec<(UserId, Vec<Embedding>)>, VaultError> {
        let wanted = people.to_vec();
        let rows = self.0.store.read(move |conn| template_sealed_of(conn, &wanted, false));
        let mut opened = self.embeddings(rows.await?).await?;
        let mut found: Vec<(UserId, Vec<Embedding>)> = Vec::new();
        for user in people {
            let theirs: Vec<(i64, UserId, Embedding)> = opened.extract_if(.., |(_, whose, _)| whose == user).collect();
            if !theirs.is_empty() {
                found.push((*user, theirs.into_iter().map(|(_, _, embedding)| embedding).collect()));
            }
        }
        Ok(found)
    }

    /// Writes that a person was recognised: their templates are not idle.
    ///
    /// # Errors
    /// The store's.
    pub async fn matched(&self, user: UserId, at: Timestamp) -> Result<(), VaultError> {
        let written = self
            .0
            .store
            .write(move |conn| template_matched(conn, user, at.as_microsecond()));
        Ok(written.await?)
    }

    /// What is kept of a person, without numbers.
    ///
    /// # Errors
    /// As [`Vault::templates_of`].
    pub async fn list(&self, user: UserId, now: Timestamp) -> Result<Listed, VaultError> {
        let read = self
            .0
            .store
            .read(move |conn| Ok((consent_latest(conn, user)?, template_list(conn, user)?)));
        let (consent, mut templates) = read.await?;
        if !templates.is_empty() {
            self.opened(Missing::Leave, now).await?;
        }
        let there = templates.len();
        self.0.with_keys(|keys| {
            templates.retain(|template| keys.as_ref().is_some_and(|keys| keys.has(template.key)));
        });
        Ok(Listed {
            consent,
            unreadable: there - templates.len(),
            templates,
        })
    }

    /// Everything, numbers too: for the person alone.
    ///
    /// # Errors
    /// As [`Vault::templates_of`].
    pub async fn export(&self, user: UserId) -> Result<Export, VaultError> {
        let read = self.0.store.read(move |conn| {
            let mut consents = consent_list(conn, user, CONSENTS_MAX)?;
            consents.reverse();
            let versions: Vec<String> = consents.iter().map(|consent| consent.version.clone()).collect();
            let texts = consent_text_list(conn, &versions)?;
            let receipts = erasure_list(conn, user, RECEIPTS_MAX)?;
            let rows = template_sealed_of(conn, &[user], true)?;
            Ok((consents, texts, receipts, rows, template_list(conn, user)?))
        });
        let (consents, texts, receipts, rows, mut about) = read.await?;
        let opened = self.embeddings(rows).await?;
        let there = about.len();
        let mut templates = Vec::with_capacity(there);
        for (id, _, embedding) in opened {
            if let Some(place) = about.iter().position(|template| template.id == id) {
                templates.push((about.remove(place), embedding));
            }
        }
        Ok(Export {
            consents,
            texts,
            unreadable: there - templates.len(),
            templates,
            receipts,
        })
    }

    /// Receipts of one person, or of all, newest first, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn receipts(&self, user: Option<UserId>) -> Result<Vec<Receipt>, VaultError> {
        let read = self.0.store.read(move |conn| match user {
            Some(user) => erasure_list(conn, user, RECEIPTS_MAX),
            None => erasure_list_all(conn, RECEIPTS_MAX),
        });
        Ok(read.await?)
    }

    /// Opens rows; those whose key is gone, or that belong elsewhere, are left out.
    pub(super) async fn embeddings(&self, rows: Vec<SealedRow>) -> Result<Vec<(i64, UserId, Embedding)>, VaultError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.opened(Missing::Leave, crate::runtime::clock::now()).await?;
        let vault = self.clone();
        let work = move || {
            let keys = vault.0.keys();
            let Some(keys) = keys.as_ref() else {
                return Ok(Vec::new());
            };
            let mut opened = Vec::with_capacity(rows.len());
            let mut held = None;
            for row in rows {
                let belongs = (row.key_id, row.user_id);
                if held.as_ref().is_none_or(|(whose, _)| *whose != belongs) {
                    held = Some((belongs, keys.secret(row.key_id, row.user_id)?));
                }
                let (id, user) = (row.id, UserId(row.user_id));
                if let Some((_, Some(secret))) = &held
                    && let Some(embedding) = template::open(secret, row)
                {
                    opened.push((id, user, embedding));
                }
            }
            Ok(opened)
        };
        self.0.aside.run(work).await?
    }
}
