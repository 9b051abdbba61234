//! Files and offers as they are answered, over every door.

use schemars::JsonSchema;
use serde::Serialize;

use super::check::Report;
use super::store::{Offer, Stored, UploadRow};
use crate::runtime::clock::from_micros;

/// A file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FileView {
    file: i64,
    /// For showing.
    name: String,
    /// Counts the files of this name that its owner got.
    version: i64,
    /// In bytes.
    size: u64,
    /// Hexadecimal digits.
    sha256: String,
    /// The declared type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Whose it is: user, car, booking or room.
    of: &'static str,
    /// Its number.
    of_id: i64,
    /// What that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_name: Option<String>,
    /// Who sent it, as in the audit log.
    sender: String,
    at: String,
    /// What a check of it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
}

impl FileView {
    /// A file whose owner is called so.
    pub(crate) fn of(stored: &Stored, owner: Option<&str>) -> Self {
        Self {
            file: stored.id.0,
            name: stored.name.clone(),
            version: stored.version,
            size: stored.size,
            sha256: stored.sha256.clone(),
            kind: stored.kind.clone(),
            of: stored.owner.kind(),
            of_id: stored.owner.number(),
            of_name: owner.map(str::to_owned),
            sender: stored.sender.clone(),
            at: from_micros(stored.made_at).to_string(),
            report: stored
                .report
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

/// A file that is sent to somebody.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct OfferView {
    offer: i64,
    file: i64,
    /// For showing.
    name: String,
    /// In bytes.
    size: u64,
    /// Hexadecimal digits.
    sha256: String,
    /// Whom it is for, as in the audit log.
    to: String,
    /// Who sends it.
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// offered, taking, taken or refused.
    state: &'static str,
    /// Bytes that have been read of it, as far as is known.
    taken: u64,
    at: String,
    changed_at: String,
    expires_at: String,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            offer: offer.id.0,
            file: offer.file.0,
            name: offer.name.clone(),
            size: offer.size,
            sha256: offer.sha256.clone(),
            to: offer.whom.clone(),
            by: offer.made_by.clone(),
            note: offer.note.clone(),
            state: offer.state.as_str(),
            taken: offer.taken,
            at: from_micros(offer.made_at).to_string(),
            changed_at: from_micros(offer.changed_at).to_string(),
            expires_at: from_micros(offer.expires_at).to_string(),
        }
    }
}

/// An upload that is on its way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct UploadView {
    upload: String,
    /// For showing.
    name: String,
    /// What was declared, or the most it may become, in bytes.
    size: u64,
    declared: bool,
    /// Whose it will be: user, car, booking or room.
    of: &'static str,
    /// Its number.
    of_id: i64,
    at: String,
    expires_at: String,
}

impl From<&UploadRow> for UploadView {
    fn from(row: &UploadRow) -> Self {
        Self {
            upload: row.id.to_string(),
            name: row.name.clone(),
            size: row.size,
            declared: row.is_declared,
            of: row.owner.kind(),
            of_id: row.owner.number(),
            at: from_micros(row.made_at).to_string(),
            expires_at: from_micros(row.expires_at).to_string(),
        }
    }
}
