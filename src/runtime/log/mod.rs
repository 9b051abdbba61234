//! The log of the house: a bounded ring of events, a file that is rotated, and a file on demand.
//!
//! A [`Log`] is made before anything else and lives as long as the process; its [`Log::layer`] goes into whatever
//! tracing subscriber there is. Recording holds one short lock and never waits for a disk. It must never be given
//! bodies of messages, keys, faces or positions: it keeps what it is told.

pub mod entry;
mod file;
mod layer;
pub mod names;
pub mod query;
mod ring;
mod sink;
mod stored;
pub mod targets;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use entry::Entry;
pub use layer::filter;
pub use names::BadName;
pub use query::Query;
pub use ring::RingLimits;
pub use sink::Form;
pub use stored::StoreLogError;

use super::clock;
use super::metrics::names::{LOG_EVENTS, LOG_FORGOTTEN, LOG_LOST};
use file::{LogFile, WhenFull};
use layer::LogLayer;
use ring::Ring;
use sink::Sink;

/// The file that is always written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOptions {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes at which it is rotated.
    pub bytes_max: u64,
    /// Files kept, this one included.
    pub files_max: usize,
    /// Form of its lines.
    pub form: Form,
}

/// Where events are stored from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It begins now.
    Begun,
    /// It was so before.
    Already,
}

/// The log; cheap to clone, clones are the same log.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Held while a file is opened to store events in: one at a time.
    storing: Mutex<()>,
}

#[derive(Debug)]
struct Inner {
    ring: Ring,
    file: Option<Sink>,
    stored: Option<(String, Sink)>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            ring: Ring::new(RingLimits::default()),
            file: None,
            stored: None,
        }
    }
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new(limits: RingLimits) -> Self {
        let log = Self::default();
        log.limit(limits);
        log
    }

    /// What a tracing subscriber feeds this log by: our events from `level` on, those of others from `warn` on.
    pub fn layer<S>(&self, level: LevelFilter) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        LogLayer(self.clone()).with_filter(filter(level))
    }

    /// Holds the ring to other limits from now on.
    pub fn limit(&self, limits: RingLimits) {
        let gone = self.inner().ring.limit(limits);
        metrics::counter!(LOG_FORGOTTEN).increment(gone);
    }

    /// Writes every event from now on to a file, too; another one given before ends.
    ///
    /// # Errors
    /// The system's, when the file cannot be opened or no thread be started.
    pub fn write_to(&self, options: FileOptions) -> io::Result<()> {
        let when_full = WhenFull::Rotate {
            files_max: options.files_max,
        };
        let file = LogFile::open(options.path, options.bytes_max, when_full)?;
        let sink = Sink::start("file", file, options.form, Vec::new())?;
        drop(self.inner().file.replace(sink));
        Ok(())
    }

    /// Opens the log file anew under its name, after somebody moved it away. False when it could not be told so
    /// because too many lines wait.
    #[must_use]
    pub fn reopen(&self) -> bool {
        self.inner().file.as_ref().is_none_or(Sink::reopen)
    }

    /// Stores the events in the ring and every one from now on in `name` of the folder, which ends at its bound.
    /// Another file given before ends. It blocks: call it where that is allowed.
    ///
    /// # Errors
    /// Why this file is not taken; what was stored before goes on then.
    pub fn store(&self, folder: &Path, name: &str, bytes_max: u64) -> Result<Stored, StoreLogError> {
        let _one_at_a_time = self.0.storing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stored().as_deref() == Some(name) {
            return Ok(Stored::Already);
        }
        let failed = |why| StoreLogError::Io {
            name: name.to_owned(),
            why,
        };
        let opened = stored::open_stored(folder, name, bytes_max, clock::now())?;
        let file = LogFile::from_open(opened, folder.join(name), bytes_max, WhenFull::End).map_err(failed)?;
        let mut inner = self.inner();
        // Under the lock, so that no event is missing between the ring and what comes, and none is there twice.
        let first = inner.ring.all();
        let sink = Sink::start("stored", file, Form::Pretty, first).map_err(failed)?;
        let before = inner.stored.replace((name.to_owned(), sink));
        drop(inner);
        drop(before);
        Ok(Stored::Begun)
    }

    /// Where events are stored now.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        let inner = self.inner();
        let (name, sink) = inner.stored.as_ref()?;
        (!sink.is_over()).then(|| name.clone())
    }

    /// Ends the storing of events, if they are stored in that file.
    pub fn store_no_more(&self, name: &str) {
        let ended = self.inner().stored.take_if(|(stored, _)| stored == name);
        drop(ended);
    }

    /// The events in the ring that are wanted, oldest first. It takes a moment: call it beside the arbiters.
    #[must_use]
    pub fn find(&self, query: &Query) -> Vec<Arc<Entry>> {
        let mut found = self.inner().ring.all();
        found.retain(|entry| query.wants(entry));
        found
    }

    /// Writes what waits to the files and ends them; the process ends next.
    pub fn close(&self, within: Duration) {
        let mut inner = self.inner();
        let (file, stored) = (inner.file.take(), inner.stored.take());
        drop(inner);
        for sink in file.into_iter().chain(stored.map(|(_, sink)| sink)) {
            sink.close(within);
        }
    }

    fn record(&self, entry: Entry) {
        let level = entry.level;
        let mut inner = self.inner();
        let (entry, gone) = inner.ring.push(entry);
        let sinks = inner.file.iter().chain(inner.stored.as_ref().map(|(_, sink)| sink));
        let mut without_room = [None, None];
        for (place, sink) in without_room.iter_mut().zip(sinks) {
            *place = (!sink.write(&entry)).then(|| sink.name());
        }
        drop(inner);
        metrics::counter!(LOG_EVENTS, "level" => level.as_str()).increment(1);
        if gone > 0 {
            metrics::counter!(LOG_FORGOTTEN).increment(gone);
        }
        for sink in without_room.into_iter().flatten() {
            metrics::counter!(LOG_LOST, "sink" => sink, "cause" => "full").increment(1);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
