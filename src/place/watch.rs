//! What a watch of a range is: whose range, what of it, and who hears.

use std::sync::Arc;

use actix::prelude::*;

use super::WatchedKind;
use crate::booking::UserId;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;

/// Whom a watch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) people: bool,
    pub(crate) cars: bool,
}

impl From<WatchedKind> for Wanted {
    fn from(kind: WatchedKind) -> Self {
        Self {
            people: kind != WatchedKind::Cars,
            cars: kind != WatchedKind::People,
        }
    }
}

/// A client watches the range of its person from now on; answers the number of the watch.
#[derive(Message)]
#[rtype(result = "Result<u64, Error>")]
pub(crate) struct Watch {
    /// Whose range.
    pub(crate) user: UserId,
    /// Metres; `None`: their range, as it is at each look.
    pub(crate) radius_m: Option<f64>,
    pub(crate) wanted: Wanted,
    /// Who hears; what it may is looked up at each look.
    pub(crate) standing: Arc<Standing>,
    /// The connection with which it ends.
    pub(crate) peer: Peer,
}
