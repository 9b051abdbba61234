//! Those who subscribed, as they are at this moment: connected or not, with which rights, reading or not.
//!
//! Looks rights up at every use. It pushes and never waits.

use std::collections::HashMap;
use std::sync::Arc;

use super::look::Looks;
use super::messages::Listed;
use super::rules::{Lane, Pace, Stands, Subscribers};
use super::telling::Telling;
use super::{Key, What};
use crate::account::Source;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::registry::permissions::Permissions;
use crate::runtime::metrics::SubscriptionMeters;
use crate::wire::ErrorCode;

/// One subscriber.
pub(super) struct Link {
    pub(super) what: Arc<What>,
    pub(super) args: Arc<[u8]>,
    pub(super) pace: Pace,
    pub(super) standing: Arc<Standing>,
    pub(super) source: Source,
    pub(super) peer: Peer,
    pub(super) pushed: u64,
    pub(super) skipped: u64,
}

impl Link {
    pub(super) fn listed(&self, subscription: u64) -> Listed {
        Listed {
            subscription,
            subscriber: self.standing.name(),
            name: self.what.name.clone(),
            client: self.what.client.clone(),
            every_ms: match self.pace {
                Pace::OnChange => None,
                Pace::Every(every) => u64::try_from(every.as_millis()).ok(),
            },
            pushed: self.pushed,
            skipped: self.skipped,
        }
    }
}

/// Who is looked at.
pub(super) fn lane(what: &What) -> Lane {
    match what.client {
        Some(_) => Lane::Client,
        None => Lane::Server,
    }
}

/// What a subscriber shares its look by.
pub(super) fn key(what: &What, args: &Arc<[u8]>, standing: &Standing) -> Key {
    Key {
        name: what.name.clone(),
        client: what.client.clone(),
        args: args.clone(),
        // A client answers the server, not the subscriber: it tells everybody the same.
        view: match what.client {
            Some(_) => Permissions::NONE,
            None => standing.permissions(),
        },
    }
}

/// Why a subscriber hears no more, if so.
fn ended(looks: &dyn Looks, what: &What, standing: &Standing) -> Option<Error> {
    let Some(needs) = looks.needs(what) else {
        let message = format!("there is no requestable `{}` any more", what.name);
        return Some(Error::new(ErrorCode::UnknownRequestable, message));
    };
    if standing.permissions().contains(needs) {
        return None;
    }
    let message = format!("{} needs the permission `{needs}`, which you no longer have", what.name);
    Some(Error::new(ErrorCode::Forbidden, message))
}

/// The subscribers as they are now.
pub(super) struct Present<'a> {
    pub(super) links: &'a mut HashMap<u64, Link>,
    pub(super) looks: &'a dyn Looks,
    pub(super) epoch: &'a str,
    pub(super) meters: &'a SubscriptionMeters,
    pub(super) telling: Option<Telling>,
}

impl Subscribers<Key> for Present<'_> {
    fn stands(&mut self, subscription: u64, source: &Key) -> Stands<Key> {
        let Some(link) = self.links.get(&subscription) else {
            return Stands::Gone;
        };
        let is_connected = link.peer.outbox().closed().is_none();
        let why = ended(self.looks, &link.what, &link.standing).filter(|_| is_connected);
        if let Some(why) = &why {
            let mut telling = Telling::ended(self.epoch, &link.what.name, why);
            drop(link.peer.push(telling.to(subscription)));
        }
        if !is_connected || why.is_some() {
            self.links.remove(&subscription);
            return Stands::Gone;
        }
        let now = key(&link.what, &link.args, &link.standing);
        if now == *source {
            Stands::Fine
        } else {
            Stands::Elsewhere(now)
        }
    }

    fn push(&mut self, subscription: u64) -> bool {
        let (Some(link), Some(telling)) = (self.links.get_mut(&subscription), &mut self.telling) else {
            return true;
        };
        if link.peer.outbox().is_over_soft_limit() {
            link.skipped = link.skipped.saturating_add(1);
            self.meters.skipped();
            return false;
        }
        // A peer that is gone is found out at the next look.
        drop(link.peer.push(telling.to(subscription)));
        link.pushed = link.pushed.saturating_add(1);
        self.meters.pushed();
        true
    }
}
