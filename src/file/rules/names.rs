//! What files may be called: for showing only. No name is ever part of a path.
//!
//! A name that could be taken for a path, or that would show as another than it is, is changed, not refused: whoever sends
//! `../1.csv` wants their file kept, and nobody is harmed by `.._1.csv`.

/// Longest name in bytes of UTF-8.
pub(crate) const NAME_BYTES_MAX: usize = 255;
/// Stands for a letter that may not be in a name.
const STAND_IN: char = '_';

/// Why something is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    /// Nothing is left of it.
    #[error("the name is empty")]
    Empty,
    /// Too long.
    #[error("the name has {got} bytes, wanted at most {NAME_BYTES_MAX}")]
    Long {
        /// Its bytes.
        got: usize,
    },
}

/// The name as it is kept and shown.
pub(crate) fn shown(name: &str) -> Result<String, NameError> {
    let mut shown: String = name
        .trim()
        .chars()
        .map(|letter| if is_misleading(letter) { STAND_IN } else { letter })
        .collect();
    if shown.is_empty() {
        return Err(NameError::Empty);
    }
    // `.` and `..` are folders, and what begins with a dot is hidden from who saves it.
    if shown.starts_with('.') {
        shown.replace_range(0..1, "_");
    }
    if shown.len() > NAME_BYTES_MAX {
        return Err(NameError::Long { got: shown.len() });
    }
    Ok(shown)
}

/// Separators of paths, control characters, and marks that change the direction or the sight of what is read.
fn is_misleading(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '/' | '\\' | ':' | '\u{feff}')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_names_are_shown_harmlessly() {
        for (name, wanted) in [
            ("1.csv", "1.csv"),
            ("  zwei Wörter.json ", "zwei Wörter.json"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\boot.ini", "C__boot.ini"),
            (".", "_"),
            ("..", "_."),
            (".bashrc", "_bashrc"),
            ("a\0b\nc\u{7f}", "a_b_c_"),
            ("gpj.\u{202e}exe", "gpj._exe"),
        ] {
            assert_eq!(shown(name).unwrap(), wanted, "{name:?}");
        }
        assert_eq!(shown(" \t "), Err(NameError::Empty));
        assert_eq!(shown(&"x".repeat(256)), Err(NameError::Long { got: 256 }));
        assert!(shown(&"ü".repeat(127)).is_ok());
    }

    proptest! {
        #[test]
        fn a_shown_name_is_one_part_of_a_path_and_shows_as_itself(name in "\\PC{0,40}|[./\\\\\0a]{0,12}") {
            let Ok(once) = shown(&name) else { return Ok(()) };
            prop_assert_eq!(shown(&once), Ok(once.clone()));
            prop_assert!(!once.contains(['/', '\\', '\0']) && !once.starts_with('.') && once.len() <= NAME_BYTES_MAX);
        }
    }
}
