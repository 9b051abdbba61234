//! A prepared database: riders who can sign in, each with a car that nobody else books.
//!
//! Written through the server's own store, and read again through it when the server has ended.

use std::path::Path;

use diesel::prelude::*;
use jiff::Timestamp;
use motorpool::account::store::{NewKey, NewUser, key_insert, user_insert};
use motorpool::account::{KeyKind, keys, password};
use motorpool::booking::{Money, money};
use motorpool::fleet::NewCar;
use motorpool::fleet::store::car_insert;
use motorpool::place::Position;
use motorpool::store::schema::booking;
use motorpool::store::setting::setting_put;
use motorpool::store::{DatabaseUrl, Store, StoreError, StoreOptions};

use super::Fault;

/// The password of every rider.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Name of a rider, and of the rider's car.
pub(crate) fn name(kind: &str, number: usize) -> String {
    format!("{kind}-{number}")
}

fn open(folder: &Path) -> Result<Store, Fault> {
    let url = DatabaseUrl::sqlite(folder.join("motorpool.db"));
    Ok(Store::open(&url, StoreOptions::default())?)
}

/// Makes the database in `folder` with so many riders and cars.
pub(crate) fn prepare(folder: &Path, riders: usize) -> Result<(), Fault> {
    // One hash for all: making them is not what is measured.
    let hash = password::hash(PASSWORD, [7; password::SALT_BYTES])?;
    let currency = money::currency("EUR")?;
    let position = Position::new(48.2, 16.4)?;
    let store = open(folder)?;
    store.write_blocking(move |conn| {
        for number in 0..riders {
            let user = NewUser {
                username: name("rider", number),
                first_name: "Ada".to_owned(),
                last_name: "Lovelace".to_owned(),
                email: "ada@example.org".to_owned(),
                role: "customer".to_owned(),
                password_hash: Some(hash.clone()),
            };
            user_insert(conn, &user, 0)?;
            car_insert(conn, &car(number, position, Money::new(1_200, currency)), 0)?;
        }
        Ok(())
    })?;
    store.close();
    Ok(())
}

fn car(number: usize, position: Position, rate_per_hour: Money) -> NewCar {
    NewCar {
        name: name("car", number),
        plate: name("W", number),
        make: "Opel".to_owned(),
        model: "Astra".to_owned(),
        body_type: "estate".to_owned(),
        colour: "grey".to_owned(),
        seats: 5,
        position,
        place: "yard".to_owned(),
        rate_per_hour,
    }
}

/// Makes the database in `folder` with so many cars and a datasock for their telemetry; gives the keys of their units.
pub(crate) fn units(folder: &Path, count: usize, datasock: &str) -> Result<Vec<String>, Fault> {
    let currency = money::currency("EUR")?;
    let position = Position::new(48.2, 16.4)?;
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(keys::key_new(KeyKind::Car)?);
    }
    let given = made.iter().map(|key| key.reveal().to_owned()).collect();
    let setting = format!("datasock:{datasock}");
    let store = open(folder)?;
    store.write_blocking(move |conn| {
        for (number, key) in made.iter().enumerate() {
            let car = car_insert(conn, &car(number, position, Money::new(1_200, currency)), 0)?;
            let new = NewKey {
                key_hash: key.hash(),
                kind: KeyKind::Car,
                name: name("unit", number),
                car_id: Some(car.0),
                made_by: "bench".to_owned(),
            };
            key_insert(conn, &new, 0)?;
        }
        let opened = serde_json::json!({"receiver": "telemetry", "port": 0, "auto_connect": false});
        setting_put(conn, &setting, &opened, Timestamp::UNIX_EPOCH)
    })?;
    store.close();
    Ok(given)
}

/// Every booking there is, as car and start.
pub(crate) fn bookings(folder: &Path) -> Result<Vec<(i64, i64)>, Fault> {
    let store = open(folder)?;
    let found = store.read_blocking(|conn| {
        let rows: Vec<(i64, i64)> = booking::table
            .select((booking::car_id, booking::start_at))
            .order((booking::car_id, booking::start_at))
            .load(conn)
            .map_err(StoreError::from)?;
        Ok(rows)
    })?;
    store.close();
    Ok(found)
}
