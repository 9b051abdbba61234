//! What a connection is opened with: who we are, what we offer, and our bounds.

use std::time::Duration;

use super::offers::offered;
use crate::tls::{TlsMode, Trust};
use crate::wire::{ClientKind, FrameCodec, Hello, Login, PROTOCOL};

/// Settings of one connection; start from `default()`.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The name we would like.
    pub name: Option<String>,
    /// What we are.
    pub kind: ClientKind,
    /// Our program and version, for people.
    pub software: String,
    /// What we are, for people.
    pub description: Option<String>,
    /// Commands that may be called on us.
    pub commands: Vec<String>,
    /// What we may be asked for, besides `PING` and `CLIENTDATA`, which are answered for us if they are not here.
    pub requestables: Vec<String>,
    /// How we prove who we are; a guest if `None`.
    pub login: Option<Login>,
    /// Where TLS is spoken: off loopback unless set.
    pub tls: TlsMode,
    /// Which certificates are believed; none unless set.
    pub trust: Trust,
    /// Longest frame we take.
    pub frame_bytes_max: usize,
    /// Longest wait for the connection and the welcome together.
    pub connect_timeout: Duration,
    /// Longest wait for an answer, unless the call says otherwise.
    pub call_timeout: Duration,
    /// Most questions open at once; further ones wait for their turn within their own deadline.
    pub in_flight_max: usize,
    /// Most incoming frames waiting for our reader. 0: nobody listens; calls and requests are refused.
    pub incoming_max: usize,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            name: None,
            kind: ClientKind::Client,
            software: concat!("motorpool ", env!("CARGO_PKG_VERSION")).to_owned(),
            description: None,
            commands: Vec::new(),
            requestables: Vec::new(),
            login: None,
            tls: TlsMode::default(),
            trust: Trust::default(),
            frame_bytes_max: FrameCodec::FRAME_BYTES_MAX,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(30),
            in_flight_max: 1024,
            incoming_max: 256,
        }
    }
}

impl ConnectOptions {
    pub(super) fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: self.name.clone(),
            kind: Some(self.kind),
            software: Some(self.software.clone()),
            description: self.description.clone(),
            commands: self.commands.clone(),
            requestables: offered(&self.requestables),
            login: self.login.clone(),
        }
    }
}
