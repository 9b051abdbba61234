//! Who the server is and where it is found: name, data folder, database, listeners, guests.
//!
//! Knows which addresses are tried in which order; binding them is `crate::server`'s work.
//! Environment: `MOTORPOOL_SERVER__` and the key in upper case.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::{DatabaseUrl, UrlError};

/// First port tried for server sockets, then upwards.
const LISTEN_PORT: u16 = 4000;
/// First port tried for the maindata datasock, then downwards.
const DATA_LISTEN_PORT: u16 = 3999;
/// The port of the HTTP side.
const HTTP_PORT: u16 = 8080;
/// Ports tried before a listener gives up.
const PORT_TRIES: u16 = 100;
/// File of the embedded database inside the data folder.
const DATABASE_FILE: &str = "motorpool.db";

/// The section `server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Name told to every client: `motorpool` unless set.
    pub name: String,
    /// What this server is for, told to every client.
    pub description: String,
    /// Folder of everything the server keeps: `./motorpool-data` unless set.
    pub data: PathBuf,
    /// URL of the database; SQLite in `motorpool.db` of the data folder unless set.
    pub database: Option<String>,
    /// Address of server sockets: `127.0.0.1:4000` or the next free port above unless set; port 0 means any.
    pub listen: Option<SocketAddr>,
    /// Address of the maindata datasock: `127.0.0.1:3999` or the next free port below unless set.
    pub data_listen: Option<SocketAddr>,
    /// Address of metrics, health and the HTTP commands: `127.0.0.1:8080` unless set.
    pub http: SocketAddr,
    /// Where browsers find the HTTP side, as in front of a forwarder: its own address unless set.
    pub public_url: Option<String>,
    /// Who may connect without signing in: `loopback` unless set.
    pub guests: Guests,
    /// Whether guests from other machines, where they are let in, may what a user may: `false` unless set.
    pub guests_elsewhere_are_users: bool,
    /// File written, whole, once everything listens; none unless set.
    pub ready_file: Option<PathBuf>,
}

/// Who may connect without signing in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guests {
    /// Peers on this machine.
    #[default]
    Loopback,
    /// No peer.
    Nobody,
    /// Every peer.
    Everybody,
}

impl fmt::Display for Guests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "loopback",
            Self::Nobody => "nobody",
            Self::Everybody => "everybody",
        })
    }
}

impl Guests {
    /// Whether a guest from this address is let in.
    pub fn admits(self, peer: IpAddr) -> bool {
        match self {
            Self::Loopback => peer.to_canonical().is_loopback(),
            Self::Nobody => false,
            Self::Everybody => true,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            name: "motorpool".to_owned(),
            description: "A motorpool of shared vehicles".to_owned(),
            data: PathBuf::from("./motorpool-data"),
            database: None,
            listen: None,
            data_listen: None,
            http: loopback(HTTP_PORT),
            public_url: None,
            guests: Guests::default(),
            guests_elsewhere_are_users: false,
            ready_file: None,
        }
    }
}

impl ServerConfig {
    /// Where the database in use is.
    pub fn database_url(&self) -> Result<DatabaseUrl, UrlError> {
        match &self.database {
            Some(url) => url.parse(),
            None => Ok(DatabaseUrl::sqlite(self.data.join(DATABASE_FILE))),
        }
    }

    /// Where server sockets may listen, best first.
    pub fn listen_candidates(&self) -> Vec<SocketAddr> {
        match self.listen {
            Some(addr) => vec![addr],
            None => (LISTEN_PORT..LISTEN_PORT.saturating_add(PORT_TRIES))
                .map(loopback)
                .collect(),
        }
    }

    /// Where the maindata datasock may listen, best first.
    pub fn data_listen_candidates(&self) -> Vec<SocketAddr> {
        match self.data_listen {
            Some(addr) => vec![addr],
            None => (DATA_LISTEN_PORT.saturating_sub(PORT_TRIES)..=DATA_LISTEN_PORT)
                .rev()
                .map(loopback)
                .collect(),
        }
    }
}

/// An address only this machine can reach.
fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
