//! `motorpool admin`: looks after people, cars, keys, bots, logs and copies of the database, also beside a running
//! server, which sees each change within a second.
//!
//! One subject a file. Every change leaves its audit event as `cli:` and the system's user name; no
//! secret ever comes from the command line or leaves twice.

mod bots;
mod buildings;
mod cars;
mod copies;
mod faces;
mod keys;
mod logs;
mod presence;
mod secret;
mod tls;
mod users;

use clap::{Args, Subcommand};

use super::Failure;
use super::flags::StoreFlags;
use super::tool::{Missing, Tool};

/// Most rows asked of the store at once; a listing goes on until there are no more.
const PAGE_ROWS: i64 = 100;

/// Flags of `motorpool admin`.
#[derive(Debug, Args)]
pub(crate) struct Admin {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    subject: Subject,
}

/// Where the store is, and how results are shown.
#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    store: StoreFlags,
    /// JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Subject {
    /// People: add, list, show, change.
    #[command(subcommand)]
    User(users::UserCommand),
    /// Cars: add, list, show, retire.
    #[command(subcommand)]
    Car(cars::CarCommand),
    /// Keys of cars, bots and servers: add, list, revoke.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Bots: list, authorise, disallow.
    #[command(subcommand)]
    Bot(bots::BotCommand),
    /// Buildings: list, and who is in one. They come by `motorpool import`.
    #[command(subcommand)]
    Building(buildings::BuildingCommand),
    /// Who is online, as the running server last wrote it.
    Online,
    /// What a person did, or what happened in a building.
    Log(Box<logs::Log>),
    /// The key under which the keys of faces lie.
    #[command(subcommand)]
    Face(faces::FaceCommand),
    /// The certificate of the server.
    #[command(subcommand)]
    Tls(tls::TlsCommand),
    /// Write a consistent copy of the database to a new file, also beside a running server.
    Backup(copies::Backup),
    /// Put a checked copy in the place of the database, while no server runs.
    Restore(copies::Restore),
    /// Check the database for damage.
    Check(copies::Check),
}

impl Admin {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.subject {
            Subject::User(user) => user.run(&self.place),
            Subject::Car(car) => car.run(&self.place),
            Subject::Key(key) => key.run(&self.place),
            Subject::Bot(bot) => bot.run(&self.place),
            Subject::Building(building) => building.run(&self.place),
            Subject::Online => {
                let tool = Tool::open(&self.place.store, Missing::Refuse)?;
                presence::show(&self.place, &tool, None)
            }
            Subject::Log(log) => log.run(&self.place),
            Subject::Face(face) => face.run(&self.place),
            Subject::Tls(tls) => tls.run(&self.place),
            Subject::Backup(backup) => backup.run(&self.place),
            Subject::Restore(restore) => restore.run(&self.place),
            Subject::Check(check) => check.run(&self.place),
        }
    }
}
