//! The opcodes of a pickle, protocols 0 to 5, and how long the argument of each is.
//!
//! Only what plain data is written with has a name; what else there is is refused by what it would do.

use super::PickleError;

/// Longest argument that ends with a line: a number or a text of protocol 0.
const LINE_BYTES_MAX: usize = 64 * 1024;

macro_rules! opcodes {
    ($($name:ident = $byte:literal,)+) => {
        $(pub(super) const $name: u8 = $byte;)+
    };
}

opcodes! {
    MARK = b'(',
    STOP = b'.',
    POP = b'0',
    POP_MARK = b'1',
    DUP = b'2',
    FLOAT = b'F',
    INT = b'I',
    BININT = b'J',
    BININT1 = b'K',
    LONG = b'L',
    BININT2 = b'M',
    NONE = b'N',
    REDUCE = b'R',
    STRING = b'S',
    BINSTRING = b'T',
    SHORT_BINSTRING = b'U',
    UNICODE = b'V',
    BINUNICODE = b'X',
    APPEND = b'a',
    BUILD = b'b',
    GLOBAL = b'c',
    DICT = b'd',
    EMPTY_DICT = b'}',
    APPENDS = b'e',
    GET = b'g',
    BINGET = b'h',
    LONG_BINGET = b'j',
    LIST = b'l',
    EMPTY_LIST = b']',
    PUT = b'p',
    BINPUT = b'q',
    LONG_BINPUT = b'r',
    SETITEM = b's',
    TUPLE = b't',
    EMPTY_TUPLE = b')',
    SETITEMS = b'u',
    BINFLOAT = b'G',
    BINBYTES = b'B',
    SHORT_BINBYTES = b'C',
    PROTO = 0x80,
    TUPLE1 = 0x85,
    TUPLE2 = 0x86,
    TUPLE3 = 0x87,
    NEWTRUE = 0x88,
    NEWFALSE = 0x89,
    LONG1 = 0x8a,
    LONG4 = 0x8b,
    SHORT_BINUNICODE = 0x8c,
    BINUNICODE8 = 0x8d,
    BINBYTES8 = 0x8e,
    STACK_GLOBAL = 0x93,
    MEMOIZE = 0x94,
    FRAME = 0x95,
    BYTEARRAY8 = 0x96,
}

/// One opcode with its argument, and where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The opcode.
    pub(super) opcode: u8,
    /// Its argument: of a counted one without the count, of a line without its end, of `GLOBAL` both lines.
    pub(super) argument: &'a [u8],
    /// Where the next opcode is.
    pub(super) next: usize,
}

/// The opcode at a place; `None` when not all of it is there. `bytes_max` bounds what an argument may announce.
pub(super) fn step(bytes: &[u8], at: usize, bytes_max: usize) -> Result<Option<Step<'_>>, PickleError> {
    let Some(opcode) = bytes.get(at).copied() else {
        return Ok(None);
    };
    let rest = at + 1;
    let fixed = |length: usize| counted(bytes, rest, length, bytes_max);
    let argument = match opcode {
        MARK | STOP | POP | POP_MARK | DUP | NONE | REDUCE | APPEND | BUILD | DICT | EMPTY_DICT | APPENDS | LIST
        | EMPTY_LIST | SETITEM | TUPLE | EMPTY_TUPLE | SETITEMS | TUPLE1 | TUPLE2 | TUPLE3 | NEWTRUE | NEWFALSE
        | STACK_GLOBAL | MEMOIZE => fixed(0)?,
        BININT1 | BINGET | BINPUT | PROTO => fixed(1)?,
        BININT2 => fixed(2)?,
        BININT | LONG_BINGET | LONG_BINPUT => fixed(4)?,
        BINFLOAT | FRAME => fixed(8)?,
        SHORT_BINSTRING | SHORT_BINBYTES | LONG1 | SHORT_BINUNICODE => prefixed(bytes, rest, 1, bytes_max)?,
        BINSTRING | BINUNICODE | BINBYTES | LONG4 => prefixed(bytes, rest, 4, bytes_max)?,
        BINUNICODE8 | BINBYTES8 | BYTEARRAY8 => prefixed(bytes, rest, 8, bytes_max)?,
        FLOAT | INT | LONG | STRING | UNICODE | GET | PUT => line(bytes, rest)?,
        GLOBAL => two_lines(bytes, rest)?,
        b'P' | b'Q' => return Err(PickleError::NotPlain("a persistent id")),
        b'i' | b'o' | 0x81 | 0x92 => return Err(PickleError::NotPlain("an object")),
        0x82..=0x84 => return Err(PickleError::NotPlain("an extension")),
        0x8f..=0x91 => return Err(PickleError::NotPlain("a set")),
        0x97 | 0x98 => return Err(PickleError::NotPlain("a buffer that travels apart")),
        other => return Err(PickleError::UnknownOpcode(other)),
    };
    Ok(argument.map(|(argument, next)| Step { opcode, argument, next }))
}

/// An argument and where the next opcode is.
type Found<'a> = Option<(&'a [u8], usize)>;

fn counted(bytes: &[u8], from: usize, length: usize, bytes_max: usize) -> Result<Found<'_>, PickleError> {
    let end = from.checked_add(length).filter(|end| *end <= bytes_max);
    let end = end.ok_or(PickleError::TooLong(bytes_max))?;
    Ok(bytes.get(from..end).map(|argument| (argument, end)))
}

/// An argument behind its own length, little-endian in so many bytes.
fn prefixed(bytes: &[u8], from: usize, width: usize, bytes_max: usize) -> Result<Found<'_>, PickleError> {
    let Some((count, from)) = counted(bytes, from, width, bytes_max)? else {
        return Ok(None);
    };
    let length = count.iter().rev().try_fold(0_usize, |length, byte| {
        length.checked_mul(256)?.checked_add(usize::from(*byte))
    });
    counted(bytes, from, length.ok_or(PickleError::TooLong(bytes_max))?, bytes_max)
}

fn line(bytes: &[u8], from: usize) -> Result<Found<'_>, PickleError> {
    let rest = bytes.get(from..).unwrap_or_default();
    let looked_at = rest.get(..LINE_BYTES_MAX).unwrap_or(rest);
    match looked_at.iter().position(|byte| *byte == b'\n') {
        Some(end) => Ok(rest.get(..end).map(|argument| (argument, from + end + 1))),
        None if rest.len() > LINE_BYTES_MAX => Err(PickleError::TooLong(LINE_BYTES_MAX)),
        None => Ok(None),
    }
}

fn two_lines(bytes: &[u8], from: usize) -> Result<Found<'_>, PickleError> {
    let Some((_, second)) = line(bytes, from)? else {
        return Ok(None);
    };
    let Some((_, next)) = line(bytes, second)? else {
        return Ok(None);
    };
    Ok(bytes.get(from..next - 1).map(|argument| (argument, next)))
}
