//! The commonest frames of the server, an answer that went well and an event, on their way into another format: what is in
//! them is written on from its bytes, and no value is made of it.
//!
//! Every other frame is left to [`decode`](super::decode). A law in the tests holds that both ways say the same.

use std::cell::Cell;

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::direct::{ARRAY, BYTES, MAP, NEGATIVE, Rest, SIMPLE, TEXT, UNSIGNED};
use super::{ScanLimits, scan};

/// A frame whose content stays as it lies.
pub(crate) enum Transit<'a> {
    /// An answer to a call or request.
    Ok {
        /// The id that was asked with.
        id: u64,
        /// What came of it.
        value: Item<'a>,
    },
    /// An event.
    Event {
        /// Its number; 0 where it may be lost.
        seq: u64,
        /// All of its fields.
        fields: Item<'a>,
    },
}

/// One item of a frame that has passed the scan.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a>(&'a [u8]);

/// Looks whether a frame is one of these.
pub(crate) fn transit(frame: &[u8]) -> Option<Transit<'_>> {
    let transit = answer(frame).or_else(|| event(frame))?;
    // It is the last item of the frame, so it ends where the frame does.
    scan(frame, ScanLimits::default()).is_ok().then_some(transit)
}

fn answer(frame: &[u8]) -> Option<Transit<'_>> {
    let mut rest = Rest(frame.strip_prefix(b"\xa1\x66result\xa2\x62id")?);
    let id = rest.argument_of(UNSIGNED)?;
    let value = Item(rest.0.strip_prefix(b"\x62ok")?);
    Some(Transit::Ok { id, value })
}

fn event(frame: &[u8]) -> Option<Transit<'_>> {
    let fields = frame.strip_prefix(b"\xa1\x65event")?;
    let mut rest = Rest(fields.strip_prefix(b"\xa4\x65epoch")?);
    rest.text()?;
    let mut rest = Rest(rest.0.strip_prefix(b"\x63seq")?);
    let seq = rest.argument_of(UNSIGNED)?;
    let mut rest = Rest(rest.0.strip_prefix(b"\x64name")?);
    rest.text()?;
    rest.0.strip_prefix(b"\x64data")?;
    let fields = Item(fields);
    Some(Transit::Event { seq, fields })
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Next(&Cell::new(self.0)).serialize(serializer)
    }
}

/// The next item of what is left.
struct Next<'r, 'a>(&'r Cell<&'a [u8]>);

impl Serialize for Next<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let short = || S::Error::custom("an item of ours is cut short");
        let before = self.0.get();
        let mut rest = Rest(before);
        let (kind, argument) = rest.head().ok_or_else(short)?;
        match kind {
            TEXT => {
                let text = rest.text_of(argument).ok_or_else(short)?;
                self.0.set(rest.0);
                return serializer.serialize_str(text);
            }
            BYTES => {
                let bytes = rest.bytes_of(argument).ok_or_else(short)?;
                self.0.set(rest.0);
                return serializer.serialize_bytes(bytes);
            }
            _ => self.0.set(rest.0),
        }
        match kind {
            UNSIGNED => serializer.serialize_u64(argument),
            NEGATIVE => serializer.serialize_i64(!argument.cast_signed()),
            ARRAY => {
                let mut items = serializer.serialize_seq(usize::try_from(argument).ok())?;
                for _ in 0..argument {
                    items.serialize_element(self)?;
                }
                items.end()
            }
            MAP => {
                let mut fields = serializer.serialize_map(usize::try_from(argument).ok())?;
                for _ in 0..argument {
                    fields.serialize_key(self)?;
                    fields.serialize_value(self)?;
                }
                fields.end()
            }
            SIMPLE => simple(before, serializer),
            _ => Err(short()),
        }
    }
}

/// A simple value, or a float in the shortest form that holds it, which is how many digits it is worth.
fn simple<S: Serializer>(item: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match *item {
        [0xf4, ..] => serializer.serialize_bool(false),
        [0xf5, ..] => serializer.serialize_bool(true),
        [0xf6, ..] => serializer.serialize_unit(),
        [0xf9, a, b, ..] => serializer.serialize_f32(half(u16::from_be_bytes([a, b]))),
        [0xfa, a, b, c, d, ..] => serializer.serialize_f32(f32::from_be_bytes([a, b, c, d])),
        [0xfb, a, b, c, d, e, f, g, h, ..] => serializer.serialize_f64(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => Err(S::Error::custom("no item of ours begins so")),
    }
}

/// A float of 16 bits: 5 of exponent and 10 of fraction.
pub(super) fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (fraction + 1024.0) * 2_f32.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}
