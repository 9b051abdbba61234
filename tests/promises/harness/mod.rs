//! What the promises are tried with: a server, raw sockets, a car that does as it is told, people and cars.
//!
//! Nobody sleeps: an event is awaited by [`until`], which looks again and again before its deadline.

mod dice;
mod document;
#[cfg(feature = "face")]
pub(crate) mod faces;
mod fake_car;
pub(crate) mod faults;
mod http;
mod ledger;
mod poller;
mod raw;
mod rest;
mod seed;
mod server;
mod sio;
mod stream;
mod tally;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use motorpool::runtime::clock;
use serde_json::Value;

pub(crate) use dice::Dice;
pub(crate) use fake_car::{FakeCar, Manner};
pub(crate) use http::{get, get_over, metric, metric_in};
pub(crate) use ledger::{Entry, Ledger};
pub(crate) use poller::Poller;
pub(crate) use raw::{Raw, Refused, frame_of};
pub(crate) use rest::{Reply, Rest};
pub(crate) use seed::{CARS, FIFTH_CAR, PASSWORD, RIDERS, Seed, crowd_name};
pub(crate) use server::{Server, refused_start, serve_command, spawn};
pub(crate) use sio::{Packet, Sio, WEBSOCKET};
pub(crate) use stream::Stream;
pub(crate) use tally::Tally;

/// Longest wait for something that should happen at once; long, because machines that test are busy.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Looks until there is something, and fails by name when there is nothing in time.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {SOON:?}");
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// The instant so many seconds from now, as text.
pub(crate) fn in_seconds(seconds: i64) -> String {
    (clock::now() + SignedDuration::from_secs(seconds)).to_string()
}

/// The instant so many minutes from now, as text.
pub(crate) fn in_minutes(minutes: i64) -> String {
    in_seconds(minutes * 60)
}

/// A whole hour in the future: `hour(0)` begins between one and two hours after the start of the tests,
/// and is the same in all of them, also when the clock strikes in between.
pub(crate) fn hour(number: i64) -> String {
    static FIRST: OnceLock<Timestamp> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        let seconds = clock::now().as_second();
        Timestamp::from_second(seconds - seconds % 3600 + 7200).unwrap()
    });
    (*first + SignedDuration::from_hours(number)).to_string()
}

/// The instant of a text, for comparing what may be written in more than one way.
pub(crate) fn instant(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}
