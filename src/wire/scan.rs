//! The pre-scan: whether bytes are exactly one CBOR item that this protocol allows.
//!
//! Owns every rule that ciborium does not keep: definite lengths, no tags, text keys without duplicates,
//! minimal integers and lengths, bounds on depth and items, nothing after the item. It builds nothing,
//! allocates only for maps of more than 16 keys, and must run before anything is decoded.

use thiserror::Error;

/// Maps of at most this many keys are checked for duplicates without allocating.
const SMALL_MAP_KEYS: usize = 16;

/// Bounds on what one item may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanLimits {
    /// Most containers inside each other; recursion is bounded by it.
    pub depth_max: usize,
    /// Most items in all: every container, key and value counts.
    pub items_max: usize,
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self {
            depth_max: 16,
            items_max: 4096,
        }
    }
}

/// Why bytes are not an item of this protocol, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{fault} at byte {offset}")]
pub struct ScanError {
    /// What is wrong.
    pub fault: ScanFault,
    /// Where in the item, counted from 0.
    pub offset: usize,
}

/// What is wrong with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScanFault {
    /// The item goes on after the end of the frame.
    #[error("the frame ends inside its item")]
    Truncated,
    /// Bytes after the item.
    #[error("got {got} bytes after the item, wanted none")]
    Trailing {
        /// How many bytes are left over.
        got: usize,
    },
    /// Containers nested too deeply.
    #[error("nested deeper than {max}")]
    TooDeep {
        /// The bound.
        max: usize,
    },
    /// Too many items in all.
    #[error("more than {max} items")]
    TooManyItems {
        /// The bound.
        max: usize,
    },
    /// A tagged item.
    #[error("got a tag, wanted none")]
    Tag,
    /// An item of indefinite length, or the break that ends one.
    #[error("got an indefinite length, wanted a definite one")]
    Indefinite,
    /// An integer or a length written in more bytes than it needs.
    #[error("an integer or length is not written in its shortest form")]
    NotMinimal,
    /// A negative integer below -2^63.
    #[error("an integer does not fit 64 bits")]
    IntegerRange,
    /// A key of a map that is no text.
    #[error("a key of a map is not text")]
    KeyNotText,
    /// A key that is twice in one map.
    #[error("a key is twice in one map")]
    DuplicateKey,
    /// Text that is not UTF-8.
    #[error("text is not valid utf-8")]
    NotUtf8,
    /// A simple value other than null, true and false.
    #[error("got simple value {got}, wanted null, true, false or a float")]
    Simple {
        /// Its number, or 24 for those in a byte of their own.
        got: u8,
    },
    /// One of the additional informations that CBOR keeps for later.
    #[error("got reserved additional information {got}")]
    Reserved {
        /// Which: 28, 29 or 30.
        got: u8,
    },
}

/// Checks that `item` is exactly one item within the limits and the rules of the protocol.
pub fn scan(item: &[u8], limits: ScanLimits) -> Result<(), ScanError> {
    let mut scanner = Scanner {
        item,
        rest: item,
        items: 0,
        limits,
    };
    scanner.value(0)?;
    match scanner.rest.len() {
        0 => Ok(()),
        got => Err(scanner.at_offset(scanner.offset(), ScanFault::Trailing { got })),
    }
}

struct Scanner<'a> {
    item: &'a [u8],
    rest: &'a [u8],
    items: usize,
    limits: ScanLimits,
}

impl<'a> Scanner<'a> {
    /// One item and all inside it. `depth` is the number of containers around it.
    fn value(&mut self, depth: usize) -> Result<(), ScanError> {
        let start = self.offset();
        self.count(1, start)?;
        let (major, info) = self.initial()?;
        if major == 7 {
            return self.simple(info, start);
        }
        let argument = self.argument(info, start)?;
        match major {
            0 => Ok(()),
            1 if i64::try_from(argument).is_err() => Err(self.at_offset(start, ScanFault::IntegerRange)),
            1 => Ok(()),
            2 => self.take(argument).map(|_| ()),
            3 => self.text(argument, start).map(|_| ()),
            4 => {
                self.enter(depth, start)?;
                // Each element is at least one item: a false length is refused before its loop.
                let length = self.announced(argument, start)?;
                for _ in 0..length {
                    self.value(depth + 1)?;
                }
                Ok(())
            }
            5 => {
                self.enter(depth, start)?;
                let length = self.announced(argument.saturating_mul(2), start)? / 2;
                self.map(length, depth + 1)
            }
            _ => Err(self.at_offset(start, ScanFault::Tag)),
        }
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<(), ScanError> {
        if length > SMALL_MAP_KEYS {
            return self.large_map(length, depth);
        }
        let mut seen: [&[u8]; SMALL_MAP_KEYS] = [&[]; SMALL_MAP_KEYS];
        for index in 0..length {
            let (key, start) = self.key()?;
            let (before, after) = seen.split_at_mut(index);
            if before.contains(&key) {
                return Err(self.at_offset(start, ScanFault::DuplicateKey));
            }
            if let Some(place) = after.first_mut() {
                *place = key;
            }
            self.value(depth)?;
        }
        Ok(())
    }

    /// Sorting keeps a hostile map at n log n; `length` is bounded by the items that are left.
    fn large_map(&mut self, length: usize, depth: usize) -> Result<(), ScanError> {
        let mut keys = Vec::with_capacity(length);
        for _ in 0..length {
            keys.push(self.key()?);
            self.value(depth)?;
        }
        keys.sort_unstable();
        let twice = keys
            .windows(2)
            .filter_map(|pair| match pair {
                [(first, _), (second, start)] if first == second => Some(*start),
                _ => None,
            })
            .min();
        match twice {
            Some(start) => Err(self.at_offset(start, ScanFault::DuplicateKey)),
            None => Ok(()),
        }
    }

    fn key(&mut self) -> Result<(&'a [u8], usize), ScanError> {
        let start = self.offset();
        self.count(1, start)?;
        let (major, info) = self.initial()?;
        if major != 3 {
            return Err(self.at_offset(start, ScanFault::KeyNotText));
        }
        let length = self.argument(info, start)?;
        Ok((self.text(length, start)?, start))
    }

    fn text(&mut self, length: u64, start: usize) -> Result<&'a [u8], ScanError> {
        let bytes = self.take(length)?;
        if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
            Ok(bytes)
        } else {
            Err(self.at_offset(start, ScanFault::NotUtf8))
        }
    }

    fn simple(&mut self, info: u8, start: usize) -> Result<(), ScanError> {
        let float_bytes = match info {
            20..=22 => 0,
            25 => 2,
            26 => 4,
            27 => 8,
            28..=30 => return Err(self.at_offset(start, ScanFault::Reserved { got: info })),
            31 => return Err(self.at_offset(start, ScanFault::Indefinite)),
            _ => return Err(self.at_offset(start, ScanFault::Simple { got: info })),
        };
        self.take(float_bytes).map(|_| ())
    }

    fn initial(&mut self) -> Result<(u8, u8), ScanError> {
        let Some((first, rest)) = self.rest.split_first() else {
            return Err(self.at_offset(self.item.len(), ScanFault::Truncated));
        };
        self.rest = rest;
        Ok((first >> 5, first & 0x1f))
    }

    /// The integer or length of a header, in its shortest form.
    fn argument(&mut self, info: u8, start: usize) -> Result<u64, ScanError> {
        let (got, least) = match info {
            0..=23 => return Ok(u64::from(info)),
            24 => (u64::from(u8::from_be_bytes(self.array()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.array()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array()?), 1 << 32),
            31 => return Err(self.at_offset(start, ScanFault::Indefinite)),
            _ => return Err(self.at_offset(start, ScanFault::Reserved { got: info })),
        };
        if got < least {
            return Err(self.at_offset(start, ScanFault::NotMinimal));
        }
        Ok(got)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ScanError> {
        let Some((bytes, rest)) = self.rest.split_first_chunk() else {
            return Err(self.at_offset(self.item.len(), ScanFault::Truncated));
        };
        self.rest = rest;
        Ok(*bytes)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], ScanError> {
        let split = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let Some((bytes, rest)) = split else {
            return Err(self.at_offset(self.item.len(), ScanFault::Truncated));
        };
        self.rest = rest;
        Ok(bytes)
    }

    fn enter(&self, depth: usize, start: usize) -> Result<(), ScanError> {
        if depth >= self.limits.depth_max {
            let max = self.limits.depth_max;
            return Err(self.at_offset(start, ScanFault::TooDeep { max }));
        }
        Ok(())
    }

    fn count(&mut self, more: usize, start: usize) -> Result<(), ScanError> {
        self.items += more;
        if self.items > self.limits.items_max {
            let max = self.limits.items_max;
            return Err(self.at_offset(start, ScanFault::TooManyItems { max }));
        }
        Ok(())
    }

    /// The items a container announces, refused at once when they are more than are left.
    fn announced(&self, items: u64, start: usize) -> Result<usize, ScanError> {
        let max = self.limits.items_max;
        match usize::try_from(items) {
            Ok(items) if items <= max.saturating_sub(self.items) => Ok(items),
            _ => Err(self.at_offset(start, ScanFault::TooManyItems { max })),
        }
    }

    fn offset(&self) -> usize {
        self.item.len() - self.rest.len()
    }

    #[cold]
    fn at_offset(&self, offset: usize, fault: ScanFault) -> ScanError {
        ScanError { fault, offset }
    }
}
