//! The fleet: cars, the commands sent to them, their repairs, and how engineers are known at them.
//!
//! Here are the types of cars; [`rules`] checks them, [`command_state`] and [`repairs`] say what may
//! become of commands and repairs, `operator` is the actor that sends commands, [`store`] holds the
//! rows. It never judges who has booked a car: that is asked of `booking` before anything comes here.

pub mod changes;
pub mod command_state;
pub(crate) mod commands;
pub(crate) mod desk;
#[cfg(test)]
mod fixture;
pub mod flight;
pub(crate) mod operator;
pub mod repairs;
pub(crate) mod roster;
pub mod rules;
pub mod store;
pub(crate) mod telling;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::booking::{BookingId, CarId, Money};
use crate::place::Position;
use crate::wire::names::names;

names! {
    /// Whether a car can be used.
    Condition as "condition" {
        /// Nothing is known against it.
        Usable = "usable",
        /// A fault was reported, nobody works on it yet.
        Reported = "reported",
        /// An engineer works on it.
        Repair = "repair",
        /// Taken out of use by an operator, until they take it back.
        OutOfService = "out_of_service",
        /// Taken out of the fleet for good.
        Retired = "retired",
    }
}

names! {
    /// What a car can be told to do.
    CarCommand as "car command" {
        /// Open the doors and let it drive.
        Unlock = "unlock",
        /// Close the doors.
        Lock = "lock",
        /// Do not let it drive.
        Immobilise = "immobilise",
        /// Sound the horn.
        Honk = "honk",
    }
}

/// A car to be written: everything that is known before it has driven.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCar {
    /// Unique; what it is called by in commands.
    pub name: String,
    /// Unique.
    pub plate: String,
    /// Who built it.
    pub make: String,
    /// What they call it.
    pub model: String,
    /// Its shape: suv, sedan, ...
    pub body_type: String,
    /// Its colour.
    pub colour: String,
    /// How many people it takes, the driver included.
    pub seats: i16,
    /// Where it stands.
    pub position: Position,
    /// The name of that place; empty when it has none.
    pub place: String,
    /// What an hour costs.
    pub rate_per_hour: Money,
}

/// One car of the fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Car {
    /// Its number.
    pub id: CarId,
    /// Unique; what it is called by in commands.
    pub name: String,
    /// Unique.
    pub plate: String,
    /// Who built it.
    pub make: String,
    /// What they call it.
    pub model: String,
    /// Its shape: suv, sedan, ...
    pub body_type: String,
    /// Its colour.
    pub colour: String,
    /// How many people it takes, the driver included.
    pub seats: i16,
    /// Where it stands, or stood when it was last parked.
    pub position: Position,
    /// The name of that place; empty when it has none.
    pub place: String,
    /// What an hour costs.
    pub rate_per_hour: Money,
    /// What it has driven, when it ever said so.
    pub odometer_km: Option<f64>,
    /// What is left in the tank or battery, 0 to 100, when it ever said so.
    pub fuel_percent: Option<f64>,
    /// Whether it can be used.
    pub condition: Condition,
    /// When it joined the fleet.
    pub created_at: Timestamp,
}

/// What a command to a car is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The rider of this booking.
    Booking(BookingId),
    /// The engineer of this repair.
    Repair(i64),
    /// An operator's own reason.
    Operations,
}

impl Purpose {
    /// The booking, where it is for one.
    #[must_use]
    pub fn booking(self) -> Option<BookingId> {
        match self {
            Self::Booking(booking) => Some(booking),
            Self::Repair(_) | Self::Operations => None,
        }
    }

    /// The repair, where it is for one.
    #[must_use]
    pub fn repair(self) -> Option<i64> {
        match self {
            Self::Repair(repair) => Some(repair),
            Self::Booking(_) | Self::Operations => None,
        }
    }
}

/// A car as commands name it: a text is its name, or else its id; an integer is its id, or else its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarRef {
    /// Given as text.
    Name(String),
    /// Given as a number.
    Id(CarId),
}

impl fmt::Display for CarRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(&crate::wire::names::shown(name)),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for CarRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CarRefVisitor;

        impl Visitor<'_> for CarRefVisitor {
            type Value = CarRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name or the id of a car")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<CarRef, E> {
                Ok(CarRef::Name(name.to_owned()))
            }

            fn visit_i64<E: serde::de::Error>(self, id: i64) -> Result<CarRef, E> {
                Ok(CarRef::Id(CarId(id)))
            }

            fn visit_u64<E: serde::de::Error>(self, id: u64) -> Result<CarRef, E> {
                // No car has a number beyond 63 bits; it is looked for as a name and not found.
                Ok(i64::try_from(id).map_or_else(|_| CarRef::Name(id.to_string()), |id| CarRef::Id(CarId(id))))
            }
        }

        deserializer.deserialize_any(CarRefVisitor)
    }
}

/// Told as text alone, so that a bare `007` in a text call stays the name that it is.
impl JsonSchema for CarRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CarRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Value;

    #[test]
    fn a_car_is_meant_by_text_or_by_number() {
        let meant = |value: Value| value.deserialized::<CarRef>().unwrap();
        assert_eq!(meant(Value::Text("007".into())), CarRef::Name("007".into()));
        assert_eq!(meant(Value::from(7)), CarRef::Id(CarId(7)));
        assert_eq!(meant(Value::from(-7)), CarRef::Id(CarId(-7)));
        assert_eq!(meant(Value::from(u64::MAX)), CarRef::Name(u64::MAX.to_string()));
        assert!(Value::from(1.5).deserialized::<CarRef>().is_err());
        assert!(Value::Null.deserialized::<CarRef>().is_err());
    }
}
