//! argon2 in a running server: on blocking threads, as many at once as there are cores.
//!
//! Each run takes 19 MiB and tens of milliseconds, so it never runs on an arbiter, and who finds
//! the gate full is told so at once. A missing hash costs the same run as a wrong password: time
//! tells nobody which names exist.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::keys::{NoRandom, random_bytes};
use super::password::{self, PasswordError, SALT_BYTES};
use crate::runtime::metrics::names;
use crate::runtime::{Gate, GateError};

/// Runs waiting for a core; one more is refused as busy.
pub const WAITING_MAX: usize = 64;
/// Longest wait for a core.
pub const WAIT_MAX: Duration = Duration::from_secs(5);

/// Why nothing was hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already, or no core came free in time.
    #[error("too many passwords are being checked")]
    Busy(#[source] GateError),
    /// argon2 refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// No salt.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The blocking thread panicked, or the program is ending.
    #[error("the thread that hashes ended early")]
    Ended(#[source] tokio::task::JoinError),
}

/// The handle everybody shares.
#[derive(Clone)]
pub struct Hasher {
    gate: Gate,
    runs: Arc<AtomicU64>,
}

impl Default for Hasher {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores, WAITING_MAX)
    }
}

impl Hasher {
    /// With `inside_max` runs at once and `waiting_max` waiting for one.
    pub fn new(inside_max: usize, waiting_max: usize) -> Self {
        Self {
            gate: Gate::new("password_hash", inside_max, waiting_max),
            runs: Arc::default(),
        }
    }

    /// Whether `secret` is the one behind `phc`; without a `phc` it is not, after the same work.
    pub async fn verify(&self, phc: Option<String>, secret: String) -> Result<bool, HashError> {
        self.run(move || match phc {
            Some(phc) => password::verify(&phc, &secret),
            None => {
                // The same passes over as much memory; what comes out matches nothing.
                let hashed = password::hash(&secret, [0; SALT_BYTES]);
                std::hint::black_box(hashed.is_ok());
                false
            }
        })
        .await
    }

    /// `secret` as a PHC text under a new salt.
    pub async fn hash(&self, secret: String) -> Result<String, HashError> {
        let salt = random_bytes()?;
        Ok(self.run(move || password::hash(&secret, salt)).await??)
    }

    /// Runs of argon2 begun since the start.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// The pass goes with the work: a caller who leaves does not make room for one run too many.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let pass = self.gate.enter(WAIT_MAX).await.map_err(HashError::Busy)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let worked = tokio::task::spawn_blocking(move || {
            let begun = tokio::time::Instant::now();
            let outcome = work();
            metrics::histogram!(names::PASSWORD_HASH_DURATION).record(begun.elapsed());
            drop(pass);
            outcome
        });
        worked.await.map_err(HashError::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unknown_name_costs_the_same_one_run() {
        let hasher = Hasher::default();
        let phc = hasher.hash("correct horse".into()).await.unwrap();
        assert_eq!(hasher.runs(), 1);
        assert!(hasher.verify(Some(phc.clone()), "correct horse".into()).await.unwrap());
        assert_eq!(hasher.runs(), 2);
        assert!(!hasher.verify(Some(phc), "wrong horse".into()).await.unwrap());
        assert_eq!(hasher.runs(), 3);
        assert!(!hasher.verify(None, "wrong horse".into()).await.unwrap());
        assert_eq!(hasher.runs(), 4);
    }

    #[tokio::test]
    async fn one_more_than_may_wait_is_refused_at_once() {
        let hasher = Hasher::new(1, 2);
        let (a, b, c, d) = tokio::join!(
            hasher.hash("password-1".into()),
            hasher.hash("password-2".into()),
            hasher.hash("password-3".into()),
            hasher.hash("password-4".into()),
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert!(matches!(d, Err(HashError::Busy(_))), "{d:?}");
        assert_eq!(hasher.runs(), 3);
    }
}
