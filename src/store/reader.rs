//! The readers: a small pool of connections that cannot write, used off the arbiters.
//!
//! A bounded number reads, a bounded number waits, and nobody waits longer than the deadline. Each job
//! sees one snapshot. Never used for a decision that a write rests on: that belongs in the write job.

use std::sync::Arc;
use std::time::Duration;

use diesel::Connection;
use diesel::r2d2::Pool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::conn::{AnyConn, Manager, ReaderSetup};
use super::{DatabaseUrl, StoreError, StoreOptions};
use crate::runtime::metrics::names;

/// The pool and the room before it.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: Pool<Manager>,
    /// Everybody inside or waiting.
    room: Arc<Semaphore>,
    /// Those inside.
    inside: Arc<Semaphore>,
    deadline: Duration,
}

impl Readers {
    pub(crate) fn open(url: &DatabaseUrl, options: &StoreOptions) -> Result<Self, StoreError> {
        let count = options.readers.max(1);
        let inside = usize::try_from(count).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let room = inside
            .saturating_add(options.read_waiting_max)
            .min(Semaphore::MAX_PERMITS);
        let pool = Pool::builder()
            .max_size(count)
            .min_idle(Some(1))
            .max_lifetime(None)
            .idle_timeout(None)
            // A file does not hang up.
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .connection_timeout(options.read_deadline)
            .connection_customizer(Box::new(ReaderSetup {
                busy_timeout: options.busy_timeout,
            }))
            .build(Manager::new(url.clone()))
            .map_err(|error| StoreError::Open {
                path: url.path().map_or_else(|| url.to_string().into(), Into::into),
                reason: error.to_string(),
            })?;
        Ok(Self {
            pool,
            room: Arc::new(Semaphore::new(room)),
            inside: Arc::new(Semaphore::new(inside)),
            deadline: options.read_deadline,
        })
    }

    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        let Ok(_place) = self.room.try_acquire() else {
            metrics::counter!(names::STORE_REFUSED, "reason" => "readers_full").increment(1);
            return Err(StoreError::Busy {
                what: "too many reads are waiting",
            });
        };
        match tokio::time::timeout(self.deadline, self.enter_and_read(job)).await {
            Ok(result) => result,
            Err(_) => {
                metrics::counter!(names::STORE_REFUSED, "reason" => "read_late").increment(1);
                Err(StoreError::Late)
            }
        }
    }

    async fn enter_and_read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        let pass = Arc::clone(&self.inside)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || readers.run(job, pass));
        reading.await.unwrap_or_else(|error| {
            Err(if error.is_panic() {
                StoreError::Panicked
            } else {
                StoreError::Unavailable
            })
        })
    }

    /// The pass goes with the job: a read that its caller gave up still counts until it ends.
    fn run<T, F>(&self, job: F, _pass: OwnedSemaphorePermit) -> Result<T, StoreError>
    where
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    {
        self.read_blocking(job)
    }

    pub(crate) fn read_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    {
        let mut conn = self.pool.get().map_err(|_| StoreError::Busy {
            what: "no reader is free",
        })?;
        AnyConn::transaction(&mut conn, job)
    }
}
