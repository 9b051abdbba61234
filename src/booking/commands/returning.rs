//! `s.return(booking?, latitude, longitude, …)`: the car comes back, checked against what the car itself says.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ended, explain};
use crate::booking::engine;
use crate::booking::store::NamedBooking;
use crate::booking::{BookingId, BookingState, CarId, ReturnReport};
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::operator::{Operate, OperateError, Reply};
use crate::fleet::telling::{Doors, Told, ask_car};
use crate::fleet::{CarCommand, Purpose};
use crate::house::House;
use crate::place::Position;
use crate::registry::permissions::Permission;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// Longest note or name of a place.
const TEXT_LETTERS_MAX: usize = 500;
/// How far the rider's position may be from the car's own for the return to count as verified.
const APART_M_MAX: f64 = 250.0;
/// How long the car has to say how it stands; a silent one does not hold the rider.
const CAR_TELLS_WITHIN: Duration = Duration::from_millis(1_500);

/// Returns the car where it stands: the booking is finished, its right gone, its price settled.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Return {
    /// Number of the booking; left out, the one that is out.
    booking: Option<i64>,
    /// Where the car stands, degrees WGS 84.
    latitude: f64,
    /// Where the car stands, degrees WGS 84.
    longitude: f64,
    /// Odometer, kilometres.
    odometer_km: Option<f64>,
    /// Fuel or charge left, percent.
    fuel_percent: Option<f64>,
    /// Name of the place.
    place: Option<String>,
    /// Anything to add; operators must say why they return somebody else's car.
    note: Option<String>,
}

/// The end of a booking.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Returned {
    booking: BookingId,
    state: BookingState,
    price: String,
    currency: &'static str,
    verified: bool,
}

impl From<&NamedBooking> for Returned {
    fn from(named: &NamedBooking) -> Self {
        let booking = &named.booking;
        Self {
            booking: booking.id,
            state: booking.state,
            price: booking.price.to_string(),
            currency: booking.price.currency.code(),
            verified: booking.returned.as_ref().is_some_and(|report| report.verified),
        }
    }
}

impl Command for Return {
    const NAME: &'static str = "s.return";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Returned;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bad = |why: String| Error::new(ErrorCode::BadArguments, why);
        for (field, text) in [("note", &self.note), ("place", &self.place)] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > TEXT_LETTERS_MAX)
            {
                return Err(bad(format!("`{field}` is longer than {TEXT_LETTERS_MAX} characters")));
            }
        }
        let position = Position::new(self.latitude, self.longitude).map_err(|err| bad(err.to_string()))?;
        let party = super::party(caller);
        let wanted = engine::ToReturn {
            booking: self.booking.map(BookingId),
            party,
        };
        let (booking, car, rider) = match house.bookings.ask(wanted).await? {
            Ok(found) => found,
            Err(err) => return Err(explain(err, house, &party, Ended::ChangesNoMore).await),
        };
        let is_theirs = party.user == Some(rider) || party.car == Some(car);
        if !is_theirs && self.note.as_ref().is_none_or(|note| note.trim().is_empty()) {
            return Err(bad(
                "an operator who returns somebody else's car gives a `note`".to_owned()
            ));
        }
        let verified = party.car == Some(car) || verify(caller, house, (booking, car), position).await?;
        let finish = engine::Return {
            booking,
            party,
            report: ReturnReport {
                position,
                odometer_km: self.odometer_km,
                fuel_percent: self.fuel_percent,
                place: self.place,
                note: self.note,
                verified,
            },
            change: caller.change(house.clock.now()),
            keep: |named| kept(Ok(Returned::from(named))),
        };
        let finished = house.bookings.ask(finish).await??;
        house.places.cars_moved([(car, position)]);
        Ok(Returned::from(&finished))
    }
}

/// Asks the car how it stands. Open doors stop a return, unlocked ones are locked first; a car that is away or
/// silent leaves it unverified, for operators to look at.
async fn verify(
    caller: &Caller,
    house: &House,
    (booking, car): (BookingId, CarId),
    position: Position,
) -> Result<bool, Error> {
    let Some(told) = ask_car(&house.registry, car, CAR_TELLS_WITHIN).await else {
        return Ok(false);
    };
    if let Some(Doors { open, locked }) = &told.doors {
        if !open.is_empty() {
            let message = format!("the car says these are open: {}", open.join(", "));
            return Err(Error::new(ErrorCode::NotNow, message));
        }
        if !locked && !is_locked_now(caller, house, booking, car).await? {
            return Ok(false);
        }
    }
    Ok(agrees(&told, position))
}

/// A car that says why it cannot be locked stops the return; one that does not answer leaves it unverified.
async fn is_locked_now(caller: &Caller, house: &House, booking: BookingId, car: CarId) -> Result<bool, Error> {
    let lock = Operate {
        car,
        name: CarCommand::Lock,
        on: Purpose::Booking(booking),
        until: None,
        change: Change {
            request: None,
            ..caller.change(house.clock.now())
        },
        reply: Reply::none(),
    };
    match house.operator.ask(lock).await? {
        Ok(_) => Ok(true),
        Err(err @ OperateError::Failed { .. }) => Err(err.into()),
        Err(_) => Ok(false),
    }
}

fn agrees(told: &Told, position: Position) -> bool {
    told.position.is_some_and(|own| own.distance_m(position) <= APART_M_MAX)
}
