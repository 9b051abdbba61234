//! The datasock actor: one a datasock, owner of its tickets.
//!
//! Answers [`Mint`], [`Redeem`] and `Observe`. Its sockets are sessions of their own.

use actix::prelude::*;
use jiff::SignedDuration;
use serde::Serialize;

use super::tickets::{TicketError, Tickets};
use crate::account::keys;
use crate::runtime::Observe;
use crate::runtime::clock::Clock;

/// Give out a ticket.
#[derive(Message)]
#[rtype(result = "Result<String, TicketError>")]
pub(crate) struct Mint {
    /// For whom.
    pub(crate) client_id: String,
}

/// Take a ticket.
#[derive(Message)]
#[rtype(result = "Result<(), TicketError>")]
pub(crate) struct Redeem {
    /// Who brings it.
    pub(crate) client_id: String,
    /// Its text.
    pub(crate) ticket: String,
}

/// What a datasock shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct DatasockState {
    /// Tickets that wait to be used.
    pub tickets: usize,
}

/// Owns the tickets of one datasock.
pub(crate) struct Datasock {
    tickets: Tickets,
    good_for: SignedDuration,
    clock: Clock,
}

impl Datasock {
    /// A datasock whose tickets are good for so long.
    pub(crate) fn new(good_for: SignedDuration, clock: Clock) -> Self {
        Self {
            tickets: Tickets::default(),
            good_for,
            clock,
        }
    }
}

impl Actor for Datasock {
    type Context = Context<Self>;
}

impl Handler<Mint> for Datasock {
    type Result = Result<String, TicketError>;

    fn handle(&mut self, mint: Mint, _ctx: &mut Self::Context) -> Self::Result {
        let ticket = keys::random_text().map_err(|_| TicketError::NoRandom)?;
        self.tickets
            .mint(ticket, mint.client_id, self.clock.now(), self.good_for)
    }
}

impl Handler<Redeem> for Datasock {
    type Result = Result<(), TicketError>;

    fn handle(&mut self, redeem: Redeem, _ctx: &mut Self::Context) -> Self::Result {
        self.tickets.redeem(&redeem.ticket, &redeem.client_id, self.clock.now())
    }
}

impl Handler<Observe<DatasockState>> for Datasock {
    type Result = MessageResult<Observe<DatasockState>>;

    fn handle(&mut self, _: Observe<DatasockState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(DatasockState {
            tickets: self.tickets.waiting(),
        })
    }
}

crate::supervised!(Datasock);
