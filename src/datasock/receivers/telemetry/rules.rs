//! Rules of telemetry: what a fix and a reading must hold, and which values can be.
//!
//! Pure: rows come in as they were read, the time as an argument.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::booking::CarId;
use crate::place::{Position, PositionError};

/// How far a unit's clock may be ahead of the server's.
pub(crate) const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(60);
/// How old something may be: a unit that was out of reach sends what it has kept.
pub(crate) const AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Faster drives no car.
const SPEED_KMH_MAX: f64 = 500.0;
/// A worse guess is none.
const ACCURACY_M_MAX: f64 = 100_000.0;
/// Further drove no car.
const ODOMETER_KM_MAX: f64 = 10_000_000.0;

/// A fix as it was read: nothing of it is checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct FixRow<'a> {
    pub(crate) car: Option<u64>,
    pub(crate) at: Option<&'a str>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) accuracy_m: Option<f64>,
    pub(crate) heading_deg: Option<f64>,
    pub(crate) speed_kmh: Option<f64>,
}

/// A reading as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct ReadingRow<'a> {
    pub(crate) car: Option<u64>,
    pub(crate) at: Option<&'a str>,
    pub(crate) odometer_km: Option<f64>,
    pub(crate) fuel_percent: Option<f64>,
}

/// Where a car was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fix {
    pub(crate) at: Timestamp,
    pub(crate) position: Position,
    pub(crate) accuracy_m: Option<f64>,
    pub(crate) heading_deg: Option<f64>,
    pub(crate) speed_kmh: Option<f64>,
}

/// What a car's instruments said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Reading {
    pub(crate) at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) odometer_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fuel_percent: Option<f64>,
}

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum RowError {
    /// Not a map.
    #[error("got something else, wanted a map")]
    NoMap,
    /// A key that no row has.
    #[error("there is no field `{0}`")]
    Unknown(String),
    /// A value of another type.
    #[error("`{field}` has another type, wanted {wanted}")]
    Type {
        /// Which.
        field: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// Something that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Not on the earth.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// No car does that.
    #[error("got {got} for `{field}`, wanted 0 to {max}")]
    Range {
        /// Which.
        field: &'static str,
        /// What it is.
        got: f64,
        /// The most it may be.
        max: f64,
    },
    /// No instant.
    #[error("`at` is no instant, wanted one as 2026-03-01T08:00:00Z")]
    Instant,
    /// From the future.
    #[error("`at` is more than {} s ahead of the server", AHEAD_MAX.as_secs())]
    Ahead,
    /// From long ago.
    #[error("`at` is more than {} days old", AGE_MAX.as_hours() / 24)]
    Old,
    /// A reading of nothing.
    #[error("got neither `odometer_km` nor `fuel_percent`, wanted at least one")]
    Empty,
    /// A unit speaks for its own car alone.
    #[error("this unit speaks for car {0} alone")]
    OtherCar(CarId),
    /// There is no such car.
    #[error("there is no car {0}")]
    NoCar(u64),
    /// No room for one car more.
    #[error("telemetry of {0} cars is kept, which is the most")]
    Full(usize),
}

/// The fix of a row.
pub(crate) fn fix(row: &FixRow<'_>, now: Timestamp) -> Result<Fix, RowError> {
    let latitude = row.latitude.ok_or(RowError::Missing("latitude"))?;
    let longitude = row.longitude.ok_or(RowError::Missing("longitude"))?;
    let position = Position::new(latitude, longitude)?;
    Ok(Fix {
        at: instant(row.at, now)?,
        position,
        accuracy_m: within("accuracy_m", row.accuracy_m, ACCURACY_M_MAX)?,
        heading_deg: within("heading_deg", row.heading_deg, 360.0)?,
        speed_kmh: within("speed_kmh", row.speed_kmh, SPEED_KMH_MAX)?,
    })
}

/// The reading of a row.
pub(crate) fn reading(row: &ReadingRow<'_>, now: Timestamp) -> Result<Reading, RowError> {
    if row.odometer_km.is_none() && row.fuel_percent.is_none() {
        return Err(RowError::Empty);
    }
    Ok(Reading {
        at: instant(row.at, now)?,
        odometer_km: within("odometer_km", row.odometer_km, ODOMETER_KM_MAX)?,
        fuel_percent: within("fuel_percent", row.fuel_percent, 100.0)?,
    })
}

/// Whose a row is: a unit's are its car's, anybody else names the car.
pub(crate) fn car(own: Option<CarId>, named: Option<u64>) -> Result<CarId, RowError> {
    let number = |named: u64| i64::try_from(named).map(CarId).map_err(|_| RowError::NoCar(named));
    match (own, named) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(named)) if number(named) == Ok(own) => Ok(own),
        (Some(own), Some(_)) => Err(RowError::OtherCar(own)),
        (None, Some(named)) => number(named),
        (None, None) => Err(RowError::Missing("car")),
    }
}

fn instant(at: Option<&str>, now: Timestamp) -> Result<Timestamp, RowError> {
    let at: Timestamp = at
        .ok_or(RowError::Missing("at"))?
        .parse()
        .map_err(|_| RowError::Instant)?;
    let ahead = at.duration_since(now);
    if ahead > AHEAD_MAX {
        return Err(RowError::Ahead);
    }
    if ahead < -AGE_MAX {
        return Err(RowError::Old);
    }
    Ok(at)
}

/// A NaN is in no range.
fn within(field: &'static str, got: Option<f64>, max: f64) -> Result<Option<f64>, RowError> {
    match got {
        Some(got) if !(0.0..=max).contains(&got) => Err(RowError::Range { field, got, max }),
        got => Ok(got),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T08:00:00Z".parse().unwrap()
    }

    fn good() -> FixRow<'static> {
        FixRow {
            at: Some("2026-03-01T08:00:00Z"),
            latitude: Some(48.2),
            longitude: Some(16.4),
            ..FixRow::default()
        }
    }

    fn changed(change: impl FnOnce(&mut FixRow<'static>)) -> FixRow<'static> {
        let mut row = good();
        change(&mut row);
        row
    }

    #[test]
    fn a_fix_is_taken_up_to_its_bounds() {
        for row in [
            good(),
            changed(|row| (row.latitude, row.longitude) = (Some(90.0), Some(-180.0))),
            changed(|row| row.at = Some("2026-03-01T08:01:00Z")),
            changed(|row| row.at = Some("2026-02-22T08:00:00Z")),
            changed(|row| (row.speed_kmh, row.heading_deg, row.accuracy_m) = (Some(500.0), Some(360.0), Some(0.0))),
        ] {
            assert_eq!(fix(&row, now()).map(|_| ()), Ok(()), "{row:?}");
        }
    }

    #[test]
    fn a_fix_beyond_a_bound_is_refused_by_what_is_wrong_with_it() {
        let range = |field, got, max| RowError::Range { field, got, max };
        for (row, wanted) in [
            (
                changed(|row| row.latitude = Some(90.1)),
                PositionError::Latitude { got: 90.1 }.into(),
            ),
            (
                changed(|row| row.longitude = Some(180.1)),
                PositionError::Longitude { got: 180.1 }.into(),
            ),
            (changed(|row| row.latitude = None), RowError::Missing("latitude")),
            (changed(|row| row.longitude = None), RowError::Missing("longitude")),
            (changed(|row| row.at = None), RowError::Missing("at")),
            (changed(|row| row.at = Some("yesterday")), RowError::Instant),
            (changed(|row| row.at = Some("2026-03-01T08:01:01Z")), RowError::Ahead),
            (changed(|row| row.at = Some("2026-02-22T07:59:59Z")), RowError::Old),
            (
                changed(|row| row.speed_kmh = Some(500.5)),
                range("speed_kmh", 500.5, 500.0),
            ),
            (
                changed(|row| row.speed_kmh = Some(-1.0)),
                range("speed_kmh", -1.0, 500.0),
            ),
            (
                changed(|row| row.heading_deg = Some(361.0)),
                range("heading_deg", 361.0, 360.0),
            ),
            (
                changed(|row| row.accuracy_m = Some(100_001.0)),
                range("accuracy_m", 100_001.0, 100_000.0),
            ),
        ] {
            assert_eq!(fix(&row, now()).map(|_| ()), Err(wanted), "{row:?}");
        }
        let not_a_number = changed(|row| row.speed_kmh = Some(f64::NAN));
        assert!(fix(&not_a_number, now()).is_err());
    }

    #[test]
    fn a_reading_holds_at_least_one_figure_that_can_be() {
        let row = |odometer_km, fuel_percent| ReadingRow {
            at: Some("2026-03-01T07:00:00Z"),
            odometer_km,
            fuel_percent,
            ..ReadingRow::default()
        };
        for (row, good) in [
            (row(Some(0.0), None), true),
            (row(Some(10_000_000.0), Some(100.0)), true),
            (row(None, Some(0.0)), true),
            (row(None, None), false),
            (row(Some(10_000_000.5), None), false),
            (row(None, Some(100.5)), false),
            (row(Some(1.0), Some(-0.5)), false),
            (
                ReadingRow {
                    at: None,
                    ..row(Some(1.0), None)
                },
                false,
            ),
        ] {
            assert_eq!(reading(&row, now()).is_ok(), good, "{row:?}");
        }
    }

    #[test]
    fn a_unit_speaks_for_its_own_car_and_a_bot_names_one() {
        let own = Some(CarId(3));
        assert_eq!(car(own, None), Ok(CarId(3)));
        assert_eq!(car(own, Some(3)), Ok(CarId(3)));
        assert_eq!(car(own, Some(4)), Err(RowError::OtherCar(CarId(3))));
        assert_eq!(car(own, Some(u64::MAX)), Err(RowError::OtherCar(CarId(3))));
        assert_eq!(car(None, Some(4)), Ok(CarId(4)));
        assert_eq!(car(None, Some(u64::MAX)), Err(RowError::NoCar(u64::MAX)));
        assert_eq!(car(None, None), Err(RowError::Missing("car")));
    }
}
