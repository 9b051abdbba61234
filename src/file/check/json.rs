//! One JSON text from the first byte to the last, all of it UTF-8. No value of it is kept.

use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Fault, Report, Shape};

/// Reads it through.
pub(super) fn look(content: impl BufRead) -> Result<Report, Fault> {
    let mut reader = serde_json::Deserializer::from_reader(InUtf8 {
        content,
        begun: Vec::new(),
    });
    let read = IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end());
    match read {
        Ok(()) => Ok(Report::of(Shape::Json)),
        Err(err) => Err(Fault::new(Shape::Json, u64::try_from(err.line()).ok(), &err)),
    }
}

/// Passes bytes on as long as they are UTF-8: what is passed over by a reader of JSON is not looked at by that.
struct InUtf8<R> {
    content: R,
    /// Of a letter whose end has not come: three bytes at most.
    begun: Vec<u8>,
}

impl<R: Read> Read for InUtf8<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buf)?;
        let came = buf.get(..read).unwrap_or_default();
        if came.is_empty() && self.begun.is_empty() || self.begun.is_empty() && came.is_ascii() {
            return Ok(read);
        }
        let not_utf8 = || io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
        if came.is_empty() {
            return Err(not_utf8());
        }
        self.begun.extend_from_slice(came);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(_) => self.begun.len(),
            Err(err) if err.error_len().is_none() => err.valid_up_to(),
            Err(_) => return Err(not_utf8()),
        };
        self.begun.drain(..whole);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    #[test]
    fn letters_may_be_cut_anywhere_and_must_be_whole() {
        for room in 1..12 {
            let text = "{\"a\": \"ü€𝄞\"}";
            assert!(
                look(BufReader::with_capacity(room, Cursor::new(text))).is_ok(),
                "{room}"
            );
            let cut = b"\"\xe2\x82\"";
            assert!(
                look(BufReader::with_capacity(room, Cursor::new(cut))).is_err(),
                "{room}"
            );
            assert!(
                look(BufReader::with_capacity(room, Cursor::new(b"1 \xe2"))).is_err(),
                "{room}"
            );
        }
    }
}
