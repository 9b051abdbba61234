//! The commonest frame, a `call` with plain arguments, read straight from its bytes.
//!
//! Every other frame, and every `call` with something unusual in it, is left to ciborium, which alone refuses. Bytes
//! must have passed the scan; a law in the tests holds that both ways read the same.

use super::talk::{Args, Call};
use super::transit::half;
use super::{Frame, Value};

pub(super) const UNSIGNED: u8 = 0;
pub(super) const NEGATIVE: u8 = 1;
pub(super) const BYTES: u8 = 2;
pub(super) const TEXT: u8 = 3;
pub(super) const ARRAY: u8 = 4;
pub(super) const MAP: u8 = 5;
pub(super) const SIMPLE: u8 = 7;

/// The call in `item`; `None` when ciborium has to look.
pub(super) fn call(item: &[u8]) -> Option<Frame> {
    let mut rest = Rest(item.strip_prefix(b"\xa1\x64call")?);
    let (mut id, mut command, mut args, mut deadline_ms) = (None, None, Args::default(), None);
    for _ in 0..rest.argument_of(MAP)? {
        match rest.text()? {
            "id" => id = Some(rest.argument_of(UNSIGNED)?),
            "command" => command = Some(rest.text()?.to_owned()),
            "args" => args = rest.args()?,
            "deadline_ms" => deadline_ms = Some(rest.argument_of(UNSIGNED)?),
            _ => return None,
        }
    }
    let call = Call {
        id: id?,
        command: command?,
        args,
        deadline_ms,
    };
    rest.0.is_empty().then_some(Frame::Call(call))
}

/// What has not been read yet.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl<'a> Rest<'a> {
    /// The kind of the next item and its argument: a number, or how much follows.
    pub(super) fn head(&mut self) -> Option<(u8, u64)> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let info = first & 0x1f;
        let argument = match info {
            0..=23 => u64::from(info),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            _ => return None,
        };
        Some((first >> 5, argument))
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn argument_of(&mut self, wanted: u8) -> Option<u64> {
        let (kind, argument) = self.head()?;
        (kind == wanted).then_some(argument)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.argument_of(TEXT)?;
        self.text_of(length)
    }

    pub(super) fn text_of(&mut self, length: u64) -> Option<&'a str> {
        std::str::from_utf8(self.bytes_of(length)?).ok()
    }

    pub(super) fn bytes_of(&mut self, length: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// The vectors grow with what is really there: a length is only a claim.
    fn args(&mut self) -> Option<Args> {
        match self.head()? {
            (ARRAY, length) => {
                let mut values = Vec::new();
                for _ in 0..length {
                    values.push(self.plain()?);
                }
                Some(Args::Position(values))
            }
            (MAP, length) => {
                let mut values = Vec::new();
                for _ in 0..length {
                    values.push((self.text()?.to_owned(), self.plain()?));
                }
                Some(Args::Name(values))
            }
            _ => None,
        }
    }

    /// A value that is no container and no bytes.
    fn plain(&mut self) -> Option<Value> {
        let before = self.0;
        match self.head()? {
            (UNSIGNED, number) => Some(Value::from(number)),
            (NEGATIVE, number) => Some(Value::from(!i64::try_from(number).ok()?)),
            (TEXT, length) => Some(Value::from(self.text_of(length)?)),
            // The bytes of a float pass for an argument.
            (SIMPLE, bits) => match before.first()? {
                0xf4 => Some(Value::Bool(false)),
                0xf5 => Some(Value::Bool(true)),
                0xf6 => Some(Value::Null),
                0xf9 => number(half(u16::try_from(bits).ok()?).into()),
                0xfa => number(f32::from_bits(u32::try_from(bits).ok()?).into()),
                0xfb => number(f64::from_bits(bits)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A float; of what is not a number there are many, which are left to ciborium.
fn number(float: f64) -> Option<Value> {
    (!float.is_nan()).then_some(Value::Float(float))
}
