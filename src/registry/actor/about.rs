//! What clients say of themselves, kept in step: who can be asked for it or is to be told, and what one answered.
//!
//! It never asks anybody: the service `metadata` does.

use std::sync::Arc;

use actix::prelude::*;

use super::{About, Registry};
use crate::registry::Standing;
use crate::registry::peer::Peer;

/// Which connected clients can be asked for this requestable, or called with this command.
#[derive(Message)]
#[rtype(result = "Vec<Offering>")]
pub(crate) struct Offerings {
    /// As it is asked for.
    pub(crate) requestable: &'static str,
    /// As it is called.
    pub(crate) command: &'static str,
}

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Offering {
    /// What it is.
    pub(crate) standing: Arc<Standing>,
    /// How to reach it.
    pub(crate) peer: Peer,
    /// Whether it offers the requestable.
    pub(crate) tells: bool,
    /// Whether it offers the command.
    pub(crate) takes: bool,
}

impl Handler<Offerings> for Registry {
    type Result = MessageResult<Offerings>;

    fn handle(&mut self, wanted: Offerings, _ctx: &mut Self::Context) -> Self::Result {
        let offering = self.clients.values().filter_map(|record| {
            let tells = record.listed.requestables.iter().any(|name| name == wanted.requestable);
            let takes = record.listed.commands.iter().any(|name| name == wanted.command);
            (tells || takes).then(|| Offering {
                standing: record.standing.clone(),
                peer: record.peer.clone(),
                tells,
                takes,
            })
        });
        MessageResult(offering.collect())
    }
}

/// What the client of a connection says of itself now; says whether that is new.
#[derive(Message)]
#[rtype(result = "bool")]
pub(crate) struct Describe {
    /// The client.
    pub(crate) client_id: Arc<str>,
    /// The connection it said so on; a later one has said its own.
    pub(crate) connection: u64,
    /// What it says.
    pub(crate) about: About,
}

impl Handler<Describe> for Registry {
    type Result = bool;

    fn handle(&mut self, describe: Describe, _ctx: &mut Self::Context) -> bool {
        let record = self.clients.get_mut(&describe.client_id);
        let Some(record) = record.filter(|record| record.peer.connection == describe.connection) else {
            return false;
        };
        let (listed, about) = (&mut record.listed, describe.about);
        let is_new = listed.software != about.software
            || listed.description != about.description
            || listed.commands != about.commands
            || listed.requestables != about.requestables;
        if is_new {
            listed.software = about.software;
            listed.description = about.description;
            listed.commands = about.commands;
            listed.requestables = about.requestables;
        }
        is_new
    }
}
