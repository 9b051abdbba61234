//! A template sealed and opened: its numbers, for one person, under one key, at one place of the table.
//!
//! Leaves no clear copy behind: buffers are wiped, and what stays is an [`Embedding`], which wipes itself, or locked memory.

use zeroize::Zeroizing;

use super::error::VaultError;
use super::sealing::{self, NONCE_BYTES, Secret, TAG_BYTES};
use crate::face::embedding::{EMBEDDING_FLOATS, Embedding};
use crate::face::store::SealedRow;

const PURPOSE: &[u8] = b"motorpool face template";
const FLOAT_BYTES: usize = 4;
/// Bytes of the numbers.
pub(super) const CLEAR_BYTES: usize = EMBEDDING_FLOATS * FLOAT_BYTES;

/// Where a template belongs: a row that is moved does not open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belongs {
    /// The number of the template.
    pub(super) template: i64,
    /// Whose it is.
    pub(super) user: i64,
    /// The key.
    pub(super) key: i64,
}

impl Belongs {
    fn about(self) -> Vec<u8> {
        let mut about = PURPOSE.to_vec();
        for number in [self.template, self.user, self.key] {
            about.extend_from_slice(&number.to_be_bytes());
        }
        about
    }
}

/// Seals the numbers under a fresh nonce.
pub(super) fn seal(
    secret: &Secret,
    belongs: Belongs,
    embedding: &Embedding,
) -> Result<([u8; NONCE_BYTES], Vec<u8>), VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    // As large as it will ever be: a buffer that grows leaves its old self behind.
    let mut buffer = Vec::with_capacity(CLEAR_BYTES + TAG_BYTES);
    for float in embedding.floats() {
        buffer.extend_from_slice(&float.to_le_bytes());
    }
    if sealing::seal(secret.bytes(), nonce, &belongs.about(), &mut buffer) {
        Ok((nonce, buffer))
    } else {
        Err(VaultError::Unavailable("a template could not be sealed".to_owned()))
    }
}

/// Opens a row; nothing when it is not this person's under this key, or was changed.
pub(super) fn open(secret: &Secret, row: SealedRow) -> Option<Embedding> {
    let mut floats = Box::new([0.0_f32; EMBEDDING_FLOATS]);
    open_into(secret, row, floats.as_mut_slice())?;
    Embedding::new(floats)
}

/// Opens a row into `floats`, which has the length of an embedding.
pub(super) fn open_into(secret: &Secret, row: SealedRow, floats: &mut [f32]) -> Option<()> {
    let belongs = Belongs {
        template: row.id,
        user: row.user_id,
        key: row.key_id,
    };
    let nonce = row.nonce.as_slice().try_into().ok()?;
    let mut buffer = Zeroizing::new(row.sealed);
    sealing::open(secret.bytes(), nonce, &belongs.about(), &mut buffer).ok()?;
    let (numbers, rest) = buffer.as_chunks::<FLOAT_BYTES>();
    if numbers.len() != floats.len() || !rest.is_empty() {
        return None;
    }
    for (float, bytes) in floats.iter_mut().zip(numbers) {
        *float = f32::from_le_bytes(*bytes);
    }
    Some(())
}
