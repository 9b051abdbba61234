//! Which names a file of stored events may have: a rule over text, so that none leads out of its folder.

/// Longest name, with its ending.
pub const NAME_BYTES_MAX: usize = 64;
/// What every such file ends with.
const ENDING: &str = ".txt";

/// Why a name is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing but an ending.
    #[error("the name of a file is empty, wanted one such as `night.txt`")]
    Empty,
    /// Too long.
    #[error("the name of a file has {got} bytes with its ending, at most {NAME_BYTES_MAX} are taken")]
    TooLong {
        /// Bytes it would have.
        got: usize,
    },
    /// It would be hidden, or be a folder.
    #[error("the name of a file begins with `{0}`, wanted a letter or a digit first")]
    First(char),
    /// It could be a path.
    #[error("the name of a file holds `{}`, wanted letters, digits, `.`, `_` and `-`", .0.escape_debug())]
    Letter(char),
}

/// The name of a file: the given one, `.txt` put behind it when it has no such ending.
///
/// # Errors
/// [`BadName`], with what is wrong.
pub fn file_name(given: &str) -> Result<String, BadName> {
    let stem = given.strip_suffix(ENDING).unwrap_or(given);
    let first = stem.chars().next().ok_or(BadName::Empty)?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if let Some(letter) = stem.chars().find(|letter| !is_plain(*letter)) {
        return Err(BadName::Letter(letter));
    }
    if !first.is_ascii_alphanumeric() {
        return Err(BadName::First(first));
    }
    let got = stem.len() + ENDING.len();
    if got > NAME_BYTES_MAX {
        return Err(BadName::TooLong { got });
    }
    Ok(format!("{stem}{ENDING}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_its_ending_once_and_no_name_leads_out_of_the_folder() {
        let longest = "a".repeat(NAME_BYTES_MAX - ENDING.len());
        for (given, name) in [
            ("night", Ok("night.txt".to_owned())),
            ("night.txt", Ok("night.txt".to_owned())),
            ("Serverlog_4000.txt", Ok("Serverlog_4000.txt".to_owned())),
            ("a.b-c_d", Ok("a.b-c_d.txt".to_owned())),
            (&longest, Ok(format!("{longest}.txt"))),
            (
                &format!("{longest}a"),
                Err(BadName::TooLong {
                    got: NAME_BYTES_MAX + 1,
                }),
            ),
            ("", Err(BadName::Empty)),
            (".txt", Err(BadName::Empty)),
            (".hidden", Err(BadName::First('.'))),
            ("..", Err(BadName::First('.'))),
            ("-rf", Err(BadName::First('-'))),
            ("../up", Err(BadName::Letter('/'))),
            ("/etc/passwd", Err(BadName::Letter('/'))),
            ("a\\b", Err(BadName::Letter('\\'))),
            ("a\0b", Err(BadName::Letter('\0'))),
            ("a\nb", Err(BadName::Letter('\n'))),
            ("a b", Err(BadName::Letter(' '))),
            ("ä", Err(BadName::Letter('ä'))),
        ] {
            assert_eq!(file_name(given), name, "{given:?}");
        }
    }
}
