//! What becomes of places while people and cars move: watches of ranges, who is told of a movement, what is written down.
//!
//! `place` says what is where and who may see it; here it is told and kept in time.

mod glimpses;
mod keeper;
mod telling;
mod watches;

pub(crate) use glimpses::Glimpses;
pub(crate) use keeper::Keeper;
pub(crate) use watches::{Unwatch, Watches};
