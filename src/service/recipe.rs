//! What a repeating service is before it runs: a name, a rhythm, and how to make a fresh one.
//!
//! A service of the house implements [`Repeating`] in one file; anything else that has rounds is a [`Recipe`].
//! Nothing here runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::Error;
use crate::house::House;

/// How often a service does a round, how long one may take, and whether it is on when nobody said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rhythm {
    /// From the end of a round to the next.
    pub(crate) every: Duration,
    /// A round that takes longer is given up and counts as failed.
    pub(crate) time_max: Duration,
    /// Whether it is on until an operator switches it.
    pub(crate) is_enabled: bool,
}

impl Rhythm {
    /// On, with half a minute for a round.
    pub(crate) fn every(every: Duration) -> Self {
        Self {
            every,
            time_max: Duration::from_secs(30),
            is_enabled: true,
        }
    }
}

/// A repeating service of the house: one file, one line in the list of `service/mod.rs`.
pub(crate) trait Repeating: Send + Sized + 'static {
    /// As operators call it, in lower case.
    const NAME: &'static str;

    /// From the configuration.
    fn rhythm(house: &House) -> Rhythm;

    /// A fresh one, at each start and after each failure.
    fn fresh(house: &House) -> Self;

    /// When its first round is due, where that follows from what is on the disk; else soon, by chance.
    fn first_after(&mut self, _house: &House) -> impl Future<Output = Option<Duration>> + Send {
        std::future::ready(None)
    }

    /// One round. Gives what it did in a few words for the operator, nothing if there was nothing to do. An error
    /// ends this life of the service; the next begins after a pause.
    fn round(&mut self, house: &House) -> impl Future<Output = Result<String, Error>> + Send;
}

/// One life's work, whatever it is.
pub(crate) trait Round: Send {
    /// See [`Repeating::first_after`].
    fn first_after(&mut self) -> BoxFuture<'_, Option<Duration>> {
        std::future::ready(None).boxed()
    }

    /// See [`Repeating::round`].
    fn round(&mut self) -> BoxFuture<'_, Result<String, Error>>;
}

/// Makes the work of a life.
pub(crate) type Make = Arc<dyn Fn() -> Box<dyn Round> + Send + Sync>;

/// All that is needed to run a repeating service.
#[derive(Clone)]
pub(crate) struct Recipe {
    /// As operators call it.
    pub(crate) name: &'static str,
    /// How often and how long.
    pub(crate) rhythm: Rhythm,
    /// Makes a fresh one.
    pub(crate) make: Make,
}

impl Recipe {
    /// Of a service of this house.
    pub(crate) fn of<S: Repeating>(house: &House) -> Self {
        let rhythm = S::rhythm(house);
        let house = house.clone();
        Self {
            name: S::NAME,
            rhythm,
            make: Arc::new(move || {
                Box::new(InHouse {
                    service: S::fresh(&house),
                    house: house.clone(),
                })
            }),
        }
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipe")
            .field("name", &self.name)
            .field("rhythm", &self.rhythm)
            .finish_non_exhaustive()
    }
}

struct InHouse<S> {
    service: S,
    house: House,
}

impl<S: Repeating> Round for InHouse<S> {
    fn first_after(&mut self) -> BoxFuture<'_, Option<Duration>> {
        self.service.first_after(&self.house).boxed()
    }

    fn round(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        self.service.round(&self.house).boxed()
    }
}
