//! Between the wire and the vehicle: calls become orders, requests become answers in the shapes of the protocol.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::body::ActError;
use super::vehicle::{Action, COMMANDS, Order, Refusal, Vehicle};
use crate::wire::{Args, ErrorCode, Value, WireError};

/// What a unit can be asked for.
pub(super) const REQUESTABLES: [&str; 6] = ["PING", "POSITION", "DOORS", "FUEL", "ODOMETER", "CLIENTDATA"];

/// Longest nonce that is remembered.
const NONCE_BYTES_MAX: usize = 128;

/// A call as an order, or what is wrong with it.
pub(super) fn order(command: &str, args: &Args) -> Result<Order, WireError> {
    let action = Action::of(command).ok_or_else(|| {
        let message = format!("this car has the commands {}", COMMANDS.join(", "));
        refusal(ErrorCode::UnknownCommand, message)
    })?;
    let named: BTreeMap<&str, &Value> = match args {
        Args::Name(args) => args.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Args::Position(values) => ["booking", "nonce", "expires_at"].into_iter().zip(values).collect(),
    };
    let bad = |what: &str| refusal(ErrorCode::BadArguments, what.to_owned());
    let text = |name: &str| named.get(name).and_then(|value| value.as_text());
    let nonce = text("nonce").filter(|nonce| !nonce.is_empty() && nonce.len() <= NONCE_BYTES_MAX);
    let nonce = nonce.ok_or_else(|| bad("wanted a `nonce` of 1 to 128 bytes"))?;
    let expires_at = text("expires_at").and_then(|at| at.parse::<Timestamp>().ok());
    let expires_at = expires_at.ok_or_else(|| bad("wanted `expires_at` as an RFC 3339 time"))?;
    let booking = match named.get("booking") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let number = value.as_integer().and_then(|number| i64::try_from(number).ok());
            Some(number.ok_or_else(|| bad("wanted `booking` as a number"))?)
        }
    };
    Ok(Order {
        action,
        booking,
        nonce: nonce.to_owned(),
        expires_at,
    })
}

/// Why a command was not carried out, as it travels.
pub(super) fn refused(err: &ActError) -> WireError {
    let code = match err {
        ActError::Refused(Refusal::Expired { .. } | Refusal::Replayed) => ErrorCode::Expired,
        ActError::Refused(Refusal::DoorsOpen(_) | Refusal::Moving(_)) => ErrorCode::NotNow,
        ActError::Refused(Refusal::MemoryFull(_)) => ErrorCode::Busy,
        ActError::Disk(_) => ErrorCode::StorageFull,
    };
    refusal(code, err.to_string())
}

/// What the vehicle says when asked.
pub(super) fn tell(name: &str, vehicle: &Vehicle, now: Timestamp, software: &str) -> Result<Value, WireError> {
    let texts = |names: &[&str]| Value::Array(names.iter().map(|name| Value::from(*name)).collect());
    let at = || ("at", Value::from(now.to_string()));
    let fields = match name {
        "PING" => vec![at()],
        "POSITION" => vec![
            ("latitude", Value::from(vehicle.latitude)),
            ("longitude", Value::from(vehicle.longitude)),
            ("heading_deg", Value::from(vehicle.heading_deg)),
            ("speed_kmh", Value::from(vehicle.speed_kmh)),
            at(),
        ],
        "DOORS" => {
            let open: Vec<&str> = vehicle.open_doors.iter().map(String::as_str).collect();
            vec![("locked", Value::from(vehicle.locked)), ("open", texts(&open))]
        }
        "FUEL" => vec![("percent", Value::from(vehicle.fuel_percent))],
        "ODOMETER" => vec![("km", Value::from(vehicle.odometer_km))],
        "CLIENTDATA" => vec![
            ("description", Value::from("the unit of a car")),
            ("software", Value::from(software)),
            ("commands", texts(&COMMANDS)),
            ("requestables", texts(&REQUESTABLES)),
        ],
        _ => {
            let message = format!("this car can be asked for {}", REQUESTABLES.join(", "));
            return Err(refusal(ErrorCode::UnknownRequestable, message));
        }
    };
    Ok(Value::Map(
        fields
            .into_iter()
            .map(|(name, value)| (Value::from(name), value))
            .collect(),
    ))
}

pub(super) fn refusal(code: ErrorCode, message: String) -> WireError {
    WireError {
        code,
        message,
        detail: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::named;

    #[test]
    fn a_call_becomes_an_order_or_names_what_is_wrong() {
        let whole = || {
            [
                ("booking", Value::from(7)),
                ("nonce", Value::from("n")),
                ("expires_at", Value::from("2026-05-01T12:00:00Z")),
            ]
        };
        let order_of = |change: Option<(usize, Value)>| {
            let mut args = whole();
            if let Some((place, value)) = change {
                args[place].1 = value;
            }
            order("unlock", &named(args))
        };
        let good = order_of(None).unwrap();
        assert_eq!(
            (good.action, good.booking, good.nonce.as_str()),
            (Action::Unlock, Some(7), "n")
        );
        assert_eq!(order_of(Some((0, Value::Null))).unwrap().booking, None);
        assert!(order_of(Some((1, Value::from("x".repeat(NONCE_BYTES_MAX))))).is_ok());
        for (place, value) in [
            (0, Value::from("seven")),
            (1, Value::from("")),
            (1, Value::from("x".repeat(NONCE_BYTES_MAX + 1))),
            (1, Value::Null),
            (2, Value::from("noon")),
            (2, Value::from(5)),
        ] {
            let refused = order_of(Some((place, value.clone()))).unwrap_err();
            assert_eq!(refused.code, ErrorCode::BadArguments, "{value:?}");
        }
        assert_eq!(
            order("open", &named(whole())).unwrap_err().code,
            ErrorCode::UnknownCommand
        );
    }

    #[test]
    fn everything_offered_is_told() {
        let now = "2026-05-01T12:00:00Z".parse().unwrap();
        for name in REQUESTABLES {
            assert!(tell(name, &Vehicle::parked(1.0, 2.0), now, "x").is_ok(), "{name}");
        }
        let refused = tell("COLOUR", &Vehicle::parked(1.0, 2.0), now, "x").unwrap_err();
        assert_eq!(refused.code, ErrorCode::UnknownRequestable);
        let doors = tell("DOORS", &Vehicle::parked(1.0, 2.0), now, "x").unwrap();
        assert_eq!(
            crate::wire::json::to_json(&doors).to_string(),
            r#"{"locked":true,"open":[]}"#
        );
    }
}
