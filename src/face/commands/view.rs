//! How consents, templates and receipts are told to people. Never the numbers of a face.

use schemars::JsonSchema;
use serde::Serialize;

use crate::face::vault::{ConsentKept, Receipt, TemplateAbout};

/// A consent.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ConsentView {
    version: String,
    given_at: String,
    given_by: String,
    proof: String,
    withdrawn_at: Option<String>,
}

impl From<ConsentKept> for ConsentView {
    fn from(kept: ConsentKept) -> Self {
        Self {
            version: kept.version,
            given_at: kept.given_at.to_string(),
            given_by: kept.given_by,
            proof: kept.proof,
            withdrawn_at: kept.withdrawn_at.map(|at| at.to_string()),
        }
    }
}

/// A template without its numbers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TemplateView {
    template: i64,
    model: String,
    made_at: String,
    made_by: String,
    matched_at: Option<String>,
    sharpness: f32,
    brightness: f32,
    face_pixels: i32,
}

impl From<&TemplateAbout> for TemplateView {
    fn from(about: &TemplateAbout) -> Self {
        Self {
            template: about.id,
            model: about.model.clone(),
            made_at: about.made_at.to_string(),
            made_by: about.made_by.clone(),
            matched_at: about.matched_at.map(|at| at.to_string()),
            sharpness: about.seen.sharpness,
            brightness: about.seen.brightness,
            face_pixels: about.seen.face_pixels,
        }
    }
}

/// A receipt.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReceiptView {
    receipt: String,
    user_id: i64,
    templates: i32,
    key_fingerprint: Option<String>,
    erased_at: String,
    erased_by: String,
    key_destroyed_at: Option<String>,
}

impl From<&Receipt> for ReceiptView {
    fn from(receipt: &Receipt) -> Self {
        Self {
            receipt: receipt.receipt.clone(),
            user_id: receipt.user.0,
            templates: receipt.templates,
            key_fingerprint: receipt.key_fingerprint.clone(),
            erased_at: receipt.erased_at.to_string(),
            erased_by: receipt.erased_by.clone(),
            key_destroyed_at: receipt.key_destroyed_at.map(|at| at.to_string()),
        }
    }
}
