//! How those who watch are told: each as far as it takes, each what is so for it.
//!
//! An event is made once a turn for everybody who hears it. Nothing is queued here: who has not taken what came before
//! hears later, and then what is so then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use super::actor::{Link, Presences};
use crate::booking::UserId;
use crate::registry::permissions::Permission;
use crate::wire::{self, Event, Frame, Value};

/// Longest wait for an answer about who may be seen.
const SIGHT_MAX: Duration = Duration::from_secs(2);

/// What a watcher of named people may see of those it has yet to hear of.
pub(super) struct Looked {
    watcher: u64,
    pending: Vec<UserId>,
    /// `None`: that could not be said now.
    seen: Option<Vec<UserId>>,
}

/// News of one person.
#[derive(Debug, Serialize)]
struct News<'a> {
    user: &'a str,
    user_id: UserId,
    online: bool,
    at: Timestamp,
}

/// The events of one turn, each made once.
struct Round<'a> {
    epoch: &'a str,
    at: Timestamp,
    made: HashMap<(UserId, bool), Bytes>,
}

impl Round<'_> {
    fn event(&mut self, user: UserId, name: &str, online: bool) -> Bytes {
        let made = self.made.entry((user, online)).or_insert_with(|| {
            let news = News {
                user: name,
                user_id: user,
                online,
                at: self.at,
            };
            event(self.epoch, &news)
        });
        made.clone()
    }
}

/// The frame of an event that nobody acknowledges.
fn event(epoch: &str, data: &impl Serialize) -> Bytes {
    let mut out = BytesMut::new();
    let encoded = Value::serialized(data).map_err(|err| err.to_string()).and_then(|data| {
        let event = Frame::Event(Event {
            epoch: epoch.to_owned(),
            seq: 0,
            name: "presence".to_owned(),
            data,
        });
        wire::encode(&event, &mut out).map_err(|err| err.to_string())
    });
    if let Err(err) = encoded {
        tracing::error!(%err, "an event of ours could not be encoded");
    }
    out.freeze()
}

/// The last event of a watch that did not end by its owner's wish.
#[derive(Serialize)]
struct Ended {
    ended: bool,
}

/// What a watcher takes.
enum Taken {
    /// All of it.
    Yes,
    /// Not now.
    Later,
    /// It is gone.
    Gone,
}

fn push(link: &Link, event: &Bytes) -> Taken {
    let outbox = link.peer.outbox();
    if outbox.closed().is_some() {
        return Taken::Gone;
    }
    if outbox.is_over_soft_limit() {
        return Taken::Later;
    }
    match outbox.push(event) {
        Ok(()) => Taken::Yes,
        Err(_) => Taken::Gone,
    }
}

impl Presences {
    /// A watch is over without its owner's doing.
    pub(super) fn end(&self, link: &Link) {
        // Who takes nothing more is about to be cut off.
        let _taken = push(link, &event(&self.settings.epoch, &Ended { ended: true }));
    }

    /// Tells watchers of everybody what they have yet to hear; says whether all have heard all.
    pub(super) fn tell_all(&mut self) -> bool {
        let (epoch, presence) = (self.settings.epoch.clone(), self.settings.presence.clone());
        let mut round = Round {
            epoch: &epoch,
            at: presence.now(),
            made: HashMap::new(),
        };
        let mut is_done = true;
        for watcher in self.watches.behind() {
            let Some(link) = self.links.get(&watcher) else { continue };
            // Looked up each time: who is no longer an operator hears no more.
            if !link.standing.permissions().contains(Permission::Manager) {
                self.end(link);
                self.let_go(watcher);
                continue;
            }
            let _cork = link.peer.outbox().cork();
            let end = loop {
                let Some((place, user, name)) = self.watches.next_of_all(watcher) else {
                    self.watches.heard(watcher, None);
                    break Taken::Yes;
                };
                let event = round.event(user, &name, presence.is_online(user));
                match push(link, &event) {
                    Taken::Yes => self.watches.heard(watcher, Some(place)),
                    other => break other,
                }
                self.meters.told();
            };
            match end {
                Taken::Yes => {}
                Taken::Later => {
                    is_done = false;
                    self.meters.put_off();
                }
                Taken::Gone => drop(self.let_go(watcher)),
            }
        }
        self.watches.shorten();
        is_done
    }

    /// Asks what those who watch named people may see of those they have yet to hear of.
    pub(super) fn looks(&mut self) -> impl Future<Output = Vec<Looked>> + use<> {
        let mut looks = Vec::new();
        for watcher in self.watches.due() {
            let Some(link) = self.links.get(&watcher) else { continue };
            if link.peer.outbox().is_over_soft_limit() {
                self.meters.put_off();
                continue;
            }
            let pending: Vec<UserId> = self.watches.take_pending(watcher).into_iter().collect();
            let presence = &self.settings.presence;
            let online: Vec<UserId> = pending
                .iter()
                .copied()
                .filter(|user| presence.is_online(*user))
                .collect();
            let is_operator = link.standing.permissions().contains(Permission::Manager);
            let (sight, by) = (Arc::clone(&self.settings.sight), link.standing.user);
            looks.push(async move {
                let seen = match by {
                    _ if online.is_empty() || is_operator => Some(online),
                    None => Some(Vec::new()),
                    Some(by) => match tokio::time::timeout(SIGHT_MAX, sight.seen(by, online)).await {
                        Ok(Ok(seen)) => Some(seen),
                        Ok(Err(_)) | Err(_) => None,
                    },
                };
                Looked { watcher, pending, seen }
            });
        }
        join_all(looks)
    }

    /// Tells them; says whether some have more to hear.
    pub(super) fn tell_named(&mut self, looked: Vec<Looked>) -> bool {
        let (epoch, presence) = (self.settings.epoch.clone(), self.settings.presence.clone());
        let mut round = Round {
            epoch: &epoch,
            at: presence.now(),
            made: HashMap::new(),
        };
        for look in looked {
            let Some(link) = self.links.get(&look.watcher) else {
                continue;
            };
            let Some(seen) = look.seen else {
                // Nobody is shown whom it may not see; it is asked again at the next sweep.
                continue;
            };
            let _cork = link.peer.outbox().cork();
            let mut is_gone = false;
            for user in look.pending {
                let is_online = seen.contains(&user) && presence.is_online(user);
                let Some(name) = link.names.get(&user) else { continue };
                if !self.watches.settle(look.watcher, user, is_online) {
                    continue;
                }
                match push(link, &round.event(user, name, is_online)) {
                    Taken::Yes => self.meters.told(),
                    Taken::Later => {
                        // Not told after all.
                        self.watches.settle(look.watcher, user, !is_online);
                        self.watches.owe(look.watcher, user);
                        self.meters.put_off();
                    }
                    Taken::Gone => is_gone = true,
                }
            }
            if is_gone {
                self.let_go(look.watcher);
            }
        }
        !self.watches.due().is_empty() || !self.watches.behind().is_empty()
    }
}
