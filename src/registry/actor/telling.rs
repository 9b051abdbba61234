//! Events on their way: told to those who are meant, connected or away, and sent again until acknowledged.
//!
//! One sweep for everybody, no timer a client.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix::prelude::*;

use super::Registry;
use crate::booking::UserId;
use crate::registry::events::SWEEP_EVERY;
use crate::wire::{Event, Frame, Value};

/// Sweeps after which a client whose connection is closed is let go, if nobody said that it left: when too many leave at
/// once, word of it can be refused.
pub(super) const SWEEPS_CLOSED_MAX: u32 = 15;

/// Who is told of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    /// One client.
    Client(Arc<str>),
    /// All clients of an account, a car or a key: `user:7`, `car:3`, `key:2`; or one guest, `client:<id>`.
    Who(String),
}

impl Whom {
    fn is(&self, client_id: &str, who: &str) -> bool {
        match self {
            Self::Client(wanted) => **wanted == *client_id,
            Self::Who(wanted) => wanted == who,
        }
    }
}

/// Tells clients of something that happened; answers to how many.
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct Tell {
    /// To whom.
    pub(crate) whom: Whom,
    /// What kind of thing.
    pub(crate) name: &'static str,
    /// The particulars.
    pub(crate) data: Value,
}

/// Tells people something that is not kept: those of their clients that are connected and take what they are sent hear it.
/// Answers how many.
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct Mention {
    /// Whom.
    pub(crate) users: BTreeSet<UserId>,
    /// What kind of thing.
    pub(crate) name: &'static str,
    /// The particulars.
    pub(crate) data: Value,
}

/// Look for what has to be sent again.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct SendAgain;

impl Handler<Tell> for Registry {
    type Result = usize;

    fn handle(&mut self, Tell { whom, name, data }: Tell, _ctx: &mut Self::Context) -> usize {
        let mut told: usize = 0;
        for record in self.clients.values() {
            if whom.is(&record.standing.client_id, &record.standing.who()) {
                let mut mail = record.standing.mail();
                self.events.keep(&mut mail, name, &data);
                self.events.send(&mut mail, &record.peer);
                told = told.saturating_add(1);
            }
        }
        for mail in self.parked.mail(|id, who| whom.is(id, who)) {
            self.events.keep(mail, name, &data);
            told = told.saturating_add(1);
        }
        told
    }
}

impl Handler<Mention> for Registry {
    type Result = usize;

    fn handle(&mut self, Mention { users, name, data }: Mention, _ctx: &mut Self::Context) -> usize {
        let frame = Frame::Event(Event {
            epoch: self.events.epoch().to_owned(),
            seq: 0,
            name: name.to_owned(),
            data,
        });
        let theirs = self.clients.values().filter(|record| {
            let user = record.standing.user;
            user.is_some_and(|user| users.contains(&user)) && !record.peer.outbox().is_over_soft_limit()
        });
        theirs.filter(|record| record.peer.push(&frame).is_ok()).count()
    }
}

impl Handler<SendAgain> for Registry {
    type Result = ();

    fn handle(&mut self, _: SendAgain, ctx: &mut Self::Context) {
        for record in self.clients.values() {
            let mut mail = record.standing.mail();
            if !mail.is_empty() {
                self.events.send(&mut mail, &record.peer);
            }
        }
        self.let_go_of_closed();
        ctx.notify_later(SendAgain, SWEEP_EVERY);
    }
}

impl Registry {
    fn let_go_of_closed(&mut self) {
        let mut over = Vec::new();
        for (id, record) in &mut self.clients {
            if record.peer.outbox().closed().is_some() {
                record.sweeps_closed = record.sweeps_closed.saturating_add(1);
                if record.sweeps_closed > SWEEPS_CLOSED_MAX {
                    over.push(Arc::clone(id));
                }
            }
        }
        for id in over {
            if let Some(record) = self.forget(&id) {
                self.parked.keep(&record.standing, &self.events);
            }
        }
    }
}
