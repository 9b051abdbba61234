//! Where a pickle in a stream ends: told as soon as its last byte is there, however the bytes came.
//!
//! Looks at each opcode once, whatever the pieces; builds nothing.

use super::opcodes::{STOP, step};
use super::{Bounds, PickleError};

/// How far a pickle at the beginning of a buffer was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    at: usize,
}

impl Extent {
    /// The length of the pickle, once all of it is there. The buffer only grows between two calls; after a pickle was
    /// taken out of it another extent begins.
    ///
    /// # Errors
    /// As soon as it is clear that this is no pickle of plain data within the bounds.
    pub(crate) fn find(&mut self, bytes: &[u8], bounds: &Bounds) -> Result<Option<usize>, PickleError> {
        while let Some(found) = step(bytes, self.at, bounds.bytes)? {
            self.at = found.next;
            if self.at > bounds.bytes {
                return Err(PickleError::TooLong(bounds.bytes));
            }
            if found.opcode == STOP {
                return Ok(Some(self.at));
            }
        }
        if bytes.len() > bounds.bytes {
            return Err(PickleError::TooLong(bounds.bytes));
        }
        Ok(None)
    }
}
