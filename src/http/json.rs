//! An answer as it goes out: from CBOR to JSON in one pass, without a tree in between.
//!
//! Says what `AsJson` says of the tree, which a law holds; what it does not know it leaves to that. It decides nothing.

use std::io::Write;

use data_encoding::BASE64;

/// Containers inside each other.
const DEPTH_MAX: usize = 64;

/// The JSON of one whole item of definite lengths with text keys; nothing for anything else.
pub(super) fn of_cbor(cbor: &[u8]) -> Option<Vec<u8>> {
    // Names and marks take as much room as the heads of CBOR, and numbers more.
    let mut out = Vec::with_capacity(cbor.len().saturating_mul(3) / 2);
    let mut reading = Reading { rest: cbor };
    reading.item(&mut out, DEPTH_MAX)?;
    reading.rest.is_empty().then_some(out)
}

struct Reading<'a> {
    rest: &'a [u8],
}

impl<'a> Reading<'a> {
    fn item(&mut self, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        let (major, info, argument) = self.head()?;
        match major {
            0 => write!(out, "{argument}").ok(),
            1 => {
                let negative = -1 - i128::from(argument);
                match i64::try_from(negative) {
                    Ok(negative) => write!(out, "{negative}").ok(),
                    Err(_) => write!(out, "\"{negative}\"").ok(),
                }
            }
            2 => {
                let text = BASE64.encode(self.take(argument)?);
                write!(out, "\"{text}\"").ok()
            }
            3 => self.text(argument, out),
            4 => self.list(argument, out, depth.checked_sub(1)?),
            5 => self.map(argument, out, depth.checked_sub(1)?),
            7 => simple(info, argument, out),
            _ => None,
        }
    }

    fn text(&mut self, bytes: u64, out: &mut Vec<u8>) -> Option<()> {
        let text = std::str::from_utf8(self.take(bytes)?).ok()?;
        serde_json::to_writer(out, text).ok()
    }

    fn list(&mut self, items: u64, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        out.push(b'[');
        for number in 0..items {
            if number > 0 {
                out.push(b',');
            }
            self.item(out, depth)?;
        }
        out.push(b']');
        Some(())
    }

    fn map(&mut self, fields: u64, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        out.push(b'{');
        for number in 0..fields {
            if number > 0 {
                out.push(b',');
            }
            let (3, _, bytes) = self.head()? else { return None };
            self.text(bytes, out)?;
            out.push(b':');
            self.item(out, depth)?;
        }
        out.push(b'}');
        Some(())
    }

    /// Major type, the five bits behind it, and what they or the bytes after them say.
    fn head(&mut self) -> Option<(u8, u8, u64)> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        let argument = match info {
            0..=23 => u64::from(info),
            24 => self.number(1)?,
            25 => self.number(2)?,
            26 => self.number(4)?,
            27 => self.number(8)?,
            _ => return None,
        };
        Some((major, info, argument))
    }

    fn number(&mut self, bytes: u64) -> Option<u64> {
        let bytes = self.take(bytes)?.iter();
        Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(bytes).ok()?)?;
        self.rest = rest;
        Some(taken)
    }
}

/// Yes, no, nothing, and fractions.
fn simple(info: u8, argument: u64, out: &mut Vec<u8>) -> Option<()> {
    let fraction = match info {
        20 => return out.write_all(b"false").ok(),
        21 => return out.write_all(b"true").ok(),
        25 => f64::from(f32::from_bits(widened(u16::try_from(argument).ok()?)?)),
        26 => f64::from(f32::from_bits(u32::try_from(argument).ok()?)),
        27 => f64::from_bits(argument),
        _ => return out.write_all(b"null").ok(),
    };
    serde_json::to_writer(out, &fraction).ok()
}

/// The bits of a 16 bit fraction as those of a 32 bit one; nothing for those next to 0, which are rare.
fn widened(half: u16) -> Option<u32> {
    let half = u32::from(half);
    let (sign, exponent, rest) = ((half & 0x8000) << 16, half >> 10 & 0x1f, half & 0x3ff);
    let exponent = match (exponent, rest) {
        (0, 0) => 0,
        (0, _) => return None,
        (31, _) => 0xff,
        // The one counts from -15, the other from -127.
        (exponent, _) => exponent + 112,
    };
    Some(sign | exponent << 23 | rest << 13)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::strict::AsJson;
    use crate::wire::{Value, to_cbor};

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::Float),
            any::<f32>().prop_map(|fraction| Value::Float(f64::from(fraction))),
            any::<i16>().prop_map(|whole| Value::Float(f64::from(whole) / 8.0)),
            any::<String>().prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            let field = (any::<String>(), inner.clone()).prop_map(|(name, value)| (Value::Text(name), value));
            prop_oneof![
                prop::collection::vec(inner, 0..8).prop_map(Value::Array),
                prop::collection::vec(field, 0..8).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn one_pass_says_what_a_tree_says(value in any_value()) {
            let cbor = to_cbor(&value).unwrap();
            let by_tree = serde_json::to_vec(&AsJson(&value)).unwrap();
            if let Some(json) = of_cbor(&cbor) {
                prop_assert_eq!(String::from_utf8(json).unwrap(), String::from_utf8(by_tree).unwrap());
            } else {
                // Only fractions next to 0 are left to the tree.
                prop_assert!(cbor.contains(&0xf9), "{:?}", value);
            }
        }

        #[test]
        fn bytes_that_are_no_item_are_none_of_it(bytes in any::<Vec<u8>>()) {
            drop(of_cbor(&bytes));
        }
    }

    #[test]
    fn what_is_not_one_whole_item_of_definite_length_is_nothing() {
        for bytes in [
            &b""[..],
            b"\x01\x01",
            b"\x9f\xff",
            b"\x61",
            b"\xa1\x01\x02",
            b"\x81",
            b"\x61\xff",
            b"\xc1\x01",
        ] {
            assert_eq!(of_cbor(bytes), None, "{bytes:02x?}");
        }
        let deep = [vec![0x81; DEPTH_MAX], vec![0x01]].concat();
        assert!(of_cbor(&deep).is_some());
        assert_eq!(of_cbor(&[vec![0x81], deep].concat()), None);
        assert_eq!(of_cbor(b"\x82\xf9\x3e\x00\xf9\x7e\x00").unwrap(), b"[1.5,null]");
    }
}
