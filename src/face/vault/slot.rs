//! How a key lies in the key store: one slot of 128 bytes each, a header in the first.
//!
//! Pure. A slot never lies across a sector of a disk, so that it is overwritten as a whole. Its sum tells what was torn
//! from what is somebody else's.
//!
//! | bytes | a key | the header |
//! |---|---|---|
//! | 0 to 7 | `MPFACEK1` | `MPFACES1` |
//! | 8 to 15, 16 to 23, 24 to 31 | key, person, instant of making | 16 bytes that name the store, 8 of zero |
//! | 32 to 43 | nonce | nonce |
//! | 44 to 91 | the key, wrapped under the server key | 32 zeroes, wrapped under the server key |
//! | 92 to 95 | zero | zero |
//! | 96 to 127 | SHA-256 of what is before | the same |

use sha2::{Digest, Sha256};

use super::sealing::{NONCE_BYTES, SECRET_BYTES, TAG_BYTES};

/// Bytes of a slot; a divisor of every sector size there is.
pub(super) const SLOT_BYTES: usize = 128;
/// Bytes of a wrapped key.
pub(super) const WRAPPED_BYTES: usize = SECRET_BYTES + TAG_BYTES;

const KEY_MAGIC: [u8; 8] = *b"MPFACEK1";
const HEADER_MAGIC: [u8; 8] = *b"MPFACES1";
const ABOUT_BYTES: usize = 24;
const SUMMED_BYTES: usize = 96;
const REST_BYTES: usize = SUMMED_BYTES - 8 - ABOUT_BYTES - NONCE_BYTES - WRAPPED_BYTES;

/// What names a key store.
pub(super) type StoreId = [u8; 16];
/// The bytes of a slot.
pub(super) type SlotBytes = [u8; SLOT_BYTES];

/// A wrapped key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeySlot {
    /// The number of the key.
    pub(super) key: i64,
    /// Whose it is.
    pub(super) user: i64,
    /// When it was made, in microseconds since 1970 UTC.
    pub(super) made_at: i64,
    /// Used for this wrapping alone.
    pub(super) nonce: [u8; NONCE_BYTES],
    /// The key, sealed.
    pub(super) wrapped: [u8; WRAPPED_BYTES],
}

/// The first slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The name of this store.
    pub(super) store: StoreId,
    /// Used for this proof alone.
    pub(super) nonce: [u8; NONCE_BYTES],
    /// Zeroes, sealed: tells whether a server key is the right one.
    pub(super) proof: [u8; WRAPPED_BYTES],
}

/// What a slot turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Zeroes: never used, or destroyed.
    Free,
    /// A key.
    Key(KeySlot),
    /// Something that was not written whole, or not by us.
    Torn,
}

/// Reads a slot.
#[must_use]
pub(super) fn read(slot: &SlotBytes) -> Found {
    if slot.iter().all(|byte| *byte == 0) {
        return Found::Free;
    }
    key_of(slot).map_or(Found::Torn, Found::Key)
}

fn key_of(slot: &SlotBytes) -> Option<KeySlot> {
    let (about, nonce, wrapped) = parts(slot, KEY_MAGIC)?;
    let (key, about) = about.split_first_chunk::<8>()?;
    let (user, about) = about.split_first_chunk::<8>()?;
    let made_at = about.first_chunk::<8>()?;
    Some(KeySlot {
        key: i64::from_be_bytes(*key),
        user: i64::from_be_bytes(*user),
        made_at: i64::from_be_bytes(*made_at),
        nonce,
        wrapped,
    })
}

/// Reads the header; nothing when it is none.
#[must_use]
pub(super) fn header(slot: &SlotBytes) -> Option<Header> {
    let (about, nonce, proof) = parts(slot, HEADER_MAGIC)?;
    Some(Header {
        store: *about.first_chunk()?,
        nonce,
        proof,
    })
}

type Parts = ([u8; ABOUT_BYTES], [u8; NONCE_BYTES], [u8; WRAPPED_BYTES]);

fn parts(slot: &SlotBytes, magic: [u8; 8]) -> Option<Parts> {
    let (summed, sum) = slot.split_first_chunk::<SUMMED_BYTES>()?;
    if Sha256::digest(summed).as_slice() != sum {
        return None;
    }
    let (found, rest) = summed.split_first_chunk::<8>()?;
    let (about, rest) = rest.split_first_chunk()?;
    let (nonce, rest) = rest.split_first_chunk()?;
    let (wrapped, _) = rest.split_first_chunk()?;
    (*found == magic).then_some((*about, *nonce, *wrapped))
}

impl KeySlot {
    /// As it is written.
    #[must_use]
    pub(super) fn bytes(&self) -> SlotBytes {
        let numbers = [self.key, self.user, self.made_at].map(i64::to_be_bytes);
        joined(KEY_MAGIC, numbers.as_flattened(), &self.nonce, &self.wrapped)
    }
}

impl Header {
    /// As it is written.
    #[must_use]
    pub(super) fn bytes(&self) -> SlotBytes {
        let mut about = [0; ABOUT_BYTES];
        for (byte, named) in about.iter_mut().zip(self.store) {
            *byte = named;
        }
        joined(HEADER_MAGIC, &about, &self.nonce, &self.proof)
    }
}

fn joined(magic: [u8; 8], about: &[u8], nonce: &[u8], wrapped: &[u8]) -> SlotBytes {
    let mut written = magic.to_vec();
    written.extend_from_slice(about);
    written.extend_from_slice(nonce);
    written.extend_from_slice(wrapped);
    written.extend_from_slice(&[0; REST_BYTES]);
    let sum = Sha256::digest(&written);
    written.extend_from_slice(&sum);
    let mut slot = [0; SLOT_BYTES];
    for (byte, written) in slot.iter_mut().zip(written) {
        *byte = written;
    }
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> KeySlot {
        KeySlot {
            key: 7,
            user: i64::MAX,
            made_at: -1,
            nonce: [3; NONCE_BYTES],
            wrapped: [4; WRAPPED_BYTES],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&slot().bytes()), Found::Key(slot()));
        assert_eq!(header(&slot().bytes()), None);
        let head = Header {
            store: [9; 16],
            nonce: [3; NONCE_BYTES],
            proof: [4; WRAPPED_BYTES],
        };
        assert_eq!(header(&head.bytes()), Some(head.clone()));
        assert_eq!(read(&head.bytes()), Found::Torn, "a header is no key");
        assert_eq!(read(&[0; SLOT_BYTES]), Found::Free);
        assert_eq!(header(&[0; SLOT_BYTES]), None);
    }

    #[test]
    fn a_slot_that_was_written_or_wiped_in_part_is_torn() {
        let whole = slot().bytes();
        for written in 1..SLOT_BYTES {
            let mut begun = whole;
            begun[written..].fill(0);
            assert_eq!(read(&begun), Found::Torn, "{written} bytes were written");
            let mut wiped = whole;
            wiped[..written].fill(0);
            assert_eq!(read(&wiped), Found::Torn, "{written} bytes were wiped");
        }
    }

    #[test]
    fn a_slot_lies_within_a_sector() {
        assert_eq!(512 % SLOT_BYTES, 0);
        assert_eq!(slot().bytes().len(), SLOT_BYTES);
    }
}
