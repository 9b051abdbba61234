//! What operators ask the registry about clients: another name, everybody at an address or of an account, sockets
//! by name, a permission taken from all.
//!
//! The registry decides on names; who may ask for what is the commands' business.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use actix::prelude::*;

use super::{AttachSock, ClientListed, Consoles, List, Reach, Reached, Record, Registry, Sock};
use crate::booking::UserId;
use crate::client;
use crate::registry::Standing;
use crate::registry::names::{self, NameError};
use crate::registry::peer::Peer;
use crate::registry::permissions::{Permission, Permissions};
use crate::runtime::CloseReason;
use crate::wire::ClientKind;

/// Gives a connected client another name; answers its old one.
#[derive(Message)]
#[rtype(result = "Result<Arc<String>, RenameError>")]
pub(crate) struct Rename {
    /// Whose.
    pub(crate) client_id: Arc<str>,
    /// The name it asks for.
    pub(crate) wish: String,
}

/// Why a client keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RenameError {
    /// It left.
    #[error("the client is no longer connected")]
    Gone,
    /// It signed in with a key, whose name it bears.
    #[error("user '{0}' bears the name of the key it signed in with")]
    OfAKey(String),
    /// The wish is against the rules.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Everybody who connects from an address.
#[derive(Message)]
#[rtype(result = "Vec<(Arc<Standing>, Peer)>")]
pub(crate) struct FindAt(pub(crate) IpAddr);

/// Everything that is known of a client by name or id.
#[derive(Message)]
#[rtype(result = "Option<Described>")]
pub(crate) struct LookAt(pub(crate) String);

/// A connected client, described.
#[derive(Debug)]
pub(crate) struct Described {
    /// What it is and may.
    pub(crate) standing: Arc<Standing>,
    /// As it is listed.
    pub(crate) listed: ClientListed,
    /// The datasocks it is attached to.
    pub(crate) datasocks: Vec<Arc<str>>,
}
/// Every client of an account.
#[derive(Message)]
#[rtype(result = "Vec<(Arc<Standing>, Peer)>")]
pub(crate) struct FindUser(pub(crate) UserId);

/// Every client of an account, as they are listed.
#[derive(Message)]
#[rtype(result = "Vec<ClientListed>")]
pub(crate) struct ListUser(pub(crate) UserId);

/// How to reach these people: each connected client of theirs.
#[derive(Message)]
#[rtype(result = "Vec<(UserId, Peer)>")]
pub(crate) struct PeersOf(pub(crate) BTreeSet<UserId>);

/// Sessions ended: their clients have no rights from now on, and no connection. Gives back that of the client which is
/// still to hear an answer; who asked closes it.
#[derive(Message)]
#[rtype(result = "Option<Peer>")]
pub(crate) struct SignOut {
    /// The clients.
    pub(crate) clients: Vec<String>,
    /// The one that is to hear an answer.
    pub(crate) answered: Option<Arc<str>>,
}

/// Takes permissions from everybody who is connected.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Strip(pub(crate) Permissions);

/// Everybody, with whether background traffic is theirs; for offers of datasocks.
#[derive(Message)]
#[rtype(result = "Vec<(Arc<Standing>, Peer, bool)>")]
pub(crate) struct Offered;

/// A datasock was closed: its connections hear why and end. Answers how many.
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct CloseSock {
    /// Its name.
    pub(crate) sock: Arc<str>,
    /// What they hear.
    pub(crate) reason: CloseReason,
}

/// Background traffic is for those who can be asked or called; a plain client fetches a ticket if it wants one.
pub(crate) fn wants_maindata(kind: ClientKind, commands: &[String], requestables: &[String]) -> bool {
    let is_for_all = |name: &String| client::TOLD_BY_ALL.contains(&name.as_str());
    kind != ClientKind::Client || !commands.is_empty() || !requestables.iter().all(is_for_all)
}

impl Handler<Rename> for Registry {
    type Result = Result<Arc<String>, RenameError>;

    fn handle(&mut self, Rename { client_id, wish }: Rename, _ctx: &mut Self::Context) -> Self::Result {
        let record = self.clients.get(&client_id).ok_or(RenameError::Gone)?;
        let old = record.standing.name();
        if record.standing.key_id.is_some() {
            return Err(RenameError::OfAKey(old.to_string()));
        }
        names::check(&wish)?;
        if let Some(taken) = self.holder(&wish, &client_id) {
            return Err(taken.into());
        }
        self.names.remove(&names::key(&old));
        self.names.insert(names::key(&wish), client_id.clone());
        record.standing.rename(wish);
        Ok(old)
    }
}

impl Handler<FindAt> for Registry {
    type Result = MessageResult<FindAt>;

    fn handle(&mut self, FindAt(address): FindAt, _ctx: &mut Self::Context) -> Self::Result {
        let address = address.to_canonical();
        // Who was sent away a moment ago is still listed until its session has ended.
        let there = self
            .clients
            .values()
            .filter(|record| record.address.to_canonical() == address && record.peer.outbox().closed().is_none());
        MessageResult(
            there
                .map(|record| (record.standing.clone(), record.peer.clone()))
                .collect(),
        )
    }
}

impl Handler<LookAt> for Registry {
    type Result = Option<Described>;

    fn handle(&mut self, LookAt(name_or_id): LookAt, _ctx: &mut Self::Context) -> Self::Result {
        let record = self.find(&name_or_id)?;
        Some(Described {
            standing: record.standing.clone(),
            listed: record.listed_now(),
            datasocks: record.socks.iter().map(|sock| sock.name.clone()).collect(),
        })
    }
}

impl Handler<FindUser> for Registry {
    type Result = MessageResult<FindUser>;

    fn handle(&mut self, FindUser(user): FindUser, _ctx: &mut Self::Context) -> Self::Result {
        let theirs = self
            .clients
            .values()
            .filter(|record| record.standing.user == Some(user) && record.peer.outbox().closed().is_none());
        MessageResult(
            theirs
                .map(|record| (record.standing.clone(), record.peer.clone()))
                .collect(),
        )
    }
}

impl Handler<ListUser> for Registry {
    type Result = MessageResult<ListUser>;

    fn handle(&mut self, ListUser(user): ListUser, _ctx: &mut Self::Context) -> Self::Result {
        let theirs = self
            .clients
            .values()
            .filter(|record| record.standing.user == Some(user) && record.peer.outbox().closed().is_none());
        MessageResult(theirs.map(Record::listed_now).collect())
    }
}

impl Handler<PeersOf> for Registry {
    type Result = MessageResult<PeersOf>;

    fn handle(&mut self, PeersOf(users): PeersOf, _ctx: &mut Self::Context) -> Self::Result {
        let reached = self.clients.values().filter_map(|record| {
            let user = record.standing.user.filter(|user| users.contains(user))?;
            Some((user, record.peer.clone()))
        });
        MessageResult(reached.collect())
    }
}

impl Handler<SignOut> for Registry {
    type Result = Option<Peer>;

    fn handle(&mut self, SignOut { clients, answered }: SignOut, _ctx: &mut Self::Context) -> Self::Result {
        let mut kept = None;
        for client_id in clients {
            let Some(record) = self.clients.get(client_id.as_str()) else {
                continue;
            };
            record.standing.rights().reset(Permissions::NONE);
            if answered.as_deref() == Some(client_id.as_str()) {
                kept = Some(record.peer.clone());
            } else {
                record.peer.close(CloseReason::SignedOut);
            }
        }
        kept
    }
}

impl Handler<Strip> for Registry {
    type Result = ();

    fn handle(&mut self, Strip(permissions): Strip, _ctx: &mut Self::Context) {
        for record in self.clients.values() {
            record.standing.rights().lose(permissions);
        }
    }
}

impl Handler<AttachSock> for Registry {
    type Result = bool;

    fn handle(&mut self, attach: AttachSock, _ctx: &mut Self::Context) -> bool {
        let Some(record) = self.clients.get_mut(&attach.client_id) else {
            return false;
        };
        // A client that attaches again and again keeps its latest few.
        if record.socks.len() >= self.socks_max {
            record.socks.remove(0).peer.close(CloseReason::Replaced);
        }
        record.socks.push(Sock {
            name: attach.sock,
            peer: attach.peer,
        });
        true
    }
}

impl Handler<Offered> for Registry {
    type Result = MessageResult<Offered>;

    fn handle(&mut self, _: Offered, _ctx: &mut Self::Context) -> Self::Result {
        let everybody = self.clients.values().map(|record| {
            let listed = &record.listed;
            let wants = wants_maindata(record.standing.kind, &listed.commands, &listed.requestables);
            (record.standing.clone(), record.peer.clone(), wants)
        });
        MessageResult(everybody.collect())
    }
}

impl Handler<CloseSock> for Registry {
    type Result = usize;

    fn handle(&mut self, CloseSock { sock, reason }: CloseSock, _ctx: &mut Self::Context) -> usize {
        // Each leaves the list when its session has ended.
        let of_it = self.clients.values().flat_map(|record| &record.socks);
        of_it
            .filter(|attached| attached.name == sock)
            .map(|attached| attached.peer.close(reason.clone()))
            .count()
    }
}

impl Handler<Reach> for Registry {
    type Result = Option<Reached>;

    fn handle(&mut self, Reach(name_or_id): Reach, _ctx: &mut Self::Context) -> Self::Result {
        let record = self.find(&name_or_id)?;
        Some(Reached {
            standing: record.standing.clone(),
            peer: record.data_peer().clone(),
            commands: record.listed.commands.clone(),
            requestables: record.listed.requestables.clone(),
        })
    }
}

impl Handler<List> for Registry {
    type Result = MessageResult<List>;

    fn handle(&mut self, _: List, _ctx: &mut Self::Context) -> Self::Result {
        let mut listed: Vec<ClientListed> = self.clients.values().map(Record::listed_now).collect();
        listed.sort_by(|one, other| one.name.cmp(&other.name));
        MessageResult(listed)
    }
}

impl Handler<Consoles> for Registry {
    type Result = MessageResult<Consoles>;

    fn handle(&mut self, _: Consoles, _ctx: &mut Self::Context) -> Self::Result {
        let is_operators_console = |record: &&Record| {
            record.standing.kind == ClientKind::Console && record.standing.permissions().contains(Permission::Manager)
        };
        let peers = self.clients.values().filter(is_operators_console);
        MessageResult(peers.map(|record| record.peer.clone()).collect())
    }
}
