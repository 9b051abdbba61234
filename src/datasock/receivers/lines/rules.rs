//! Rules of lines: where one ends, how long it may be, that it is text. Pure.

use bytes::BytesMut;

/// Bytes of a line, its end not counted.
pub(crate) const LINE_BYTES_MAX: usize = 4_096;

/// Why what came is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    /// No end within the bound.
    #[error("got a line of more than {LINE_BYTES_MAX} bytes, wanted at most that before its end")]
    TooLong,
    /// Not text.
    #[error("got a line that is not UTF-8 at byte {0}, wanted text")]
    NotText(usize),
}

/// Cuts the first whole line off; `None` when its end has not come yet.
pub(crate) fn cut(buffer: &mut BytesMut) -> Result<Option<String>, LineError> {
    let within = buffer.get(..LINE_BYTES_MAX + 2).unwrap_or(buffer);
    let Some(end) = within.iter().position(|byte| *byte == b'\n') else {
        // One byte more may still be the carriage return before the end.
        return if buffer.len() > LINE_BYTES_MAX + 1 {
            Err(LineError::TooLong)
        } else {
            Ok(None)
        };
    };
    let line = buffer.split_to(end + 1);
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    read(line.strip_suffix(b"\r").unwrap_or(line)).map(Some)
}

/// What is left when no more comes: a line without an end.
pub(crate) fn rest(buffer: &mut BytesMut) -> Result<Option<String>, LineError> {
    let line = buffer.split();
    if line.is_empty() {
        return Ok(None);
    }
    read(&line).map(Some)
}

/// Control characters are written out: a line is shown on consoles.
fn read(line: &[u8]) -> Result<String, LineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong);
    }
    let text = std::str::from_utf8(line).map_err(|err| LineError::NotText(err.valid_up_to()))?;
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<String>, LineError> {
        let mut buffer = BytesMut::from(bytes);
        let mut lines = Vec::new();
        while let Some(line) = cut(&mut buffer)? {
            lines.push(line);
        }
        lines.extend(rest(&mut buffer)?);
        Ok(lines)
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return_and_control_characters_are_written_out() {
        assert_eq!(all(b"one\ntwo\r\n\nlast").unwrap(), ["one", "two", "", "last"]);
        assert_eq!(all(b"a\x1b[2Jb\tc\n").unwrap(), ["a\\u{1b}[2Jb\\tc"]);
        assert_eq!(all("gr\u{fc}n\n".as_bytes()).unwrap(), ["gr\u{fc}n"]);
        assert_eq!(all(b"ok\xff\n"), Err(LineError::NotText(2)));
    }

    #[test]
    fn the_longest_line_passes_and_one_byte_more_does_not() {
        for end in ["\n", "\r\n", ""] {
            let longest = "x".repeat(LINE_BYTES_MAX);
            let read = all(format!("{longest}{end}").as_bytes()).unwrap();
            assert_eq!(read, std::slice::from_ref(&longest));
            assert_eq!(all(format!("{longest}x{end}").as_bytes()), Err(LineError::TooLong));
        }
        // Refused before its end comes.
        let mut endless = BytesMut::from(&[b'x'; LINE_BYTES_MAX + 2][..]);
        assert_eq!(cut(&mut endless), Err(LineError::TooLong));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_are_cut_on_their_way(
            lines in proptest::collection::vec("[a-z \u{e4}]{0,40}", 0..20),
            steps in proptest::collection::vec(1..17_usize, 1..200),
        ) {
            let bytes: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
            let (mut buffer, mut found, mut sent) = (BytesMut::new(), Vec::new(), 0);
            let mut steps = steps.into_iter().cycle();
            while sent < bytes.len() {
                let next = (sent + steps.next().unwrap()).min(bytes.len());
                buffer.extend_from_slice(&bytes[sent..next]);
                sent = next;
                while let Some(line) = cut(&mut buffer).unwrap() {
                    found.push(line);
                }
            }
            prop_assert_eq!(found, lines);
        }
    }
}
