//! Datasocks: further sockets of a known client, so that background traffic never stands in talk's way.
//!
//! Owns which there are: opened and closed while the server runs, kept over restarts, each with its receiver. A
//! client attaches with a ticket that is good once and for a short time; an address proves nothing.
//! `Maindata` is opened by the configuration at each start; its receiver is `default`, the serversock's dispatcher.

pub(crate) mod actor;
pub(crate) mod connection;
mod doors;
mod kept;
pub(crate) mod offer;
mod open;
pub(crate) mod ports;
pub(crate) mod rates;
pub(crate) mod receivers;
pub(crate) mod serving;
pub(crate) mod sock;
pub(crate) mod tally;
pub(crate) mod tickets;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::error::Error;
use crate::registry::Standing;
use crate::runtime::{Service, ServiceView};
use crate::wire::{DatasockInfo, ErrorCode};

pub(crate) use doors::{Doors, SLOTS};
pub(crate) use open::Opening;

use actor::Datasock;
use ports::Ports;
use receivers::Makings;
use receivers::telemetry::Telemetry;
use sock::{Definition, Sock, Up};

/// The name of the datasock for background traffic.
pub const MAINDATA: &str = "Maindata";
/// The name of the datasock for pictures, opened at each start where faces are looked at.
pub(crate) const PICTURES: &str = "pictures";
/// The name of the datasock for files, opened at each start where files are taken.
pub(crate) const FILES: &str = "files";
/// The receiver that reads it.
pub(crate) const FILE: &str = "file";
/// The name of the listener for new clients, which is no datasock.
pub(crate) const SERVERSOCK: &str = "Serversock";

/// The datasocks there are; cheap to clone.
#[derive(Clone)]
pub(crate) struct Datasocks(Arc<Inner>);

struct Inner {
    /// Read at every connection, changed rarely.
    socks: ArcSwap<Vec<Arc<Sock>>>,
    /// Held while one is opened or closed, so that names and ports are decided one after the other.
    changing: tokio::sync::Mutex<()>,
    /// How doors are opened; taken away at the end, since it holds the house.
    doors: Mutex<Option<Arc<dyn Doors>>>,
    makings: Makings,
    maindata: SocketAddr,
    socks_max: usize,
}

impl Datasocks {
    /// With `Maindata` alone, whose listener is bound already.
    pub(crate) fn new(
        tickets: Service<Datasock>,
        address: SocketAddr,
        makings: Makings,
        socks_max: usize,
    ) -> Result<Self, Error> {
        let definition = Definition {
            receiver: "default".to_owned(),
            port: Ports::One(address.port()),
            auto_connect: true,
        };
        let receiver = receivers::make(&definition.receiver, &makings)?;
        let up = Up {
            address,
            tickets,
            slot: None,
        };
        let maindata = Sock::new(MAINDATA, definition, receiver, Some(up));
        Ok(Self(Arc::new(Inner {
            socks: ArcSwap::from_pointee(vec![Arc::new(maindata)]),
            changing: tokio::sync::Mutex::default(),
            doors: Mutex::default(),
            makings,
            maindata: address,
            socks_max,
        })))
    }

    /// Every datasock, `Maindata` first, then in the order of their opening.
    pub(crate) fn all(&self) -> Arc<Vec<Arc<Sock>>> {
        self.0.socks.load_full()
    }

    /// What is known of cars by their telemetry.
    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.0.makings.telemetry
    }

    /// Those that listen, as the welcome lists them.
    pub(crate) fn listed(&self) -> Vec<DatasockInfo> {
        self.all().iter().filter_map(|sock| sock.info()).collect()
    }

    /// Looks at their actors.
    pub(crate) fn views(&self) -> Vec<ServiceView> {
        self.all().iter().filter_map(|sock| sock.view()).collect()
    }

    /// A new ticket for a client, and where it is good.
    pub(crate) async fn ticket(&self, name: &str, standing: &Standing) -> Result<(DatasockInfo, String), Error> {
        let sock = self.find(name)?;
        let info = sock.info().ok_or_else(|| sock.down())?;
        Ok((info, sock.ticket(standing).await?))
    }

    /// The datasock of that name, however it is written.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<Sock>, Error> {
        let all = self.all();
        let found = all.iter().find(|sock| is_same(&sock.name, name));
        found.cloned().ok_or_else(|| {
            let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
            let names: Vec<&str> = all.iter().map(|sock| &*sock.name).collect();
            let there = if names.is_empty() {
                "there is none".to_owned()
            } else {
                format!("there is {}", names.join(", "))
            };
            Error::new(ErrorCode::NotFound, format!("there is no datasock `{shown}`, {there}"))
        })
    }

    /// From now on doors can be opened.
    pub(crate) fn use_doors(&self, doors: Arc<dyn Doors>) {
        *self.doors() = Some(doors);
    }

    fn doors(&self) -> std::sync::MutexGuard<'_, Option<Arc<dyn Doors>>> {
        self.0.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server goes down: no more doors, no more connections.
    pub(crate) async fn shut(&self) {
        drop(self.doors().take());
        for sock in self.all().iter() {
            sock.shut().await;
        }
    }
}

/// Names are compared as those of clients are.
fn is_same(one: &str, other: &str) -> bool {
    one == other || crate::registry::names::key(one) == crate::registry::names::key(other)
}
