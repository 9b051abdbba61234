//! Ids of files, of offers and of uploads. An upload's is also the name of its content on the disk.
//!
//! Digits of the server's own making and nothing else, so that no name of a file is ever part of a path.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hexadecimal digits of an upload's id.
const DIGITS: usize = 32;
/// What they begin with where they travel.
const PREFIX: &str = "u-";

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct FileId(pub(crate) i64);

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One offer of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct OfferId(pub(crate) i64);

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One upload: 32 hexadecimal digits, as they stand on the disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UploadId(String);

impl UploadId {
    /// From 16 random bytes.
    pub(crate) fn of_random(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }

    /// As it travels, `u-` and the digits, or as it stands on the disk, the digits alone.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text);
        let is_one = digits.len() == DIGITS && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        is_one.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}
