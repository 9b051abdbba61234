//! Scalars from their bytes, and the tree of values from the nodes of a machine.
//!
//! What is referred to twice stands in the tree twice and is counted twice, so that a small pickle cannot make a large
//! tree; what is within itself is deeper than any bound.

use super::machine::{Id, Node};
use super::opcodes as op;
use super::{Bounds, Pickle, PickleError};

/// A value that an opcode holds by itself.
pub(super) fn scalar(opcode: u8, argument: &[u8]) -> Result<Node, PickleError> {
    Ok(match opcode {
        op::NONE => Node::None,
        op::NEWTRUE => Node::Bool(true),
        op::NEWFALSE => Node::Bool(false),
        op::INT => of_int_line(argument)?,
        op::LONG => Node::Int(number(argument.strip_suffix(b"L").unwrap_or(argument))?),
        op::BININT => Node::Int(i32::from_le_bytes(exact(argument)?).into()),
        op::BININT1 => Node::Int(u8::from_le_bytes(exact(argument)?).into()),
        op::BININT2 => Node::Int(u16::from_le_bytes(exact(argument)?).into()),
        op::LONG1 | op::LONG4 => Node::Int(long(argument)?),
        op::FLOAT => Node::Float(number(argument)?),
        op::BINFLOAT => Node::Float(f64::from_be_bytes(exact(argument)?)),
        op::UNICODE => Node::Text(raw_unicode(argument)?),
        op::BINUNICODE | op::SHORT_BINUNICODE | op::BINUNICODE8 => Node::Text(text(argument)?),
        op::STRING => Node::Text(quoted(argument)?),
        op::BINSTRING | op::SHORT_BINSTRING => Node::Text(text(argument)?),
        op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => Node::Bytes(argument.to_vec()),
        other => return Err(PickleError::UnknownOpcode(other)),
    })
}

fn exact<const N: usize>(argument: &[u8]) -> Result<[u8; N], PickleError> {
    argument
        .try_into()
        .map_err(|_| PickleError::Broken("a number has another length"))
}

fn text(bytes: &[u8]) -> Result<String, PickleError> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned)
        .map_err(|_| PickleError::Broken("a text is no UTF-8"))
}

fn number<T: std::str::FromStr>(line: &[u8]) -> Result<T, PickleError> {
    let text = std::str::from_utf8(line).ok();
    text.and_then(|text| text.trim().parse().ok())
        .ok_or(PickleError::Broken("a number cannot be read, or has more than 64 bits"))
}

/// Protocol 0 and 1 write `True` and `False` as numbers with a leading zero.
fn of_int_line(line: &[u8]) -> Result<Node, PickleError> {
    match line {
        b"00" => Ok(Node::Bool(false)),
        b"01" => Ok(Node::Bool(true)),
        _ => number(line).map(Node::Int),
    }
}

/// Two's complement, the lowest byte first, in as few bytes as hold it.
fn long(bytes: &[u8]) -> Result<i64, PickleError> {
    let Some(highest) = bytes.last() else { return Ok(0) };
    if bytes.len() > size_of::<i64>() {
        return Err(PickleError::Broken("an integer has more than 64 bits"));
    }
    let mut whole = if *highest >= 0x80 { [0xff; 8] } else { [0; 8] };
    for (place, byte) in whole.iter_mut().zip(bytes) {
        *place = *byte;
    }
    Ok(i64::from_le_bytes(whole))
}

/// Latin-1 with `\uXXXX` and `\UXXXXXXXX`, as protocol 0 writes texts.
fn raw_unicode(line: &[u8]) -> Result<String, PickleError> {
    let mut rest = line;
    let mut text = String::with_capacity(line.len());
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let digits = match (byte, behind.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                text.push(char::from(*byte));
                continue;
            }
        };
        let code = behind.get(1..=digits).and_then(|code| std::str::from_utf8(code).ok());
        let letter = code
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        text.push(letter.ok_or(PickleError::Broken("an escape of a text cannot be read"))?);
        rest = behind.get(digits + 1..).unwrap_or_default();
    }
    Ok(text)
}

/// What Python 2 wrote: in quotes. One with a backslash needs Python's own reading and is not plain enough.
fn quoted(line: &[u8]) -> Result<String, PickleError> {
    let inside = match line {
        [b'\'', inside @ .., b'\''] | [b'"', inside @ .., b'"'] => inside,
        _ => return Err(PickleError::Broken("a string is not in quotes")),
    };
    if inside.contains(&b'\\') {
        return Err(PickleError::Broken("a string of protocol 0 holds a backslash"));
    }
    text(inside)
}

/// The tree of a node.
pub(super) fn grow(nodes: &[Node], root: Id, bounds: &Bounds) -> Result<Pickle, PickleError> {
    let mut growing = Growing {
        nodes,
        bounds,
        items_left: bounds.items,
        bytes_left: bounds.bytes,
    };
    growing.tree(root, 0)
}

struct Growing<'a> {
    nodes: &'a [Node],
    bounds: &'a Bounds,
    items_left: usize,
    bytes_left: usize,
}

impl Growing<'_> {
    fn tree(&mut self, id: Id, depth: usize) -> Result<Pickle, PickleError> {
        if depth > self.bounds.depth {
            return Err(PickleError::TooDeep(self.bounds.depth));
        }
        let left = self.items_left.checked_sub(1);
        self.items_left = left.ok_or(PickleError::TooMany(self.bounds.items))?;
        let nodes = self.nodes;
        let node = nodes.get(id).ok_or(PickleError::Broken("a value is missing"))?;
        Ok(match node {
            Node::None => Pickle::None,
            Node::Bool(yes) => Pickle::Bool(*yes),
            Node::Int(whole) => Pickle::Int(*whole),
            Node::Float(float) => Pickle::Float(*float),
            Node::Text(text) => {
                self.spend(text.len())?;
                Pickle::Text(text.clone())
            }
            Node::Bytes(bytes) => {
                self.spend(bytes.len())?;
                Pickle::Bytes(bytes.clone())
            }
            Node::Floats(floats) => {
                self.spend(floats.len().saturating_mul(size_of::<f32>()))?;
                Pickle::Floats(floats.clone())
            }
            Node::List(items) => Pickle::List(self.all(items, depth)?),
            Node::Tuple(items) => Pickle::Tuple(self.all(items, depth)?),
            Node::Dict(fields) => {
                let fields = fields.iter().map(|(key, value)| {
                    let key = self.tree(*key, depth + 1)?;
                    Ok((key, self.tree(*value, depth + 1)?))
                });
                Pickle::Dict(fields.collect::<Result<_, _>>()?)
            }
            Node::Named(_) => return Err(PickleError::NotPlain("a global")),
            Node::Numbers(_) | Node::Hollow => return Err(PickleError::NotPlain("an object")),
        })
    }

    fn all(&mut self, items: &[Id], depth: usize) -> Result<Vec<Pickle>, PickleError> {
        items.iter().map(|item| self.tree(*item, depth + 1)).collect()
    }

    fn spend(&mut self, bytes: usize) -> Result<(), PickleError> {
        let left = self.bytes_left.checked_sub(bytes);
        self.bytes_left = left.ok_or(PickleError::TooLong(self.bounds.bytes))?;
        Ok(())
    }
}
