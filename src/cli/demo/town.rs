//! What the town of the demo is made of: the shipped cars and people, and a key for each car.
//!
//! Made through the same import as every other fleet, in a store that nobody else uses.

use std::path::Path;
use std::sync::Arc;

use super::server::{Doors, data_of};
use crate::account::{Accounts, KeyKind, User, UserId};
use crate::booking::CarId;
use crate::cli::Failure;
use crate::cli::import;
use crate::cli::tool::{Tool, change};
use crate::config::ServerConfig;
use crate::fleet::Car;
use crate::fleet::store::car_list;
use crate::place::Position;

/// The shipped fleet.
const CARS: &str = include_str!("../../../data/demo/cars.csv");
/// The shipped people.
const USERS: &str = include_str!("../../../data/demo/users.csv");
/// The password of all of them.
pub(super) const PASSWORD: &str = "motorpool-demo";
/// More than are shipped.
const ROWS_MAX: i64 = 100;

/// A car with the key of its unit.
pub(super) struct DemoCar {
    pub(super) name: Arc<str>,
    pub(super) position: Position,
    pub(super) key: String,
}

/// Everybody and everything.
pub(super) struct Town {
    pub(super) cars: Vec<DemoCar>,
    people: Vec<User>,
}

impl Town {
    /// Imports the shipped files into a new store in `folder` and makes the keys.
    pub(super) fn make(folder: &Path) -> Result<Self, Failure> {
        let server = ServerConfig {
            data: data_of(folder),
            ..ServerConfig::default()
        };
        let tool = Tool::open_url(&server.database_url().map_err(Failure::failed)?)?;
        import::shipped(&tool, &[("demo/cars.csv", CARS), ("demo/users.csv", USERS)])?;
        let fleet: Vec<Car> = tool
            .store
            .read_blocking(|conn| car_list(conn, CarId(0), ROWS_MAX))
            .map_err(Failure::failed)?;
        let accounts = Accounts::beside(tool.store.clone());
        let mut cars = Vec::with_capacity(fleet.len());
        for car in fleet {
            let made = accounts.key_add(KeyKind::Car, car.name.clone(), Some(car.id.0), change("demo"));
            let (_, key) = tool.wait(made)?;
            cars.push(DemoCar {
                name: car.name.into(),
                position: car.position,
                key: key.reveal().to_owned(),
            });
        }
        let people = tool.wait(accounts.user_list(UserId(0), ROWS_MAX))?;
        // The server opens the store next.
        tool.store.close();
        Ok(Self { cars, people })
    }

    /// The usernames of a role.
    pub(super) fn of_role(&self, role: &str) -> Vec<&str> {
        let people = self.people.iter().filter(|user| user.role == role);
        people.map(|user| user.username.as_str()).collect()
    }

    /// What can be tried, and as whom.
    pub(super) fn greeting(&self, doors: &Doors, folder: &Path) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "motorpool".to_owned());
        let (addr, http) = (&doors.serversock, &doors.http);
        let roles = ["customer", "engineer", "manager", "admin"];
        let logins: Vec<String> = roles
            .iter()
            .map(|role| format!("{} ({role})", self.of_role(role).join(", ")))
            .collect();
        let manager = self.of_role("manager").first().copied().unwrap_or_default();
        let rider = self.of_role("customer").first().copied().unwrap_or_default();
        let car = self.cars.first().map_or("", |car| &car.name);
        format!(
            "motorpool demo: {count} cars, server at {addr}, http://{http}/metrics, folder {folder}\n\
             logins: {logins}; password of all: {PASSWORD}\n\
             try in another terminal:\n\
             \x20 export MOTORPOOL_PASSWORD={PASSWORD}\n\
             \x20 {program} console {addr} --login {manager}\n\
             \x20 {program} call {addr} 's.bookings()' --login {rider}\n\
             \x20 {program} call {addr} 's.commands(car={car})' --login {manager}\n\
             \x20 {program} call {addr} 's.help()'\n\
             Ctrl-C ends it.\n",
            count = self.cars.len(),
            folder = folder.display(),
            logins = logins.join(", "),
        )
    }
}
