//! What a client says of itself at the door, as `auth` or as an event: a hello, and how it proves who it is.
//!
//! Reads only. A token of a session makes another client of the same account; `resume` makes the same client again.

use serde::Deserialize;

use crate::error::Error;
use crate::session::admission::Proof;
use crate::wire::{ClientKind, ErrorCode, Hello, Login, PROTOCOL, Value};

/// Somebody who wants to come in.
pub(super) struct Entry {
    pub(super) hello: Hello,
    pub(super) proof: Proof,
    /// Who they say they are, where that is to be compared with what the proof says.
    pub(super) claims: Option<String>,
    /// Whether they speak as clients of the first system did, and hear what those heard.
    pub(super) is_original: bool,
}

/// The fields of `auth` and of `hello`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    protocol: Option<u64>,
    name: Option<String>,
    kind: Option<ClientKind>,
    software: Option<String>,
    description: Option<String>,
    commands: Vec<String>,
    requestables: Vec<String>,
    login: Option<Login>,
    token: Option<String>,
    resume: Option<String>,
    key: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

/// What `new_client` and `new_bot` bring.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Original {
    #[serde(alias = "ID")]
    id: String,
    token: Option<String>,
    key: Option<String>,
}

impl Entry {
    /// A guest who says nothing.
    pub(super) fn guest() -> Self {
        Self {
            hello: hello(),
            proof: Proof::Login(None),
            claims: None,
            is_original: false,
        }
    }

    /// Reads `auth` or `hello`.
    pub(super) fn read(fields: &Value) -> Result<Self, Error> {
        let fields: Fields = fields.deserialized().map_err(|err| unfit(&err, "a hello"))?;
        let password = match (fields.username, fields.password) {
            (Some(username), Some(password)) => Some(Login::Password { username, password }),
            (None, None) => None,
            _ => return Err(bad("`username` and `password` are wanted together")),
        };
        let proofs = [
            fields.login.map(|login| Proof::Login(Some(login))),
            password.map(|login| Proof::Login(Some(login))),
            fields.key.map(|key| Proof::Login(Some(Login::Key(key)))),
            fields.resume.map(|token| Proof::Login(Some(Login::Resume(token)))),
            fields.token.map(secret),
        ];
        let mut proofs = proofs.into_iter().flatten();
        let proof = proofs.next().unwrap_or(Proof::Login(None));
        if proofs.next().is_some() {
            return Err(bad("more than one way to sign in was given, wanted one"));
        }
        Ok(Self {
            hello: Hello {
                protocol: fields.protocol.unwrap_or(PROTOCOL),
                name: fields.name,
                kind: fields.kind,
                software: fields.software,
                description: fields.description,
                commands: fields.commands,
                requestables: fields.requestables,
                login: None,
            },
            proof,
            claims: None,
            is_original: false,
        })
    }

    /// Reads `new_client`: a person by the token of their session.
    pub(super) fn new_client(fields: &Value) -> Result<Self, Error> {
        let said: Original = fields.deserialized().map_err(|err| unfit(&err, "{id, token}"))?;
        let token = said.token.filter(|_| said.key.is_none());
        let token = token.ok_or_else(|| bad("`new_client` wants {id, token}"))?;
        Ok(Self::original(said.id, None, secret(token)))
    }

    /// Reads `new_bot`: a bot by its key.
    pub(super) fn new_bot(fields: &Value) -> Result<Self, Error> {
        let said: Original = fields.deserialized().map_err(|err| unfit(&err, "{id, key}"))?;
        let key = said.key.filter(|_| said.token.is_none());
        let key = key.ok_or_else(|| bad("`new_bot` wants {id, key}"))?;
        let proof = Proof::Login(Some(Login::Key(key)));
        Ok(Self::original(said.id, Some(ClientKind::Bot), proof))
    }

    fn original(claims: String, kind: Option<ClientKind>, proof: Proof) -> Self {
        Self {
            hello: Hello { kind, ..hello() },
            proof,
            claims: Some(claims),
            is_original: true,
        }
    }

    /// Whether nothing was shown.
    pub(super) fn is_guest(&self) -> bool {
        matches!(self.proof, Proof::Login(None))
    }
}

/// A token of a session, or a key.
pub(super) fn secret(text: String) -> Proof {
    if text.starts_with("mp_resume_") {
        Proof::Session(text)
    } else {
        Proof::Login(Some(Login::Key(text)))
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        ..Hello::default()
    }
}

fn bad(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::BadArguments, why)
}

fn unfit(err: &ciborium::value::Error, wanted: &str) -> Error {
    let ciborium::value::Error::Custom(why) = err;
    bad(format!("wanted {wanted}: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::json::from_json;

    fn read(fields: serde_json::Value) -> Result<Entry, String> {
        Entry::read(&from_json(&fields)).map_err(|err| err.message().to_owned())
    }

    #[test]
    fn each_way_to_sign_in_is_read_and_two_at_once_are_refused() {
        let session = |entry: Entry| matches!(entry.proof, Proof::Session(token) if token == "mp_resume_a");
        assert!(session(read(json!({"token": "mp_resume_a"})).unwrap()));
        for (fields, wanted) in [
            (json!({"token": "mp_bot_k"}), Login::Key("mp_bot_k".into())),
            (json!({"key": "k"}), Login::Key("k".into())),
            (json!({"resume": "r"}), Login::Resume("r".into())),
            (json!({"login": {"key": "k"}}), Login::Key("k".into())),
            (
                json!({"username": "anna", "password": "p", "name": "desk"}),
                Login::Password {
                    username: "anna".into(),
                    password: "p".into(),
                },
            ),
        ] {
            let entry = read(fields.clone()).unwrap();
            assert!(
                matches!(entry.proof, Proof::Login(Some(login)) if login == wanted),
                "{fields}"
            );
        }
        assert!(read(json!({"name": "desk"})).unwrap().is_guest());
        for wrong in [
            json!({"token": "a", "key": "b"}),
            json!({"username": "anna"}),
            json!({"password": "p"}),
            json!({"tokens": "a"}),
            json!({"name": 1}),
            json!([]),
            json!("anna"),
            json!(null),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_first_systems_clients_name_themselves_and_bring_their_proof() {
        let anna = from_json(&json!({"ID": "anna", "token": "mp_resume_a"}));
        let entry = Entry::new_client(&anna).unwrap();
        assert!(entry.is_original && entry.claims.as_deref() == Some("anna"));
        let bot = from_json(&json!({"id": "bell", "key": "k"}));
        assert_eq!(Entry::new_bot(&bot).unwrap().hello.kind, Some(ClientKind::Bot));
        for wrong in [
            json!({"id": "anna"}),
            json!({"token": "a"}),
            json!({"id": "anna", "key": "a"}),
        ] {
            assert!(Entry::new_client(&from_json(&wrong)).is_err(), "{wrong}");
        }
        for wrong in [json!({"id": "bell"}), json!({"id": "bell", "key": "k", "token": "a"})] {
            assert!(Entry::new_bot(&from_json(&wrong)).is_err(), "{wrong}");
        }
    }
}
