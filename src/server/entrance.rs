//! The three doors of every server, and those of dialects: bound before anything is started.
//!
//! An address that is taken and a certificate that cannot be used are found out before the first service runs.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::again::Kept;
use super::{Addresses, ServerError};
use crate::config::Config;
use crate::dialect;
use crate::runtime::Clock;
use crate::session::listener;
use crate::tls::Tls;

/// Bound, and not yet accepting.
pub(super) struct Entrance {
    /// For new clients.
    pub(super) serversock: TcpListener,
    /// For background traffic.
    pub(super) maindata: TcpListener,
    /// For HTTP.
    pub(super) http: TcpListener,
    /// For clients of older systems.
    pub(super) dialects: Vec<dialect::Port>,
    /// Where they are.
    pub(super) addresses: Addresses,
}

impl Entrance {
    /// Binds all, and looks whether each can speak what it should.
    pub(super) fn bind(config: &Config, kept: Kept, clock: &Clock) -> Result<(Self, Tls), ServerError> {
        let source = config.tls.source(&config.server.data);
        let tls = Tls::open(config.tls.mode, source, clock.clone()).map_err(ServerError::new)?;
        let serversock = bind(&kept_or(kept.serversock, config.server.listen_candidates()), "--listen")?;
        let maindata = bind(
            &kept_or(kept.maindata, config.server.data_listen_candidates()),
            "--data-listen",
        )?;
        let http = bind(&kept_or(kept.http, vec![config.server.http]), "--http")?;
        let addresses = Addresses {
            serversock: address(&serversock)?,
            maindata: address(&maindata)?,
            http: address(&http)?,
        };
        for door in [addresses.serversock, addresses.maindata, addresses.http] {
            tls.transport(door).map_err(ServerError::new)?;
        }
        let entrance = Self {
            serversock,
            maindata,
            http,
            dialects: dialect::bind(&config.dialect).map_err(ServerError::new)?,
            addresses,
        };
        Ok((entrance, tls))
    }
}

fn kept_or(kept: Option<SocketAddr>, candidates: Vec<SocketAddr>) -> Vec<SocketAddr> {
    kept.map_or(candidates, |kept| vec![kept])
}

fn bind(candidates: &[SocketAddr], flag: &str) -> Result<TcpListener, ServerError> {
    let listener =
        listener::bind(candidates).map_err(|err| ServerError(format!("{err}; choose another with {flag}")))?;
    TcpListener::from_std(listener).map_err(ServerError::new)
}

fn address(listener: &TcpListener) -> Result<SocketAddr, ServerError> {
    listener.local_addr().map_err(ServerError::new)
}
