//! The watches of ranges: a client hears who comes into the range of its person, who moves in it and who leaves it.
//!
//! Four times a second each watch is compared with what it was told last, so that a storm of positions is told as what came
//! of it. A client that does not read is passed over and told the difference later. A watch ends with its connection.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use serde::Serialize;

use crate::booking::engine::CarsOut;
use crate::booking::{CarId, UserId};
use crate::error::Error;
use crate::house::House;
use crate::place::Watch;
use crate::place::rules::watching::{Change, Sight, Told, Who};
use crate::registry::peer::Peer;
use crate::registry::permissions::Permission;
use crate::runtime::Observe;
use crate::wire::{ErrorCode, Event, Frame, Value};

/// How often each watch is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Watches looked at in one step; then others get their turn.
const WATCHES_PER_STEP: usize = 32;
/// The name of the event.
const NAME: &str = "range";

/// Ends one watch of a client, or all of them; answers which ended.
#[derive(Message)]
#[rtype(result = "Vec<u64>")]
pub(crate) struct Unwatch {
    pub(crate) client_id: Arc<str>,
    pub(crate) watch: Option<u64>,
}

/// What it shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct WatchesState {
    /// Watches there are.
    pub(crate) watches: usize,
}

/// Look at every watch.
#[derive(Message)]
#[rtype(result = "()")]
struct Look;

/// Look at the watches behind this one.
#[derive(Message)]
#[rtype(result = "()")]
struct Step {
    after: u64,
    out: Arc<HashMap<CarId, UserId>>,
}

struct Link {
    watch: Watch,
    told: Told,
}

/// Owns the watches.
pub(crate) struct Watches {
    house: House,
    links: BTreeMap<u64, Link>,
    last: u64,
}

/// What is told.
#[derive(Debug, Serialize)]
struct RangeTold<'a> {
    watch: u64,
    /// `enter`, `move` or `leave`.
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    car: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    car_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blur_m: Option<u32>,
}

/// That it is over.
#[derive(Debug, Serialize)]
struct Ended<'a> {
    watch: u64,
    what: &'static str,
    why: &'a str,
}

impl Watches {
    /// A life without watches.
    pub(crate) fn new(house: House) -> Self {
        house.places.meters().watches(0);
        Self {
            house,
            links: BTreeMap::new(),
            last: 0,
        }
    }

    /// Those who left count until they are found out.
    fn sweep(&mut self) {
        self.links.retain(|_, link| link.watch.peer.outbox().closed().is_none());
    }

    fn room(&mut self, client_id: &str) -> Result<(), Error> {
        let limits = &self.house.config.limits;
        let (most, total_most) = (limits.watches_per_client, limits.watches_max);
        self.sweep();
        let own = self
            .links
            .values()
            .filter(|link| *link.watch.standing.client_id == *client_id);
        let full = if own.count() >= most {
            Some(("client", most))
        } else {
            (self.links.len() >= total_most).then_some(("total", total_most))
        };
        let Some((bound, most)) = full else { return Ok(()) };
        self.house.places.meters().watch_refused(bound);
        let message = format!("there are {most} watches of ranges, which is the most for {bound}");
        Err(Error::new(ErrorCode::Busy, message))
    }

    /// One look at one watch. `false`: it is over.
    fn look(&mut self, number: u64, out: &HashMap<CarId, UserId>) -> bool {
        let Some(link) = self.links.get_mut(&number) else {
            return false;
        };
        let (watch, epoch) = (&link.watch, self.house.events.epoch());
        if watch.peer.outbox().closed().is_some() {
            return false;
        }
        if !watch.standing.permissions().contains(Permission::User) {
            push(
                &watch.peer,
                epoch,
                &ended(number, "you no longer have the permission `user`"),
            );
            return false;
        }
        if watch.peer.outbox().is_over_soft_limit() {
            self.house.places.meters().watch_told("skipped", 1);
            return true;
        }
        let there = self
            .house
            .places
            .watched(watch, out, |user| self.house.presence.is_online(user));
        let changes = link.told.turn(there);
        self.house.places.meters().watch_told("pushed", changes.len());
        for change in &changes {
            push(&watch.peer, epoch, &told(number, change));
        }
        true
    }
}

fn ended(watch: u64, why: &str) -> Ended<'_> {
    Ended {
        watch,
        what: "ended",
        why,
    }
}

fn told(watch: u64, change: &Change) -> RangeTold<'_> {
    let (what, who, name, sight) = match change {
        Change::Enter(who, sight) => ("enter", who, &sight.name, Some(sight)),
        Change::Move(who, sight) => ("move", who, &sight.name, Some(sight)),
        Change::Leave(who, name) => ("leave", who, name, None),
    };
    let (person, car) = match who {
        Who::Person(user) => (Some(user.0), None),
        Who::Car(car) => (None, Some(car.0)),
    };
    RangeTold {
        watch,
        what,
        user: person.map(|_| &**name),
        user_id: person,
        car: car.map(|_| &**name),
        car_id: car,
        distance_m: sight.map(|sight| sight.distance_m),
        latitude: sight.map(|sight| sight.position.latitude()),
        longitude: sight.map(|sight| sight.position.longitude()),
        blur_m: sight.and_then(|sight: &Sight| sight.blur_m),
    }
}

fn push(peer: &Peer, epoch: &str, data: &impl Serialize) {
    let Ok(data) = Value::serialized(data) else { return };
    let event = Frame::Event(Event {
        epoch: epoch.to_owned(),
        seq: 0,
        name: NAME.to_owned(),
        data,
    });
    // A peer that is gone is found out at the next look.
    drop(peer.push(&event));
}

impl Actor for Watches {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Look, LOOK_EVERY);
    }
}

impl Drop for Watches {
    /// However this life ended, nobody waits in vain.
    fn drop(&mut self) {
        let epoch = self.house.events.epoch();
        for (number, link) in &self.links {
            push(
                &link.watch.peer,
                epoch,
                &ended(*number, "the watches were lost: watch again"),
            );
        }
        self.house.places.meters().watches(0);
    }
}

impl Handler<Watch> for Watches {
    type Result = Result<u64, Error>;

    fn handle(&mut self, watch: Watch, _ctx: &mut Self::Context) -> Self::Result {
        self.room(&watch.standing.client_id)?;
        // Grows over lives of this actor too, so that no number means two things.
        self.last = self.house.places.next_watch();
        let told = Told::default();
        self.links.insert(self.last, Link { watch, told });
        self.house.places.meters().watches(self.links.len());
        Ok(self.last)
    }
}

impl Handler<Unwatch> for Watches {
    type Result = MessageResult<Unwatch>;

    fn handle(&mut self, msg: Unwatch, _ctx: &mut Self::Context) -> Self::Result {
        let is_meant = |number: u64, link: &Link| {
            link.watch.standing.client_id == msg.client_id && msg.watch.is_none_or(|wanted| wanted == number)
        };
        let meant = self.links.iter().filter(|(number, link)| is_meant(**number, link));
        let meant: Vec<u64> = meant.map(|(number, _)| *number).collect();
        for number in &meant {
            self.links.remove(number);
        }
        self.house.places.meters().watches(self.links.len());
        MessageResult(meant)
    }
}

impl Handler<Look> for Watches {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Look, _ctx: &mut Self::Context) -> Self::Result {
        let asks_for_cars = self.links.values().any(|link| link.watch.wanted.cars);
        let house = self.house.clone();
        let out = async move {
            if !asks_for_cars {
                return Some(HashMap::new());
            }
            house.bookings.ask(CarsOut).await.ok()
        };
        Box::pin(out.into_actor(self).map(|out, _, ctx| match out {
            Some(out) => {
                let out = Arc::new(out);
                ctx.notify_later(Step { after: 0, out }, Duration::ZERO);
            }
            // Without knowing which cars are out nobody is told of any.
            None => {
                ctx.notify_later(Look, LOOK_EVERY);
            }
        }))
    }
}

impl Handler<Step> for Watches {
    type Result = ();

    fn handle(&mut self, Step { after, out }: Step, ctx: &mut Self::Context) {
        let behind = self.links.range(after.saturating_add(1)..).take(WATCHES_PER_STEP);
        let numbers: Vec<u64> = behind.map(|(number, _)| *number).collect();
        for number in &numbers {
            if !self.look(*number, &out) {
                self.links.remove(number);
            }
        }
        match numbers.last() {
            Some(last) => {
                ctx.notify_later(Step { after: *last, out }, Duration::ZERO);
            }
            None => {
                self.house.places.meters().watches(self.links.len());
                ctx.notify_later(Look, LOOK_EVERY);
            }
        }
    }
}

impl Handler<Observe<WatchesState>> for Watches {
    type Result = MessageResult<Observe<WatchesState>>;

    fn handle(&mut self, _: Observe<WatchesState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(WatchesState {
            watches: self.links.len(),
        })
    }
}

crate::supervised!(Watches);
