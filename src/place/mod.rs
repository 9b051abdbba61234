//! Places on the earth: checked WGS 84 positions and the distance between them.
//!
//! Pure: it knows no cars and no people.

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
        Ok(Self {
            latitude,
            longitude,
        })
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

/// The angle between two points as seen from the centre of a sphere, by the haversine formula.
fn central_angle(from: f64, to: f64, turn: f64) -> f64 {
    let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = haversine(to - from) + from.cos() * to.cos() * haversine(turn);
    2.0 * chord.clamp(0.0, 1.0).sqrt().asin()
}
