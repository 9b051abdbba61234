//! The simulated units of the demo: one for each car, in this process, each with a connection of its own.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::Teller;
use super::town::Town;
use crate::cli::Failure;
use crate::client::unit::{Unit, UnitOptions, Vehicle};
use crate::client::{ConnectOptions, Pauses};
use crate::wire::Login;

/// The units by the names of their cars.
pub(super) type Units = Arc<HashMap<Arc<str>, Unit>>;

/// Starts a unit for every car of the town.
pub(super) fn start(town: &Town, addr: &str, folder: &Path, teller: &Teller) -> Result<Units, Failure> {
    let mut units = HashMap::new();
    for car in &town.cars {
        let connect = ConnectOptions {
            name: Some(car.name.to_string()),
            login: Some(Login::Key(car.key.clone())),
            ..ConnectOptions::default()
        };
        let (told, name) = (teller.clone(), Arc::clone(&car.name));
        let options = UnitOptions {
            state_dir: folder.join("units").join(&*car.name),
            simulate: true,
            first: Vehicle::parked(car.position.latitude(), car.position.longitude()),
            tell: Arc::new(move |line: &str| told.tell(&name, &format!("car: {line}"))),
        };
        let unit = Unit::start(addr, connect, Pauses::default(), options)
            .map_err(|error| Failure::failed(format!("the unit of {}: {error}", car.name)))?;
        units.insert(Arc::clone(&car.name), unit);
    }
    Ok(Arc::new(units))
}
