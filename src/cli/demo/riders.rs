//! The riders of the demo: each looks for a car, books, walks there, opens it, drives, locks and returns it.
//!
//! Half of them open with their phone, the others with name and password at the car. A refusal is told,
//! and the rider tries again after a rest.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::time::sleep;

use super::Teller;
use super::town::{PASSWORD, Town};
use super::units::Units;
use crate::client::unit::Unit;
use crate::client::{Client, ClientError, ConnectOptions, named};
use crate::wire::{Login, Value};

/// For how long a car is booked.
const BOOKED_MINUTES: i64 = 30;
/// Before the first look at the map, times the place in the row of riders.
const START_AFTER: Duration = Duration::from_secs(2);
/// From the booking to the car.
const WALK: Duration = Duration::from_secs(3);
/// At the wheel: this, and up to twice as much more.
const DRIVE: Duration = Duration::from_secs(8);
/// Between two drives, and after a refusal.
const REST: Duration = Duration::from_secs(6);

/// One rider.
pub(super) struct Rider {
    name: String,
    opens_at_the_car: bool,
    begins_after: Duration,
    hurry: u32,
    addr: String,
    units: Units,
    teller: Teller,
}

/// A free car as the server offers it.
#[derive(Deserialize)]
struct Offer {
    car: String,
    place: String,
    price: String,
    currency: String,
}

#[derive(Deserialize)]
struct Booked {
    booking: i64,
}

#[derive(Deserialize)]
struct Returned {
    price: String,
    currency: String,
}

/// Every customer of the town.
pub(super) fn all(town: &Town, units: &Units, addr: &str, teller: &Teller, hurry: u32) -> Vec<Rider> {
    let riders = town.of_role("customer").into_iter().zip(0_u32..);
    riders
        .map(|(name, at)| Rider {
            name: name.to_owned(),
            opens_at_the_car: at % 2 == 1,
            begins_after: START_AFTER.saturating_mul(at.saturating_add(1)),
            hurry,
            addr: addr.to_owned(),
            units: Arc::clone(units),
            teller: teller.clone(),
        })
        .collect()
}

impl Rider {
    /// Rides for as long as the demo lasts.
    pub(super) async fn ride(self) {
        self.pause(self.begins_after).await;
        loop {
            match self.connect().await {
                Ok(client) => {
                    while client.closed().is_none() {
                        if let Err(error) = self.trip(&client).await {
                            self.tell(&format!("could not go on: {error}"));
                        }
                        self.pause(REST).await;
                    }
                }
                Err(error) => self.tell(&format!("cannot connect: {error}")),
            }
            self.pause(REST).await;
        }
    }

    async fn connect(&self) -> Result<Client, ClientError> {
        let options = ConnectOptions {
            name: Some(self.name.clone()),
            login: Some(Login::Password {
                username: self.name.clone(),
                password: PASSWORD.to_owned(),
            }),
            ..ConnectOptions::default()
        };
        Client::connect(self.addr.as_str(), options)
            .await
            .map(|(client, _)| client)
    }

    /// From the look at the map to the bill.
    async fn trip(&self, client: &Client) -> Result<(), ClientError> {
        let start = client.server_now();
        let end = start
            .checked_add(SignedDuration::from_mins(BOOKED_MINUTES))
            .unwrap_or(Timestamp::MAX);
        let period = || {
            [
                ("start", Value::from(start.to_string())),
                ("end", Value::from(end.to_string())),
            ]
        };
        let offers: Vec<Offer> = client.call_as("s.availability", named(period())).await?;
        let Some(offer) = pick(&offers) else {
            self.tell("finds no free car");
            return Ok(());
        };
        let Some(unit) = self.units.get(offer.car.as_str()) else {
            return Ok(());
        };
        let [from, to] = period();
        let booked: Booked = client
            .call_as("s.book", named([("car", Value::from(offer.car.clone())), from, to]))
            .await?;
        let whereabouts = match offer.place.as_str() {
            "" => "where it was left".to_owned(),
            place => format!("at {place}"),
        };
        self.tell(&format!(
            "books {} {whereabouts} for {BOOKED_MINUTES} min, {} {}: booking {}",
            offer.car, offer.price, offer.currency, booked.booking
        ));
        self.pause(WALK).await;
        let bill = if self.opens_at_the_car {
            self.drive_by_password(unit, &offer.car).await
        } else {
            self.drive_by_phone(client, unit, &offer.car, booked.booking).await
        };
        match bill {
            Ok(bill) => {
                let (price, currency) = (bill.price, bill.currency);
                self.tell(&format!("returns {} and is charged {price} {currency}", offer.car));
                Ok(())
            }
            Err(error) => {
                // A car that could not be opened is left to others; one that is out keeps its booking.
                drop(
                    client
                        .call("s.cancel", named([("booking", Value::from(booked.booking))]))
                        .await,
                );
                Err(error)
            }
        }
    }

    async fn drive_by_phone(
        &self,
        client: &Client,
        unit: &Unit,
        car: &str,
        booking: i64,
    ) -> Result<Returned, ClientError> {
        let by_booking = || named([("booking", Value::from(booking))]);
        client.call("s.unlock", by_booking()).await?;
        self.tell(&format!("unlocked {car} by phone and drives off"));
        self.drive().await;
        client.call("s.lock", by_booking()).await?;
        let vehicle = unit.vehicle();
        let report = named([
            ("booking", Value::from(booking)),
            ("latitude", Value::from(vehicle.latitude)),
            ("longitude", Value::from(vehicle.longitude)),
            ("odometer_km", Value::from(vehicle.odometer_km)),
            ("fuel_percent", Value::from(vehicle.fuel_percent)),
        ]);
        client.call_as("s.return", report).await
    }

    async fn drive_by_password(&self, unit: &Unit, car: &str) -> Result<Returned, ClientError> {
        let opened = unit.unlock_with(&self.name, PASSWORD).await?;
        self.tell(&format!(
            "unlocked {car} by password at the car (booking {}) and drives off",
            opened.booking
        ));
        self.drive().await;
        let returned = unit.return_car(None).await?;
        Ok(Returned {
            price: returned.price,
            currency: returned.currency,
        })
    }

    async fn drive(&self) {
        self.pause(DRIVE.saturating_add(DRIVE.saturating_mul(dice(3)))).await;
    }

    async fn pause(&self, length: Duration) {
        sleep(length.checked_div(self.hurry).unwrap_or(length)).await;
    }

    fn tell(&self, what: &str) {
        self.teller.tell(&self.name, what);
    }
}

fn pick(offers: &[Offer]) -> Option<&Offer> {
    let count = u32::try_from(offers.len()).ok()?;
    offers.get(usize::try_from(dice(count)).ok()?)
}

/// A number below `sides`; always the same one on a machine without randomness, which is fine for a demo.
fn dice(sides: u32) -> u32 {
    getrandom::u32()
        .ok()
        .and_then(|number| number.checked_rem(sides))
        .unwrap_or(0)
}
