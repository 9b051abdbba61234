//! The fingerprint of a certificate: what people compare and clients pin. Pure.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use sha2::{Digest as _, Sha256};

/// Bytes of a SHA-256.
const BYTES: usize = 32;
/// Most characters of a wrong text that an error repeats.
const SHOWN_MAX: usize = 80;

/// SHA-256 over the DER of a certificate; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; BYTES]);

/// A text that is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("got `{0}`, wanted the SHA-256 of a certificate: 64 hexadecimal digits")]
pub struct FingerprintError(String);

impl Fingerprint {
    /// Of a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Capitals and the colons and blanks of other tools are taken too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
        let bytes: Option<[u8; BYTES]> = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| FingerprintError(text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown_and_as_other_tools_show_it() {
        let fingerprint = Fingerprint::of(b"certificate");
        let shown = fingerprint.to_string();
        assert_eq!(shown.len(), 64);
        let pairs: Vec<String> = shown
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect();
        for text in [
            shown.clone(),
            shown.to_uppercase(),
            pairs.join(":"),
            format!(" {shown} "),
        ] {
            assert_eq!(text.parse(), Ok(fingerprint), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_was_got() {
        let shown = Fingerprint::of(b"certificate").to_string();
        for text in [
            "",
            "ab",
            &shown[1..],
            &format!("{shown}00"),
            &shown.replace(&shown[..1], "g"),
        ] {
            let refusal = text.parse::<Fingerprint>().unwrap_err().to_string();
            assert!(refusal.contains("64 hexadecimal digits"), "{refusal}");
        }
        let long = "x".repeat(1_000).parse::<Fingerprint>().unwrap_err().to_string();
        assert!(long.len() < 200, "{long}");
    }
}
