//! Pickles as plain data: what Python's `pickle` writes is read into values and nothing else, and written so that any
//! Python 3 reads it.
//!
//! Nothing is ever called or imported. Globals, reductions, objects, persistent ids and extensions are refused, but for
//! the exact shapes by which numpy writes arrays and scalars of floats: those are recognised and built here. Pure.

mod extent;
mod machine;
mod numpy;
mod opcodes;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod write;

pub(crate) use extent::Extent;
pub(crate) use values::{from_value, to_value};
pub(crate) use write::write;

/// A value that Python pickled, or is to read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pickle {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A `str`.
    Text(String),
    /// `bytes` or a `bytearray`.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Pickle>),
    /// A `tuple`.
    Tuple(Vec<Pickle>),
    /// A `dict`, in the order in which it was written.
    Dict(Vec<(Pickle, Pickle)>),
    /// An array of numpy, as its numbers in order.
    Floats(Vec<f64>),
}

/// How large a pickle may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Its bytes.
    pub(crate) bytes: usize,
    /// Values in it, each counted as often as it stands there.
    pub(crate) items: usize,
    /// Containers within each other.
    pub(crate) depth: usize,
    /// Values that it refers to again.
    pub(crate) memo: usize,
}

/// Why a pickle was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PickleError {
    /// Longer than the bound.
    #[error("the pickle has more than {0} bytes")]
    TooLong(usize),
    /// More values than the bound.
    #[error("the pickle holds more than {0} values")]
    TooMany(usize),
    /// Deeper than the bound, or within itself.
    #[error("the pickle is deeper than {0} containers")]
    TooDeep(usize),
    /// More references than the bound.
    #[error("the pickle remembers more than {0} values")]
    TooMuchMemo(usize),
    /// Something that is to be called, imported or built.
    #[error("the pickle holds {0}, wanted plain data")]
    NotPlain(&'static str),
    /// A byte that is no opcode.
    #[error("the byte 0x{0:02x} is no opcode of a pickle")]
    UnknownOpcode(u8),
    /// Opcodes that do not fit together, or an argument that cannot be read.
    #[error("the pickle is broken: {0}")]
    Broken(&'static str),
}

/// Reads one whole pickle.
///
/// # Errors
/// See [`PickleError`]; bytes behind its end are an error too.
pub(crate) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Pickle, PickleError> {
    let length = Extent::default()
        .find(bytes, bounds)?
        .ok_or(PickleError::Broken("it has no end"))?;
    if length != bytes.len() {
        return Err(PickleError::Broken("something follows its end"));
    }
    let (nodes, root) = machine::run(bytes, bounds)?;
    tree::grow(&nodes, root, bounds)
}

impl Pickle {
    /// The value under a text key of a dictionary; of two, the later, as in Python.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        let Self::Dict(fields) = self else { return None };
        let found = fields
            .iter()
            .rev()
            .find(|(key, _)| matches!(key, Self::Text(text) if text == name));
        found.map(|(_, value)| value)
    }

    /// A text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, also written as the text of one.
    pub(crate) fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Int(whole) => Some(*whole),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The numbers of an array, or of a list or tuple of numbers.
    pub(crate) fn floats(&self) -> Option<Vec<f64>> {
        match self {
            Self::Floats(floats) => Some(floats.clone()),
            Self::List(items) | Self::Tuple(items) => items
                .iter()
                .map(|item| match item {
                    Self::Float(float) => Some(*float),
                    // Exact for every integer that a 32-bit number is.
                    Self::Int(whole) => i32::try_from(*whole).ok().map(f64::from),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// What it is, for messages; nothing of what it holds.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Dict(_) => "a dict",
            Self::Floats(_) => "an array",
        }
    }
}

impl From<&str> for Pickle {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Pickle {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Pickle {
    fn from(whole: i64) -> Self {
        Self::Int(whole)
    }
}

/// A dictionary with text keys.
pub(crate) fn dict<const N: usize>(fields: [(&str, Pickle); N]) -> Pickle {
    let fields = fields.into_iter().map(|(name, value)| (Pickle::from(name), value));
    Pickle::Dict(fields.collect())
}
