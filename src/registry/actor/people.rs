//! What operators ask the registry about clients: another name, everybody at an address or of an account, sockets
//! by name, a permission taken from all.
//!
//! The registry decides on names; who may ask for what is the commands' business.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use actix::prelude::*;

use super::Registry;
use crate::booking::UserId;
use crate::registry::Standing;
use crate::registry::names::{self, NameError};
use crate::registry::peer::Peer;
use crate::registry::permissions::Permissions;

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

/// Every client of an account.
#[derive(Message)]
#[rtype(result = "Vec<(Arc<Standing>, Peer)>")]
pub(crate) struct FindUser(pub(crate) UserId);

/// Takes permissions from everybody who is connected.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Strip(pub(crate) Permissions);

/// How many connections each datasock has.
#[derive(Message)]
#[rtype(result = "BTreeMap<Arc<str>, usize>")]
pub(crate) struct SockCounts;

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

impl Handler<Strip> for Registry {
    type Result = ();

    fn handle(&mut self, Strip(permissions): Strip, _ctx: &mut Self::Context) {
        for record in self.clients.values() {
            record.standing.rights().lose(permissions);
        }
    }
}

impl Handler<SockCounts> for Registry {
    type Result = MessageResult<SockCounts>;

    fn handle(&mut self, _: SockCounts, _ctx: &mut Self::Context) -> Self::Result {
        let mut counts = BTreeMap::new();
        for sock in self.clients.values().flat_map(|record| &record.socks) {
            *counts.entry(sock.name.clone()).or_insert(0) += 1;
        }
        MessageResult(counts)
    }
}
