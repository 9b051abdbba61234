//! Why a picture cannot be looked at: the same words in the worker, in the server and in its answers.
//!
//! Says what was got and what was wanted. It must never carry anything of the picture but its measures.

use serde::{Deserialize, Serialize};

use crate::wire::ErrorCode;

/// Most bytes of a picture.
pub const PICTURE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest side of a picture as it was taken, in pixels.
pub const PICTURE_SIDE_MAX: u32 = 16_384;

/// What is wrong with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PictureFault {
    /// By its first bytes it is neither of the two kinds.
    #[error("it is neither a JPEG nor a PNG picture")]
    WrongType,
    /// It begins as a picture and does not go on as one.
    #[error("it is broken: it begins as a picture and cannot be read to its end")]
    Unreadable,
    /// More bytes than are taken.
    #[error("it has {got} bytes, at most {PICTURE_BYTES_MAX} are taken")]
    TooManyBytes {
        /// How many it has.
        got: u64,
    },
    /// More pixels than are taken.
    #[error("it has {width} x {height} pixels, at most {most} and {PICTURE_SIDE_MAX} a side are taken")]
    TooManyPixels {
        /// As its header says.
        width: u32,
        /// As its header says.
        height: u32,
        /// How many may be.
        most: u32,
    },
}

impl PictureFault {
    /// The stable code of a refusal because of it.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::WrongType | Self::Unreadable => ErrorCode::BadArguments,
            Self::TooManyBytes { .. } | Self::TooManyPixels { .. } => ErrorCode::TooLarge,
        }
    }

    /// The stable word for `detail.reason` and for labels.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::Unreadable => "unreadable",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::TooManyPixels { .. } => "too_many_pixels",
        }
    }
}
