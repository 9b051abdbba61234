//! A bounded number inside, a bounded number waiting, everybody else refused at once.
//!
//! The real limit of every queue in front of an actor, a pool or a hash: actix mailboxes have none worth
//! the name. A [`Pass`] lets its holder be inside and is given back when dropped, on any path.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::metrics::GateMeters;

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// All places to wait are taken.
    #[error("{name} is full: no place to wait is left")]
    Full {
        /// The gate.
        name: &'static str,
    },
    /// Nobody left in time.
    #[error("{name} is busy: no place came free in time")]
    TimedOut {
        /// The gate.
        name: &'static str,
    },
}

/// Lets `inside_max` in and `waiting_max` wait; cheap to clone, clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: &'static str,
    inside: Semaphore,
    inside_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
    meters: GateMeters,
}

/// The right to be inside; dropping it lets the next one in.
#[derive(Debug)]
#[must_use = "dropping the pass leaves the gate"]
pub struct Pass(Arc<Inner>);

/// A place among the waiting, given back when dropped.
struct Place<'a>(&'a Inner);

impl Gate {
    /// A gate for `inside_max` at a time, with `waiting_max` places to wait.
    #[must_use]
    pub fn new(name: &'static str, inside_max: usize, waiting_max: usize) -> Self {
        Self(Arc::new(Inner {
            name,
            inside: Semaphore::new(inside_max),
            inside_max,
            waiting: AtomicUsize::new(0),
            waiting_max,
            meters: GateMeters::new(name),
        }))
    }

    /// Enters, waiting at most `wait_max` for a place inside; refused at once when too many wait.
    ///
    /// # Errors
    /// [`GateError::Full`] when no place to wait is left, [`GateError::TimedOut`] when nobody left in time.
    pub async fn enter(&self, wait_max: Duration) -> Result<Pass, GateError> {
        if let Some(pass) = self.try_enter() {
            return Ok(pass);
        }
        let inner = &*self.0;
        let place = inner.take_place()?;
        let entered = tokio::time::timeout(wait_max, inner.inside.acquire()).await;
        drop(place);
        if let Ok(Ok(permit)) = entered {
            permit.forget();
            Ok(self.pass())
        } else {
            inner.meters.refused_timed_out();
            Err(GateError::TimedOut { name: inner.name })
        }
    }

    /// Enters if there is a place inside right now; never overtakes those who wait.
    #[must_use]
    pub fn try_enter(&self) -> Option<Pass> {
        self.0.inside.try_acquire().ok()?.forget();
        Some(self.pass())
    }

    /// How many are inside.
    #[must_use]
    pub fn inside(&self) -> usize {
        self.0.inside_max.saturating_sub(self.0.inside.available_permits())
    }

    /// How many wait to enter.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Acquire)
    }

    fn pass(&self) -> Pass {
        self.0.meters.entered();
        Pass(Arc::clone(&self.0))
    }
}

impl Inner {
    fn take_place(&self) -> Result<Place<'_>, GateError> {
        let took = self.waiting.try_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
            (waiting < self.waiting_max).then_some(waiting + 1)
        });
        if took.is_err() {
            self.meters.refused_full();
            return Err(GateError::Full { name: self.name });
        }
        self.meters.waits();
        Ok(Place(self))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.meters.left();
        self.0.inside.add_permits(1);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        self.0.meters.waits_no_more();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(1);

    fn enter(gate: &Gate) -> tokio::task::JoinHandle<Result<Pass, GateError>> {
        let gate = gate.clone();
        tokio::spawn(async move { gate.enter(WAIT).await })
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_most_go_in_the_most_wait_and_one_more_is_refused_at_once() {
        let gate = Gate::new("test", 2, 3);
        let inside = [gate.enter(WAIT).await.unwrap(), gate.enter(WAIT).await.unwrap()];
        assert!(gate.try_enter().is_none());
        let waiting: Vec<_> = (0..3).map(|_| enter(&gate)).collect();
        settle().await;
        assert_eq!((gate.inside(), gate.waiting()), (2, 3));
        assert_eq!(gate.enter(WAIT).await.unwrap_err(), GateError::Full { name: "test" });
        drop(inside);
        for entered in waiting {
            drop(entered.await.unwrap().unwrap());
        }
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_so_and_leaves_its_place() {
        let gate = Gate::new("test", 1, 1);
        let pass = gate.enter(WAIT).await.unwrap();
        assert_eq!(
            gate.enter(WAIT).await.unwrap_err(),
            GateError::TimedOut { name: "test" }
        );
        assert_eq!(gate.waiting(), 0);
        drop(pass);
        drop(gate.enter(WAIT).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_takes_nothing_along() {
        let gate = Gate::new("test", 1, 1);
        let pass = gate.enter(WAIT).await.unwrap();
        let waiting = enter(&gate);
        settle().await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!((gate.inside(), gate.waiting()), (1, 0));
        drop(pass);
        assert_eq!(gate.inside(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_overtakes_those_who_wait() {
        let gate = Gate::new("test", 1, 1);
        let pass = gate.enter(WAIT).await.unwrap();
        let waiting = enter(&gate);
        settle().await;
        drop(pass);
        assert!(gate.try_enter().is_none(), "the place is promised to who waited");
        drop(waiting.await.unwrap().unwrap());
        assert!(gate.try_enter().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_holder_that_panics_gives_its_pass_back() {
        let gate = Gate::new("test", 1, 0);
        let pass = gate.enter(WAIT).await.unwrap();
        let holder = tokio::spawn(async move {
            let _held = pass;
            panic!("broken on purpose");
        });
        assert!(holder.await.unwrap_err().is_panic());
        assert!(gate.try_enter().is_some());
    }
}
