//! Whom a file belongs to: a person, a car, a booking or a room.

use std::fmt;
use std::str::FromStr;

use crate::booking::{BookingId, CarId, UserId};

/// An owner, written `user:7`, `car:3`, `booking:12`, `room:4` as in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A person's own.
    Person(UserId),
    /// What belongs to a car: logbooks, its configuration.
    Car(CarId),
    /// What belongs to a booking: pictures of damage, receipts.
    Booking(BookingId),
    /// What the members of a room share.
    Room(i64),
}

impl Owner {
    /// The word for its kind.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "user",
            Self::Car(_) => "car",
            Self::Booking(_) => "booking",
            Self::Room(_) => "room",
        }
    }

    /// Its number among those of its kind.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Person(UserId(number)) | Self::Car(CarId(number)) | Self::Booking(BookingId(number)) => number,
            Self::Room(number) => number,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.number())
    }
}

/// A text that names no owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no owner of files")]
pub(crate) struct NoOwner(String);

impl FromStr for Owner {
    type Err = NoOwner;

    fn from_str(text: &str) -> Result<Self, NoOwner> {
        let no_owner = || NoOwner(text.to_owned());
        let (kind, number) = text.split_once(':').ok_or_else(no_owner)?;
        let number = number.parse().map_err(|_| no_owner())?;
        match kind {
            "user" => Ok(Self::Person(UserId(number))),
            "car" => Ok(Self::Car(CarId(number))),
            "booking" => Ok(Self::Booking(BookingId(number))),
            "room" => Ok(Self::Room(number)),
            _ => Err(no_owner()),
        }
    }
}
