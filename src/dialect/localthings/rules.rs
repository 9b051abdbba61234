//! What clients of LocalThingsNetwork 1.0 say and are told: the steps of the handshake, and what an object means. Pure.

use crate::dialect::pickle::Pickle;

/// First word of a client.
pub(super) const CLIENT: &str = "clientsocket";
/// First word of a client on a data port.
pub(super) const DATA: &str = "datasocket";
/// The answer to either.
pub(super) const SUITED: &str = "suited sockettype";
/// The answer to anything else.
pub(super) const UNSUITED: &str = "unsuited sockettype";
/// Last word of a registration.
pub(super) const CONTINUE: &str = "continue";
/// Longest `<CONNTYPE>|<version>`.
pub(super) const CONNTYPE_BYTES_MAX: usize = 64;
/// Marks of lists that ask, answer and command.
pub(super) const REQUEST: &str = "<$REQUEST$>";
/// Of the server's own.
pub(super) const COMMAND: &str = "<$COMMAND$>";

/// How much of a word is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// All of it, and perhaps more.
    Whole,
    /// Its beginning.
    Part,
    /// Something else.
    Other,
}

/// Looks for a word at the front of what has come.
pub(super) fn word(bytes: &[u8], wanted: &str) -> Word {
    let wanted = wanted.as_bytes();
    if bytes.starts_with(wanted) {
        Word::Whole
    } else if wanted.starts_with(bytes) {
        Word::Part
    } else {
        Word::Other
    }
}

/// Who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knock {
    /// A client that is spoken to.
    Client,
    /// Somebody who only looks whether there is a server.
    Finder,
}

/// Reads `<CONNTYPE>|<version>`; a sentence when it is nobody.
pub(super) fn knock(text: &str) -> Result<Knock, &'static str> {
    let (kind, version) = text.trim().split_once('|').ok_or("no `|` in the kind of connection")?;
    if kind == "SERVERFINDER" {
        return Ok(Knock::Finder);
    }
    let mut parts = version.split('.').map(|part| part.trim().parse::<u32>().ok());
    let version = (parts.next().flatten(), parts.next().flatten());
    let (Some(major), Some(minor)) = version else {
        return Err("a version that cannot be read");
    };
    // As the system itself has it, which lets 5.30 and 6.0 in.
    if major < 6 && minor < 26 {
        return Err("a client that is too old");
    }
    match kind {
        "CLIENT" => Ok(Knock::Client),
        "SUBSERVER" => Err("a server of that system: servers join a network by their own protocol"),
        _ => Err("an unknown kind of connection"),
    }
}

/// What a client says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ClientData {
    pub(super) username: Option<String>,
    pub(super) description: String,
    pub(super) version: String,
    pub(super) commands: Vec<String>,
    pub(super) requestables: Vec<String>,
}

/// Reads it; what is not there is empty.
pub(super) fn client_data(said: &Pickle) -> Result<ClientData, String> {
    if !matches!(said, Pickle::Dict(_)) {
        return Err(format!("got {}, wanted a dictionary", said.kind()));
    }
    let text = |name: &str| said.field(name).and_then(Pickle::as_text).map(str::to_owned);
    let names = |name: &str| {
        let items = said.field(name).and_then(Pickle::items).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item.as_text().map(str::to_owned))
            .collect()
    };
    Ok(ClientData {
        username: text("username").filter(|name| !name.is_empty()),
        description: text("description").unwrap_or_default(),
        version: text("client_version").unwrap_or_default(),
        commands: names("commands"),
        requestables: names("requestables"),
    })
}

/// What an object of a client means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// Text, a call among them.
    Text(String),
    /// It asks for something.
    Request {
        /// Under which it wants the answer.
        id: Pickle,
        name: String,
    },
    /// It answers.
    Answer { id: Asked, value: Pickle },
}

/// Under which an answer was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A request of this number.
    Request(u64),
    /// A ping of this number.
    Ping(u64),
}

impl Asked {
    /// As it travels.
    pub(super) fn text(self) -> String {
        match self {
            Self::Request(id) => id.to_string(),
            Self::Ping(id) => format!("ping-{id}"),
        }
    }

    fn read(id: &Pickle) -> Option<Self> {
        match id {
            Pickle::Int(id) => u64::try_from(*id).ok().map(Self::Request),
            Pickle::Text(text) => match text.strip_prefix("ping-") {
                Some(id) => id.parse().ok().map(Self::Ping),
                None => text.parse().ok().map(Self::Request),
            },
            _ => None,
        }
    }
}

/// Reads an object; `None` when it means nothing.
pub(super) fn said(object: Pickle) -> Option<Said> {
    if let Pickle::Text(text) = object {
        return Some(Said::Text(text));
    }
    match object.items()? {
        [
            Pickle::Text(mark),
            Pickle::Text(kind),
            id @ (Pickle::Text(_) | Pickle::Int(_)),
            Pickle::Text(name),
        ] if mark == REQUEST && kind == "request" => Some(Said::Request {
            id: id.clone(),
            name: name.clone(),
        }),
        [Pickle::Text(mark), Pickle::Text(kind), id, value] if mark == REQUEST && kind == "answer" => {
            Some(Said::Answer {
                id: Asked::read(id)?,
                value: value.clone(),
            })
        }
        _ => None,
    }
}

/// Asks a client for something.
pub(super) fn request(asked: Asked, name: &str) -> Pickle {
    Pickle::List(vec![REQUEST.into(), "request".into(), asked.text().into(), name.into()])
}

/// Answers a client.
pub(super) fn answer(id: Pickle, value: Pickle) -> Pickle {
    Pickle::List(vec![REQUEST.into(), "answer".into(), id, value])
}

/// Has a client do something.
pub(super) fn command(name: &str, args: Vec<Pickle>) -> Pickle {
    Pickle::List(vec![COMMAND.into(), name.into(), Pickle::List(args)])
}

/// The name in `Your username changed to 'b'`.
pub(super) fn changed_name(text: &str) -> Option<&str> {
    text.strip_prefix("Your username changed to '")?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::pickle::{self, dict};

    #[test]
    fn a_word_is_told_as_soon_as_it_can_be() {
        for length in 0..CLIENT.len() {
            assert_eq!(word(&CLIENT.as_bytes()[..length], CLIENT), Word::Part);
        }
        assert_eq!(word(b"clientsocket", CLIENT), Word::Whole);
        assert_eq!(word(b"clientsocketCLIENT|6", CLIENT), Word::Whole);
        assert_eq!(word(b"clientX", CLIENT), Word::Other);
        assert_eq!(word(b"GET / HTTP/1.1", CLIENT), Word::Other);
    }

    #[test]
    fn who_knocks_is_told_by_kind_and_version() {
        for (text, wanted) in [
            ("CLIENT|6.26.162", Ok(Knock::Client)),
            ("CLIENT|6.0", Ok(Knock::Client)),
            ("CLIENT|5.30.0", Ok(Knock::Client)),
            ("SERVERFINDER|whatever", Ok(Knock::Finder)),
        ] {
            assert_eq!(knock(text), wanted, "{text}");
        }
        for text in [
            "CLIENT|5.25.0",
            "CLIENT|six",
            "CLIENT",
            "",
            "SUBSERVER|7.43",
            "MADEUP|9.99",
        ] {
            assert!(knock(text).is_err(), "{text}");
        }
    }

    #[test]
    fn objects_mean_what_they_meant() {
        let list = |items: &[Pickle]| Pickle::List(items.to_vec());
        let request = |id: Pickle| list(&[REQUEST.into(), "request".into(), id, "SERVERDATA".into()]);
        for id in [Pickle::from("a1"), Pickle::Int(4)] {
            let name = "SERVERDATA".to_owned();
            assert_eq!(said(request(id.clone())), Some(Said::Request { id, name }));
        }
        for (id, wanted) in [
            (Pickle::from("7"), Asked::Request(7)),
            (Pickle::Int(7), Asked::Request(7)),
            (Pickle::from("ping-7"), Asked::Ping(7)),
        ] {
            let value = Pickle::Float(0.5);
            let answered = list(&[REQUEST.into(), "answer".into(), id, value.clone()]);
            assert_eq!(said(answered), Some(Said::Answer { id: wanted, value }));
        }
        assert_eq!(said("hello".into()), Some(Said::Text("hello".into())));
        for nothing in [
            Pickle::None,
            dict([]),
            list(&[]),
            list(&[REQUEST.into(), "other".into(), 1.into(), "X".into()]),
            list(&[REQUEST.into(), "answer".into(), "nobody".into(), Pickle::None]),
            command("disconnect", vec![]),
        ] {
            assert_eq!(said(nothing.clone()), None, "{nothing:?}");
        }
    }

    #[test]
    fn what_a_client_says_of_itself_may_be_little() {
        let data = dict([
            ("username", "ada".into()),
            ("commands", Pickle::Tuple(vec!["light".into(), Pickle::Int(1)])),
            ("requestables", Pickle::List(vec!["PING".into()])),
            ("client_version", "6.26".into()),
        ]);
        let read = client_data(&data).unwrap();
        assert_eq!((read.username.as_deref(), read.commands.len()), (Some("ada"), 1));
        assert_eq!(client_data(&dict([])), Ok(ClientData::default()));
        assert!(client_data(&Pickle::None).is_err());
    }

    #[test]
    fn a_new_name_is_found_in_the_text_that_says_so() {
        assert_eq!(changed_name("Your username changed to 'b'"), Some("b"));
        assert_eq!(changed_name("User 'a' changed name to 'b'"), None);
    }

    #[test]
    fn whatever_comes_is_a_word_an_object_or_refused() {
        let lamp = dict([
            ("description", "a lamp".into()),
            ("username", "lamp".into()),
            ("client_version", "6.26.1".into()),
            ("commands", Pickle::List(vec!["on".into()])),
            ("requestables", Pickle::List(vec!["STATE".into()])),
        ]);
        let asked = Pickle::List(vec![REQUEST.into(), "request".into(), 1.into(), "PING".into()]);
        let mut samples = [lamp, asked, "s.help()".into()].map(|one| pickle::write(&one)).to_vec();
        samples.extend([
            b"CLIENT|6.26.1".to_vec(),
            b"SUBSERVER|1".to_vec(),
            CLIENT.as_bytes().to_vec(),
        ]);
        let words: [&[u8]; 4] = [b"|", b"CLIENT|", b"6.26", b"<$COMMAND$>"];
        crate::runtime::fuzz::fuzz("localthings", &words, samples, |bytes| {
            let words = [CLIENT, DATA, CONTINUE].map(|wanted| format!("{:?}", word(bytes, wanted)));
            let knocked = std::str::from_utf8(bytes).map(|text| knock(text).map(|_| ()));
            let bounds = pickle::Bounds {
                bytes: 16_384,
                items: 1_024,
                depth: 16,
                memo: 1_024,
            };
            let object = match pickle::read(bytes, &bounds) {
                Ok(object) => object,
                Err(err) => return format!("{words:?} {knocked:?} {err}"),
            };
            let data = client_data(&object).map(|_| ());
            format!("{data:?} {:?}", said(object).map(|said| std::mem::discriminant(&said)))
        });
    }
}
