//! The header of a file: `<name> <size>`, with nothing between it and the body. Pure.
//!
//! Where the header ends is known when everything has come: of the blanks in front that digits follow, the first whose
//! digits say how much stands behind them. A header whose size is not there ends at its first blank.

/// Longest name.
const NAME_BYTES_MAX: usize = 255;
/// Most digits of a size.
const DIGITS_MAX: usize = 20;
/// Bytes of the front in which every header lies: the name, the blank, the size.
pub(in crate::dialect) const FRONT_BYTES: usize = NAME_BYTES_MAX + 1 + DIGITS_MAX;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::dialect) enum HeaderError {
    /// It ended, or went on too long, without a blank behind a name.
    #[error("the header has no name of 1 to {NAME_BYTES_MAX} bytes before a blank")]
    Name,
    /// The name is no text.
    #[error("the name is no UTF-8")]
    Text,
    /// What came is not what was declared.
    #[error("{got} bytes came, the header included, which the declared size does not fit")]
    Size {
        /// All bytes.
        got: u64,
    },
    /// Neither a size nor a body.
    #[error("the connection ended behind the name")]
    Nothing,
}

/// What was found in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) struct Header<'a> {
    /// What the file is called there.
    pub(in crate::dialect) name: &'a str,
    /// Where its first byte is.
    pub(in crate::dialect) body_at: u64,
}

/// Whether this can become a header, while more is to come.
///
/// # Errors
/// It cannot.
pub(in crate::dialect) fn may_begin(front: &[u8]) -> Result<(), HeaderError> {
    match front.iter().take(NAME_BYTES_MAX + 1).position(|byte| *byte == b' ') {
        Some(0) => Err(HeaderError::Name),
        Some(_) => Ok(()),
        None if front.len() > NAME_BYTES_MAX => Err(HeaderError::Name),
        None => Ok(()),
    }
}

/// The header, once all `got` bytes have come. `front` is the beginning of them, [`FRONT_BYTES`] at most.
///
/// # Errors
/// There is none, or what came is not what it says.
pub(in crate::dialect) fn header(front: &[u8], got: u64) -> Result<Header<'_>, HeaderError> {
    may_begin(front)?;
    // No name has a line end in it; what follows one is body.
    let zone = front.iter().take(NAME_BYTES_MAX + 1);
    let blanks = zone
        .take_while(|byte| **byte >= b' ')
        .enumerate()
        .filter(|(_, byte)| **byte == b' ')
        .map(|(at, _)| at);
    let (mut first, mut is_declared) = (None, false);
    for blank in blanks {
        first.get_or_insert(blank);
        let behind = front.get(blank + 1..).unwrap_or_default();
        is_declared |= behind.first().is_some_and(u8::is_ascii_digit);
        if let Some(digits) = size_digits(behind, rest(got, blank + 1)) {
            return named(front, blank, blank + 1 + digits);
        }
    }
    let first = first.ok_or(HeaderError::Name)?;
    if is_declared {
        return Err(HeaderError::Size { got });
    }
    if rest(got, first + 1) == 0 {
        return Err(HeaderError::Nothing);
    }
    named(front, first, first + 1)
}

/// How many digits in front are the size of what stands behind them, of `got` bytes in all. No two numbers of digits are.
fn size_digits(behind: &[u8], got: u64) -> Option<usize> {
    let mut size = 0_u64;
    let digits = behind.iter().take(DIGITS_MAX).take_while(|byte| byte.is_ascii_digit());
    for (at, digit) in digits.enumerate() {
        size = size.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        let count = at + 1;
        if got >= u64::try_from(count).ok()? && rest(got, count) == size {
            return Some(count);
        }
    }
    None
}

fn rest(got: u64, front: usize) -> u64 {
    got.saturating_sub(u64::try_from(front).unwrap_or(u64::MAX))
}

fn named(front: &[u8], name_end: usize, body_at: usize) -> Result<Header<'_>, HeaderError> {
    let name = front.get(..name_end).unwrap_or_default();
    Ok(Header {
        name: std::str::from_utf8(name).map_err(|_| HeaderError::Text)?,
        body_at: u64::try_from(body_at).unwrap_or(u64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The name and the body that are found in the whole of what came.
    fn found(all: &[u8]) -> Result<(String, &[u8]), HeaderError> {
        let front = &all[..all.len().min(FRONT_BYTES)];
        let header = header(front, u64::try_from(all.len()).unwrap())?;
        let body_at = usize::try_from(header.body_at).unwrap();
        Ok((header.name.to_owned(), &all[body_at..]))
    }

    #[test]
    fn a_file_is_found_behind_its_name_and_its_size() {
        for (all, name, body) in [
            ("1.csv 3abc", "1.csv", "abc"),
            ("1.csv 3123", "1.csv", "123"),
            ("1.csv 0", "1.csv", ""),
            ("1.csv 03abc", "1.csv", "abc"),
            ("my file.csv 3abc", "my file.csv", "abc"),
            ("12 12.csv 3a b", "12 12.csv", "a b"),
            ("no-size.txt hello", "no-size.txt", "hello"),
            (
                "no-size.csv lat,lon\n52.5 13.4\n",
                "no-size.csv",
                "lat,lon\n52.5 13.4\n",
            ),
            ("Wörter.json 2{}", "Wörter.json", "{}"),
        ] {
            assert_eq!(found(all.as_bytes()), Ok((name.to_owned(), body.as_bytes())), "{all}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = [b"x".repeat(256), b" 3abc".to_vec()].concat();
        let size = |all: &[u8]| HeaderError::Size {
            got: u64::try_from(all.len()).unwrap(),
        };
        for all in [
            b"1.csv 10abc".as_slice(),
            b"1.csv 3ab",
            b"1.csv 3abcd",
            b"1.csv 1",
            b"my file.csv 10abc",
            b"1.csv 99999999999999999999999",
        ] {
            assert_eq!(found(all), Err(size(all)), "{all:?}");
        }
        for (all, wanted) in [
            (b"".as_slice(), HeaderError::Name),
            (b"1.csv", HeaderError::Name),
            (b" 3abc", HeaderError::Name),
            (&long, HeaderError::Name),
            (b"1.csv ", HeaderError::Nothing),
            (b"\xff 3abc", HeaderError::Text),
        ] {
            assert_eq!(found(all), Err(wanted), "{all:?}");
        }
        assert_eq!(may_begin(&b"x".repeat(255)), Ok(()));
        assert_eq!(may_begin(&b"x".repeat(256)), Err(HeaderError::Name));
        let longest = [b"x".repeat(255), b" 3abc".to_vec()].concat();
        assert_eq!(found(&longest).unwrap().1, b"abc");
    }

    proptest! {
        #[test]
        fn a_body_is_found_whatever_it_begins_with(
            name in "[a-z./]{1,20}", body in "[0-9]{0,12}[a-z0-9 \n,]{0,40}",
        ) {
            let all = format!("{name} {}{body}", body.len());
            prop_assert_eq!(found(all.as_bytes()), Ok((name, body.as_bytes())));
        }

        #[test]
        fn what_is_cut_or_grows_is_never_taken_for_the_whole(
            name in "[a-z./]{1,20}", body in "[a-z \n,]{2,40}", cut in 0_usize..40,
        ) {
            let size = body.len().to_string();
            let all = format!("{name} {size}{body}");
            let came = size.len() + cut.min(body.len() - 1);
            // Digits that happen to say how much stands behind them: the rest of the size would be the file.
            let is_another = (1..size.len()).any(|digits| size[..digits].parse() == Ok(came - digits));
            prop_assume!(!is_another);
            prop_assert!(found(&all.as_bytes()[..name.len() + 1 + came]).is_err());
            let grown = [all.as_bytes(), b"x"].concat();
            prop_assert!(found(&grown).is_err());
        }
    }

    #[test]
    fn whatever_comes_is_a_whole_file_or_refused() {
        let samples = [
            "1.csv 3abc",
            "my file 2 x.csv 12123 45\n67 8 9",
            "no-size.txt hello",
            "a 0",
            "a 18446744073709551615x",
        ];
        let samples = samples.map(|one| one.as_bytes().to_vec()).into();
        crate::runtime::fuzz::fuzz("plainfile", &[b" ", b" 1", b"\n", b"10"], samples, |all| {
            for cut in crate::runtime::fuzz::cuts(all.len().min(FRONT_BYTES)) {
                // Who is refused early is refused in the end.
                assert!(may_begin(&all[..cut]).is_ok() || found(all).is_err());
            }
            match found(all) {
                Ok((name, body)) => {
                    let header = &all[name.len()..all.len() - body.len()];
                    let size = header.strip_prefix(b" ").unwrap();
                    let size = std::str::from_utf8(size).unwrap();
                    assert!(size.is_empty() || size.parse() == Ok(body.len()), "{size}");
                    format!("a file, {}", if size.is_empty() { "no size" } else { "its size" })
                }
                Err(why) => why.to_string(),
            }
        });
    }
}
