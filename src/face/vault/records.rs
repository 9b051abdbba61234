//! What the vault tells of: consents, templates without their numbers, receipts.
//!
//! Pure. Never the numbers of a face, but for what is about to be enrolled.

use jiff::Timestamp;

use super::super::embedding::Embedding;
use crate::booking::UserId;

/// The model whose embeddings are compared with each other; those of another would mean nothing.
pub const MODEL: &str = "dlib_face_recognition_resnet_model_v1";

/// How well a face could be seen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// As in [`Face::sharpness`](super::super::Face).
    pub sharpness: f32,
    /// As in [`Face::brightness`](super::super::Face).
    pub brightness: f32,
    /// Width of the face, in pixels of the picture as it was looked at.
    pub face_pixels: i32,
}

/// A template on its way into the vault.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// What tells the face from others.
    pub embedding: Embedding,
    /// How well it was seen.
    pub seen: Seen,
}

impl From<Embedding> for NewTemplate {
    fn from(embedding: Embedding) -> Self {
        Self {
            embedding,
            seen: Seen::default(),
        }
    }
}

/// What proved that a consent is the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Their password, given in the call.
    Password,
    /// Their PIN, given in the call.
    Pin,
}

impl Proof {
    /// The word kept in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Pin => "pin",
        }
    }
}

/// On what a person's faces may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// What they agreed to before and have not withdrawn; the text may have changed since.
    Standing,
    /// What they agree to now.
    Given {
        /// The version of the text.
        version: String,
        /// The text itself.
        text: String,
        /// What proved that it was them.
        proof: Proof,
    },
}

/// A consent as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentKept {
    /// The version of the text.
    pub version: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// Through whom: `user:7`.
    pub given_by: String,
    /// What proved that it was the person.
    pub proof: String,
    /// Since when it no longer holds.
    pub withdrawn_at: Option<Timestamp>,
}

/// A template without its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateAbout {
    /// Its number.
    pub id: i64,
    /// Whose face it is.
    pub user: UserId,
    /// The key that opens it.
    pub key: i64,
    /// What made it.
    pub model: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom: `user:7`.
    pub made_by: String,
    /// When the person was last recognised.
    pub matched_at: Option<Timestamp>,
    /// How well the face was seen.
    pub seen: Seen,
}

/// Proof of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it is called.
    pub receipt: String,
    /// Whose templates they were.
    pub user: UserId,
    /// How many there were.
    pub templates: i32,
    /// The key that opened them; none where there was none.
    pub key: Option<i64>,
    /// SHA-256 of the key's slot before it was overwritten, its beginning in hex.
    pub key_fingerprint: Option<String>,
    /// When they were erased.
    pub erased_at: Timestamp,
    /// By whom: `user:7`, `service:face-retention`.
    pub erased_by: String,
    /// When the key was overwritten; empty while it still has to go.
    pub key_destroyed_at: Option<Timestamp>,
}

/// All there is of a person, for that person.
#[derive(Debug)]
pub struct Export {
    /// Every consent ever given, oldest first.
    pub consents: Vec<ConsentKept>,
    /// The texts that were agreed to, by version.
    pub texts: Vec<(String, String)>,
    /// The templates with their numbers.
    pub templates: Vec<(TemplateAbout, Embedding)>,
    /// Templates whose key is gone; nobody can open them.
    pub unreadable: usize,
    /// What was erased.
    pub receipts: Vec<Receipt>,
}
