//! Socket.IO on the HTTP side: each socket is a client like any other, with an actor, rights and bounds.
//!
//! Engine.IO and Socket.IO are socketioxide's; here is who may knock, who comes in, and what events mean. Speaks
//! protocol 5 (Engine.IO 4), and 4 (Engine.IO 3) for older clients.

mod coming;
pub mod conformance;
mod connecting;
mod door;
mod entry;
mod extract;
mod inbox;
mod incoming;
mod leaving;
mod opening;
mod outgoing;
mod port;
mod rules;
mod sink;
mod ticket;

pub(super) use door::{Clients, open};
