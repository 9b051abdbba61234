//! The shapes by which numpy 1 and 2 write arrays and scalars of floats: recognised by their names and built here.
//!
//! A name is never looked up and nothing is called. What has not exactly one of these shapes is refused.

use super::PickleError;
use super::machine::{Id, Node};

/// A name that numpy writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Makes an array without numbers.
    Reconstruct,
    /// The type of an array.
    NdArray,
    /// The type of numbers.
    DType,
    /// One number.
    Scalar,
    /// An array from bytes, as protocol 5 has it.
    FromBuffer,
    /// Bytes written as Latin-1, as protocols 0 to 2 have them.
    Encode,
}

/// The type of the numbers of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    is_double: bool,
    /// Unknown until its state came.
    is_little: Option<bool>,
}

const NOT_AN_ARRAY: PickleError = PickleError::NotPlain("a reduction");
const NOT_A_STATE: PickleError = PickleError::NotPlain("an object");

impl Named {
    /// From the two lines of a `GLOBAL`.
    pub(super) fn of_lines(lines: &[u8]) -> Result<Self, PickleError> {
        let lines = std::str::from_utf8(lines).ok();
        let names = lines.and_then(|lines| lines.split_once('\n'));
        names
            .and_then(|(module, name)| Self::find(module, name))
            .ok_or(PickleError::NotPlain("a global"))
    }

    /// From the two texts of a `STACK_GLOBAL`.
    pub(super) fn of(module: &Node, name: &Node) -> Result<Self, PickleError> {
        match (module, name) {
            (Node::Text(module), Node::Text(name)) => Self::find(module, name),
            _ => None,
        }
        .ok_or(PickleError::NotPlain("a global"))
    }

    fn find(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Some(Self::Reconstruct),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Some(Self::Scalar),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(Self::FromBuffer),
            ("numpy", "ndarray") => Some(Self::NdArray),
            ("numpy", "dtype") => Some(Self::DType),
            ("_codecs", "encode") => Some(Self::Encode),
            _ => None,
        }
    }
}

/// What a reduction of one of the known shapes makes.
pub(super) fn reduce(nodes: &[Node], called: Id, arguments: Id) -> Result<Node, PickleError> {
    let (Some(Node::Named(named)), Some(Node::Tuple(arguments))) = (nodes.get(called), nodes.get(arguments)) else {
        return Err(NOT_AN_ARRAY);
    };
    let arguments: Vec<&Node> = arguments.iter().filter_map(|id| nodes.get(*id)).collect();
    match (named, arguments.as_slice()) {
        (Named::Reconstruct, [Node::Named(Named::NdArray), Node::Tuple(shape), Node::Bytes(kind)])
            if is_zero(nodes, shape) && kind.as_slice() == b"b" =>
        {
            Ok(Node::Hollow)
        }
        (Named::DType, [Node::Text(kind), align, copy]) if is_no(align) && is_yes(copy) => {
            let is_double = match kind.as_str() {
                "f8" => true,
                "f4" => false,
                _ => return Err(PickleError::NotPlain("numbers that are no floats of 32 or 64 bits")),
            };
            Ok(Node::Numbers(Numbers {
                is_double,
                is_little: None,
            }))
        }
        (Named::Scalar, [Node::Numbers(numbers), Node::Bytes(bytes)]) => match floats(*numbers, bytes)?.as_slice() {
            [float] => Ok(Node::Float(*float)),
            _ => Err(NOT_AN_ARRAY),
        },
        (
            Named::FromBuffer,
            [
                Node::Bytes(bytes),
                Node::Numbers(numbers),
                Node::Tuple(shape),
                Node::Text(order),
            ],
        ) if order == "C" || (order == "F" && shape.len() == 1) => array(nodes, shape, *numbers, bytes),
        (Named::Encode, [Node::Text(text), Node::Text(code)]) if code == "latin1" => {
            let bytes = text.chars().map(|letter| u8::try_from(u32::from(letter)));
            let bytes: Result<Vec<u8>, _> = bytes.collect();
            bytes
                .map(Node::Bytes)
                .map_err(|_| PickleError::Broken("bytes hold a letter that is none"))
        }
        _ => Err(NOT_AN_ARRAY),
    }
}

/// What the state makes of an unfinished array or type of numbers.
pub(super) fn build(nodes: &[Node], target: Id, state: Id) -> Result<Node, PickleError> {
    let Some(Node::Tuple(state)) = nodes.get(state) else {
        return Err(NOT_A_STATE);
    };
    let state: Vec<&Node> = state.iter().filter_map(|id| nodes.get(*id)).collect();
    match (nodes.get(target), state.as_slice()) {
        (
            Some(Node::Numbers(numbers @ Numbers { is_little: None, .. })),
            [
                Node::Int(3),
                Node::Text(order),
                Node::None,
                Node::None,
                Node::None,
                Node::Int(-1),
                Node::Int(-1),
                Node::Int(0),
            ],
        ) => {
            let is_little = match order.as_str() {
                "<" => true,
                ">" => false,
                _ => return Err(NOT_A_STATE),
            };
            Ok(Node::Numbers(Numbers {
                is_little: Some(is_little),
                ..*numbers
            }))
        }
        (
            Some(Node::Hollow),
            [
                Node::Int(1),
                Node::Tuple(shape),
                Node::Numbers(numbers),
                is_fortran,
                Node::Bytes(bytes),
            ],
        ) if is_no(is_fortran) || (is_yes(is_fortran) && shape.len() == 1) => array(nodes, shape, *numbers, bytes),
        _ => Err(NOT_A_STATE),
    }
}

fn array(nodes: &[Node], shape: &[Id], numbers: Numbers, bytes: &[u8]) -> Result<Node, PickleError> {
    let count = shape.iter().try_fold(1_usize, |count, id| match nodes.get(*id) {
        Some(Node::Int(length)) => count.checked_mul(usize::try_from(*length).ok()?),
        _ => None,
    });
    let floats = floats(numbers, bytes)?;
    if count != Some(floats.len()) || shape.is_empty() {
        return Err(PickleError::Broken("an array has not as many numbers as its shape"));
    }
    Ok(Node::Floats(floats))
}

fn floats(numbers: Numbers, bytes: &[u8]) -> Result<Vec<f64>, PickleError> {
    let uneven = Err(PickleError::Broken("the bytes of an array are no numbers"));
    match (numbers.is_double, numbers.is_little) {
        (_, None) => Err(NOT_A_STATE),
        (true, Some(is_little)) => {
            let read = if is_little {
                f64::from_le_bytes
            } else {
                f64::from_be_bytes
            };
            let (words, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                return uneven;
            }
            Ok(words.iter().map(|word| read(*word)).collect())
        }
        (false, Some(is_little)) => {
            let read = if is_little {
                f32::from_le_bytes
            } else {
                f32::from_be_bytes
            };
            let (words, rest) = bytes.as_chunks::<4>();
            if !rest.is_empty() {
                return uneven;
            }
            Ok(words.iter().map(|word| f64::from(read(*word))).collect())
        }
    }
}

fn is_zero(nodes: &[Node], shape: &[Id]) -> bool {
    matches!(shape, [id] if matches!(nodes.get(*id), Some(Node::Int(0))))
}

/// Older ones write 0 and 1.
fn is_no(node: &Node) -> bool {
    matches!(node, Node::Bool(false) | Node::Int(0))
}

fn is_yes(node: &Node) -> bool {
    matches!(node, Node::Bool(true) | Node::Int(1))
}
