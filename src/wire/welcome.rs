//! The server's answer to a `hello`: who the client is now, and what it finds here.
//!
//! Owns the shape of `welcome`. The resume token is never shown by `Debug`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds by name, e.g. `frame_bytes`.
pub type Limits = BTreeMap<String, u64>;

/// Who the client is now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// A UUID; the same again after a resume.
    pub client_id: String,
    /// The name it has, which need not be the one it asked for.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// Token for `login: {resume}` of a later connection.
    pub resume: String,
    /// Who answers.
    pub server: ServerInfo,
    /// Texts for people, e.g. why the name was replaced.
    #[serde(default)]
    pub notices: Vec<String>,
}

impl fmt::Debug for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Welcome")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .field("resume", &format_args!("***"))
            .field("server", &self.server)
            .field("notices", &self.notices)
            .finish()
    }
}

/// What a server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerInfo {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Version of its program.
    pub version: String,
    /// Version of the protocol it speaks.
    pub protocol: u64,
    /// When it started: RFC 3339, UTC.
    pub started_at: String,
    /// How many servers are above it in a network; 0 when it stands alone.
    pub layer: u32,
    /// Commands this client may call.
    pub commands: Vec<String>,
    /// What the server may be asked for.
    pub requestables: Vec<String>,
    /// The server's time at this welcome: RFC 3339, UTC. Units set their clocks by it.
    pub now: String,
    /// Where to attach.
    pub datasocks: Vec<DatasockInfo>,
    /// Bounds of this server by name.
    pub limits: Limits,
}

/// One datasock that a client may attach to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasockInfo {
    /// Its name, e.g. `Maindata`.
    pub name: String,
    /// Where it listens.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// What reads its frames.
    pub receiver: String,
}
