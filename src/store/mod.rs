//! The store: one writer that commits in groups, readers beside it, back-end chosen by the address.
//!
//! Capabilities hand in closures over [`AnyConn`]; tables are in [`schema`]. Answers to writes leave only
//! after COMMIT. Knows no actors, no wire, no domain; blocks no arbiter.

pub mod audit;
pub mod backup;
pub mod change;
#[allow(
    missing_docs,
    reason = "diesel derives public types without docs beside the connection"
)]
mod conn;
mod error;
pub mod lock;
mod migrate;
pub mod outside;
mod reader;
pub mod request;
pub mod sanction;
pub mod schema;
pub mod setting;
pub mod stretch;
mod url;
mod writer;

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

pub use self::conn::{AnyConn, MultiBackend};
pub use self::error::StoreError;
pub use self::url::{DatabaseUrl, UrlError};

use self::conn::Role;
use self::reader::Readers;
use self::writer::Writer;

/// Bounds of the store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Most jobs in one transaction; 1 commits each alone.
    pub batch_max: usize,
    /// Most jobs waiting for the writer; one more is refused as busy.
    pub queue_max: usize,
    /// A job that waited longer is not run.
    pub write_wait_max: Duration,
    /// Connections that read.
    pub readers: u32,
    /// Most reads waiting for a connection; one more is refused as busy.
    pub read_waiting_max: usize,
    /// Longest a read may take, waiting included.
    pub read_deadline: Duration,
    /// Longest wait for another program that holds the database.
    pub busy_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            batch_max: 256,
            queue_max: 4_096,
            write_wait_max: Duration::from_secs(5),
            readers: 4,
            read_waiting_max: 1_024,
            read_deadline: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
        }
    }
}

/// What the writer has done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFigures {
    /// Transactions committed.
    pub commits: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Jobs waiting now.
    pub queued: usize,
}

/// The handle everybody shares.
#[derive(Clone)]
pub struct Store {
    url: DatabaseUrl,
    writer: Writer,
    readers: Readers,
    failed: watch::Receiver<bool>,
}

impl Store {
    /// Opens the database, making it if there is none, and brings its tables up to date. Blocks.
    pub fn open(url: &DatabaseUrl, options: StoreOptions) -> Result<Self, StoreError> {
        let DatabaseUrl::Sqlite(path) = url else {
            return Err(StoreError::NotYet);
        };
        conn::create_file(path)?;
        let mut conn = conn::open(url, Role::Writer, options.busy_timeout)?;
        migrate::migrate(&mut conn, path)?;
        let (mark, failed) = watch::channel(false);
        let writer = Writer::start(url.clone(), conn, &options, mark)?;
        let readers = Readers::open(url, &options)?;
        Ok(Self {
            url: url.clone(),
            writer,
            readers,
            failed,
        })
    }

    /// Runs a job on a connection that cannot write, off the arbiters, on one snapshot of the rows.
    ///
    /// Needs a tokio runtime: any worker or arbiter of ours.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        self.readers.read(job).await
    }

    /// Runs a job on the one writer and answers after its COMMIT. An error or a panic of the job undoes
    /// the job alone; [`StoreError::refused`] carries an error of the caller's own out.
    ///
    /// Jobs run in the order they were handed in, so a job sees everything queued before it: a read that
    /// must not miss a change in flight is a `write` that changes nothing. Dropping the future does not
    /// call the job off. The job blocks every other one: no files, no network, no waiting in it.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        self.submit(job)?.await
    }

    /// As [`write`](Self::write), but the job is in the writer's queue when this returns: what one caller hands in keeps its
    /// order, whoever waits for the answers.
    pub fn submit<T, F>(
        &self,
        job: F,
    ) -> Result<impl Future<Output = Result<T, StoreError>> + Send + use<T, F>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        let answer = self.writer.submit(job)?;
        Ok(async move { answer.await.unwrap_or(Err(StoreError::Unavailable)) })
    }

    /// [`Store::read`] for the command line. Never call it on a runtime's thread.
    pub fn read_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    {
        self.readers.read_blocking(job)
    }

    /// [`Store::write`] for the command line. Panics on a runtime's thread.
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer
            .submit(job)?
            .blocking_recv()
            .unwrap_or(Err(StoreError::Unavailable))
    }

    /// Whether the disk or the database failed: every write is refused and the process should exit.
    pub fn failed(&self) -> bool {
        *self.failed.borrow()
    }

    /// Waits until the store has failed; for ever while it is well, also when it is closed.
    pub async fn until_failed(&self) {
        let mut failed = self.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Lets everything queued commit and closes the writer. Later writes are `Unavailable`. Blocks: never
    /// call it on a runtime's thread.
    pub fn close(&self) {
        self.writer.close();
    }

    /// What the writer has done since the start.
    pub fn figures(&self) -> StoreFigures {
        self.writer.figures()
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Writes a consistent copy beside the running writer. See [`backup::backup`]; blocks.
    pub fn backup(&self, to: &Path) -> Result<backup::Backup, StoreError> {
        backup::backup(&self.url, to)
    }
}

/// Touches the database and nothing in it: a write that reached the writer and came back committed.
pub(crate) fn probe(conn: &mut AnyConn) -> Result<(), StoreError> {
    use diesel::RunQueryDsl;
    diesel::sql_query("SELECT 1").execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests;
