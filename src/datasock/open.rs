//! Opening and closing datasocks: names, bounds, ports, the store, the doors; one at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::ports::Ports;
use super::sock::{Definition, Sock, Up};
use super::{Datasocks, Doors, FILES, MAINDATA, PICTURES, SERVERSOCK, SLOTS, is_same, kept, receivers};
use crate::error::Error;
use crate::registry::actor::{CloseSock, Registry};
use crate::registry::names::{self, NameError};
use crate::runtime::metrics::datasocks_refused;
use crate::runtime::{CloseReason, Service};
use crate::store::change::Change;
use crate::wire::{DatasockInfo, ErrorCode};

/// How long the actor of a datasock may take to start.
const START_MAX: Duration = Duration::from_secs(5);

/// A datasock that somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) name: String,
    pub(crate) definition: Definition,
}

impl Datasocks {
    /// Opens a datasock and keeps its definition; `answer` makes what a retry hears.
    ///
    /// # Errors
    /// `bad_arguments` for a name or a receiver that cannot be, `conflict` for a name that is taken, `not_now` at the
    /// bound, `unavailable` when no port of the expression is free.
    pub(crate) async fn open(
        &self,
        mut opening: Opening,
        change: Change,
        answer: impl FnOnce(&DatasockInfo) -> Option<Vec<u8>>,
    ) -> Result<Arc<Sock>, Error> {
        let _turn = self.0.changing.lock().await;
        let doors = self.doors().clone().ok_or_else(going_down)?;
        self.may_be_called(&opening.name)?;
        if is_same(&opening.name, MAINDATA) {
            // Questions of the server go there, so it is spelt and read in one way only.
            MAINDATA.clone_into(&mut opening.name);
            speaks_frames(&opening.definition)?;
        }
        let receiver = receivers::make(&opening.definition.receiver, &self.0.makings)?;
        if opening.name != MAINDATA {
            self.has_room()?;
        }
        let listener = self.bind(&*doors, &opening.definition)?;
        let address = listener.local_addr().map_err(unbound)?;
        let info = DatasockInfo {
            name: opening.name.clone(),
            host: address.ip().to_string(),
            port: address.port(),
            receiver: receiver.name().to_owned(),
        };
        let (name, definition) = (&opening.name, &opening.definition);
        let up = self.up(&*doors, address).await?;
        if let Err(err) = kept::put(&self.0.makings.store, name, definition, change, answer(&info)).await {
            up.tickets.stop();
            return Err(err);
        }
        let sock = Arc::new(Sock::new(name, definition.clone(), receiver, Some(up)));
        sock.accepts(doors.accept(Arc::clone(&sock), listener));
        self.add(Arc::clone(&sock));
        tracing::info!(sock = name, receiver = sock.receiver.name(), %address, "opened a datasock");
        Ok(sock)
    }

    /// Opens again what was open before the start. What cannot be stays listed as down.
    pub(crate) async fn reopen(&self) {
        let _turn = self.0.changing.lock().await;
        let kept = match kept::list(&self.0.makings.store).await {
            Ok(kept) => kept,
            Err(err) => {
                tracing::warn!(%err, "the datasocks that were open cannot be read; none is opened again");
                return;
            }
        };
        for (name, definition) in kept {
            if let Err(err) = self.again(&name, &definition).await {
                tracing::warn!(sock = name, %err, "a datasock could not be opened again; it is listed as down");
                let Ok(receiver) = receivers::make("default", &self.0.makings) else {
                    continue;
                };
                let receiver = receivers::make(&definition.receiver, &self.0.makings).unwrap_or(receiver);
                let sock = Sock::new(&name, definition, receiver, None);
                sock.tally
                    .fault(self.0.makings.clock.now(), err.message().to_owned(), false);
                self.add(Arc::new(sock));
            }
        }
    }

    /// Opens a datasock of the server's own, unless operators keep one of that name: next below `Maindata`, or on any port
    /// where that has any.
    pub(crate) async fn open_own(&self, name: &'static str, receiver: &'static str, data_listen: Option<SocketAddr>) {
        let _turn = self.0.changing.lock().await;
        if self.find(name).is_ok() {
            return;
        }
        let is_any = data_listen.is_some_and(|address| address.port() == 0);
        let below = self.0.maindata.port().saturating_sub(1);
        let definition = Definition {
            receiver: receiver.to_owned(),
            port: if is_any || below == 0 {
                Ports::One(0)
            } else {
                Ports::Down(below)
            },
            auto_connect: false,
        };
        if let Err(err) = self.again(name, &definition).await {
            tracing::warn!(sock = name, %err, "the datasock could not be opened; nothing can be sent there");
        }
    }

    async fn again(&self, name: &str, definition: &Definition) -> Result<(), Error> {
        let doors = self.doors().clone().ok_or_else(going_down)?;
        let receiver = receivers::make(&definition.receiver, &self.0.makings)?;
        self.has_room()?;
        let listener = self.bind(&*doors, definition)?;
        let address = listener.local_addr().map_err(unbound)?;
        let up = self.up(&*doors, address).await?;
        let sock = Arc::new(Sock::new(name, definition.clone(), receiver, Some(up)));
        sock.accepts(doors.accept(Arc::clone(&sock), listener));
        self.add(sock);
        Ok(())
    }

    /// Closes datasocks, all or none, and forgets their definitions. Their connections hear why.
    ///
    /// # Errors
    /// `forbidden` for the serversock, `not_found` for a name that no datasock has.
    pub(crate) async fn close(
        &self,
        names: &[String],
        registry: &Service<Registry>,
        change: Change,
        answer: impl FnOnce(&[Arc<Sock>]) -> Option<Vec<u8>>,
    ) -> Result<Vec<Arc<Sock>>, Error> {
        let _turn = self.0.changing.lock().await;
        let mut closing: Vec<Arc<Sock>> = Vec::new();
        for name in names {
            if is_same(name, SERVERSOCK) {
                let message = format!("The '{SERVERSOCK}' can not be closed");
                return Err(Error::new(ErrorCode::Forbidden, message));
            }
            let sock = self.find(name).map_err(|_| {
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                Error::new(ErrorCode::NotFound, format!("No Datasocket '{shown}' found"))
            })?;
            if !closing.iter().any(|other| Arc::ptr_eq(other, &sock)) {
                closing.push(sock);
            }
        }
        let gone = closing.iter().map(|sock| sock.name.to_string()).collect();
        kept::delete(&self.0.makings.store, gone, change, answer(&closing)).await?;
        for sock in &closing {
            // First no new connections, then the end of those there are: none can slip in between.
            sock.shut().await;
            let close = CloseSock {
                sock: Arc::clone(&sock.name),
                reason: CloseReason::DatasockClosed,
            };
            if let Err(err) = registry.ask(close).await {
                tracing::warn!(sock = &*sock.name, %err, "connections of a closed datasock could not be told");
            }
            let left = self
                .all()
                .iter()
                .filter(|other| !Arc::ptr_eq(other, sock))
                .cloned()
                .collect();
            self.0.socks.store(Arc::new(left));
            tracing::info!(sock = &*sock.name, "closed a datasock");
        }
        Ok(closing)
    }

    fn may_be_called(&self, name: &str) -> Result<(), Error> {
        names::check(name).map_err(|err| {
            let code = match err {
                NameError::Taken(_) => ErrorCode::Conflict,
                NameError::Length { .. } | NameError::Letter { .. } | NameError::Reserved(_) => ErrorCode::BadArguments,
            };
            Error::new(code, err.to_string())
        })?;
        if is_same(name, SERVERSOCK) || self.all().iter().any(|sock| is_same(&sock.name, name)) {
            return Err(Error::new(
                ErrorCode::Conflict,
                NameError::Taken(name.to_owned()).to_string(),
            ));
        }
        Ok(())
    }

    /// `Maindata` and `pictures` are not counted: they come with the server.
    fn has_room(&self) -> Result<(), Error> {
        let max = self.0.socks_max;
        let open = self
            .all()
            .iter()
            .filter(|sock| ![MAINDATA, PICTURES, FILES].contains(&&*sock.name))
            .count();
        if open >= max {
            datasocks_refused();
            let message =
                format!("there are {open} datasocks beside {MAINDATA}, {PICTURES} and {FILES}, at most {max} may be");
            return Err(Error::new(ErrorCode::NotNow, message).detail(&Bound { limit: max }));
        }
        Ok(())
    }

    fn bind(&self, doors: &dyn Doors, definition: &Definition) -> Result<std::net::TcpListener, Error> {
        let host = self.0.maindata.ip();
        let ports = definition.port.candidates();
        let candidates: Vec<SocketAddr> = ports.iter().map(|port| SocketAddr::new(host, *port)).collect();
        doors.bind(&candidates).map_err(|why| {
            let message = format!("no port of `{}` is free, the last: {why}", definition.port);
            Error::new(ErrorCode::Unavailable, message)
        })
    }

    async fn up(&self, doors: &dyn Doors, address: SocketAddr) -> Result<Up, Error> {
        let taken: Vec<usize> = self.all().iter().filter_map(|sock| sock.up.as_ref()?.slot).collect();
        let free = (0..SLOTS.len()).find(|slot| !taken.contains(slot)).unwrap_or_default();
        let name = SLOTS.get(free).copied().unwrap_or("datasock");
        let tickets = doors.tickets(name);
        match tokio::time::timeout(START_MAX, tickets.wait_up()).await {
            Ok(up) => up?,
            Err(_) => {
                tickets.stop();
                let message = "the actor of the datasock did not start in time";
                return Err(Error::new(ErrorCode::Timeout, message));
            }
        }
        Ok(Up {
            address,
            tickets,
            slot: Some(free),
        })
    }

    fn add(&self, sock: Arc<Sock>) {
        let mut socks = Vec::clone(&self.all());
        // `Maindata` that was opened again stands first as before.
        let place = if &*sock.name == MAINDATA { 0 } else { socks.len() };
        socks.insert(place, sock);
        self.0.socks.store(Arc::new(socks));
    }
}

/// What a program needs to know of a bound.
#[derive(serde::Serialize)]
struct Bound {
    limit: usize,
}

fn speaks_frames(definition: &Definition) -> Result<(), Error> {
    if definition.receiver == "default" {
        return Ok(());
    }
    let message = format!("the receiver of {MAINDATA} is default, no other can read there");
    Err(Error::new(ErrorCode::BadArguments, message))
}

fn going_down() -> Error {
    Error::new(ErrorCode::ShuttingDown, "the server is shutting down")
}

fn unbound(err: std::io::Error) -> Error {
    Error::new(ErrorCode::Unavailable, "the port was lost as soon as it was bound").cause(err)
}
