//! How many bookings a second reach the disk, with and without commits in groups.
//!
//! `cargo bench --bench booking`. Riders book over sockets, each the next half hour of a car of its own. The peer is
//! the same server told to commit each booking alone. At the end every acknowledged booking must be in the database.

mod common;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::figures::{against, machine, median, ratio, rounds};
use common::process::{self, Server};
use common::{Fault, check, fleet, talk};
use jiff::{SignedDuration, Timestamp};
use motorpool::runtime::clock;
use motorpool::wire::Login;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const RIDERS: usize = 64;
const LASTS: Duration = Duration::from_secs(1);
/// How much of the next year one booking takes; shorter ones leave room for faster machines.
const HALF_HOUR: SignedDuration = SignedDuration::from_mins(30);
/// Bookings a second for each one without groups.
const GOAL: f64 = 2.5;

fn main() -> Result<(), Fault> {
    println!("booking: {RIDERS} riders, SQLite on disk, on {}", machine());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut grouped = Arm::start(&runtime, None)?;
    let mut single = Arm::start(&runtime, Some("1"))?;
    for _ in 0..rounds(5) {
        for arm in [&mut grouped, &mut single] {
            runtime.block_on(arm.round())?;
        }
    }
    println!(
        "  in groups {:.0}/s ({:.0} us of processor each), alone {:.0}/s ({:.0} us), ratio {}",
        median(&grouped.speeds),
        median(&grouped.costs),
        median(&single.speeds),
        median(&single.costs),
        against(ratio(&grouped.speeds, &single.speeds), GOAL),
    );
    let made = [grouped.end()?, single.end()?];
    println!(
        "  every acknowledged booking is in the database: {} and {}",
        made[0], made[1]
    );
    Ok(())
}

/// A rider's connection and the next time to book.
struct Rider {
    stream: TcpStream,
    number: usize,
    next: Timestamp,
}

/// One server and all its riders.
struct Arm {
    folder: TempDir,
    server: Server,
    riders: Vec<Rider>,
    speeds: Vec<f64>,
    costs: Vec<f64>,
    acknowledged: usize,
}

impl Arm {
    /// Starts a server; `batch` bounds the changes that share a commit.
    fn start(runtime: &tokio::runtime::Runtime, batch: Option<&str>) -> Result<Self, Fault> {
        let folder = process::folder()?;
        fleet::prepare(folder.path(), RIDERS)?;
        let mut settings = vec![("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "10000")];
        settings.extend(batch.map(|batch| ("MOTORPOOL_LIMITS__STORE_BATCH", batch)));
        let server = Server::start(folder.path(), &settings)?;
        let first = clock::now() + SignedDuration::from_hours(1);
        let riders = runtime.block_on(async {
            let mut riders = Vec::new();
            for number in 0..RIDERS {
                let login = Login::Password {
                    username: fleet::name("rider", number),
                    password: fleet::PASSWORD.to_owned(),
                };
                riders.push(Rider {
                    stream: talk::connect(server.address, Some(login)).await?,
                    number,
                    next: first,
                });
            }
            Ok::<_, Fault>(riders)
        })?;
        Ok(Self {
            folder,
            server,
            riders,
            speeds: Vec::new(),
            costs: Vec::new(),
            acknowledged: 0,
        })
    }

    /// All riders book, each the next half hour as soon as the last is acknowledged.
    async fn round(&mut self) -> Result<(), Fault> {
        let before = self.server.process.processor_seconds()?;
        let began_at = Instant::now();
        let until = began_at + LASTS;
        let tasks: Vec<_> = self
            .riders
            .drain(..)
            .map(|rider| tokio::spawn(rider.book(until)))
            .collect();
        let mut booked = 0;
        for task in tasks {
            let (rider, acknowledged) = task.await??;
            self.riders.push(rider);
            booked += acknowledged;
        }
        let took = began_at.elapsed().as_secs_f64();
        let used = self.server.process.processor_seconds()? - before;
        let count = f64::from(u32::try_from(booked)?);
        self.speeds.push(count / took);
        self.costs.push(used * 1e6 / count);
        self.acknowledged += booked;
        Ok(())
    }

    /// Ends the server and counts what is on disk: as many as were acknowledged, none twice.
    fn end(self) -> Result<usize, Fault> {
        drop(self.riders);
        self.server.process.stop()?;
        let found = fleet::bookings(self.folder.path())?;
        let distinct: BTreeSet<_> = found.iter().collect();
        check(self.acknowledged > 0, || "nothing was booked".to_owned())?;
        check(
            found.len() == self.acknowledged && distinct.len() == found.len(),
            || {
                let (all, different) = (found.len(), distinct.len());
                format!(
                    "{} were acknowledged, {all} are there, {different} differ",
                    self.acknowledged
                )
            },
        )?;
        Ok(found.len())
    }
}

impl Rider {
    async fn book(mut self, until: Instant) -> Result<(Self, usize), Fault> {
        const ID: u8 = 1;
        let car = fleet::name("car", self.number);
        let mut acknowledged = 0;
        while Instant::now() < until {
            let end = self.next + HALF_HOUR;
            let (start, end_text) = (self.next.to_string(), end.to_string());
            let args = [("car", car.as_str()), ("start", &start), ("end", &end_text)];
            let call = talk::call(ID.into(), "s.book", &args)?;
            self.stream.write_all(&call).await?;
            let item = talk::read_item(&mut self.stream).await?;
            check(talk::is_ok_of(&item, ID), || {
                format!("wanted a booking, got {:?}", motorpool::wire::decode(&item))
            })?;
            self.next = end;
            acknowledged += 1;
        }
        Ok((self, acknowledged))
    }
}
