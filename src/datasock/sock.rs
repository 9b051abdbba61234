//! One datasock: what it is, where it listens, its tickets, its figures. A datasock that could not be opened
//! again at a start stays listed as down.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::actor::{Datasock, Mint, Redeem};
use super::ports::Ports;
use super::receivers::Receiver;
use super::tally::Tally;
use crate::error::Error;
use crate::registry::Standing;
use crate::runtime::{Service, ServiceView};
use crate::wire::{DatasockInfo, ErrorCode};

/// What makes a datasock, as it is kept over restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    /// The name of what reads there.
    pub(crate) receiver: String,
    /// Where it may listen.
    pub(crate) port: Ports,
    /// Whether clients are offered it.
    pub(crate) auto_connect: bool,
}

/// Where an open datasock listens and who gives its tickets.
pub(crate) struct Up {
    pub(crate) address: SocketAddr,
    pub(crate) tickets: Service<Datasock>,
    /// Which of the names for supervised datasocks it has; none for `Maindata`.
    pub(crate) slot: Option<usize>,
}

/// A datasock.
pub(crate) struct Sock {
    pub(crate) name: Arc<str>,
    pub(crate) definition: Definition,
    pub(crate) receiver: Arc<dyn Receiver>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) up: Option<Up>,
    closed: AtomicBool,
    door: Mutex<Option<JoinHandle<()>>>,
}

impl Sock {
    pub(crate) fn new(name: &str, definition: Definition, receiver: Arc<dyn Receiver>, up: Option<Up>) -> Self {
        Self {
            name: Arc::from(name),
            definition,
            tally: Tally::new(receiver.name()),
            receiver,
            up,
            closed: AtomicBool::new(false),
            door: Mutex::default(),
        }
    }

    /// As clients are told; `None` while it is down.
    pub(crate) fn info(&self) -> Option<DatasockInfo> {
        let up = self.up.as_ref()?;
        Some(DatasockInfo {
            name: self.name.to_string(),
            host: up.address.ip().to_string(),
            port: up.address.port(),
            receiver: self.receiver.name().to_owned(),
        })
    }

    /// A look at its actor.
    pub(crate) fn view(&self) -> Option<ServiceView> {
        self.up.as_ref().map(|up| up.tickets.view())
    }

    /// Whether it was closed for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// A new ticket for a client that its receiver admits.
    pub(crate) async fn ticket(&self, standing: &Standing) -> Result<String, Error> {
        self.receiver.admits(standing)?;
        let mint = Mint {
            client_id: standing.client_id.to_string(),
        };
        let minted = self.tickets()?.ask(mint).await?;
        minted.map_err(|err| Error::new(ErrorCode::Busy, err.to_string()))
    }

    /// Takes a ticket, or says why it is not good.
    pub(crate) async fn redeem(&self, client_id: &str, ticket: &str) -> Result<(), Error> {
        let redeem = Redeem {
            client_id: client_id.to_owned(),
            ticket: ticket.to_owned(),
        };
        let redeemed = self.tickets()?.ask(redeem).await?;
        redeemed.map_err(|err| Error::new(ErrorCode::BadLogin, err.to_string()))
    }

    fn tickets(&self) -> Result<&Service<Datasock>, Error> {
        let up = self.up.as_ref().filter(|_| !self.is_closed());
        up.map(|up| &up.tickets).ok_or_else(|| self.down())
    }

    /// The refusal of one that does not listen.
    pub(crate) fn down(&self) -> Error {
        Error::new(
            ErrorCode::Unavailable,
            format!("the datasock `{}` does not listen", self.name),
        )
    }

    /// Keeps the task that accepts.
    pub(crate) fn accepts(&self, task: JoinHandle<()>) {
        *self.door() = Some(task);
    }

    /// No tickets and no connections from now on; its port is free when this ends.
    pub(crate) async fn shut(&self) {
        self.closed.store(true, Ordering::Release);
        if let Some(up) = &self.up {
            up.tickets.stop();
        }
        let task = self.door().take();
        if let Some(task) = task {
            task.abort();
            drop(task.await);
        }
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sock")
            .field("name", &self.name)
            .field("definition", &self.definition)
            .finish_non_exhaustive()
    }
}
