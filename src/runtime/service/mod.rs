//! The one way to talk to a service: through its gate, to its present life, with a deadline.
//!
//! What waits in a service's mailbox never exceeds its permits: a pass is given back only when the message was
//! answered or dropped, even if the one who asked has long gone. A service that is down is said to be so at once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, MailboxError, Message};
use tokio::sync::watch;
use tokio::time::Instant;

use super::gate::{Gate, Pass};
use super::metrics::ServiceMeters;
use super::observe::Observe;
use super::supervised::ServiceSpec;

/// Why a service gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// It is not running, or died with the message in hand; what the message asked for may or may not have happened.
    #[error("{name} is down")]
    Down {
        /// The service.
        name: &'static str,
    },
    /// Too many wait for it; the message was not sent.
    #[error("{name} is busy")]
    Busy {
        /// The service.
        name: &'static str,
    },
    /// It did not answer in time; what the message asked for may still happen.
    #[error("{name} did not answer in time")]
    Late {
        /// The service.
        name: &'static str,
    },
}

/// A handle on a supervised actor; cheap to clone, outlives restarts.
pub struct Service<A: Actor>(Arc<Inner<A>>);

struct Inner<A: Actor> {
    name: &'static str,
    deadline: Duration,
    gate: Gate,
    current: watch::Receiver<Option<Addr<A>>>,
    halt: watch::Sender<bool>,
    restarts: Arc<AtomicU64>,
    meters: ServiceMeters,
}

/// How a service is, as its supervisor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceState {
    /// The name it is supervised under.
    pub name: &'static str,
    /// Whether a life of it is running.
    pub is_up: bool,
    /// How often it was started again.
    pub restarts: u64,
}

/// A look at one service, whatever it is; cheap to clone.
#[derive(Clone)]
pub struct ServiceView(Arc<dyn Fn() -> ServiceState + Send + Sync>);

impl ServiceView {
    /// Of something that is kept running otherwise than by a supervisor of actors.
    pub(crate) fn new(look: impl Fn() -> ServiceState + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// How it is at this moment.
    #[must_use]
    pub fn look(&self) -> ServiceState {
        (self.0)()
    }
}

impl fmt::Debug for ServiceView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look().fmt(f)
    }
}

impl<A: Actor> Clone for Service<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Actor> fmt::Debug for Service<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.0.name)
            .field("is_up", &self.is_up())
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Service<A> {
    pub(super) fn new(
        spec: &ServiceSpec,
        current: watch::Receiver<Option<Addr<A>>>,
        halt: watch::Sender<bool>,
    ) -> Self {
        Self(Arc::new(Inner {
            name: spec.name,
            deadline: spec.deadline,
            gate: Gate::new(spec.name, spec.permits, spec.waiting_max()),
            current,
            halt,
            restarts: Arc::default(),
            meters: ServiceMeters::new(spec.name),
        }))
    }

    /// The name it is supervised under.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Whether a life of it is running.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.0.current.borrow().is_some()
    }

    /// A look at it that does not name its type.
    #[must_use]
    pub fn view(&self) -> ServiceView {
        let service = self.clone();
        ServiceView::new(move || ServiceState {
            name: service.name(),
            is_up: service.is_up(),
            restarts: service.0.restarts.load(Ordering::Relaxed),
        })
    }

    /// Where its supervisor counts restarts.
    pub(super) fn restarts(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.restarts)
    }

    /// The gate in front of it, to be observed.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Waits until a life is running; the caller bounds the wait.
    ///
    /// # Errors
    /// [`ServiceError::Down`] when it was given up or stopped for good.
    pub async fn wait_up(&self) -> Result<(), ServiceError> {
        let mut current = self.0.current.clone();
        let up = current.wait_for(Option::is_some).await;
        up.map(drop).map_err(|_| self.down())
    }

    /// Stops it for good, in order: its supervisor ends with `Ok` and does not restart it.
    pub fn stop(&self) {
        self.0.halt.send_replace(true);
    }

    fn down(&self) -> ServiceError {
        ServiceError::Down { name: self.0.name }
    }

    fn late(&self) -> ServiceError {
        self.0.meters.late();
        ServiceError::Late { name: self.0.name }
    }
}

impl<A: Actor<Context = Context<A>>> Service<A> {
    /// Sends `msg` and waits for the answer within the service's deadline.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub async fn ask<M>(&self, msg: M) -> Result<M::Result, ServiceError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.ask_within(msg, self.0.deadline).await
    }

    /// As [`ask`](Self::ask), with a deadline of the caller's: waiting at the gate and for the answer together.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub async fn ask_within<M>(&self, msg: M, deadline: Duration) -> Result<M::Result, ServiceError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let until = Instant::now() + deadline;
        if !self.is_up() {
            return Err(self.down());
        }
        let pass = self.0.gate.enter(deadline).await;
        let pass = pass.map_err(|_| ServiceError::Busy { name: self.0.name })?;
        let mut waiting = {
            let current = self.0.current.borrow();
            let addr = current.as_ref().ok_or_else(|| self.down())?;
            Waiting::new(addr.send(msg), pass)
        };
        match tokio::time::timeout_at(until, waiting.answer()).await {
            Ok(answer) => answer.map_err(|_| self.down()),
            Err(_) => Err(self.late()),
        }
    }

    /// Asks for its state.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub async fn observe<S>(&self) -> Result<S, ServiceError>
    where
        A: Handler<Observe<S>>,
        S: Send + 'static,
    {
        self.ask(Observe::new()).await
    }
}

/// A message on its way and the pass it holds.
///
/// actix cannot take a message back, so when nobody waits any more a small task does, and keeps the pass until
/// the service is done with it. There are at most as many such tasks as the service has permits.
struct Waiting<R: Send + 'static> {
    request: Option<Answer<R>>,
    pass: Option<Pass>,
}

type Answer<R> = Pin<Box<dyn Future<Output = Result<R, MailboxError>> + Send>>;

impl<R: Send + 'static> Waiting<R> {
    fn new(request: impl Future<Output = Result<R, MailboxError>> + Send + 'static, pass: Pass) -> Self {
        Self {
            request: Some(Box::pin(request)),
            pass: Some(pass),
        }
    }

    async fn answer(&mut self) -> Result<R, MailboxError> {
        let Some(request) = self.request.as_mut() else {
            return Err(MailboxError::Closed);
        };
        let answer = request.await;
        self.request = None;
        answer
    }
}

impl<R: Send + 'static> Drop for Waiting<R> {
    fn drop(&mut self) {
        let (Some(request), Some(pass)) = (self.request.take(), self.pass.take()) else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(async move {
                drop(request.await);
                drop(pass);
            }));
        }
    }
}

#[cfg(test)]
mod tests;
