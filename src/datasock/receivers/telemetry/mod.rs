//! `telemetry`: batches of position fixes and readings of cars, into memory, each batch acknowledged.
//!
//! A car's unit speaks for its car; a bot that an operator lets drive speaks for any. A bad row is refused by
//! its place and costs nothing else; bytes that are no item end the connection.

pub(crate) mod read;
pub(crate) mod rules;
pub(crate) mod tracks;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::{Connection, Makings, Receiver};
use crate::booking::CarId;
use crate::error::Error;
use crate::fleet::store::car_by_id;
use crate::place::{Places, Position};
use crate::registry::Standing;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::TelemetryMeters;
use crate::store::{Store, StoreError};
use crate::wire::{self, ClientKind, ErrorCode, ScanLimits};
use read::Batch;
use rules::{Fix, Reading, RowError};
use tracks::Tracks;

/// Bytes that a row may have on average: a fix with every field has some 150.
const ROW_BYTES_MAX: usize = 256;
/// Items that a row may be: a map of eight keys, and some more for one that is refused.
const ROW_ITEMS_MAX: usize = 24;
/// What a batch has beside its rows.
const HEAD_MAX: usize = 64;
/// Refusals of one batch that are explained; the others are named by their place alone.
const FAULTS_TOLD_MAX: usize = 16;

/// What all telemetry sockets together know of cars.
#[derive(Debug)]
pub(crate) struct Telemetry {
    tracks: Mutex<Tracks>,
    meters: TelemetryMeters,
    rows_max: usize,
}

impl Telemetry {
    /// Nothing yet; batches of so many rows, so many cars, so many rows of each kind kept for a car.
    pub(crate) fn new(rows_max: usize, cars_max: usize, kept_max: usize) -> Arc<Self> {
        Arc::new(Self {
            tracks: Mutex::new(Tracks::new(cars_max, kept_max)),
            meters: TelemetryMeters::new(),
            rows_max,
        })
    }

    /// What is kept now; held for a moment only.
    pub(crate) fn tracks(&self) -> MutexGuard<'_, Tracks> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads batches.
struct Batches {
    telemetry: Arc<Telemetry>,
    store: Store,
    places: Places,
}

pub(super) fn make(makings: &Makings) -> Arc<dyn Receiver> {
    Arc::new(Batches {
        telemetry: makings.telemetry.clone(),
        store: makings.store.clone(),
        places: makings.places.clone(),
    })
}

/// What became of a batch.
#[derive(Debug, Default, Serialize)]
struct Taken {
    number: u64,
    fixes: usize,
    readings: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_fixes: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_readings: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Told>,
}

/// Why one row was refused.
#[derive(Debug, Serialize)]
struct Told {
    list: &'static str,
    index: usize,
    code: ErrorCode,
    message: String,
}

/// The answer as it travels.
#[derive(Serialize)]
struct Answer {
    batch: Taken,
}

impl Taken {
    fn refuse(&mut self, list: &'static str, index: usize, err: &RowError) {
        match list {
            "fixes" => self.refused_fixes.push(index),
            _ => self.refused_readings.push(index),
        }
        if self.faults.len() < FAULTS_TOLD_MAX {
            self.faults.push(Told {
                list,
                index,
                code: code(err),
                message: err.to_string(),
            });
        }
    }
}

fn code(err: &RowError) -> ErrorCode {
    match err {
        RowError::OtherCar(_) => ErrorCode::Forbidden,
        RowError::NoCar(_) => ErrorCode::NotFound,
        RowError::Full(_) => ErrorCode::NotNow,
        _ => ErrorCode::BadArguments,
    }
}

impl Receiver for Batches {
    fn name(&self) -> &'static str {
        "telemetry"
    }

    fn admits(&self, standing: &Standing) -> Result<(), Error> {
        let is_allowed_bot = standing.kind == ClientKind::Bot && standing.permissions().contains(Permission::Customer);
        if standing.car.is_some() || is_allowed_bot {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Forbidden,
            "telemetry is for units of cars, and for bots with the permission `customer`",
        ))
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let rows_max = self.telemetry.rows_max;
            let bytes_max = rows_max.saturating_mul(ROW_BYTES_MAX).saturating_add(HEAD_MAX);
            let limits = ScanLimits {
                items_max: rows_max.saturating_mul(ROW_ITEMS_MAX).saturating_add(HEAD_MAX),
                ..ScanLimits::default()
            };
            let mut known = Known::default();
            let mut number = 0_u64;
            while let Some(item) = connection.item(bytes_max).await? {
                number = number.saturating_add(1);
                connection.count(1);
                wire::scan(&item, limits).map_err(|err| Error::new(ErrorCode::BadFrame, err.to_string()))?;
                // Rights can be taken away while a connection lasts.
                self.admits(&connection.standing)?;
                match read::batch(&item, rows_max) {
                    Ok(batch) => {
                        let taken = self.take(connection, &mut known, number, &batch).await?;
                        connection.say(&Answer { batch: taken });
                    }
                    Err(err) => {
                        let code = match err {
                            read::BatchError::TooMany { .. } => ErrorCode::TooLarge,
                            _ => ErrorCode::BadArguments,
                        };
                        connection.refuse(&Error::new(code, err.to_string()), number);
                    }
                }
            }
            Ok(())
        })
    }
}

/// Cars that a connection has asked the store for, bounded by the cars that are kept.
#[derive(Default)]
struct Known(BTreeSet<CarId>);

impl Batches {
    async fn take(
        &self,
        connection: &Connection,
        known: &mut Known,
        number: u64,
        batch: &Batch<'_>,
    ) -> Result<Taken, Error> {
        let (own, now) = (connection.standing.car, connection.clock.now());
        let mut taken = Taken {
            number,
            ..Taken::default()
        };
        let mut fixes: Vec<(usize, CarId, Fix)> = Vec::with_capacity(batch.fixes.len());
        for (index, row) in batch.fixes.iter().enumerate() {
            let checked = row.as_ref().map_err(RowError::clone);
            match checked.and_then(|row| Ok((rules::car(own, row.car)?, rules::fix(row, now)?))) {
                Ok((car, fix)) => fixes.push((index, car, fix)),
                Err(err) => taken.refuse("fixes", index, &err),
            }
        }
        let mut readings: Vec<(usize, CarId, Reading)> = Vec::with_capacity(batch.readings.len());
        for (index, row) in batch.readings.iter().enumerate() {
            let checked = row.as_ref().map_err(RowError::clone);
            match checked.and_then(|row| Ok((rules::car(own, row.car)?, rules::reading(row, now)?))) {
                Ok((car, reading)) => readings.push((index, car, reading)),
                Err(err) => taken.refuse("readings", index, &err),
            }
        }
        if own.is_none() {
            let named = fixes.iter().map(|row| row.1).chain(readings.iter().map(|row| row.1));
            self.look_up(known, named.collect()).await?;
        }
        let is_car = |car: CarId| own.is_some() || known.0.contains(&car);
        let no_car = |car: CarId| RowError::NoCar(u64::try_from(car.0).unwrap_or_default());
        let named: BTreeSet<CarId> = fixes.iter().map(|(_, car, _)| *car).collect();
        let mut tracks = self.telemetry.tracks();
        for (index, car, fix) in fixes {
            let put = if is_car(car) {
                tracks.fix(car, fix)
            } else {
                Err(no_car(car))
            };
            match put {
                Ok(()) => taken.fixes += 1,
                Err(err) => taken.refuse("fixes", index, &err),
            }
        }
        for (index, car, reading) in readings {
            let put = if is_car(car) {
                tracks.reading(car, reading)
            } else {
                Err(no_car(car))
            };
            match put {
                Ok(()) => taken.readings += 1,
                Err(err) => taken.refuse("readings", index, &err),
            }
        }
        let latest = |car: CarId| Some((car, tracks.of(car)?.fixes.latest()?.position));
        let moved: Vec<(CarId, Position)> = named.into_iter().filter_map(latest).collect();
        let cars = tracks.cars();
        drop(tracks);
        self.places.cars_moved(moved);
        taken.refused_fixes.sort_unstable();
        taken.refused_readings.sort_unstable();
        let refused = taken.refused_fixes.len() + taken.refused_readings.len();
        self.telemetry.meters.taken(taken.fixes, taken.readings, refused, cars);
        Ok(taken)
    }

    /// Asks the store for cars that were not named before.
    async fn look_up(&self, known: &mut Known, named: BTreeSet<CarId>) -> Result<(), Error> {
        let fresh: Vec<CarId> = named.into_iter().filter(|car| !known.0.contains(car)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let found = self.store.read(move |conn| {
            let mut found = Vec::new();
            for car in fresh {
                if car_by_id(conn, car)?.is_some() {
                    found.push(car);
                }
            }
            Ok::<_, StoreError>(found)
        });
        known.0.extend(found.await?);
        Ok(())
    }
}
