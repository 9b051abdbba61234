//! The messages of the classroom, read and written: introductions, the menu, what is filled in. Pure.

use crate::dialect::pickle::{Pickle, dict};

/// Longest name or key that a client introduces itself with.
const NAME_CHARS_MAX: usize = 64;
/// Characters of a name in the list of clients.
const CLIENT_NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=16;

/// The menu, as it is sent after the introduction.
pub(super) const MENU: &str = "****** TCP CHAT ******\n-----------------------\nOptions Available:\n1. Get user list\n2. Send a message\n\
     3. Get my messages\n4. Create a chat room\n5. Join a chat room\n6. Turn web proxy server on (extra-credit)\n\
     7. Disconnect from server\nYour option <enter a number>: ";

/// Who a client says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Introduction {
    /// Of the labs: everything it sends is acknowledged.
    Student {
        /// As it is listed.
        name: String,
        /// What else it says.
        about: String,
    },
    /// Of the course project: it works with the menu.
    Named(String),
}

impl Introduction {
    /// The name that it gives.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Student { name, .. } | Self::Named(name) => name,
        }
    }
}

/// Reads an introduction; a sentence when it is none.
pub(super) fn introduction(said: &Pickle) -> Result<Introduction, String> {
    if !matches!(said, Pickle::Dict(_)) {
        return Err(format!("got {}, wanted a dictionary", said.kind()));
    }
    if said.field("id_key").is_some() {
        return Ok(Introduction::Named(text(said, "id_key")?));
    }
    let (name, github) = (text(said, "student_name")?, text(said, "github_username")?);
    let sid = match said.field("sid") {
        Some(Pickle::Int(sid)) => sid.to_string(),
        Some(_) => text(said, "sid")?,
        None => return Err("`sid` is missing".to_owned()),
    };
    Ok(Introduction::Student {
        name,
        about: format!("Github Username: {github}, sid: {sid}"),
    })
}

fn text(said: &Pickle, name: &str) -> Result<String, String> {
    let found = said.field(name).ok_or_else(|| format!("`{name}` is missing"))?;
    let text = found
        .as_text()
        .ok_or_else(|| format!("`{name}` is {}, wanted a text", found.kind()))?;
    let text = text.trim();
    let count = text.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&count) || text.chars().any(char::is_control) {
        return Err(format!(
            "`{name}` has {count} characters, wanted 1 to {NAME_CHARS_MAX} to be read"
        ));
    }
    Ok(text.to_owned())
}

/// A name as clients of the server have them: what cannot stand in one becomes `_`.
pub(super) fn client_name(name: &str) -> String {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let letters = name.chars().map(|letter| if fits(letter) { letter } else { '_' });
    let mut name: String = letters.take(*CLIENT_NAME_CHARS.end()).collect();
    while name.chars().count() < *CLIENT_NAME_CHARS.start() {
        name.push('_');
    }
    name
}

/// What a client of the menu sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// `{'option_selected': n}`.
    Selected(i64),
    /// `{'option': n, 'params': .., 'input': [values]}`.
    Filled(Vec<String>),
}

/// Reads it; a sentence when it cannot be.
pub(super) fn said(said: &Pickle) -> Result<Said, String> {
    if let Pickle::Text(line) = said {
        return Ok(Said::Filled(vec![line.clone()]));
    }
    if let Some(option) = said.field("option_selected") {
        let option = option.as_whole();
        return option
            .map(Said::Selected)
            .ok_or_else(|| "`option_selected` is no number".to_owned());
    }
    let input = said
        .field("input")
        .ok_or_else(|| "wanted `option_selected`, or `option` and `input`".to_owned())?;
    let values = match input.items() {
        Some(items) => items.iter().map(value).collect(),
        None => value(input).map(|value| vec![value]),
    };
    values
        .map(Said::Filled)
        .ok_or_else(|| "`input` is no list of texts".to_owned())
}

fn value(value: &Pickle) -> Option<String> {
    match value {
        Pickle::Text(text) => Some(text.clone()),
        Pickle::Int(whole) => Some(whole.to_string()),
        _ => None,
    }
}

/// What is asked for before an option can be done; nothing where it can at once.
pub(super) fn prompts(option: i64) -> &'static [&'static str] {
    match option {
        2 => &["Enter your message: ", "Enter recipient id: "],
        4 => &["Enter new chat room id: "],
        5 => &["Enter chat room id to join: "],
        _ => &[],
    }
}

/// `{'menu': text}`.
pub(super) fn menu() -> Pickle {
    dict([("menu", MENU.into())])
}

/// Asks for fields.
pub(super) fn form(option: i64) -> Pickle {
    let prompts = prompts(option).iter().map(|prompt| Pickle::from(*prompt)).collect();
    dict([
        ("option", option.into()),
        ("params", Pickle::Dict(Vec::new())),
        ("input", Pickle::List(prompts)),
    ])
}

/// A result.
pub(super) fn output(option: i64, text: impl Into<Pickle>) -> Pickle {
    dict([("option", option.into()), ("output", text.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::pickle;

    fn student(sid: Pickle) -> Pickle {
        dict([
            ("student_name", "Jose Ortiz".into()),
            ("github_username", "jose".into()),
            ("sid", sid),
        ])
    }

    #[test]
    fn both_introductions_are_read_and_what_is_missing_is_named() {
        for sid in [Pickle::Int(920_112), Pickle::from("920112")] {
            let read = introduction(&student(sid)).unwrap();
            let about = "Github Username: jose, sid: 920112".to_owned();
            let name = "Jose Ortiz".to_owned();
            assert_eq!(read, Introduction::Student { name, about });
        }
        let named = introduction(&dict([("id_key", " Nina ".into())])).unwrap();
        assert_eq!(named, Introduction::Named("Nina".into()));
        for (said, wanted) in [
            (Pickle::Int(1), "wanted a dictionary"),
            (dict([]), "`student_name` is missing"),
            (dict([("student_name", "J".into())]), "`github_username` is missing"),
            (student(Pickle::None), "`sid` is None"),
            (dict([("id_key", Pickle::Int(3))]), "`id_key` is an int"),
            (dict([("id_key", "".into())]), "0 characters"),
            (dict([("id_key", "x".repeat(65).into())]), "65 characters"),
            (dict([("id_key", "a\nb".into())]), "to be read"),
        ] {
            let why = introduction(&said).unwrap_err();
            assert!(why.contains(wanted), "{why}");
        }
    }

    #[test]
    fn every_name_becomes_one_that_clients_may_have() {
        for (name, wanted) in [
            ("Jose Ortiz", "Jose_Ortiz"),
            ("Jo", "Jo_"),
            ("a,b(c)", "a_b_c_"),
            ("A very long name indeed", "A_very_long_name"),
        ] {
            assert_eq!(client_name(name), wanted);
            assert_eq!(crate::registry::names::check(&client_name(name)), Ok(()));
        }
    }

    #[test]
    fn what_a_client_selects_and_fills_in_is_read() {
        assert_eq!(said(&dict([("option_selected", 3.into())])), Ok(Said::Selected(3)));
        assert_eq!(said(&dict([("option_selected", "3".into())])), Ok(Said::Selected(3)));
        let filled = dict([
            ("option", 2.into()),
            ("params", Pickle::None),
            ("input", Pickle::List(vec!["hello".into(), Pickle::Int(7)])),
        ]);
        assert_eq!(said(&filled), Ok(Said::Filled(vec!["hello".into(), "7".into()])));
        let line = Ok(Said::Filled(vec!["bye".into()]));
        assert_eq!(said(&Pickle::from("bye")), line);
        assert_eq!(said(&dict([("input", "bye".into())])), line);
        for wrong in [Pickle::None, dict([]), dict([("option_selected", Pickle::None)])] {
            assert!(said(&wrong).is_err(), "{wrong:?}");
        }
        let wrong = dict([("input", Pickle::List(vec![Pickle::None]))]);
        assert!(said(&wrong).is_err());
    }

    #[test]
    fn whatever_pickle_comes_is_something_said_or_refused() {
        let samples = [
            student(7.into()),
            dict([("id_key", "Nina".into())]),
            dict([("option_selected", 3.into())]),
            dict([
                ("option", 2.into()),
                ("input", Pickle::List(vec!["hello".into(), 7.into()])),
            ]),
            "bye".into(),
        ];
        let words: [&[u8]; 4] = [b"X\x03\0\0\0sid", b"X\x05\0\0\0input", b"]", b"N"];
        let samples = samples.map(|one| pickle::write(&one)).into();
        crate::runtime::fuzz::fuzz("classroom", &words, samples, |bytes| {
            let bounds = pickle::Bounds {
                bytes: 16_384,
                items: 1_024,
                depth: 8,
                memo: 1_024,
            };
            let heard = match pickle::read(bytes, &bounds) {
                Ok(heard) => heard,
                Err(err) => return err.to_string(),
            };
            let introduced = introduction(&heard).map(|one| {
                let name = client_name(one.name());
                assert_eq!(crate::registry::names::check(&name), Ok(()), "{one:?}");
            });
            format!(
                "{introduced:?} {:?}",
                said(&heard).map(|said| std::mem::discriminant(&said))
            )
        });
    }
}
