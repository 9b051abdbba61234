//! Places on the earth: checked WGS 84 positions, buildings, and where people and cars are.
//!
//! Here is the position itself and the distance between two, which know no cars and no people. `rules` decides who is near
//! and who may see whom, `places` is the face of it all, `store` has the rows; `vicinity` writes down and tells.

mod audience;
pub(crate) mod commands;
mod fleet;
mod load;
pub(crate) mod places;
pub(crate) mod rules;
pub(crate) mod store;
mod watch;

pub use audience::{VisibleTo, WatchedKind};
pub(crate) use places::{PlaceError, Places};
pub(crate) use watch::Watch;

/// Equatorial radius of the WGS 84 ellipsoid in metres.
const EQUATOR_RADIUS_M: f64 = 6_378_137.0;

/// Flattening of the WGS 84 ellipsoid.
const FLATTENING: f64 = 1.0 / 298.257_223_563;

/// Mean radius of the earth in metres (IUGG).
const MEAN_RADIUS_M: f64 = 6_371_008.8;

/// Angle in radians beyond which Lambert's correction no longer holds (nearly opposite points).
const LAMBERT_ANGLE_MAX: f64 = 3.0;

/// A point on the earth in WGS 84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    latitude: f64,
    longitude: f64,
}

/// Why two numbers are no position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// North of the north pole, south of the south pole, or no number.
    #[error("got latitude {got}, wanted -90 to 90 degrees")]
    Latitude {
        /// The value that was given.
        got: f64,
    },
    /// Outside a full turn, or no number.
    #[error("got longitude {got}, wanted -180 to 180 degrees")]
    Longitude {
        /// The value that was given.
        got: f64,
    },
}

impl Position {
    /// The point at so many degrees north and east.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, PositionError> {
        // A NaN is in no range.
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(PositionError::Latitude { got: latitude });
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(PositionError::Longitude { got: longitude });
        }
        Ok(Self { latitude, longitude })
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Metres along the ground, by Lambert's formula for long lines: within metres of the geodesic, and within
    /// 0.5 % for nearly opposite points.
    pub fn distance_m(self, other: Self) -> f64 {
        let geodetic = (self.latitude.to_radians(), other.latitude.to_radians());
        let turn = (other.longitude - self.longitude).to_radians();
        let reduced = |latitude: f64| ((1.0 - FLATTENING) * latitude.tan()).atan();
        let (north, south) = (reduced(geodetic.0), reduced(geodetic.1));
        let angle = central_angle(north, south, turn);
        if angle > LAMBERT_ANGLE_MAX {
            return MEAN_RADIUS_M * central_angle(geodetic.0, geodetic.1, turn);
        }
        let half = angle / 2.0;
        if half == 0.0 {
            return 0.0;
        }
        let mean = f64::midpoint(north, south);
        let spread = (south - north) / 2.0;
        let x = (angle - angle.sin()) * (mean.sin() * spread.cos() / half.cos()).powi(2);
        let y = (angle + angle.sin()) * (mean.cos() * spread.sin() / half.sin()).powi(2);
        EQUATOR_RADIUS_M * (angle - FLATTENING / 2.0 * (x + y))
    }
}

/// Tenths of a metre: nobody knows better where anybody is.
fn tenths(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}

/// The angle between two points as seen from the centre of a sphere, by the haversine formula.
fn central_angle(from: f64, to: f64, turn: f64) -> f64 {
    let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = haversine(to - from) + from.cos() * to.cos() * haversine(turn);
    2.0 * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).unwrap()
    }

    #[test]
    fn only_points_on_the_earth_are_positions() {
        for (latitude, longitude, good) in [
            (90.0, 180.0, true),
            (-90.0, -180.0, true),
            (90.000_001, 0.0, false),
            (-90.000_001, 0.0, false),
            (0.0, 180.000_001, false),
            (0.0, -180.000_001, false),
            (f64::NAN, 0.0, false),
            (0.0, f64::NAN, false),
            (f64::INFINITY, 0.0, false),
            (0.0, f64::NEG_INFINITY, false),
        ] {
            assert_eq!(
                Position::new(latitude, longitude).is_ok(),
                good,
                "{latitude} {longitude}"
            );
        }
    }

    /// Distances of GeographicLib's `GeodSolve`, in metres, and how far off we may be, in percent.
    #[test]
    fn distances_agree_with_the_geodesic() {
        for (from, to, metres, off_max_percent) in [
            ((0.0, 0.0), (0.0, 1.0), 111_319.491, 0.001),
            ((0.0, 0.0), (1.0, 0.0), 110_574.389, 0.001),
            ((89.0, 0.0), (90.0, 0.0), 111_693.865, 0.001),
            ((0.0, 0.0), (90.0, 0.0), 10_001_965.729, 0.001),
            ((40.6, -73.8), (51.6, -0.5), 5_551_759.400, 0.001),
            ((0.0, 179.5), (0.0, -179.5), 111_319.491, 0.001),
            ((-41.32, 174.81), (40.96, -5.50), 19_959_679.267, 0.5),
            ((90.0, 0.0), (-90.0, 0.0), 20_003_931.459, 0.5),
        ] {
            let measured = point(from.0, from.1).distance_m(point(to.0, to.1));
            let off = (measured / metres - 1.0).abs() * 100.0;
            assert!(off <= off_max_percent, "{from:?} {to:?}: {measured} for {metres}");
        }
    }

    #[test]
    fn the_same_point_is_no_distance_away() {
        assert_eq!(point(52.5, 13.4).distance_m(point(52.5, 13.4)), 0.0);
        assert!(point(0.0, 180.0).distance_m(point(0.0, -180.0)) < 0.001);
        assert!(point(90.0, 10.0).distance_m(point(90.0, -120.0)) < 0.001);
    }

    proptest! {
        #[test]
        fn a_distance_is_finite_the_same_both_ways_and_not_beyond_the_other_side(
            from in (-90.0..=90.0_f64, -180.0..=180.0_f64),
            to in (-90.0..=90.0_f64, -180.0..=180.0_f64),
        ) {
            let (from, to) = (point(from.0, from.1), point(to.0, to.1));
            let there = from.distance_m(to);
            prop_assert!((0.0..=20_040_000.0).contains(&there), "{there}");
            prop_assert!((there - to.distance_m(from)).abs() < 0.01);
        }
    }
}
