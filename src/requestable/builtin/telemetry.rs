//! `TELEMETRY`: where cars were last and what their instruments said, as their units told it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::CarId;
use crate::booking::engine::FindCar;
use crate::command::Caller;
use crate::datasock::receivers::telemetry::rules::{Fix, Reading};
use crate::datasock::receivers::telemetry::tracks::Track;
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Cars of one answer.
const CARS_TOLD_MAX: usize = 100;
/// Fixes of one car in one answer.
const TRAIL_TOLD_MAX: usize = 100;

/// Tells the latest fix and reading of cars whose units send telemetry, a hundred cars at a time by their ids; of one car, its last hundred fixes too. It is kept in memory since the start.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Telemetry {
    /// Name or id of the one car that is meant; left out, all.
    #[schemars(with = "Option<CarArgument>")]
    car: Option<CarRef>,
    /// Only cars with ids above this one: the last of the page before.
    after: Option<i64>,
}

/// How a car may be written.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its schema is what matters")]
enum CarArgument {
    Name(String),
    Id(i64),
}

/// What is known of a car.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CarTold {
    car_id: CarId,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<Reading>,
    fixes: u64,
    readings: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trail: Vec<FixTold>,
}

/// A fix, as cars tell their position everywhere.
#[derive(Debug, Serialize, JsonSchema)]
struct FixTold {
    at: Timestamp,
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heading_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_kmh: Option<f64>,
}

impl From<Fix> for FixTold {
    fn from(fix: Fix) -> Self {
        Self {
            at: fix.at,
            latitude: fix.position.latitude(),
            longitude: fix.position.longitude(),
            accuracy_m: fix.accuracy_m,
            heading_deg: fix.heading_deg,
            speed_kmh: fix.speed_kmh,
        }
    }
}

impl Requestable for Telemetry {
    const NAME: &'static str = "TELEMETRY";
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<CarTold>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if let Some(car) = self.car {
            let car = house.bookings.ask(FindCar(car)).await??.id;
            let tracks = house.datasocks.telemetry().tracks();
            return Ok(tracks
                .of(car)
                .map(|track| told(car, track, TRAIL_TOLD_MAX))
                .into_iter()
                .collect());
        }
        let after = CarId(self.after.unwrap_or_default());
        let tracks = house.datasocks.telemetry().tracks();
        let page = tracks.after(after).take(CARS_TOLD_MAX);
        Ok(page.map(|(car, track)| told(car, track, 0)).collect())
    }
}

fn told(car_id: CarId, track: &Track, trail: usize) -> CarTold {
    CarTold {
        car_id,
        fix: track.fixes.latest().map(FixTold::from),
        reading: track.readings.latest(),
        fixes: track.fixes.taken(),
        readings: track.readings.taken(),
        trail: track.fixes.last(trail).into_iter().map(FixTold::from).collect(),
    }
}
