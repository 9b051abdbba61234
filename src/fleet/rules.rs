//! What a car must be to join the fleet, and how addresses of near-by devices are written.
//!
//! Pure: it sees one car at a time and no store; that names and plates are unique is the store's to keep.

use super::NewCar;
use crate::booking::{MoneyError, money};

/// Longest name of a car, in characters.
pub const NAME_CHARS_MAX: usize = 64;
/// Longest plate, in characters.
pub const PLATE_CHARS_MAX: usize = 32;
/// Longest other text of a car, in characters.
pub const TEXT_CHARS_MAX: usize = 128;
/// Most seats of a car.
pub const SEATS_MAX: i16 = 99;

/// Why a car cannot join the fleet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarFault {
    /// Empty or too long.
    #[error("got a `{field}` of {got} characters, wanted {min} to {max}")]
    Length {
        /// The field.
        field: &'static str,
        /// How long it is.
        got: usize,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A character that would make the name hard to write in a command.
    #[error("got {got:?} in the name, wanted letters, digits, `-`, `_` and `.`")]
    NameLetter {
        /// The first such character.
        got: char,
    },
    /// A character that cannot be shown.
    #[error("got the control character {got:?} in `{field}`, wanted text")]
    Control {
        /// The field.
        field: &'static str,
        /// The first such character.
        got: char,
    },
    /// No seats, or more than any car has.
    #[error("got {got} seats, wanted 1 to {SEATS_MAX}")]
    Seats {
        /// How many.
        got: i16,
    },
    /// Less than nothing.
    #[error("got a rate of {got} {currency} an hour, wanted 0 or more")]
    Rate {
        /// The amount as text.
        got: String,
        /// Its currency.
        currency: &'static str,
    },
    /// Another currency, and nothing of it.
    #[error("got the currency {currency} alone, wanted `rate_per_hour` with it")]
    RateWanted {
        /// The currency.
        currency: &'static str,
    },
    /// A currency in which nothing can be priced, or no amount.
    #[error(transparent)]
    Currency(#[from] MoneyError),
}

/// Checks a car before it is written. Seats, rate and position are checked by the database as well.
pub fn check_car(car: &NewCar) -> Result<(), CarFault> {
    check_text("name", &car.name, 1, NAME_CHARS_MAX)?;
    let odd = |letter: &char| !(letter.is_alphanumeric() || ['-', '_', '.'].contains(letter));
    if let Some(got) = car.name.chars().find(odd) {
        return Err(CarFault::NameLetter { got });
    }
    check_text("plate", &car.plate, 1, PLATE_CHARS_MAX)?;
    for (field, text) in [
        ("make", &car.make),
        ("model", &car.model),
        ("body_type", &car.body_type),
        ("colour", &car.colour),
        ("place", &car.place),
    ] {
        check_text(field, text, 0, TEXT_CHARS_MAX)?;
    }
    if !(1..=SEATS_MAX).contains(&car.seats) {
        return Err(CarFault::Seats { got: car.seats });
    }
    money::currency(car.rate_per_hour.currency.code())?;
    if car.rate_per_hour.minor < 0 {
        return Err(CarFault::Rate {
            got: car.rate_per_hour.to_string(),
            currency: car.rate_per_hour.currency.code(),
        });
    }
    Ok(())
}

/// Checks a text of people: its length, and that it can be shown on one line.
pub fn check_text(field: &'static str, text: &str, min: usize, max: usize) -> Result<(), CarFault> {
    let got = text.chars().count();
    if !(min..=max).contains(&got) {
        return Err(CarFault::Length { field, got, min, max });
    }
    match text.chars().find(|letter| letter.is_control()) {
        Some(got) => Err(CarFault::Control { field, got }),
        None => Ok(()),
    }
}

/// A text that is no address of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got no device address, wanted 6 bytes in hex such as 01:23:45:67:89:ab")]
pub struct NoAddress;

/// The one way in which the address of a near-by device is kept: lower case, with colons.
///
/// Takes `01:23:45:67:89:AB`, `01-23-45-67-89-ab` and `0123456789ab`.
pub fn device_address(text: &str) -> Result<String, NoAddress> {
    let text = text.trim();
    let hex: String = match text.len() {
        12 => text.to_owned(),
        17 => {
            let groups: Vec<&str> = text.split([':', '-']).collect();
            if groups.len() != 6 || groups.iter().any(|group| group.len() != 2) {
                return Err(NoAddress);
            }
            groups.concat()
        }
        _ => return Err(NoAddress),
    };
    if hex.len() != 12 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NoAddress);
    }
    let mut address = String::with_capacity(17);
    for (at, letter) in hex.chars().enumerate() {
        if at > 0 && at % 2 == 0 {
            address.push(':');
        }
        address.push(letter.to_ascii_lowercase());
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::fixture::new_car;

    #[test]
    fn a_name_is_what_a_command_can_say() {
        let named = |name: &str| {
            check_car(&NewCar {
                name: name.into(),
                ..new_car("a")
            })
        };
        for good in ["a", "Blue-1", "car_2.b", "007", "zoë", &"x".repeat(NAME_CHARS_MAX)] {
            assert_eq!(named(good), Ok(()), "{good}");
        }
        for bad in ["", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(
                matches!(named(bad), Err(CarFault::Length { field: "name", .. })),
                "{bad}"
            );
        }
        for (bad, got) in [("a b", ' '), ("a,b", ','), ("a(", '('), ("a\n", '\n')] {
            let refused = named(bad);
            let is_told = matches!(refused, Err(CarFault::NameLetter { got: told } | CarFault::Control { got: told, .. }) if told == got);
            assert!(is_told, "{bad:?}: {refused:?}");
        }
    }

    #[test]
    fn seats_and_rate_are_held_to_their_bounds() {
        let seated = |seats| check_car(&NewCar { seats, ..new_car("a") });
        assert_eq!((seated(1), seated(SEATS_MAX)), (Ok(()), Ok(())));
        assert_eq!(seated(0), Err(CarFault::Seats { got: 0 }));
        assert_eq!(seated(SEATS_MAX + 1), Err(CarFault::Seats { got: SEATS_MAX + 1 }));
        let rated = |minor| {
            let mut car = new_car("a");
            car.rate_per_hour.minor = minor;
            check_car(&car)
        };
        assert_eq!((rated(0), rated(i64::MAX)), (Ok(()), Ok(())));
        let told = rated(-1).unwrap_err().to_string();
        assert_eq!(told, "got a rate of -0.01 EUR an hour, wanted 0 or more");
    }

    #[test]
    fn a_plate_is_needed_and_a_place_is_not() {
        let with = |plate: &str, place: &str| {
            check_car(&NewCar {
                plate: plate.into(),
                place: place.into(),
                ..new_car("a")
            })
        };
        assert_eq!(with("B-X 1", ""), Ok(()));
        assert!(with("", "").is_err());
        assert_eq!(with(&"x".repeat(PLATE_CHARS_MAX), &"x".repeat(TEXT_CHARS_MAX)), Ok(()));
        assert!(with(&"x".repeat(PLATE_CHARS_MAX + 1), "").is_err());
        assert!(with("x", &"x".repeat(TEXT_CHARS_MAX + 1)).is_err());
        assert!(with("x", "a\u{7}b").is_err());
    }

    #[test]
    fn an_address_is_kept_in_one_way_however_it_is_written() {
        for written in ["01:23:45:67:89:AB", " 01-23-45-67-89-ab ", "0123456789aB"] {
            assert_eq!(device_address(written).as_deref(), Ok("01:23:45:67:89:ab"), "{written}");
        }
        for bad in [
            "",
            "01:23:45:67:89",
            "01:23:45:67:89:ag",
            "012:3:45:67:89:ab",
            "0123456789abc",
            "é123456789a",
        ] {
            assert_eq!(device_address(bad), Err(NoAddress), "{bad}");
        }
    }
}
