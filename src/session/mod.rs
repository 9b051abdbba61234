//! Sockets: listeners, the first frame, one session actor for each connection.
//!
//! A connection is accepted, reads its first frame within a bound, is admitted, and then lives as an
//! actor on one of the fixed arbiters. Everything it asks for goes to the dispatcher; everything it is
//! told goes through its outbox. A hostile or slow peer loses its own connection and nothing else.

pub(crate) mod actor;
pub(crate) mod admission;
mod bans;
pub(crate) mod beginning;
pub(crate) mod by_provider;
pub(crate) mod count;
pub(crate) mod entering;
pub(crate) mod frames;
pub(crate) mod handshake;
pub(crate) mod listener;
pub(crate) mod named;
mod reply;
pub(crate) mod requests;
mod rights;
pub(crate) mod room;
pub(crate) mod talk;
mod told;
