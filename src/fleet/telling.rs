//! What a car says of itself when it is asked: where it is, its doors, its fuel, its odometer.
//!
//! A unit that is away, silent or talks nonsense tells nothing; that is an answer too, and never an error.
//! Nothing here is kept.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::booking::CarId;
use crate::house::House;
use crate::place::Position;
use crate::registry::actor::PeerOfCar;
use crate::registry::peer::Peer;
use crate::wire::{Args, Frame, Request, Value};

/// The state of the doors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Doors {
    /// Whether they are locked.
    #[expect(dead_code, reason = "shown by the car; a return asks only for open ones")]
    pub(crate) locked: bool,
    /// Names of those that stand open.
    pub(crate) open: Vec<String>,
}

/// What a car told; `None` where it said nothing of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    /// Where it is.
    pub(crate) position: Option<Position>,
    /// Its doors.
    pub(crate) doors: Option<Doors>,
    /// What is left in the tank or battery, 0 to 100.
    pub(crate) fuel_percent: Option<f64>,
    /// What it has driven.
    pub(crate) odometer_km: Option<f64>,
}

#[derive(Deserialize)]
struct Fix {
    #[serde(deserialize_with = "crate::wire::number")]
    latitude: f64,
    #[serde(deserialize_with = "crate::wire::number")]
    longitude: f64,
}

#[derive(Deserialize)]
struct Fuel {
    #[serde(deserialize_with = "crate::wire::number")]
    percent: f64,
}

#[derive(Deserialize)]
struct Odometer {
    #[serde(deserialize_with = "crate::wire::number")]
    km: f64,
}

/// Asks the unit of a car everything at once; `None` when it is not connected.
pub(crate) async fn ask_car(house: &House, car: CarId, within: Duration) -> Option<Told> {
    let peer = house.registry.ask(PeerOfCar(car)).await.ok().flatten()?;
    Some(ask_peer(&peer, within).await)
}

async fn ask_peer(peer: &Peer, within: Duration) -> Told {
    let until = Instant::now() + within;
    let (fix, doors, fuel, odometer) = tokio::join!(
        one(peer, "POSITION", until),
        one(peer, "DOORS", until),
        one(peer, "FUEL", until),
        one(peer, "ODOMETER", until),
    );
    let fix: Option<Fix> = read(fix);
    Told {
        position: fix.and_then(|fix| Position::new(fix.latitude, fix.longitude).ok()),
        doors: read(doors),
        fuel_percent: read(fuel)
            .map(|fuel: Fuel| fuel.percent)
            .filter(|percent| (0.0..=100.0).contains(percent)),
        odometer_km: read(odometer)
            .map(|odometer: Odometer| odometer.km)
            .filter(|km| km.is_finite() && *km >= 0.0),
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: Option<Value>) -> Option<T> {
    value?.deserialized().ok()
}

async fn one(peer: &Peer, name: &str, until: Instant) -> Option<Value> {
    let request = |id| {
        Frame::Request(Request {
            id,
            name: name.to_owned(),
            args: Args::default(),
        })
    };
    let asked = peer.ask(request).ok()?;
    timeout_at(until, asked).await.ok()?.ok()?.ok()
}
