//! What headers of contents mean: ranges, the metadata and checksums of tus. Pure.

/// What is asked of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From the first byte to before the last number.
    Range(u64, u64),
    /// Nothing that is there.
    Beyond,
}

/// The part that a `Range` header asks for. One that is not understood, or asks for several, gets the whole, as RFC 9110 allows.
pub(super) fn part(range: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = range.and_then(one_range) else {
        return Part::Whole;
    };
    let (from, to) = match (first, last) {
        (Some(first), Some(last)) if last < first => return Part::Whole,
        (Some(first), Some(last)) => (first, last.saturating_add(1).min(size)),
        (Some(first), None) => (first, size),
        (None, Some(0)) => return Part::Beyond,
        (None, Some(suffix)) => (size.saturating_sub(suffix), size),
        (None, None) => return Part::Whole,
    };
    if from < to { Part::Range(from, to) } else { Part::Beyond }
}

fn one_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    Some((number(first)?, number(last)?))
}

/// A `Content-Disposition` under which a browser saves it and does nothing else with it.
pub(super) fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' => '_',
            letter if letter.is_ascii_graphic() || letter == ' ' => letter,
            _ => '_',
        })
        .collect();
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}")
}

/// A declared type that can stand in a header as it is; else bytes.
pub(super) fn media_type(declared: Option<&str>) -> &str {
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    declared
        .filter(|kind| {
            kind.split_once('/')
                .is_some_and(|(main, sub)| is_token(main) && is_token(sub))
        })
        .unwrap_or("application/octet-stream")
}

/// The pairs of an `Upload-Metadata`: keys with values that are base64; `None` when it is none.
pub(super) fn metadata(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = data_encoding::BASE64.decode(value.trim().as_bytes()).ok()?;
        pairs.push((key.to_owned(), String::from_utf8(value).ok()?));
    }
    Some(pairs)
}

/// Sums that a sender may give for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha1,
    Sha256,
    Crc32,
}

/// As `Tus-Checksum-Algorithm` lists them.
pub(super) const ALGORITHMS: &str = "sha1,sha256,crc32";

/// What an `Upload-Checksum` says; `None` when it is none that is known.
pub(super) fn checksum(text: &str) -> Option<(Algorithm, Vec<u8>)> {
    let (name, sum) = text.trim().split_once(' ')?;
    let algorithm = match name {
        "sha1" => Algorithm::Sha1,
        "sha256" => Algorithm::Sha256,
        "crc32" => Algorithm::Crc32,
        _ => return None,
    };
    let sum = data_encoding::BASE64.decode(sum.trim().as_bytes()).ok()?;
    Some((algorithm, sum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        for (range, wanted) in [
            (None, Part::Whole),
            (Some("bytes=0-0"), Part::Range(0, 1)),
            (Some("bytes=2-"), Part::Range(2, 10)),
            (Some("bytes=-3"), Part::Range(7, 10)),
            (Some("bytes=-30"), Part::Range(0, 10)),
            (Some("bytes=5-99999999999999999999"), Part::Range(5, 10)),
            (Some("bytes=10-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=5-2"), Part::Whole),
            (Some("bytes=0-1,3-4"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=a-b"), Part::Whole),
        ] {
            assert_eq!(part(range, 10), wanted, "{range:?}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Beyond);
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_content(range in "bytes=[0-9]{0,3}-[0-9]{0,3}|\\PC{0,20}", size in 0_u64..500) {
            if let Part::Range(from, to) = part(Some(&range), size) {
                prop_assert!(from < to && to <= size);
            }
        }

        #[test]
        fn a_disposition_is_one_header_whatever_the_name(name in "\\PC{1,40}") {
            let header = attachment(&name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }

    #[test]
    fn types_that_could_be_more_than_a_type_are_bytes() {
        assert_eq!(media_type(Some("text/csv")), "text/csv");
        for bad in [
            None,
            Some("text"),
            Some("text/html; charset=utf-8"),
            Some("a/b\r\nx: y"),
            Some("/"),
        ] {
            assert_eq!(media_type(bad), "application/octet-stream");
        }
    }

    #[test]
    fn metadata_and_sums_of_tus_are_read() {
        let pairs = metadata("filename MS5jc3Y=, is_confidential,type dGV4dC9jc3Y=").unwrap();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [("filename", "1.csv"), ("is_confidential", ""), ("type", "text/csv")]
        );
        assert_eq!(metadata("filename ###"), None);
        assert_eq!(checksum("sha1 AAE="), Some((Algorithm::Sha1, vec![0, 1])));
        assert_eq!(checksum("md5 AAE="), None);
        assert_eq!(checksum("sha1"), None);
    }

    #[test]
    fn whatever_headers_come_are_read_or_refused() {
        let samples = [
            "filename MS5jc3Y=,user YW5uYQ==,check",
            "sha256 47DEQpj8HBSa+/TImW+5JA==",
            "bytes=0-499",
            "bytes=-5",
            "text/csv",
        ];
        let samples = samples.map(|one| one.as_bytes().to_vec()).into();
        crate::runtime::fuzz::fuzz(
            "headers",
            &[b",", b" ", b"bytes=", b"-", b"crc32 ", b"="],
            samples,
            |bytes| {
                let text = &*String::from_utf8_lossy(bytes);
                let part = part(Some(text), 100);
                if let Part::Range(from, to) = part {
                    assert!(from < to && to <= 100, "{text:?}");
                }
                assert!(media_type(Some(text)).is_ascii());
                let disposition = attachment(text);
                assert!(
                    disposition.bytes().all(|byte| (b' '..0x7f).contains(&byte)),
                    "{disposition}"
                );
                let pairs = metadata(text).map(|pairs| "x".repeat(pairs.len().min(4)));
                format!(
                    "{:?} {pairs:?} {:?}",
                    std::mem::discriminant(&part),
                    checksum(text).map(|(algorithm, _)| algorithm)
                )
            },
        );
    }
}
