//! A prepared database: riders who can sign in, each with a car that nobody else books.
//!
//! Written through the server's own store, and read again through it when the server has ended.

use std::path::Path;

use diesel::prelude::*;
use motorpool::account::password;
use motorpool::account::store::{NewUser, user_insert};
use motorpool::booking::{Money, money};
use motorpool::fleet::NewCar;
use motorpool::fleet::store::car_insert;
use motorpool::place::Position;
use motorpool::store::schema::booking;
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
            let car = NewCar {
                name: name("car", number),
                plate: name("W", number),
                make: "Opel".to_owned(),
                model: "Astra".to_owned(),
                body_type: "estate".to_owned(),
                colour: "grey".to_owned(),
                seats: 5,
                position,
                place: "yard".to_owned(),
                rate_per_hour: Money::new(1_200, currency),
            };
            car_insert(conn, &car, 0)?;
        }
        Ok(())
    })?;
    store.close();
    Ok(())
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
