//! The presence actor: tells those who watch who came and who went, and writes when people were last seen.
//!
//! Never waits for a watcher, and asks about visibility and writes beside its other work. It decides nothing: who is online
//! and who is to hear is the rules', who may be seen is [`Sight`]'s. When a life of it ends, those who watched are told.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::Presence;
use super::rules::watches::{Bounds, Full, Watches};
use super::store::{presence_live, presence_put};
use crate::booking::UserId;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::runtime::Observe;
use crate::runtime::metrics::PresenceMeters;
use crate::store::Store;
use crate::wire::ErrorCode;

/// Pause between two looks for who came and went; what happens within one is told as what came of it.
const TURN_EVERY: Duration = Duration::from_millis(100);
/// The same while somebody has yet to hear of much.
const TURN_SOON: Duration = Duration::from_millis(10);
/// How often those who left are let go, and what watchers were told is looked at again.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// Marks in one job of the writer, so that nobody else waits long behind it.
const MARKS_PER_JOB: usize = 500;

/// Who may see whom.
pub(crate) trait Sight: Send + Sync + 'static {
    /// Those of these people whom this person may see. Whoever is left out looks to it as if they were offline.
    fn seen(&self, by: UserId, people: Vec<UserId>) -> BoxFuture<'static, Result<Vec<UserId>, Error>>;
}

/// How the actor is made, the same at each start.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Who is online.
    pub(crate) presence: Presence,
    /// Who may be seen.
    pub(crate) sight: Arc<dyn Sight>,
    /// Where marks go.
    pub(crate) store: Store,
    /// Between two writings.
    pub(crate) write_every: Duration,
    /// Watchers altogether.
    pub(crate) watchers_max: usize,
    /// People that they name together.
    pub(crate) named_max: usize,
    /// Of this start of the server.
    pub(crate) epoch: String,
}

/// Whom a client watches.
#[derive(Debug)]
pub(crate) enum Wish {
    /// Everybody; for operators.
    Everybody,
    /// These, with their names, and whether the client may see them now.
    These(BTreeMap<UserId, (Arc<str>, bool)>),
}

/// A client watches people from now on, in the place of whom it watched before. Answers who of those named is online
/// for it.
#[derive(Message)]
#[rtype(result = "Result<BTreeMap<UserId, bool>, Error>")]
pub(crate) struct Watch {
    pub(crate) wish: Wish,
    /// Who hears; what it may is looked up each time.
    pub(crate) standing: Arc<Standing>,
    /// The connection with which it ends.
    pub(crate) peer: Peer,
}

/// A client watches nobody any more; says whether it did.
#[derive(Message)]
#[rtype(result = "bool")]
pub(crate) struct Unwatch {
    /// The number of its connection.
    pub(crate) connection: u64,
}

/// Writes all that waits, before the end of the server.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct WriteAll;

/// What it shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct PresenceState {
    /// People who are online.
    pub online: usize,
    /// Clients that watch.
    pub watchers: usize,
}

/// Look who came and went.
#[derive(Message)]
#[rtype(result = "()")]
struct Turn;

/// Look for those who left.
#[derive(Message)]
#[rtype(result = "()")]
struct Sweep;

/// Write.
#[derive(Message)]
#[rtype(result = "()")]
struct Write;

/// One client that watches.
pub(super) struct Link {
    pub(super) standing: Arc<Standing>,
    pub(super) peer: Peer,
    /// Names of those it watches by name.
    pub(super) names: HashMap<UserId, Arc<str>>,
}

/// Owns the watches. Invariant: `links` has the watchers of the rules and no other.
pub(crate) struct Presences {
    pub(super) settings: Settings,
    pub(super) watches: Watches,
    pub(super) links: HashMap<u64, Link>,
    pub(super) meters: PresenceMeters,
}

impl Presences {
    /// A life that nobody watches.
    pub(crate) fn new(settings: Settings) -> Self {
        let bounds = Bounds {
            watchers: settings.watchers_max,
            named: settings.named_max,
        };
        let meters = PresenceMeters::new();
        meters.watchers(0);
        Self {
            watches: Watches::new(bounds),
            settings,
            links: HashMap::new(),
            meters,
        }
    }

    /// Watches nobody any more.
    pub(super) fn let_go(&mut self, watcher: u64) -> bool {
        self.links.remove(&watcher);
        let watched = self.watches.forget(watcher);
        self.meters.watchers(self.watches.len());
        watched
    }

    /// Notes who came and went.
    fn look(&mut self) {
        for (user, name) in self.settings.presence.take_changed() {
            self.watches.changed(user, &name);
        }
    }

    fn write_later(ctx: &mut Context<Self>, every: Duration) {
        ctx.notify_later(Write, every);
    }
}

impl Actor for Presences {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Turn, TURN_EVERY);
        ctx.notify_later(Sweep, SWEEP_EVERY);
        Self::write_later(ctx, self.settings.write_every);
    }
}

impl Drop for Presences {
    /// However this life ended, nobody waits in vain.
    fn drop(&mut self) {
        for link in self.links.values() {
            self.end(link);
        }
        self.meters.watchers(0);
    }
}

impl Handler<Watch> for Presences {
    type Result = Result<BTreeMap<UserId, bool>, Error>;

    fn handle(&mut self, watch: Watch, _ctx: &mut Self::Context) -> Self::Result {
        // What was before is no news to it.
        self.look();
        let watcher = watch.peer.connection;
        let mut link = Link {
            standing: watch.standing,
            peer: watch.peer,
            names: HashMap::new(),
        };
        let entered = match watch.wish {
            Wish::Everybody => self.watches.watch_all(watcher).map(|()| BTreeMap::new()),
            Wish::These(people) => {
                let presence = &self.settings.presence;
                let is_online =
                    |(user, (_, is_seen)): (&UserId, &(Arc<str>, bool))| (*user, *is_seen && presence.is_online(*user));
                let told: BTreeMap<UserId, bool> = people.iter().map(is_online).collect();
                link.names = people.into_iter().map(|(user, (name, _))| (user, name)).collect();
                self.watches.name(watcher, told.clone()).map(|()| told)
            }
        };
        let told = entered.map_err(|full| {
            self.meters.refused(match full {
                Full::Watchers(_) => "watchers",
                Full::Named(_) => "named",
            });
            Error::new(ErrorCode::Busy, full.to_string())
        })?;
        self.links.insert(watcher, link);
        self.meters.watchers(self.watches.len());
        Ok(told)
    }
}

impl Handler<Unwatch> for Presences {
    type Result = bool;

    fn handle(&mut self, unwatch: Unwatch, _ctx: &mut Self::Context) -> bool {
        self.let_go(unwatch.connection)
    }
}

impl Handler<Turn> for Presences {
    type Result = ();

    fn handle(&mut self, _: Turn, ctx: &mut Self::Context) {
        self.look();
        let told = self.tell_all() && self.watches.due().is_empty();
        if told {
            ctx.notify_later(Turn, TURN_EVERY);
            return;
        }
        let looks = self.looks();
        ctx.spawn(looks.into_actor(self).map(|looked, actor, ctx| {
            let is_more = actor.tell_named(looked);
            ctx.notify_later(Turn, if is_more { TURN_SOON } else { TURN_EVERY });
        }));
    }
}

impl Handler<Sweep> for Presences {
    type Result = ();

    fn handle(&mut self, _: Sweep, ctx: &mut Self::Context) {
        for watcher in self.watches.watchers() {
            let is_there = |link: &Link| link.peer.outbox().closed().is_none();
            if !self.links.get(&watcher).is_some_and(is_there) {
                self.let_go(watcher);
            }
        }
        let presence = self.settings.presence.clone();
        for watcher in self.watches.watchers() {
            self.watches.doubt(watcher, |user| presence.is_online(user));
        }
        ctx.notify_later(Sweep, SWEEP_EVERY);
    }
}

impl Handler<Write> for Presences {
    type Result = ();

    fn handle(&mut self, _: Write, ctx: &mut Self::Context) {
        let every = self.settings.write_every;
        let writing = write(self.settings.clone(), self.meters.clone());
        ctx.spawn(
            writing
                .into_actor(self)
                .map(move |(), _, ctx| Self::write_later(ctx, every)),
        );
    }
}

impl Handler<WriteAll> for Presences {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: WriteAll, _ctx: &mut Self::Context) -> Self::Result {
        Box::pin(write(self.settings.clone(), self.meters.clone()))
    }
}

/// Writes what waits, in jobs that hold nobody up. What cannot be written is tried again.
async fn write(settings: Settings, meters: PresenceMeters) {
    let presence = &settings.presence;
    loop {
        let marks = presence.take_marks(MARKS_PER_JOB);
        let (count, at) = (marks.len(), presence.now());
        if count == 0 && presence.count() == 0 {
            return;
        }
        let written = settings.store.write(move |conn| {
            presence_put(conn, &marks)?;
            presence_live(conn, at)
        });
        let written = written.await;
        presence.written(written.is_ok());
        match written {
            Ok(()) => meters.written(count),
            Err(err) => {
                tracing::warn!(%err, people = count, "when people were last seen could not be written yet");
                return;
            }
        }
        if count < MARKS_PER_JOB {
            return;
        }
    }
}

impl Handler<Observe<PresenceState>> for Presences {
    type Result = MessageResult<Observe<PresenceState>>;

    fn handle(&mut self, _: Observe<PresenceState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(PresenceState {
            online: self.settings.presence.count(),
            watchers: self.watches.len(),
        })
    }
}

crate::supervised!(Presences);
