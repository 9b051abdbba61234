//! The text that people agree to before their face is kept, and its version.
//!
//! Pure. The version follows from the text: whoever changes the text changes the version, and nobody can forget to.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 16_384;
/// Bytes of the sum that make the version.
const VERSION_BYTES: usize = 6;

/// What is agreed to where operators gave no text of their own.
const OWN_TEXT: &str = "\
I agree that this service keeps what tells my face from others: 128 numbers for each picture I show now, never the \
pictures. They let me open a car I have booked by showing my face. The numbers are encrypted with a key that is mine \
alone. They are compared with faces shown at cars that I may open at that moment. Operators who were given a permission \
for it may also compare a picture with the faces of all people; each time is written down. I need not agree: my password \
and my PIN open the car as well. I can see what is kept, take it with me, and have it erased at any time, which takes this \
consent back. What was not used for a long time is erased without my asking.";

/// A text and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// The beginning of the text's SHA-256, in hex.
    pub version: String,
    /// What is agreed to.
    pub text: String,
}

impl ConsentText {
    /// The text that comes with the server.
    #[must_use]
    pub fn own() -> Self {
        Self::of(OWN_TEXT.to_owned())
    }

    /// An operator's text; white space around it does not count.
    ///
    /// # Errors
    /// A sentence, when it is empty or longer than [`TEXT_BYTES_MAX`].
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_BYTES_MAX {
            let got = text.len();
            return Err(format!(
                "the text of face.consent_text has {got} bytes, wanted 1 to {TEXT_BYTES_MAX}"
            ));
        }
        Ok(Self::of(text.to_owned()))
    }

    fn of(text: String) -> Self {
        let sum = Sha256::digest(text.as_bytes());
        let version = HEXLOWER.encode(sum.get(..VERSION_BYTES).unwrap_or_default());
        Self { version, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_is_another_version_and_white_space_is_not() {
        let one = ConsentText::new("Keep my face.").unwrap();
        assert_eq!(ConsentText::new("\n Keep my face. \n").unwrap(), one);
        assert_ne!(ConsentText::new("Keep my face!").unwrap().version, one.version);
        assert_eq!(one.version.len(), 12);
        assert_eq!(ConsentText::new(&ConsentText::own().text).unwrap(), ConsentText::own());
    }

    #[test]
    fn a_text_has_a_length() {
        assert!(ConsentText::new(&"x".repeat(TEXT_BYTES_MAX)).is_ok());
        for bad in ["", " \n", &"x".repeat(TEXT_BYTES_MAX + 1)] {
            assert!(ConsentText::new(bad).is_err());
        }
    }
}
