//! A line about a car: each field read and checked, faults named by column.
//!
//! What a car must be is decided by `fleet::rules`; here only texts become values.

use std::str::FromStr;

use super::fault::{Faults, shown};
use super::sheet::Line;
use crate::booking::{Money, money};
use crate::fleet::NewCar;
use crate::fleet::rules::{CarFault, SEATS_MAX, check_car};
use crate::place::Position;

/// The columns, as the protocol names them.
pub(super) const COLUMNS: &[&str] = &[
    "name",
    "plate",
    "make",
    "model",
    "body_type",
    "colour",
    "seats",
    "latitude",
    "longitude",
    "place",
    "rate_per_hour",
    "currency",
];

/// The car of a line, or nothing and its faults.
pub(super) fn car(line: &Line, faults: &mut Faults) -> Option<NewCar> {
    let [name, plate, make, model, body_type, colour] = [0, 1, 2, 3, 4, 5].map(|index| line.field(index).to_owned());
    let seats = read(line, 6, "seats", "a whole number from 1 to 99", faults, |seats| {
        (1..=SEATS_MAX).contains(seats)
    });
    let latitude = read(
        line,
        7,
        "latitude",
        "degrees from -90 to 90",
        faults,
        |degrees: &f64| Position::new(*degrees, 0.0).is_ok(),
    );
    let longitude = read(
        line,
        8,
        "longitude",
        "degrees from -180 to 180",
        faults,
        |degrees: &f64| Position::new(0.0, *degrees).is_ok(),
    );
    let rate_per_hour = rate(line, faults);
    let car = NewCar {
        name,
        plate,
        make,
        model,
        body_type,
        colour,
        seats: seats?,
        position: Position::new(latitude?, longitude?).ok()?,
        place: line.field(9).to_owned(),
        rate_per_hour: rate_per_hour?,
    };
    match check_car(&car) {
        Ok(()) => Some(car),
        Err(fault) => {
            faults.add(line.place.clone(), Some(column_of(&fault)), fault);
            None
        }
    }
}

fn read<T: FromStr>(
    line: &Line,
    index: usize,
    column: &'static str,
    wanted: &str,
    faults: &mut Faults,
    is_good: impl Fn(&T) -> bool,
) -> Option<T> {
    let text = line.field(index);
    let read = text.parse().ok().filter(is_good);
    if read.is_none() {
        let message = format!("got `{}`, wanted {wanted}", shown(text));
        faults.add(line.place.clone(), Some(column), message);
    }
    read
}

fn rate(line: &Line, faults: &mut Faults) -> Option<Money> {
    let code = line.field(11);
    let currency = match money::currency(code) {
        Ok(currency) => currency,
        Err(_) => {
            let message = format!(
                "got `{}`, wanted the ISO 4217 code of money in use, such as EUR",
                shown(code)
            );
            faults.add(line.place.clone(), Some("currency"), message);
            return None;
        }
    };
    let text = line.field(10);
    match Money::parse(text, currency) {
        Ok(rate) => Some(rate),
        Err(error) => {
            let message = match error {
                money::MoneyError::NotDecimal { .. } => {
                    format!("got `{}`, wanted an amount such as 13.00, not negative", shown(text))
                }
                other => shown(&other.to_string()),
            };
            faults.add(line.place.clone(), Some("rate_per_hour"), message);
            None
        }
    }
}

fn column_of(fault: &CarFault) -> &'static str {
    match fault {
        CarFault::Length { field, .. } | CarFault::Control { field, .. } => field,
        CarFault::NameLetter { .. } => "name",
        CarFault::Seats { .. } => "seats",
        CarFault::Rate { .. } => "rate_per_hour",
        CarFault::Currency(_) | CarFault::RateWanted { .. } => "currency",
    }
}
