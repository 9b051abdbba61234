//! Sums by which senders know that what came is what they sent.

use ring::digest::{Algorithm, Context};

use super::disk::hex_of;
use super::error::FileError;

/// Digits of a SHA-256.
const SHA256_DIGITS: usize = 64;

/// A running sum of a piece.
pub(crate) struct Sum(Context);

impl Sum {
    /// By that algorithm.
    pub(crate) fn new(algorithm: &'static Algorithm) -> Self {
        Self(Context::new(algorithm))
    }

    /// Takes more.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// Compares the sum of a piece with what its sender says; `expected` is where the upload goes on.
///
/// # Errors
/// They differ.
pub(crate) fn compare(what: &'static str, got: &[u8], wanted: &[u8], expected: u64) -> Result<(), FileError> {
    if got == wanted {
        return Ok(());
    }
    Err(FileError::Hash {
        what,
        got: hex_of(got),
        wanted: hex_of(wanted),
        expected,
    })
}

/// A SHA-256 as its digits in lower case.
///
/// # Errors
/// It is none.
pub(crate) fn digits_of(text: &str) -> Result<String, FileError> {
    let digits = text.to_ascii_lowercase();
    let is_one = digits.len() == SHA256_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one
        .then_some(digits)
        .ok_or_else(|| FileError::NoCheck("`sha256` is not 64 hexadecimal digits".to_owned()))
}
