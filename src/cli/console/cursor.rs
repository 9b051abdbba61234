//! Where in a line the cursor stands: in a name, or in which argument of which call.
//!
//! Pure. It reads lines that are not finished, where the grammar of the server only reads whole ones.

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The first word.
    Name { begin: usize, typed: &'a str },
    /// What `help` is asked about.
    Help { begin: usize, typed: &'a str },
    /// What `watch` is asked for.
    Watch { begin: usize, typed: &'a str },
    /// Inside the brackets of a call.
    Argument(Argument<'a>),
    /// Talk, or behind the closing bracket.
    Elsewhere,
}

/// An argument that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument<'a> {
    pub(super) command: &'a str,
    /// How many positions stand before it.
    pub(super) position: usize,
    /// The names given before it.
    pub(super) before: Vec<&'a str>,
    /// Its own name, when it has one.
    pub(super) name: Option<&'a str>,
    /// Where its value begins, a quote included.
    pub(super) begin: usize,
    /// Its value so far, without quote and escapes.
    pub(super) typed: String,
    pub(super) is_quoted: bool,
    /// Whether it stands in a list, so that no name fits here.
    pub(super) is_item: bool,
}

/// Reads a line up to the cursor.
pub(super) fn place(line: &str) -> Place<'_> {
    let begin = line.len() - line.trim_start().len();
    let typed = line.get(begin..).unwrap_or_default();
    for (word, is_help) in [("help ", true), ("? ", true), ("watch ", false)] {
        if let Some(rest) = typed.strip_prefix(word) {
            let typed = rest.trim_start();
            let begin = line.len() - typed.len();
            return match is_help {
                _ if typed.contains(char::is_whitespace) => Place::Elsewhere,
                true => Place::Help { begin, typed },
                false => Place::Watch { begin, typed },
            };
        }
    }
    match typed.split_once('(') {
        Some((command, inside)) if typed.starts_with("s.") => {
            argument(command.trim(), inside, line.len() - inside.len()).map_or(Place::Elsewhere, Place::Argument)
        }
        None if !typed.contains(char::is_whitespace) => Place::Name { begin, typed },
        _ => Place::Elsewhere,
    }
}

/// How far a call has been read.
#[derive(Debug, Default)]
struct Scan {
    open: Vec<char>,
    quote: Option<usize>,
    is_escaped: bool,
    is_closed: bool,
    /// Where the argument begins.
    argument: usize,
    /// Where the item of its list begins.
    item: usize,
    /// The arguments before it, from and to.
    before: Vec<(usize, usize)>,
}

impl Scan {
    fn of(inside: &str) -> Self {
        let mut scan = Self::default();
        for (at, letter) in inside.char_indices() {
            scan.read(at, letter);
        }
        scan
    }

    fn read(&mut self, at: usize, letter: char) {
        let next = at + letter.len_utf8();
        match letter {
            _ if self.is_escaped => self.is_escaped = false,
            '\\' if self.quote.is_some() => self.is_escaped = true,
            '"' if self.quote.is_some() => self.quote = None,
            _ if self.quote.is_some() => {}
            '"' => self.quote = Some(at),
            '[' | '{' | '(' => {
                self.open.push(letter);
                self.item = next;
            }
            ']' | '}' => drop(self.open.pop()),
            ')' if self.open.is_empty() => self.is_closed = true,
            ')' => drop(self.open.pop()),
            ',' if self.open.is_empty() => {
                self.before.push((self.argument, at));
                self.argument = next;
                self.item = next;
            }
            ',' => self.item = next,
            _ => {}
        }
    }
}

/// What is missing at the end of a call, in words, if anything is.
pub(super) fn unfinished(line: &str) -> Option<&'static str> {
    let line = line.trim();
    let (command, inside) = line.split_once('(')?;
    let is_name = |name: &str| {
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    if !command.trim().strip_prefix("s.").is_some_and(is_name) {
        return None;
    }
    let scan = Scan::of(inside);
    match scan.open.last() {
        _ if scan.quote.is_some() => Some("a quote is still open: add \""),
        Some('[') => Some("a list is still open: add ]"),
        Some('{') => Some("a map is still open: add }"),
        Some(_) => Some("a bracket is still open: add )"),
        None if !scan.is_closed => Some("the call is still open: add )"),
        None => None,
    }
}

fn argument<'a>(command: &'a str, inside: &'a str, offset: usize) -> Option<Argument<'a>> {
    let scan = Scan::of(inside);
    if scan.is_closed || scan.open.iter().any(|open| *open != '[') {
        return None;
    }
    let names = scan
        .before
        .iter()
        .map(|(from, to)| named(inside.get(*from..*to).unwrap_or_default()));
    let (mut position, mut before) = (0, Vec::new());
    for name in names {
        match name {
            Some((name, _)) => before.push(name),
            None => position += 1,
        }
    }
    let own = inside.get(scan.argument..).unwrap_or_default();
    let name = named(own);
    let is_item = !scan.open.is_empty();
    let value = match name {
        Some((_, value)) if !is_item => value,
        _ => inside.get(scan.item..).unwrap_or_default(),
    };
    let value = value.trim_start();
    let is_quoted = value.starts_with('"');
    Some(Argument {
        command,
        position,
        before,
        name: name.map(|(name, _)| name),
        begin: offset + inside.len() - value.len(),
        typed: if is_quoted { unquoted(value) } else { value.to_owned() },
        is_quoted,
        is_item,
    })
}

/// `name=value`.
fn named(argument: &str) -> Option<(&str, &str)> {
    let (name, value) = argument.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then_some((name, value))
}

fn unquoted(value: &str) -> String {
    let mut text = String::new();
    let mut letters = value.chars().skip(1);
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(letter) => text.push(letter),
                None => {}
            },
            letter => text.push(letter),
        }
    }
    text
}

/// A word as the grammar of calls wants it: quoted where it would be read as something else.
pub(super) fn quoted(word: &str, always: bool) -> String {
    let special = |letter: char| letter.is_whitespace() || ",()[]{}\"\\=".contains(letter);
    let is_plain =
        !always && !word.is_empty() && !word.contains(special) && !matches!(word, "null" | "none" | "true" | "false");
    if is_plain {
        return word.to_owned();
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n").replace('\t', "\\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(line: &str) -> Argument<'_> {
        match place(line) {
            Place::Argument(argument) => argument,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_first_word_and_the_word_after_help_are_names() {
        assert_eq!(
            place("s.in"),
            Place::Name {
                begin: 0,
                typed: "s.in"
            }
        );
        assert_eq!(
            place("  s.in"),
            Place::Name {
                begin: 2,
                typed: "s.in"
            }
        );
        assert_eq!(place("help s.b"), Place::Help { begin: 5, typed: "s.b" });
        assert_eq!(place("watch PO"), Place::Watch { begin: 6, typed: "PO" });
        for talk in [
            "hello th",
            "help me with",
            "s.info()",
            "s.info() an",
            "tell (me",
            "s.x({a: ",
        ] {
            assert_eq!(place(talk), Place::Elsewhere, "{talk}");
        }
    }

    #[test]
    fn the_argument_under_the_cursor_is_found() {
        for (line, position, name, typed, begin) in [
            ("s.mute(", 0, None, "", 7),
            ("s.mute(an", 0, None, "an", 7),
            ("s.mute(anna, ", 1, None, "", 13),
            ("s.mute(\"a, (b\", c", 1, None, "c", 17 - 1),
            ("s.mute(anna, reason=be", 1, Some("reason"), "be", 20),
            ("s.mute(anna, reason = be", 1, Some("reason"), "be", 22),
            ("s.mute(\"Anna B", 0, None, "Anna B", 7),
            ("s.mute(\"say \\\"hi", 0, None, "say \"hi", 7),
            ("s.mute([anna, b", 0, None, "b", 14),
            ("s.mute(client=[anna, b", 0, Some("client"), "b", 21),
            ("s.mute(Anna B", 0, None, "Anna B", 7),
        ] {
            let argument = inside(line);
            assert_eq!(
                (
                    argument.position,
                    argument.name,
                    argument.typed.as_str(),
                    argument.begin
                ),
                (position, name, typed, begin),
                "{line}"
            );
        }
        assert_eq!(inside("s.mute(anna, reason=x, mi").before, ["reason"]);
        assert!(inside("s.mute([anna, b").is_item && !inside("s.mute(b").is_item);
    }

    #[test]
    fn what_is_missing_is_said_and_talk_misses_nothing() {
        for (line, missing) in [
            ("s.info(", Some(")")),
            ("s.x(\"a)", Some("\"")),
            ("s.x([a)", None),
            ("s.x([a", Some("]")),
            ("s.x({a: [1]", Some("}")),
            ("s.info()", None),
            ("s.x(\"a(\")", None),
            ("come here (now", None),
            ("s.try hard (now", None),
        ] {
            let said = unfinished(line);
            match missing {
                Some(sign) => assert!(said.is_some_and(|said| said.ends_with(sign)), "{line}: {said:?}"),
                None if line.contains('[') => assert!(said.is_some(), "{line}"),
                None => assert_eq!(said, None, "{line}"),
            }
        }
    }

    #[test]
    fn words_are_quoted_where_they_would_be_read_as_something_else() {
        for (word, written) in [
            ("anna", "anna"),
            ("Anna B", "\"Anna B\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \\\"hi\\\"\""),
            ("back\\slash", "\"back\\\\slash\""),
            ("none", "\"none\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(word, false), written);
        }
        assert_eq!(quoted("anna", true), "\"anna\"");
        // What was completed reads back as the same word.
        assert_eq!(
            inside(&format!("s.x({}", quoted("a \"b\"\\c,", true))).typed,
            "a \"b\"\\c,"
        );
    }
}
