//! A service as a Rust value: something that is done again and again, beside everything else.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::context::Context;
use crate::error::Error;
use crate::service::recipe::Round;

/// One round: what it did in a few words, nothing if there was nothing to do.
pub(super) type RoundWork = Arc<dyn Fn(Context) -> BoxFuture<'static, Result<String, Error>> + Send + Sync>;

/// A repeating service of your own. Operators see it in `s.services_info` and switch it with `s.services`.
///
/// A round that fails, panics or takes too long ends this life of the service; the next begins after a pause, and after
/// `services.failures_max` failures in a row it is disabled until an operator enables it.
///
/// ```
/// use std::time::Duration;
///
/// use motorpool::{Context, Error, Service};
///
/// let clock = Service::new("clock").every(Duration::from_secs(60)).run(|context: Context| async move {
///     Ok::<_, Error>(format!("it is {}", context.now()))
/// });
/// # motorpool::Server::builder().service(clock).build().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a service does nothing until a server has it"]
pub struct Service {
    pub(super) name: String,
    pub(super) every: Duration,
    pub(super) time_max: Duration,
    pub(super) work: Option<RoundWork>,
}

impl Service {
    /// A service called `name`: small letters, digits, `_` and `-`, at most 64 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            every: Duration::from_secs(60),
            time_max: Duration::from_secs(30),
            work: None,
        }
    }

    /// From the end of a round to the next: 10 ms to 30 days, a minute unless said.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// Longest round: 10 ms to an hour, half a minute unless said.
    pub fn time_max(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// Its rounds: they await and never block. What comes back says in a few words what was done.
    pub fn run<F>(mut self, round: impl Fn(Context) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        self.work = Some(Arc::new(move |context| round(context).boxed()));
        self
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

/// One life of it.
pub(super) struct Life {
    pub(super) context: Context,
    pub(super) work: RoundWork,
}

impl Round for Life {
    fn round(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        (self.work)(self.context.clone())
    }
}
