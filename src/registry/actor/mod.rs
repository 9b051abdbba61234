//! The registry actor: one owner of who is connected under which name.
//!
//! Answers [`NameFor`], [`Join`], [`Leave`], [`Find`], [`Reach`], [`List`], [`PeerOfCar`], [`Consoles`], [`Refresh`],
//! [`CloseAll`] and what stands in `people`. It pushes to outboxes and never waits for a session.

mod about;
mod messages;
mod parked;
mod people;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use ::metrics::Gauge;
use actix::prelude::*;
use serde::Serialize;

pub(crate) use about::*;
pub(crate) use messages::*;
pub(crate) use people::*;
pub(crate) use telling::*;

use self::parked::Parked;
use super::events::{Events, SWEEP_EVERY};
use super::peer::Peer;
use super::permissions::Permissions;
use super::recent::Memory;
use super::{Standing, names};
use crate::booking::CarId;
use crate::datasock::MAINDATA;
use crate::presence::{Here, Presence};
use crate::runtime::metrics::names::CARS_ONLINE;
use crate::runtime::{CloseReason, Observe};

/// What the registry shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct RegistryState {
    /// Connected clients.
    pub clients: usize,
    /// Cars among them.
    pub cars: usize,
}

struct Record {
    standing: Arc<Standing>,
    peer: Peer,
    address: IpAddr,
    socks: Vec<Sock>,
    listed: ClientListed,
    /// While the record is there, its person is.
    _here: Option<Here>,
    /// Sweeps since its connection was closed.
    sweeps_closed: u32,
}

impl Record {
    /// As it is listed at this moment: names and rights change.
    fn listed_now(&self) -> ClientListed {
        ClientListed {
            name: self.standing.name(),
            permissions: self.standing.permissions(),
            ping_ms: self.peer.ping_ms(),
            ..self.listed.clone()
        }
    }

    /// Where questions go, so that talk never waits for them: its latest living `Maindata` connection if it has
    /// one, else the serversock's.
    fn data_peer(&self) -> &Peer {
        let lives = |sock: &&Sock| &*sock.name == MAINDATA && sock.peer.outbox().closed().is_none();
        self.socks
            .iter()
            .rev()
            .find(lives)
            .map_or(&self.peer, |sock| &sock.peer)
    }
}

/// One datasock connection of a client.
struct Sock {
    name: Arc<str>,
    peer: Peer,
}

/// Owns the lists. Invariant: `names` and `cars` point at connected clients only.
pub(crate) struct Registry {
    clients: HashMap<Arc<str>, Record>,
    names: HashMap<String, Arc<str>>,
    cars: HashMap<CarId, Arc<str>>,
    parked: Parked,
    events: Events,
    presence: Presence,
    memory: Memory,
    clients_max: usize,
    socks_max: usize,
    cars_online: Gauge,
}

impl Registry {
    /// An empty house for at most so many clients, each with so many datasocks.
    pub(crate) fn new(
        clients_max: usize,
        socks_max: usize,
        events: Events,
        presence: Presence,
        memory: Memory,
    ) -> Self {
        Self {
            clients: HashMap::new(),
            names: HashMap::new(),
            cars: HashMap::new(),
            parked: Parked::default(),
            events,
            presence,
            memory,
            clients_max,
            socks_max,
            cars_online: ::metrics::gauge!(CARS_ONLINE),
        }
    }

    fn forget(&mut self, client_id: &str) -> Option<Record> {
        let record = self.clients.remove(client_id)?;
        let name = names::key(&record.standing.name());
        if self.names.get(&name).is_some_and(|holder| **holder == *client_id) {
            self.names.remove(&name);
        }
        if let Some(car) = record.standing.car {
            self.cars.remove(&car);
            self.count_cars();
        }
        for sock in &record.socks {
            sock.peer.close(CloseReason::PeerClosed);
        }
        Some(record)
    }

    fn find(&self, name_or_id: &str) -> Option<&Record> {
        let by_name = self.names.get(&names::key(name_or_id)).map(|id| &**id);
        self.clients.get(by_name.unwrap_or(name_or_id))
    }

    fn count_cars(&self) {
        let count = u32::try_from(self.cars.len()).unwrap_or(u32::MAX);
        self.cars_online.set(count);
    }

    /// The name a client gets, and why it is not its own or the wished one.
    fn name_for(&self, join: &Join) -> (String, Option<String>) {
        match join.wish.as_deref() {
            Some(wish) => self.wished(wish, &join.standing.client_id),
            // A name given before may be another's by now.
            None => match self.holder(&join.standing.name(), &join.standing.client_id) {
                None => (join.standing.name().to_string(), None),
                Some(taken) => substitute(&taken, &join.standing.client_id),
            },
        }
    }

    fn wished(&self, wish: &str, client_id: &str) -> (String, Option<String>) {
        match names::check(wish).err().or_else(|| self.holder(wish, client_id)) {
            None => (wish.to_owned(), None),
            Some(why) => substitute(&why, client_id),
        }
    }

    /// The name of a key is the key's: who merely wished for it is called something else from now on.
    fn make_way(&mut self, standing: &Standing) {
        let name = names::key(&standing.name());
        let holder = self.names.get(&name).and_then(|holder| self.clients.get(holder));
        let Some(holder) = holder.filter(|_| standing.key_id.is_some()) else {
            return;
        };
        if holder.standing.key_id.is_none() {
            let id = holder.standing.client_id.clone();
            holder.standing.rename(names::substitute(&id));
            self.names.remove(&name);
            self.names.insert(names::key(&names::substitute(&id)), id);
        }
    }

    /// The refusal when somebody else has the name.
    fn holder(&self, name: &str, client_id: &str) -> Option<names::NameError> {
        let holder = self.names.get(&names::key(name))?;
        (**holder != *client_id).then(|| names::NameError::Taken(name.to_owned()))
    }
}

fn substitute(why: &names::NameError, client_id: &str) -> (String, Option<String>) {
    let given = names::substitute(client_id);
    let notice = format!("{why}; you are `{given}`");
    (given, Some(notice))
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(SendAgain, SWEEP_EVERY);
    }
}

impl Handler<Join> for Registry {
    type Result = Result<Joined, JoinError>;

    fn handle(&mut self, join: Join, _ctx: &mut Self::Context) -> Self::Result {
        // One unit a car and one connection a client: the newer one is the living one.
        let doubled = join.standing.car.and_then(|car| self.cars.get(&car).cloned());
        let id = join.standing.client_id.clone();
        // Before anything is taken: who is refused finds it all the next time.
        if doubled.is_none() && !self.clients.contains_key(&id) && self.clients.len() >= self.clients_max {
            return Err(JoinError::Full(self.clients_max));
        }
        let mut left = self.parked.take(&id);
        for old in [Some(id.clone()), doubled].into_iter().flatten() {
            if let Some(record) = self.forget(&old) {
                record.peer.close(CloseReason::Replaced);
                if old == id {
                    left.recent = record.standing.recent();
                    left.mail = record.standing.take_mail();
                }
            }
        }
        *join.standing.mail() = left.mail;
        let recent = left
            .recent
            .map_or_else(|| self.memory.client(), |recent| recent.again());
        join.standing.set_recent(recent.clone());
        self.make_way(&join.standing);
        let (name, notice) = self.name_for(&join);
        join.standing.rename(name.clone());
        let name = join.standing.name();
        self.names.insert(names::key(&name), id.clone());
        if let Some(car) = join.standing.car {
            self.cars.insert(car, id.clone());
            self.count_cars();
        }
        let listed = ClientListed {
            client_id: id.clone(),
            name: name.clone(),
            kind: join.standing.kind,
            user_id: join.standing.user,
            car_id: join.standing.car,
            address: join.address.to_string(),
            software: join.about.software,
            description: join.about.description,
            commands: join.about.commands,
            requestables: join.about.requestables,
            permissions: join.standing.permissions(),
            connected_at: join.at,
            ping_ms: None,
        };
        let person = join.standing.user.zip(join.standing.username.as_deref());
        let here = person.map(|(user, name)| self.presence.enter(user, name));
        let record = Record {
            _here: here,
            sweeps_closed: 0,
            standing: join.standing,
            peer: join.peer,
            address: join.address,
            socks: Vec::new(),
            listed,
        };
        self.clients.insert(id, record);
        Ok(Joined { name, notice, recent })
    }
}

impl Handler<Leave> for Registry {
    type Result = ();

    fn handle(&mut self, leave: Leave, _ctx: &mut Self::Context) {
        let is_current = self
            .clients
            .get(&leave.client_id)
            .is_some_and(|record| record.peer.connection == leave.connection);
        if is_current {
            if let Some(record) = self.forget(&leave.client_id) {
                self.parked.keep(&record.standing, &self.events);
            }
        } else if let Some(record) = self.clients.get_mut(&leave.client_id) {
            record.socks.retain(|sock| sock.peer.connection != leave.connection);
        }
    }
}

impl Handler<PeerOfCar> for Registry {
    type Result = Option<Peer>;

    fn handle(&mut self, PeerOfCar(car): PeerOfCar, _ctx: &mut Self::Context) -> Self::Result {
        let id = self.cars.get(&car)?;
        self.clients.get(id).map(|record| record.peer.clone())
    }
}

impl Handler<UnitsHere> for Registry {
    type Result = MessageResult<UnitsHere>;

    fn handle(&mut self, UnitsHere(cars): UnitsHere, _ctx: &mut Self::Context) -> Self::Result {
        let here = cars.into_iter().filter(|car| self.cars.contains_key(car));
        MessageResult(here.collect())
    }
}

impl Handler<NameFor> for Registry {
    type Result = String;

    fn handle(&mut self, NameFor { client_id, wish }: NameFor, _ctx: &mut Self::Context) -> String {
        self.wished(&wish, &client_id).0
    }
}

impl Handler<Find> for Registry {
    type Result = Option<(Arc<Standing>, Peer)>;

    fn handle(&mut self, Find(name_or_id): Find, _ctx: &mut Self::Context) -> Self::Result {
        let record = self.find(&name_or_id)?;
        Some((record.standing.clone(), record.peer.clone()))
    }
}

impl Handler<Refresh> for Registry {
    type Result = usize;

    fn handle(&mut self, refresh: Refresh, _ctx: &mut Self::Context) -> usize {
        let mut touched = 0;
        for record in self.clients.values() {
            match &refresh {
                Refresh::User(user, permissions) if record.standing.user == Some(*user) => {
                    touched += 1;
                    let now = permissions.unwrap_or(Permissions::NONE);
                    record.standing.rights().reset(now);
                    if permissions.is_none() {
                        record.peer.close(CloseReason::SignedOut);
                    }
                }
                Refresh::KeyRevoked(key) if record.standing.key_id == Some(*key) => {
                    touched += 1;
                    record.standing.rights().reset(Permissions::NONE);
                    record.peer.close(CloseReason::SignedOut);
                }
                Refresh::KeyReplaced(key, by) if record.standing.key_id == Some(*key) => {
                    touched += 1;
                    record.standing.rights().reset(Permissions::NONE);
                    if record.standing.client_id != *by {
                        record.peer.close(CloseReason::SignedOut);
                    }
                }
                _ => {}
            }
        }
        touched
    }
}

impl Handler<CloseAll> for Registry {
    type Result = usize;

    fn handle(&mut self, CloseAll(reason): CloseAll, _ctx: &mut Self::Context) -> usize {
        for record in self.clients.values() {
            record.peer.close(reason.clone());
        }
        self.clients.len()
    }
}

crate::supervised!(Registry);

impl Handler<Observe<RegistryState>> for Registry {
    type Result = MessageResult<Observe<RegistryState>>;

    fn handle(&mut self, _: Observe<RegistryState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(RegistryState {
            clients: self.clients.len(),
            cars: self.cars.len(),
        })
    }
}
