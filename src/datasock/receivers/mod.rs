//! Receivers: what reads the frames of a datasock. One file each, and the list that makes the table.
//!
//! A receiver is made once for each datasock and serves all its connections, each on the arbiter that keeps it.
//! Its error or its panic costs that connection, never the client, and never another datasock.

mod bytes;
mod default;
mod file;
mod lines;
mod pictures;
pub(crate) mod telemetry;

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::connection::Connection;
use crate::error::Error;
use crate::face::Faces;
use crate::file::Files;
use crate::place::Places;
use crate::registry::Standing;
use crate::runtime::clock::Clock;
use crate::store::Store;
use crate::wire::ErrorCode;
use telemetry::Telemetry;

/// Reads what attached clients send on one datasock.
pub(crate) trait Receiver: Send + Sync + 'static {
    /// Its name: in the definition of a datasock, in listings, as a label of metrics.
    fn name(&self) -> &'static str;

    /// Whether its connections speak the protocol's own frames, and are sessions like those of the serversock.
    fn speaks_frames(&self) -> bool {
        false
    }

    /// Whether this client may attach. Asked before a ticket is given and again when it is used.
    ///
    /// # Errors
    /// The refusal that the client hears.
    fn admits(&self, _standing: &Standing) -> Result<(), Error> {
        Ok(())
    }

    /// Reads a connection to its end. `Ok` when there is nothing more to come.
    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>>;

    /// The latest of what came, oldest first, for operators to look at; nothing where nothing is kept.
    fn latest(&self, _count: usize) -> Vec<Seen> {
        Vec::new()
    }
}

/// One thing that came, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Seen {
    /// When it came.
    pub(crate) at: Timestamp,
    /// The name of who sent it.
    pub(crate) from: String,
    /// What it was.
    pub(crate) text: String,
}

/// What receivers are made of.
#[derive(Clone)]
pub(crate) struct Makings {
    /// The time.
    pub(crate) clock: Clock,
    /// The database.
    pub(crate) store: Store,
    /// What is known of cars.
    pub(crate) telemetry: Arc<Telemetry>,
    /// Where cars are.
    pub(crate) places: Places,
    /// Where pictures wait.
    pub(crate) faces: Faces,
    /// Where files are kept.
    pub(crate) files: Files,
    /// Largest picture in bytes.
    pub(crate) picture_bytes: usize,
    /// Receivers that were added to this server.
    pub(crate) own: Arc<[Arc<dyn Receiver>]>,
}

type Make = fn(&Makings) -> Arc<dyn Receiver>;

/// The receivers there are.
const ALL: &[(&str, Make)] = &[
    ("default", default::make),
    ("bytes", bytes::make),
    ("lines", lines::make),
    ("telemetry", telemetry::make),
    ("pictures", pictures::make),
    ("file", file::make),
];

/// Whether a receiver of that name is part of every server.
pub(crate) fn is_built_in(name: &str) -> bool {
    ALL.iter().any(|(known, _)| *known == name)
}

/// A receiver of that name: a fresh one, or the one that was added.
///
/// # Errors
/// `bad_arguments` with the names there are.
pub(crate) fn make(name: &str, makings: &Makings) -> Result<Arc<dyn Receiver>, Error> {
    if let Some((_, make)) = ALL.iter().find(|(known, _)| *known == name) {
        return Ok(make(makings));
    }
    let own = makings.own.iter();
    own.clone().find(|own| own.name() == name).cloned().ok_or_else(|| {
        let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
        let built_in = ALL.iter().map(|(known, _)| *known);
        let known: Vec<&str> = built_in.chain(own.map(|own| own.name())).collect();
        let message = format!("there is no receiver `{shown}`, there are {}", known.join(", "));
        Error::new(ErrorCode::BadArguments, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseUrl, StoreOptions};

    #[test]
    fn every_receiver_is_made_under_the_name_it_bears_and_others_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("motorpool.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let (config, clock) = (crate::config::Config::default(), Clock::fixed(Timestamp::UNIX_EPOCH));
        let makings = Makings {
            clock: clock.clone(),
            store: store.clone(),
            places: Places::new(&config, store.clone(), clock),
            telemetry: Telemetry::new(1, 1, 1),
            files: Files::open(
                &config.files,
                folder.path(),
                store.clone(),
                Clock::fixed(Timestamp::UNIX_EPOCH),
            )
            .unwrap(),
            faces: Faces::new(&config, None, store),
            picture_bytes: 1,
            own: Arc::default(),
        };
        for (name, _) in ALL {
            assert_eq!(make(name, &makings).unwrap().name(), *name);
        }
        let refused = make("pigeons\n", &makings).err().unwrap();
        assert_eq!(refused.code(), ErrorCode::BadArguments);
        assert!(
            refused
                .message()
                .starts_with("there is no receiver `pigeons\\n`, there are default, bytes"),
            "{refused}"
        );
    }
}
