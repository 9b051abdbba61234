//! The subscriptions actor: looks when the book says so, and pushes what came of it.
//!
//! Never waits for a subscriber. When a life of it ends, however it ends, every subscriber is told that its subscription
//! is over: the next life begins with none.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix::prelude::*;
use futures_util::FutureExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::look::Looks;
use super::messages::{ListOf, Listed, Subscribe, Unsubscribe};
use super::present::{Link, Present, key, lane};
use super::rules::{Book, Bounds, Found, Full};
use super::telling::{Telling, fitting};
use super::{Key, What};
use crate::command::Caller;
use crate::error::Error;
use crate::registry::recent::Outcome;
use crate::runtime::Observe;
use crate::runtime::metrics::SubscriptionMeters;
use crate::wire::ErrorCode;

/// How often those who left are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Shortest pause between two turns, so that many sources that are due one after the other share one.
const TURN_MIN: Duration = Duration::from_millis(5);

/// A value told apart from another: what it is made of is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Print {
    Value([u8; 32]),
    /// A failure with other words is the same failure.
    Error(ErrorCode),
}

/// How the actor is made, the same at each start.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Where values come from.
    pub(crate) looks: Arc<dyn Looks>,
    /// The bounds of the book.
    pub(crate) bounds: Bounds,
    /// How long one look may take.
    pub(crate) look_max: Duration,
    /// Largest frame.
    pub(crate) frame_bytes_max: usize,
    /// Of this start of the server.
    pub(crate) epoch: String,
    /// The last number given; it outlives a restart, so that no number means two things.
    pub(crate) numbers: Arc<AtomicU64>,
}

/// What it shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct SubscriptionsState {
    /// Subscriptions there are.
    pub subscriptions: usize,
}

/// Owns the book. Invariant: `links` has the subscriptions of the book and no other.
pub(crate) struct Subscriptions {
    settings: Settings,
    book: Book<Key, Print>,
    links: HashMap<u64, Link>,
    since: Instant,
    turn: Option<SpawnHandle>,
    meters: SubscriptionMeters,
}

/// Do what is due.
#[derive(Message)]
#[rtype(result = "()")]
struct Turn;

/// Look for those who left.
#[derive(Message)]
#[rtype(result = "()")]
struct Sweep;

impl Subscriptions {
    /// A life with no subscription.
    pub(crate) fn new(settings: Settings) -> Self {
        let meters = SubscriptionMeters::new();
        meters.there(0);
        Self {
            book: Book::new(settings.bounds),
            settings,
            links: HashMap::new(),
            since: Instant::now(),
            turn: None,
            meters,
        }
    }

    fn now(&self) -> Duration {
        self.since.elapsed()
    }

    /// The book and those in it, as long as a look's outcome is told.
    fn split<'a>(&'a mut self, telling: Option<Telling>) -> (&'a mut Book<Key, Print>, Present<'a>) {
        let present = Present {
            links: &mut self.links,
            looks: &*self.settings.looks,
            epoch: &self.settings.epoch,
            meters: &self.meters,
            telling,
        };
        (&mut self.book, present)
    }

    fn turn(&mut self, ctx: &mut Context<Self>) {
        let now = self.now();
        let (book, mut present) = self.split(None);
        for (source, looker) in book.begin(now, &mut present) {
            self.look(source, looker, ctx);
        }
        self.meters.there(self.book.len());
        self.turn_later(ctx);
    }

    fn turn_later(&mut self, ctx: &mut Context<Self>) {
        if let Some(earlier) = self.turn.take() {
            ctx.cancel_future(earlier);
        }
        if let Some(due) = self.book.next_due() {
            let pause = due.saturating_sub(self.now()).max(TURN_MIN);
            self.turn = Some(ctx.notify_later(Turn, pause));
        }
    }

    /// One look, beside everything else. What panics in it is that look's failure and nobody else's.
    fn look(&self, source: u64, looker: u64, ctx: &mut Context<Self>) {
        let (Some(link), Some(key)) = (self.links.get(&looker), self.book.key(source).cloned()) else {
            return;
        };
        let (what, standing) = (link.what.clone(), link.standing.clone());
        let caller = Caller {
            standing: standing.clone(),
            source: link.source,
            command: "s.subscribe",
            request: None,
        };
        let (looks, asked, look_max) = (self.settings.looks.clone(), what.clone(), self.settings.look_max);
        let look = AssertUnwindSafe(async move { looks.look(&asked, caller).await }).catch_unwind();
        let look = async move {
            match tokio::time::timeout(look_max, look).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Error::new(ErrorCode::Internal, "it could not be looked up")),
                Err(_) => {
                    let message = format!("it was not known within {} ms", look_max.as_millis());
                    Err(Error::new(ErrorCode::Timeout, message))
                }
            }
        };
        ctx.spawn(look.into_actor(self).map(move |outcome, actor, ctx| {
            // What was told to somebody whose rights changed meanwhile may not be for the others.
            let is_theirs = what.client.is_some() || standing.permissions() == key.view;
            actor.looked(source, &what, outcome, is_theirs, ctx);
        }));
    }

    fn looked(&mut self, source: u64, what: &What, outcome: Outcome, is_theirs: bool, ctx: &mut Context<Self>) {
        let outcome = fitting(outcome, &what.name, self.settings.frame_bytes_max);
        self.meters
            .looked(outcome.as_ref().map_or_else(|err| err.code().as_str(), |_| "ok"));
        let found = match &outcome {
            Ok(bytes) => Found {
                value: Print::Value(Sha256::digest(bytes).into()),
                is_error: false,
            },
            Err(err) => Found {
                value: Print::Error(err.code()),
                is_error: true,
            },
        };
        let now = self.now();
        let telling = Telling::of(&self.settings.epoch, &what.name, &outcome);
        let (book, mut present) = self.split(Some(telling));
        book.looked(source, lane(what), is_theirs.then_some(found), now, &mut present);
        self.turn(ctx);
    }
}

impl Actor for Subscriptions {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Sweep, SWEEP_EVERY);
    }
}

impl Drop for Subscriptions {
    /// However this life ended, a panic included, nobody waits in vain.
    fn drop(&mut self) {
        let why = Error::new(ErrorCode::Unavailable, "the subscriptions were lost: subscribe again");
        for (id, link) in &self.links {
            let mut telling = Telling::ended(&self.settings.epoch, &link.what.name, &why);
            drop(link.peer.push(telling.to(*id)));
        }
        self.meters.there(0);
    }
}

impl Handler<Subscribe> for Subscriptions {
    type Result = Result<u64, Error>;

    fn handle(&mut self, msg: Subscribe, ctx: &mut Self::Context) -> Self::Result {
        let now = self.now();
        let client = msg.standing.client_id.clone();
        if self.book.room(&client).is_err() {
            // Those who left count until they are found out.
            let (book, mut present) = self.split(None);
            book.sweep(now, &mut present);
        }
        self.book.room(&client).map_err(|full| {
            self.meters.refused(match full {
                Full::Client(_) => "client",
                Full::Total(_) => "total",
            });
            Error::new(ErrorCode::Busy, full.to_string())
        })?;
        let id = self.settings.numbers.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let key = key(&msg.what, &msg.args, &msg.standing);
        self.book.add(id, client, key, lane(&msg.what), msg.pace, now);
        let link = Link {
            what: Arc::new(msg.what),
            args: msg.args,
            pace: msg.pace,
            standing: msg.standing,
            source: msg.source,
            peer: msg.peer,
            pushed: 0,
            skipped: 0,
        };
        self.links.insert(id, link);
        self.meters.there(self.book.len());
        // After the answer: the subscriber learns its number before it hears the first value.
        self.turn_later(ctx);
        Ok(id)
    }
}

impl Handler<Unsubscribe> for Subscriptions {
    type Result = MessageResult<Unsubscribe>;

    fn handle(&mut self, msg: Unsubscribe, ctx: &mut Self::Context) -> Self::Result {
        let is_meant = |id: u64, link: &Link| {
            link.standing.client_id == msg.client_id && msg.subscription.is_none_or(|wanted| wanted == id)
        };
        let mut meant: Vec<u64> = self
            .links
            .iter()
            .filter(|(id, link)| is_meant(**id, link))
            .map(|(id, _)| *id)
            .collect();
        meant.sort_unstable();
        for id in &meant {
            self.links.remove(id);
            self.book.remove(*id);
        }
        self.meters.there(self.book.len());
        self.turn_later(ctx);
        MessageResult(meant)
    }
}

impl Handler<ListOf> for Subscriptions {
    type Result = MessageResult<ListOf>;

    fn handle(&mut self, ListOf(client): ListOf, _ctx: &mut Self::Context) -> Self::Result {
        let is_meant = |link: &Link| client.as_ref().is_none_or(|wanted| link.standing.client_id == *wanted);
        let meant = self.links.iter().filter(|(_, link)| is_meant(link));
        let mut listed: Vec<Listed> = meant.map(|(id, link)| link.listed(*id)).collect();
        listed.sort_by(|one, other| (&one.subscriber, one.subscription).cmp(&(&other.subscriber, other.subscription)));
        MessageResult(listed)
    }
}

impl Handler<Turn> for Subscriptions {
    type Result = ();

    fn handle(&mut self, _: Turn, ctx: &mut Self::Context) {
        self.turn = None;
        self.turn(ctx);
    }
}

impl Handler<Sweep> for Subscriptions {
    type Result = ();

    fn handle(&mut self, _: Sweep, ctx: &mut Self::Context) {
        let now = self.now();
        let (book, mut present) = self.split(None);
        book.sweep(now, &mut present);
        self.turn(ctx);
        ctx.notify_later(Sweep, SWEEP_EVERY);
    }
}

impl Handler<Observe<SubscriptionsState>> for Subscriptions {
    type Result = MessageResult<Observe<SubscriptionsState>>;

    fn handle(&mut self, _: Observe<SubscriptionsState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(SubscriptionsState {
            subscriptions: self.links.len(),
        })
    }
}

crate::supervised!(Subscriptions);
