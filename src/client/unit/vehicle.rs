//! The vehicle as its unit sees it: doors, lock, immobiliser, position, fuel, odometer, and what may be done to it.
//!
//! Pure: a command is decided from the vehicle, the server's time and the nonces seen before. What is refused has no
//! effect at all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::nonces::Nonces;

/// Slower than this counts as standing.
const STANDING_KMH_MAX: f64 = 1.0;

/// What the unit knows of its vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Whether the doors are locked.
    pub locked: bool,
    /// Whether the engine cannot be started.
    pub immobilised: bool,
    /// Names of the doors that stand open.
    pub open_doors: Vec<String>,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// Degrees east, WGS 84.
    pub longitude: f64,
    /// Degrees clockwise from north.
    pub heading_deg: f64,
    /// Speed over ground.
    pub speed_kmh: f64,
    /// Fuel or charge left.
    pub fuel_percent: f64,
    /// Distance driven ever.
    pub odometer_km: f64,
}

impl Vehicle {
    /// A locked vehicle standing at so many degrees north and east.
    #[must_use]
    pub fn parked(latitude: f64, longitude: f64) -> Self {
        Self {
            locked: true,
            immobilised: false,
            open_doors: Vec::new(),
            latitude,
            longitude,
            heading_deg: 0.0,
            speed_kmh: 0.0,
            fuel_percent: 80.0,
            odometer_km: 12_000.0,
        }
    }
}

/// The names of the commands, as they are offered.
pub const COMMANDS: [&str; 4] = ["unlock", "lock", "immobilise", "honk"];

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Opens the doors and releases the immobiliser.
    Unlock,
    /// Locks the doors.
    Lock,
    /// Keeps the engine from being started.
    Immobilise,
    /// Sounds the horn.
    Honk,
}

impl Action {
    /// The action of a command's name.
    #[must_use]
    pub fn of(command: &str) -> Option<Self> {
        let all = [Self::Unlock, Self::Lock, Self::Immobilise, Self::Honk];
        all.into_iter().find(|action| action.as_str() == command)
    }

    /// The command's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::Lock => "lock",
            Self::Immobilise => "immobilise",
            Self::Honk => "honk",
        }
    }
}

/// A command as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What to do.
    pub action: Action,
    /// For which booking.
    pub booking: Option<i64>,
    /// Its number used once.
    pub nonce: String,
    /// From this moment on, by the server's clock, it must not be done.
    pub expires_at: Timestamp,
}

/// What changes when an order is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The doors open, for a booking or for an engineer.
    Opens {
        /// Whose drive begins or goes on.
        booking: Option<i64>,
    },
    /// The doors lock.
    Locks,
    /// The engine cannot be started any more.
    StopsEngine,
    /// The horn sounds.
    Honks,
}

/// Why an order is not carried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It came too late.
    #[error("the command expired at {expires_at}, it is {now}")]
    Expired {
        /// Its deadline.
        expires_at: Timestamp,
        /// The server's time.
        now: Timestamp,
    },
    /// It came before.
    #[error("a command with this nonce came before")]
    Replayed,
    /// Nothing can be locked with a door open.
    #[error("these doors are open: {}", .0.join(", "))]
    DoorsOpen(Vec<String>),
    /// A moving vehicle is not stopped or locked from afar.
    #[error("the vehicle moves at {0:.0} km/h")]
    Moving(f64),
    /// No further nonce can be remembered, and what cannot be remembered could be done twice.
    #[error("too many commands are remembered at once, at most {0}")]
    MemoryFull(usize),
}

impl Vehicle {
    /// Whether an order may be carried out now.
    ///
    /// # Errors
    /// Why not; nothing has changed then.
    pub fn decide(&self, order: &Order, now: Timestamp, nonces: &Nonces) -> Result<Effect, Refusal> {
        if now >= order.expires_at {
            return Err(Refusal::Expired {
                expires_at: order.expires_at,
                now,
            });
        }
        if nonces.knows(&order.nonce) {
            return Err(Refusal::Replayed);
        }
        if nonces.is_full() {
            return Err(Refusal::MemoryFull(Nonces::COUNT_MAX));
        }
        let moves = self.speed_kmh > STANDING_KMH_MAX;
        match order.action {
            Action::Lock | Action::Immobilise if moves => Err(Refusal::Moving(self.speed_kmh)),
            Action::Lock if !self.open_doors.is_empty() => Err(Refusal::DoorsOpen(self.open_doors.clone())),
            Action::Unlock => Ok(Effect::Opens { booking: order.booking }),
            Action::Lock => Ok(Effect::Locks),
            Action::Immobilise => Ok(Effect::StopsEngine),
            Action::Honk => Ok(Effect::Honks),
        }
    }

    /// Carries an effect out.
    pub fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Opens { .. } => {
                self.locked = false;
                self.immobilised = false;
            }
            Effect::Locks => self.locked = true,
            Effect::StopsEngine => self.immobilised = true,
            Effect::Honks => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn order(action: Action) -> Order {
        Order {
            action,
            booking: Some(7),
            nonce: "n".to_owned(),
            expires_at: at(10),
        }
    }

    fn moving(speed_kmh: f64) -> Vehicle {
        Vehicle {
            speed_kmh,
            ..Vehicle::parked(0.0, 0.0)
        }
    }

    #[test]
    fn every_command_has_its_effect() {
        let open = Vehicle {
            locked: false,
            ..Vehicle::parked(1.0, 2.0)
        };
        let stopped = Vehicle {
            immobilised: true,
            ..Vehicle::parked(1.0, 2.0)
        };
        let parked = Vehicle::parked(1.0, 2.0);
        for (action, before, effect, after) in [
            (Action::Unlock, &parked, Effect::Opens { booking: Some(7) }, &open),
            (Action::Unlock, &stopped, Effect::Opens { booking: Some(7) }, &open),
            (Action::Lock, &open, Effect::Locks, &parked),
            (Action::Lock, &parked, Effect::Locks, &parked),
            (Action::Immobilise, &parked, Effect::StopsEngine, &stopped),
            (Action::Honk, &parked, Effect::Honks, &parked),
        ] {
            let decided = before.decide(&order(action), at(0), &Nonces::default());
            assert_eq!(decided, Ok(effect), "{action:?}");
            let mut vehicle = before.clone();
            vehicle.apply(effect);
            assert_eq!(&vehicle, after, "{action:?}");
        }
    }

    #[test]
    fn an_order_is_refused_from_its_last_moment_on_and_when_it_comes_twice() {
        let vehicle = Vehicle::parked(0.0, 0.0);
        let mut nonces = Nonces::default();
        for command in COMMANDS {
            let order = order(Action::of(command).unwrap());
            assert!(vehicle.decide(&order, at(9), &nonces).is_ok());
            for late in [10, 11, 100_000] {
                let refused = vehicle.decide(&order, at(late), &nonces);
                assert_eq!(
                    refused,
                    Err(Refusal::Expired {
                        expires_at: at(10),
                        now: at(late)
                    })
                );
            }
        }
        nonces.remember("n", at(10));
        for command in COMMANDS {
            let refused = vehicle.decide(&order(Action::of(command).unwrap()), at(0), &nonces);
            assert_eq!(refused, Err(Refusal::Replayed));
        }
    }

    #[test]
    fn nothing_is_done_that_could_not_be_remembered() {
        let vehicle = Vehicle::parked(0.0, 0.0);
        let mut nonces = Nonces::default();
        for number in 0..Nonces::COUNT_MAX {
            assert!(vehicle.decide(&order(Action::Unlock), at(0), &nonces).is_ok());
            nonces.remember(&format!("n{number}"), at(10));
        }
        let refused = vehicle.decide(&order(Action::Unlock), at(0), &nonces);
        assert_eq!(refused, Err(Refusal::MemoryFull(Nonces::COUNT_MAX)));
    }

    #[test]
    fn a_moving_vehicle_is_neither_locked_nor_stopped_and_open_doors_are_not_locked() {
        for (action, vehicle, refusal) in [
            (Action::Immobilise, moving(50.0), Some(Refusal::Moving(50.0))),
            (Action::Lock, moving(50.0), Some(Refusal::Moving(50.0))),
            (Action::Immobilise, moving(STANDING_KMH_MAX), None),
            (Action::Unlock, moving(50.0), None),
            (Action::Honk, moving(50.0), None),
        ] {
            assert_eq!(
                vehicle.decide(&order(action), at(0), &Nonces::default()).err(),
                refusal,
                "{action:?}"
            );
        }
        let open = Vehicle {
            open_doors: vec!["boot".to_owned()],
            ..moving(0.0)
        };
        let refused = open.decide(&order(Action::Lock), at(0), &Nonces::default());
        assert_eq!(refused, Err(Refusal::DoorsOpen(vec!["boot".to_owned()])));
        assert!(
            open.decide(&order(Action::Immobilise), at(0), &Nonces::default())
                .is_ok()
        );
    }
}
