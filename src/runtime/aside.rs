//! Short work that blocks, done beside the arbiters: a bounded number at a time, a bounded number waiting.
//!
//! For files and lists that take a moment. The database has readers of its own, passwords their hasher.

use std::time::Duration;

use super::{Gate, GateError};

/// Longest wait for a place.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Why work was not done.
#[derive(Debug, thiserror::Error)]
pub enum AsideError {
    /// Too much of it runs already.
    #[error("too much of this runs already")]
    Busy(#[source] GateError),
    /// It ended without a result.
    #[error("this cannot be done right now")]
    Ended(#[source] tokio::task::JoinError),
}

/// Where it is done; cheap to clone.
#[derive(Debug, Clone)]
pub struct Aside(Gate);

impl Aside {
    /// Does so many pieces at a time, so many wait.
    #[must_use]
    pub fn new(name: &'static str, inside_max: usize, waiting_max: usize) -> Self {
        Self(Gate::new(name, inside_max, waiting_max))
    }

    /// Does it, and gives its result. It runs to its end also when nobody waits any more.
    ///
    /// # Errors
    /// [`AsideError::Busy`] past the bounds, [`AsideError::Ended`] when the work panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AsideError> {
        let pass = self.0.enter(WAIT_MAX).await.map_err(AsideError::Busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(pass);
            result
        });
        worked.await.map_err(AsideError::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_may_wait_is_refused_at_once() {
        let aside = Aside::new("test-aside", 1, 1);
        let (a, b, c) = tokio::join!(aside.run(|| 1), aside.run(|| 2), aside.run(|| 3));
        assert!(matches!((a, b), (Ok(1), Ok(2))));
        assert!(matches!(c, Err(AsideError::Busy(_))), "{c:?}");
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_gives_its_place_back() {
        let aside = Aside::new("test-aside-panic", 1, 0);
        assert!(matches!(
            aside.run(|| panic!("on purpose")).await,
            Err::<(), _>(AsideError::Ended(_))
        ));
        assert_eq!(aside.run(|| 1).await.unwrap(), 1);
    }
}
