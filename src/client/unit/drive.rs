//! A simulated drive: position, heading, fuel and odometer after so much time at the wheel. Pure.

use std::time::Duration;

use super::vehicle::Vehicle;

/// Speed in town.
const SPEED_KMH: f64 = 40.0;
/// Metres of one degree of latitude.
const METRES_PER_DEGREE: f64 = 111_320.0;
/// Fuel for one kilometre.
const FUEL_PERCENT_PER_KM: f64 = 0.2;
/// The simulated driver fills up below this.
const FUEL_PERCENT_MIN: f64 = 10.0;
/// Most that the heading changes in one step.
const TURN_DEG_MAX: f64 = 25.0;
/// Farther from the poles than this degrees of longitude keep a length worth the name.
const LATITUDE_MAX: f64 = 85.0;

/// Drives for `elapsed`; `dice` between 0 and 1 turns the wheel.
pub fn drive(vehicle: &mut Vehicle, elapsed: Duration, dice: f64) {
    if vehicle.immobilised || vehicle.locked || !vehicle.open_doors.is_empty() {
        vehicle.speed_kmh = 0.0;
        return;
    }
    let km = SPEED_KMH * elapsed.as_secs_f64() / 3600.0;
    let heading = (vehicle.heading_deg + (dice * 2.0 - 1.0) * TURN_DEG_MAX).rem_euclid(360.0);
    let (east, north) = heading.to_radians().sin_cos();
    let latitude = vehicle.latitude + north * km * 1000.0 / METRES_PER_DEGREE;
    let shrink = vehicle.latitude.to_radians().cos().max(0.01);
    let longitude = vehicle.longitude + east * km * 1000.0 / (METRES_PER_DEGREE * shrink);
    vehicle.speed_kmh = SPEED_KMH;
    vehicle.heading_deg = heading;
    vehicle.latitude = latitude.clamp(-LATITUDE_MAX, LATITUDE_MAX);
    vehicle.longitude = (longitude + 180.0).rem_euclid(360.0) - 180.0;
    vehicle.odometer_km += km;
    vehicle.fuel_percent -= km * FUEL_PERCENT_PER_KM;
    if vehicle.fuel_percent < FUEL_PERCENT_MIN {
        vehicle.fuel_percent = 100.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_moves_the_car_and_its_figures_with_it() {
        let mut vehicle = Vehicle {
            locked: false,
            ..Vehicle::parked(48.0, 11.0)
        };
        let before = vehicle.clone();
        drive(&mut vehicle, Duration::from_secs(3600), 0.5);
        assert!((vehicle.odometer_km - before.odometer_km - SPEED_KMH).abs() < 1e-9);
        assert!((before.fuel_percent - vehicle.fuel_percent - SPEED_KMH * FUEL_PERCENT_PER_KM).abs() < 1e-9);
        // Straight north: 40 km are 0.36 degrees.
        assert!((vehicle.latitude - 48.359).abs() < 0.001, "{}", vehicle.latitude);
        assert!((vehicle.longitude - 11.0).abs() < 1e-9);
    }

    #[test]
    fn it_stays_on_the_earth_and_never_runs_dry() {
        let mut vehicle = Vehicle {
            locked: false,
            ..Vehicle::parked(84.0, 179.9)
        };
        for step in 0..5_000_u32 {
            drive(&mut vehicle, Duration::from_secs(60), f64::from(step % 10) / 9.0);
            assert!((-90.0..=90.0).contains(&vehicle.latitude) && (-180.0..=180.0).contains(&vehicle.longitude));
            assert!((FUEL_PERCENT_MIN - 1.0..=100.0).contains(&vehicle.fuel_percent));
        }
    }

    #[test]
    fn what_is_locked_or_stopped_or_open_does_not_move() {
        let rolling = Vehicle {
            locked: false,
            speed_kmh: 40.0,
            ..Vehicle::parked(1.0, 2.0)
        };
        for still in [
            Vehicle {
                locked: true,
                ..rolling.clone()
            },
            Vehicle {
                immobilised: true,
                ..rolling.clone()
            },
            Vehicle {
                open_doors: vec!["boot".to_owned()],
                ..rolling.clone()
            },
        ] {
            let mut vehicle = still.clone();
            drive(&mut vehicle, Duration::from_secs(60), 0.1);
            assert_eq!(
                vehicle,
                Vehicle {
                    speed_kmh: 0.0,
                    ..still
                }
            );
        }
    }
}
