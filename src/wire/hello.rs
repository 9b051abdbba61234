//! The first frame of a client: who it is, what it can do, how it proves that.
//!
//! Owns the shape of `hello`. Secrets are never shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::names;

/// What a client says of itself. All but `protocol` may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The version of the protocol it speaks.
    pub protocol: u64,
    /// The name it would like; a taken or bad one is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is; a client if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ClientKind>,
    /// Its program and version, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Commands that may be called on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// What it may be asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requestables: Vec<String>,
    /// How it proves who it is; a guest if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

names! {
    /// What kind of thing holds a connection.
    ClientKind as "kind of client" {
        /// A program or a person's page.
        Client = "client",
        /// An operator's console.
        Console = "console",
        /// The unit in a car; needs a car's key.
        Car = "car",
        /// A program that acts by itself.
        Bot = "bot",
        /// Another server; needs a server's key.
        Server = "server",
    }
}

/// Proof of who a client is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "LoginFields")]
pub enum Login {
    /// An account and its password.
    Password {
        /// Name of the account.
        username: String,
        /// Its password, in clear: TLS hides it off loopback.
        password: String,
    },
    /// The key of a car, a bot or a server.
    Key(String),
    /// The token of an earlier welcome.
    Resume(String),
}

/// [`Login`] as it is read: ciborium would take an array for the fields of a struct variant.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LoginFields {
    Password(PasswordFields),
    Key(String),
    Resume(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordFields {
    username: String,
    password: String,
}

impl From<LoginFields> for Login {
    fn from(fields: LoginFields) -> Self {
        match fields {
            LoginFields::Password(PasswordFields { username, password }) => Self::Password { username, password },
            LoginFields::Key(key) => Self::Key(key),
            LoginFields::Resume(token) => Self::Resume(token),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => f
                .debug_struct("Password")
                .field("username", username)
                .field("password", &format_args!("***"))
                .finish(),
            Self::Key(_) => f.write_str("Key(***)"),
            Self::Resume(_) => f.write_str("Resume(***)"),
        }
    }
}
