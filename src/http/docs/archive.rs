//! Reads a zip archive as far as it is needed to hand out a file of it as gzip, without inflating anything.
//!
//! Zip and gzip hold the same deflated bytes, with the same sum and length beside them. Pure.

/// A file as it is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deflated<'a> {
    bytes: &'a [u8],
    crc: [u8; 4],
    length: [u8; 4],
}

/// Where the directory ends.
const END: [u8; 4] = *b"PK\x05\x06";
/// One line of the directory.
const LINE: [u8; 4] = *b"PK\x01\x02";
/// A line without its name, and the head before a file without its name.
const LINE_BYTES: usize = 46;
const HEAD_BYTES: usize = 30;
/// The method that gzip has too.
const DEFLATE: u64 = 8;
/// No name, no time, no system.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The file whose path ends so; none in what is no archive.
pub(super) fn find<'a>(archive: &'a [u8], suffix: &str) -> Option<Deflated<'a>> {
    let end = archive.windows(END.len()).rposition(|four| four == END)?;
    let mut at = usize::try_from(number(archive, end.checked_add(16)?, 4)?).ok()?;
    while archive.get(at..)?.starts_with(&LINE) {
        let name_bytes = length(archive, at, 28)?;
        let name_at = at.checked_add(LINE_BYTES)?;
        let name = archive.get(name_at..name_at.checked_add(name_bytes)?)?;
        if name.ends_with(suffix.as_bytes()) {
            return file(archive, at);
        }
        let rest = length(archive, at, 30)?.checked_add(length(archive, at, 32)?)?;
        at = name_at.checked_add(name_bytes)?.checked_add(rest)?;
    }
    None
}

/// The file of a line.
fn file(archive: &[u8], line: usize) -> Option<Deflated<'_>> {
    if number(archive, line.checked_add(10)?, 2)? != DEFLATE {
        return None;
    }
    let size = usize::try_from(number(archive, line.checked_add(20)?, 4)?).ok()?;
    let head = usize::try_from(number(archive, line.checked_add(42)?, 4)?).ok()?;
    // The head says anew how long its name is, and may have more beside it than the line.
    let beside = length(archive, head, 26)?.checked_add(length(archive, head, 28)?)?;
    let at = head.checked_add(HEAD_BYTES)?.checked_add(beside)?;
    Some(Deflated {
        bytes: archive.get(at..at.checked_add(size)?)?,
        crc: four(archive, line.checked_add(16)?)?,
        length: four(archive, line.checked_add(24)?)?,
    })
}

impl Deflated<'_> {
    /// As a gzip file.
    pub(super) fn gzip(&self) -> Vec<u8> {
        [&GZIP_HEAD, self.bytes, &self.crc, &self.length].concat()
    }
}

fn length(archive: &[u8], at: usize, offset: usize) -> Option<usize> {
    usize::try_from(number(archive, at.checked_add(offset)?, 2)?).ok()
}

/// So many bytes, the least first.
fn number(archive: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let bytes = archive.get(at..at.checked_add(bytes)?)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn four(archive: &[u8], at: usize) -> Option<[u8; 4]> {
    archive.get(at..at.checked_add(4)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.txt` of 500 times `motorpool `, deflated by zip.
    const ARCHIVE: &[u8] = b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00!\x00\x0f\x02\xab\xa5&\x00\x00\x00\x88\x13\x00\x00\x07\x00\x00\x00x/a.txt\xed\xc6A\x0d\x00 \x0c\x040+\x08\xdcrd\xc1\x7f\xa6\x82_\xfbj\xe7enR\xa7\xcd\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xec\xd3\x16PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00\x00\x00!\x00\x0f\x02\xab\xa5&\x00\x00\x00\x88\x13\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00x/a.txtPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x005\x00\x00\x00K\x00\x00\x00\x00\x00";

    #[test]
    fn a_file_of_an_archive_is_found_by_its_end_and_handed_out_as_gzip() {
        let found = find(ARCHIVE, "/a.txt").unwrap();
        let gzip = found.gzip();
        assert_eq!(gzip.first_chunk(), Some(&GZIP_HEAD));
        assert_eq!(gzip.last_chunk(), Some(&5_000_u32.to_le_bytes()));
        assert_eq!(gzip.len(), 18 + found.bytes.len());
        assert_eq!(find(ARCHIVE, "/b.txt"), None);
    }

    #[test]
    fn what_is_no_archive_holds_nothing_wherever_it_is_cut() {
        for end in 0..ARCHIVE.len() - 2 {
            assert_eq!(find(&ARCHIVE[..end], "/a.txt"), None, "{end}");
        }
        assert_eq!(find(b"PK\x05\x06", "/a.txt"), None);
    }
}
