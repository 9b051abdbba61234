//! What may be changed of a car that is there: everything but its name, its number and what it has driven.
//!
//! Pure: it answers with the car to be written, checked as a new one is, and with words for the audit log.

use super::rules::{CarFault, check_car};
use super::{Car, NewCar};
use crate::booking::{Money, MoneyError, money};
use crate::place::Position;

/// What is to be another; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CarChanges {
    /// Unique.
    pub plate: Option<String>,
    /// Who built it.
    pub make: Option<String>,
    /// What they call it.
    pub model: Option<String>,
    /// Its shape: suv, sedan, ...
    pub body_type: Option<String>,
    /// Its colour.
    pub colour: Option<String>,
    /// How many people it takes, the driver included.
    pub seats: Option<i16>,
    /// Where it stands; the place there is without a name unless one is given too.
    pub position: Option<Position>,
    /// The name of the place where it stands.
    pub place: Option<String>,
    /// What an hour costs, as decimal text.
    pub rate_per_hour: Option<String>,
    /// The currency of that; the car's own unless given.
    pub currency: Option<String>,
}

impl CarChanges {
    /// Whether nothing is to be another.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The car as it is to be written.
    ///
    /// # Errors
    /// What a new car would be refused for, and a currency without a rate.
    pub fn of(self, car: &Car) -> Result<NewCar, CarFault> {
        let rate_per_hour = rate(
            car.rate_per_hour,
            self.rate_per_hour.as_deref(),
            self.currency.as_deref(),
        )?;
        let place = match (self.place, self.position) {
            (Some(place), _) => place,
            (None, Some(_)) => String::new(),
            (None, None) => car.place.clone(),
        };
        let text = |new: Option<String>, old: &String| new.unwrap_or_else(|| old.clone());
        let changed = NewCar {
            name: car.name.clone(),
            plate: text(self.plate, &car.plate),
            make: text(self.make, &car.make),
            model: text(self.model, &car.model),
            body_type: text(self.body_type, &car.body_type),
            colour: text(self.colour, &car.colour),
            seats: self.seats.unwrap_or(car.seats),
            position: self.position.unwrap_or(car.position),
            place,
            rate_per_hour,
        };
        check_car(&changed)?;
        Ok(changed)
    }
}

/// An amount keeps its currency; a currency without an amount would change what an hour costs by its name alone.
fn rate(now: Money, amount: Option<&str>, code: Option<&str>) -> Result<Money, CarFault> {
    let currency = code.map_or(Ok(now.currency), money::currency)?;
    match amount {
        Some(amount) => Ok(Money::parse(amount, currency)?),
        None if currency == now.currency => Ok(now),
        None => Err(CarFault::RateWanted {
            currency: currency.code(),
        }),
    }
}

/// What an hour costs, as `amount` of a currency.
///
/// # Errors
/// As [`money::currency`] and [`Money::parse`].
pub fn rate_of(amount: &str, code: &str) -> Result<Money, MoneyError> {
    Money::parse(amount, money::currency(code)?)
}

/// What is another now, in words.
#[must_use]
pub fn told(before: &Car, after: &NewCar) -> String {
    let money = |money: Money| format!("{money} {}", money.currency.code());
    let at = |position: Position| format!("{}, {}", position.latitude(), position.longitude());
    let pairs = [
        ("plate", before.plate.clone(), after.plate.clone()),
        ("make", before.make.clone(), after.make.clone()),
        ("model", before.model.clone(), after.model.clone()),
        ("body_type", before.body_type.clone(), after.body_type.clone()),
        ("colour", before.colour.clone(), after.colour.clone()),
        ("seats", before.seats.to_string(), after.seats.to_string()),
        ("position", at(before.position), at(after.position)),
        ("place", before.place.clone(), after.place.clone()),
        ("rate_per_hour", money(before.rate_per_hour), money(after.rate_per_hour)),
    ];
    let changed = pairs.iter().filter(|(_, old, new)| old != new);
    let told: Vec<String> = changed
        .map(|(field, old, new)| format!("{field} `{old}` to `{new}`"))
        .collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::booking::CarId;
    use crate::fleet::Condition;
    use crate::fleet::fixture::new_car;

    fn car() -> Car {
        let new = new_car("a");
        Car {
            id: CarId(1),
            name: new.name,
            plate: new.plate,
            make: new.make,
            model: new.model,
            body_type: new.body_type,
            colour: new.colour,
            seats: new.seats,
            position: new.position,
            place: new.place,
            rate_per_hour: new.rate_per_hour,
            odometer_km: None,
            fuel_percent: None,
            condition: Condition::Usable,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_not_named_stays() {
        let none = CarChanges::default();
        assert!(none.is_empty());
        assert_eq!(none.of(&car()), Ok(new_car("a")));
        let green = CarChanges {
            colour: Some("green".into()),
            seats: Some(2),
            ..CarChanges::default()
        };
        let changed = green.of(&car()).unwrap();
        let wanted = NewCar {
            colour: "green".into(),
            seats: 2,
            ..new_car("a")
        };
        assert_eq!(changed, wanted);
        assert_eq!(told(&car(), &changed), "colour `blue` to `green`; seats `4` to `2`");
    }

    #[test]
    fn a_car_that_is_moved_leaves_the_name_of_its_place_behind() {
        let there = Position::new(52.6, 13.5).unwrap();
        let moved = |place: Option<&str>| {
            let changes = CarChanges {
                position: Some(there),
                place: place.map(str::to_owned),
                ..CarChanges::default()
            };
            changes.of(&car()).unwrap()
        };
        assert_eq!((moved(None).position, moved(None).place.as_str()), (there, ""));
        assert_eq!(moved(Some("Wedding")).place, "Wedding");
    }

    #[test]
    fn a_rate_keeps_its_currency_and_a_currency_wants_a_rate() {
        let rated = |amount: Option<&str>, code: Option<&str>| {
            let changes = CarChanges {
                rate_per_hour: amount.map(str::to_owned),
                currency: code.map(str::to_owned),
                ..CarChanges::default()
            };
            let rate = changes.of(&car())?.rate_per_hour;
            Ok::<_, CarFault>((rate.to_string(), rate.currency.code()))
        };
        assert_eq!(rated(Some("7"), None), Ok(("7.00".into(), "EUR")));
        assert_eq!(rated(Some("700"), Some("JPY")), Ok(("700".into(), "JPY")));
        assert_eq!(rated(None, Some("EUR")), Ok(("6.50".into(), "EUR")));
        assert_eq!(rated(None, Some("JPY")), Err(CarFault::RateWanted { currency: "JPY" }));
        for (amount, code) in [(Some("-1"), None), (Some("1.005"), None), (Some("1"), Some("EURO"))] {
            assert!(
                matches!(rated(amount, code), Err(CarFault::Currency(_))),
                "{amount:?} {code:?}"
            );
        }
    }

    #[test]
    fn a_change_is_held_to_what_a_car_must_be() {
        let none = CarChanges::default;
        for bad in [
            CarChanges {
                plate: Some(String::new()),
                ..none()
            },
            CarChanges {
                seats: Some(0),
                ..none()
            },
            CarChanges {
                place: Some("a\u{7}b".into()),
                ..none()
            },
            CarChanges {
                make: Some("x".repeat(129)),
                ..none()
            },
        ] {
            assert!(bad.clone().of(&car()).is_err(), "{bad:?}");
        }
    }
}
