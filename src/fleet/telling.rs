//! What a connected car says of itself, asked when it matters: where it stands, what is open.
//!
//! A car that is away, offers nothing, or is silent gives `None`; nobody waits for it beyond the bound.

use std::time::Duration;

use futures_util::future::join;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::booking::CarId;
use crate::place::Position;
use crate::registry::actor::{PeerOfCar, Registry};
use crate::registry::peer::Peer;
use crate::runtime::Service;
use crate::wire::{Args, Frame, Request};

/// The doors of a car.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Doors {
    /// Whether it is locked.
    pub(crate) locked: bool,
    /// Names of what stands open.
    #[serde(default)]
    pub(crate) open: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Fix {
    #[serde(deserialize_with = "crate::wire::number")]
    latitude: f64,
    #[serde(deserialize_with = "crate::wire::number")]
    longitude: f64,
}

/// What a car told, as far as it did.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Where it stands.
    pub(crate) position: Option<Position>,
    /// Its doors.
    pub(crate) doors: Option<Doors>,
}

/// Asks the car's unit, if it is connected.
pub(crate) async fn ask_car(registry: &Service<Registry>, car: CarId, within: Duration) -> Option<Told> {
    let peer = registry.ask(PeerOfCar(car)).await.ok().flatten()?;
    let (fix, doors) = join(
        ask::<Fix>(&peer, "POSITION", within),
        ask::<Doors>(&peer, "DOORS", within),
    )
    .await;
    let position = fix.and_then(|fix| Position::new(fix.latitude, fix.longitude).ok());
    (position.is_some() || doors.is_some()).then_some(Told { position, doors })
}

/// One question; an answer of another shape is no answer.
async fn ask<T: DeserializeOwned>(peer: &Peer, name: &str, within: Duration) -> Option<T> {
    let asked = peer.ask(|id| {
        Frame::Request(Request {
            id,
            name: name.to_owned(),
            args: Args::default(),
        })
    });
    let answer = tokio::time::timeout(within, asked.ok()?).await.ok()?.ok()?;
    answer.ok()?.deserialized().ok()
}
