//! Sealing and opening with authenticated encryption: what is sealed, for whom, and under which key belong together.
//!
//! Pure: randomness comes in. Leaves no clear text and no key behind: secrets wipe themselves, and what the cipher left
//! on the stack is overwritten.

use std::fmt;
use std::hint::black_box;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

/// Bytes of a key.
pub(super) const SECRET_BYTES: usize = 32;
/// Bytes of a nonce; each is used once.
pub(super) const NONCE_BYTES: usize = 12;
/// Bytes that sealing adds.
pub(super) const TAG_BYTES: usize = 16;
/// How much of the stack is overwritten: more than the cipher and what calls it here use.
const STACK_BYTES: usize = 16 * 1024;

/// A key. On the heap, so that moving it leaves no copy; wiped when dropped, never shown.
pub(super) struct Secret(Box<[u8; SECRET_BYTES]>);

impl Secret {
    /// Nothing yet; to be filled in place.
    #[must_use]
    pub(super) fn blank() -> Self {
        Self(Box::new([0; SECRET_BYTES]))
    }

    /// The bytes.
    #[must_use]
    pub(super) fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The bytes, to be filled.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8; SECRET_BYTES] {
        &mut self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The key, the nonce or what it was sealed for is another, or somebody changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not open")]
pub(super) struct NotOpened;

/// Seals the buffer in place and puts the tag behind it. The buffer must have room for the tag, or else growing it would
/// leave clear text behind.
pub(super) fn seal(secret: &[u8; SECRET_BYTES], nonce: [u8; NONCE_BYTES], about: &[u8], buffer: &mut Vec<u8>) -> bool {
    let has_room = buffer.capacity().saturating_sub(buffer.len()) >= TAG_BYTES;
    let sealed = has_room && with_cipher_sealed(secret, nonce, about, buffer);
    if !sealed {
        buffer.zeroize();
    }
    scrub_stack();
    sealed
}

/// Opens the buffer in place: the clear text is what is left when the tag is taken off. A buffer that does not open is
/// wiped.
pub(super) fn open(
    secret: &[u8; SECRET_BYTES],
    nonce: [u8; NONCE_BYTES],
    about: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), NotOpened> {
    let opened = with_cipher_opened(secret, nonce, about, buffer);
    match opened {
        Some(clear) => buffer.truncate(clear),
        None => buffer.zeroize(),
    }
    scrub_stack();
    opened.map(drop).ok_or(NotOpened)
}

#[inline(never)]
fn with_cipher_sealed(
    secret: &[u8; SECRET_BYTES],
    nonce: [u8; NONCE_BYTES],
    about: &[u8],
    buffer: &mut Vec<u8>,
) -> bool {
    UnboundKey::new(&CHACHA20_POLY1305, secret).is_ok_and(|key| {
        let key = LessSafeKey::new(key);
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(about), buffer).is_ok()
    })
}

#[inline(never)]
fn with_cipher_opened(
    secret: &[u8; SECRET_BYTES],
    nonce: [u8; NONCE_BYTES],
    about: &[u8],
    buffer: &mut [u8],
) -> Option<usize> {
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, secret).ok()?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let clear = key.open_in_place(nonce, Aad::from(about), buffer).ok()?;
    Some(clear.len())
}

/// Overwrites what calls before this one left below it on the stack: the cipher keeps its key there and does not wipe it.
#[inline(never)]
pub(super) fn scrub_stack() {
    let mut below = [0_u8; STACK_BYTES];
    below.zeroize();
    black_box(&below);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(fill: u8) -> Secret {
        let mut secret = Secret::blank();
        secret.bytes_mut().fill(fill);
        secret
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(text.len() + TAG_BYTES);
        buffer.extend_from_slice(text);
        assert!(seal(secret(1).bytes(), [2; NONCE_BYTES], b"for ada", &mut buffer));
        buffer
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_nonce_and_purpose_and_with_no_other() {
        let sealed = sealed(b"a face");
        assert_eq!(sealed.len(), 6 + TAG_BYTES);
        let tries: [(&str, u8, u8, &[u8], bool); 4] = [
            ("the same", 1, 2, b"for ada", true),
            ("another key", 9, 2, b"for ada", false),
            ("another nonce", 1, 9, b"for ada", false),
            ("another purpose", 1, 2, b"for bob", false),
        ];
        for (what, key, nonce, about, opens) in tries {
            let mut buffer = sealed.clone();
            let opened = open(secret(key).bytes(), [nonce; NONCE_BYTES], about, &mut buffer);
            assert_eq!(opened.is_ok(), opens, "{what}");
            assert_eq!(buffer, if opens { &b"a face"[..] } else { b"" }, "{what}");
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let sealed = sealed(b"a face");
        for bit in 0..sealed.len() * 8 {
            let mut buffer = sealed.clone();
            buffer[bit / 8] ^= 1 << (bit % 8);
            let opened = open(secret(1).bytes(), [2; NONCE_BYTES], b"for ada", &mut buffer);
            assert_eq!(opened, Err(NotOpened), "bit {bit}");
        }
    }

    #[test]
    fn a_buffer_that_would_have_to_move_is_wiped_and_not_sealed() {
        let mut buffer = b"a face".to_vec();
        buffer.shrink_to_fit();
        assert!(!seal(secret(1).bytes(), [2; NONCE_BYTES], b"", &mut buffer));
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", secret(7)), "Secret(..)");
    }
}
