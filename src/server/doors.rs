//! The doors of datasocks that are opened while the server runs: ports, actors for tickets, accepting tasks.
//!
//! Called from arbiters, works on the shared runtime. It decides nothing about which doors there are.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::services::{self, GivenUps};
use crate::datasock::Doors;
use crate::datasock::actor::Datasock;
use crate::datasock::sock::Sock;
use crate::house::House;
use crate::runtime::Service;
use crate::session::handshake::Door;
use crate::session::listener;

/// What opening a door takes.
pub(super) struct HouseDoors {
    house: House,
    given_up: GivenUps,
    runtime: Handle,
}

impl HouseDoors {
    /// On the runtime that calls.
    pub(super) fn new(house: &House, given_up: &GivenUps) -> Arc<Self> {
        Arc::new(Self {
            house: house.clone(),
            given_up: given_up.clone(),
            runtime: Handle::current(),
        })
    }
}

impl Doors for HouseDoors {
    fn bind(&self, candidates: &[SocketAddr]) -> Result<TcpListener, String> {
        let listener = listener::bind(candidates).map_err(|err| err.to_string())?;
        // A certificate that cannot be used is found out before anybody is told of the door.
        let address = listener.local_addr().map_err(|err| err.to_string())?;
        self.house.tls.transport(address).map_err(|err| err.to_string())?;
        Ok(listener)
    }

    fn tickets(&self, name: &'static str) -> Service<Datasock> {
        let _on = self.runtime.enter();
        services::tickets(&self.house, &self.given_up, name)
    }

    fn accept(&self, sock: Arc<Sock>, listener: TcpListener) -> JoinHandle<()> {
        let house = self.house.clone();
        self.runtime.spawn(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener::accept(house, Door::Datasock(sock), listener).await,
                Err(err) => tracing::error!(%err, sock = &*sock.name, "a bound port cannot be listened on"),
            }
        })
    }
}
