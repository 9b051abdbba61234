//! Frames on a stream of bytes: a 4-byte big-endian length, then one item.
//!
//! Cuts the stream into items and appends frames to a buffer. The length is checked before anything is
//! reserved for it, and a peer that announces much gets memory only for what it really sends.
//! It never looks into an item; [`super::decode()`] does.

use std::cell::Cell;
use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio_util::codec::Decoder;

use super::Frame;
use super::decode::{read, reason};
use super::write::write;

/// Bytes of the length before an item.
pub const LENGTH_BYTES: usize = 4;

/// Most bytes reserved for what has not come yet.
const RESERVE_STEP_BYTES: usize = 4 * 1024;
/// Most bytes that a thread keeps ready for the next item it writes.
const DRAFT_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    /// Where items are written whose length is not known yet.
    static DRAFT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Cuts a stream into items. The items are not scanned yet.
#[derive(Debug, Clone)]
pub struct FrameCodec {
    frame_bytes_max: usize,
}

impl FrameCodec {
    /// The longest item before the handshake is done.
    pub const HANDSHAKE_BYTES_MAX: usize = 4 * 1024;
    /// The longest item afterwards, unless configured.
    pub const FRAME_BYTES_MAX: usize = 64 * 1024;

    /// A codec for items of at most `frame_bytes_max` bytes.
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        Self { frame_bytes_max }
    }

    /// Changes the bound for items whose length has not been read yet.
    pub fn set_frame_bytes_max(&mut self, frame_bytes_max: usize) {
        self.frame_bytes_max = frame_bytes_max;
    }
}

/// Why a stream cannot be cut any further. Both end the connection.
#[derive(Debug, Error)]
pub enum CodecError {
    /// An item longer than the bound is announced.
    #[error("got a frame of {got} bytes, wanted at most {max}")]
    TooLarge {
        /// What its length says.
        got: usize,
        /// The bound.
        max: usize,
    },
    /// The stream failed, or ended inside a frame.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Decoder for FrameCodec {
    type Item = Bytes;
    type Error = CodecError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, CodecError> {
        let Some(prefix) = src.first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let got = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if got > self.frame_bytes_max {
            let max = self.frame_bytes_max;
            return Err(CodecError::TooLarge { got, max });
        }
        let missing = (LENGTH_BYTES + got).saturating_sub(src.len());
        if missing > 0 {
            src.reserve(missing.min(RESERVE_STEP_BYTES));
            return Ok(None);
        }
        src.advance(LENGTH_BYTES);
        Ok(Some(src.split_to(got).freeze()))
    }
}

/// Why something cannot become bytes.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// Longer than a length can say.
    #[error("got an item of {got} bytes, wanted at most 4294967295")]
    TooLarge {
        /// How long it is.
        got: usize,
    },
    /// Its `Serialize` gave up.
    #[error("cannot be encoded: {0}")]
    Value(String),
}

/// Why bytes cannot become something.
#[derive(Debug, Error)]
pub enum FromCborError {
    /// Not CBOR, or of another shape.
    #[error("cannot be decoded: {0}")]
    Value(String),
    /// Bytes after the item.
    #[error("got {got} bytes after the item, wanted none")]
    Trailing {
        /// How many are left over.
        got: usize,
    },
}

/// Appends the length and the item of a frame. On an error nothing is appended.
pub fn encode(frame: &Frame, out: &mut BytesMut) -> Result<(), EncodeError> {
    let start = out.len();
    out.put_u32(0);
    let straight = write(frame, out);
    let written = straight
        .or_else(|_| {
            out.truncate(start + LENGTH_BYTES);
            ciborium::into_writer(frame, (&mut *out).writer()).map_err(given_up)
        })
        .and_then(|()| length_prefix(out.len() - start - LENGTH_BYTES));
    match written {
        Ok(prefix) => {
            if let Some(place) = out.get_mut(start..start + LENGTH_BYTES) {
                place.copy_from_slice(&prefix);
            }
            Ok(())
        }
        Err(err) => {
            out.truncate(start);
            Err(err)
        }
    }
}

/// Appends a `result` frame around a value that is encoded already: the hot path, without a copy between.
///
/// `ok_cbor` must be one item, as [`to_cbor`] gives it.
pub fn encode_result_ok(id: u64, ok_cbor: &[u8], out: &mut BytesMut) -> Result<(), EncodeError> {
    // {"result": {"id": id, "ok": ok_cbor}}
    const HEAD: &[u8] = b"\xa1\x66result\xa2\x62id";
    const OK: &[u8] = b"\x62ok";
    let (header, argument_bytes) = id_header(id);
    let tail = id.to_be_bytes();
    let argument = tail.get(tail.len() - argument_bytes..).unwrap_or_default();
    let length = HEAD.len() + 1 + argument.len() + OK.len() + ok_cbor.len();
    let prefix = length_prefix(length)?;
    out.reserve(LENGTH_BYTES + length);
    out.put_slice(&prefix);
    out.put_slice(HEAD);
    out.put_u8(header);
    out.put_slice(argument);
    out.put_slice(OK);
    out.put_slice(ok_cbor);
    Ok(())
}

/// The first byte of an unsigned integer in its shortest form, and how many bytes follow.
fn id_header(id: u64) -> (u8, usize) {
    match (u8::try_from(id), id) {
        (Ok(small @ 0..=23), _) => (small, 0),
        (Ok(_), _) => (0x18, 1),
        (_, 0..=0xffff) => (0x19, 2),
        (_, 0..=0xffff_ffff) => (0x1a, 4),
        _ => (0x1b, 8),
    }
}

fn length_prefix(got: usize) -> Result<[u8; LENGTH_BYTES], EncodeError> {
    u32::try_from(got)
        .map(u32::to_be_bytes)
        .map_err(|_| EncodeError::TooLarge { got })
}

/// Anything as one CBOR item.
pub fn to_cbor<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut draft = DRAFT.take();
    draft.clear();
    let straight = write(value, &mut draft);
    let written = straight.or_else(|_| {
        draft.clear();
        ciborium::into_writer(value, &mut draft).map_err(given_up)
    });
    let item = written.map(|()| draft.as_slice().to_vec());
    if draft.capacity() <= DRAFT_BYTES_MAX {
        DRAFT.set(draft);
    }
    item
}

/// One CBOR item as anything. For bytes of our own: it does not [`super::scan()`].
pub fn from_cbor<T: DeserializeOwned>(item: &[u8]) -> Result<T, FromCborError> {
    let mut rest = item;
    let value = read(&mut rest).map_err(|err| FromCborError::Value(reason(err)))?;
    match rest.len() {
        0 => Ok(value),
        got => Err(FromCborError::Trailing { got }),
    }
}

fn given_up<E: std::fmt::Debug>(err: ciborium::ser::Error<E>) -> EncodeError {
    match err {
        ciborium::ser::Error::Value(message) => EncodeError::Value(message),
        ciborium::ser::Error::Io(err) => EncodeError::Value(format!("{err:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::{Bye, Ping};

    fn stream(length: u32, sent: usize) -> BytesMut {
        let mut bytes = BytesMut::new();
        bytes.put_u32(length);
        bytes.put_bytes(0, sent);
        bytes
    }

    #[test]
    fn the_longest_item_passes_and_one_byte_more_does_not() {
        let mut codec = FrameCodec::new(4096);
        assert_eq!(codec.decode(&mut stream(4096, 4096)).unwrap().unwrap().len(), 4096);
        // Refused by its length alone, before any of it has come.
        let refused = codec.decode(&mut stream(4097, 0)).unwrap_err();
        assert!(matches!(refused, CodecError::TooLarge { got: 4097, max: 4096 }));
        assert_eq!(refused.to_string(), "got a frame of 4097 bytes, wanted at most 4096");
        codec.set_frame_bytes_max(4097);
        assert_eq!(codec.decode(&mut stream(4097, 4097)).unwrap().unwrap().len(), 4097);
        let refused = codec.decode(&mut stream(u32::MAX, 10)).unwrap_err();
        assert!(matches!(refused, CodecError::TooLarge { got: 4_294_967_295, .. }));
    }

    #[test]
    fn a_peer_that_announces_much_gets_memory_only_for_what_it_sends() {
        let mut codec = FrameCodec::new(1 << 30);
        for sent in [0, 1, 5000] {
            let mut bytes = stream(1 << 30, sent);
            assert!(codec.decode(&mut bytes).unwrap().is_none());
            let bound = 2 * (bytes.len() + RESERVE_STEP_BYTES);
            assert!(bytes.capacity() <= bound, "{} > {bound}", bytes.capacity());
        }
    }

    #[test]
    fn parts_of_a_length_wait_and_an_empty_item_is_an_item() {
        let mut codec = FrameCodec::new(16);
        for sent in 0..4 {
            assert!(codec.decode(&mut BytesMut::from(&[0; 4][..sent])).unwrap().is_none());
        }
        assert_eq!(codec.decode(&mut stream(0, 0)).unwrap(), Some(Bytes::new()));
    }

    #[test]
    fn ids_are_spliced_in_their_shortest_form() {
        let borders = [
            0,
            23,
            24,
            255,
            256,
            65_535,
            65_536,
            4_294_967_295,
            4_294_967_296,
            u64::MAX,
        ];
        for id in borders {
            let mut out = BytesMut::new();
            encode_result_ok(id, &[0xf6], &mut out).unwrap();
            let item = out.get(LENGTH_BYTES..).unwrap();
            assert_eq!(
                super::super::scan(item, super::super::ScanLimits::default()),
                Ok(()),
                "{id}"
            );
        }
    }

    #[test]
    fn a_frame_is_appended_behind_what_is_there() {
        let mut out = BytesMut::from(&b"before"[..]);
        encode(&Frame::Ping(Ping { id: 1 }), &mut out).unwrap();
        assert_eq!(&out[..], b"before\x00\x00\x00\x0b\xa1\x64ping\xa1\x62id\x01");
    }

    #[test]
    fn what_cannot_be_encoded_leaves_no_bytes() {
        struct Stubborn;
        impl Serialize for Stubborn {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        assert_eq!(to_cbor(&Stubborn).unwrap_err().to_string(), "cannot be encoded: no");
        assert!(length_prefix(1 << 33).is_err());
    }

    #[test]
    fn bytes_after_an_item_are_refused() {
        let bye = Bye {
            reason: "idle".into(),
            reconnect_after_ms: None,
        };
        let mut item = to_cbor(&bye).unwrap();
        assert_eq!(from_cbor::<Bye>(&item).unwrap(), bye);
        item.push(0);
        assert!(matches!(
            from_cbor::<Bye>(&item),
            Err(FromCborError::Trailing { got: 1 })
        ));
        assert!(matches!(from_cbor::<u64>(&item), Err(FromCborError::Value(_))));
    }
}
