//! Keeps one actor running: fresh state at each start, growing pauses, a limit, and a look at whether it still answers.
//!
//! `actix::Supervisor` does none of this. The monitor runs on the shared runtime and never on the arbiter it
//! watches, so that a frozen arbiter is noticed. It never decides what a lost service means: the caller does.

mod life;

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler};
use actix_rt::ArbiterHandle;
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use self::life::{Life, Starting, start, until_frozen};
use super::metrics::ServiceMeters;
use super::policy::{Failures, LifeEnd, Verdict};
use super::service::Service;
use super::supervised::{Halt, Heartbeat, ServiceSpec};
use super::targets;

/// A service that will not be started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} was given up after {failures} failures in a row, the last: {}", last.as_str())]
pub struct GivenUp {
    /// The service.
    pub name: &'static str,
    /// Whether the process should end.
    pub vital: bool,
    /// Failures in a row.
    pub failures: u32,
    /// How its last life ended.
    pub last: LifeEnd,
}

/// Runs `make()` on `arbiter` and keeps it running under `spec`.
///
/// Returns the handle to talk to it, and the monitor, which the caller spawns on the shared runtime. `make` runs on
/// the arbiter at each start, so state is always fresh. The monitor ends with `Ok` after [`Service::stop`].
///
/// # Errors
/// The monitor ends with [`GivenUp`] when failures in a row passed the limit, or the arbiter is blocked for good.
pub fn supervise<A, F, Fut, E>(
    spec: ServiceSpec,
    arbiter: &ArbiterHandle,
    make: F,
) -> (
    Service<A>,
    impl Future<Output = Result<(), GivenUp>> + Send + use<A, F, Fut, E>,
)
where
    A: Actor<Context = Context<A>> + Handler<Heartbeat> + Handler<Halt>,
    F: Fn() -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<A, E>> + 'static,
    E: Display + 'static,
{
    let (now, current) = watch::channel(None);
    let (halt, halted) = watch::channel(false);
    let service = Service::new(&spec, current, halt);
    let monitor = Monitor {
        spec,
        arbiter: arbiter.clone(),
        start: move |arbiter: &ArbiterHandle| start(arbiter, &spec, make.clone()),
        now: Now {
            current: now,
            restarts: service.restarts(),
            meters: ServiceMeters::new(spec.name),
        },
        halted,
        up_since: None,
    };
    (service, monitor.run())
}

/// The address others see and the gauge that shows it; both are gone when the monitor goes.
struct Now<A: Actor> {
    current: watch::Sender<Option<Addr<A>>>,
    restarts: Arc<AtomicU64>,
    meters: ServiceMeters,
}

impl<A: Actor> Now<A> {
    fn up(&self, addr: Addr<A>) {
        self.current.send_replace(Some(addr));
        self.meters.up();
    }

    fn down(&self) {
        self.current.send_replace(None);
        self.meters.down();
    }
}

impl<A: Actor> Drop for Now<A> {
    fn drop(&mut self) {
        self.down();
    }
}

/// How the watch over one life ended.
enum Watched {
    Ended(LifeEnd),
    Halted,
    Stuck,
}

struct Monitor<A: Actor, S> {
    spec: ServiceSpec,
    arbiter: ArbiterHandle,
    start: S,
    now: Now<A>,
    halted: watch::Receiver<bool>,
    up_since: Option<Instant>,
}

impl<A, S> Monitor<A, S>
where
    A: Actor<Context = Context<A>> + Handler<Heartbeat> + Handler<Halt>,
    S: Fn(&ArbiterHandle) -> Starting<A> + Send,
{
    async fn run(mut self) -> Result<(), GivenUp> {
        let ServiceSpec {
            name, policy, vital, ..
        } = self.spec;
        let mut failures = Failures::default();
        loop {
            let watched = self.live().await;
            self.now.down();
            let (last, verdict) = match watched {
                Watched::Halted => {
                    info!(target: targets::STATUS, service = name, "service stopped for good");
                    return Ok(());
                }
                Watched::Ended(end) => (end, failures.after_life(&policy, self.lived())),
                Watched::Stuck => (LifeEnd::Frozen, Verdict::GiveUp),
            };
            let Verdict::RestartAfter(pause) = verdict else {
                let failures = failures.count();
                error!(target: targets::STATUS, service = name, failures, cause = last.as_str(), "service given up");
                return Err(GivenUp {
                    name,
                    vital,
                    failures,
                    last,
                });
            };
            warn!(
                target: targets::STATUS,
                service = name,
                cause = last.as_str(),
                failures = failures.count(),
                ?pause,
                "service restarts"
            );
            if timeout(pause, halted(&mut self.halted)).await.is_ok() {
                return Ok(());
            }
            self.now.restarts.fetch_add(1, Ordering::Relaxed);
            self.now.meters.restarted(last);
        }
    }

    /// One life, from its start to its end.
    async fn live(&mut self) -> Watched {
        let starting = (self.start)(&self.arbiter);
        let (mut life, addr) = match self.begin(starting).await {
            Ok(begun) => begun,
            Err(watched) => return watched,
        };
        self.now.up(addr.clone());
        self.up_since = Some(Instant::now());
        info!(target: targets::STATUS, service = self.spec.name, "service up");
        let frozen = tokio::select! {
            end = &mut life => return Watched::Ended(self.ended(end)),
            () = halted(&mut self.halted) => false,
            () = until_frozen(&addr, self.spec.heartbeat) => true,
        };
        // Nobody new may reach a life that is about to go.
        self.now.down();
        let patience = self.spec.heartbeat.answer_within;
        if frozen {
            error!(target: targets::STATUS, service = self.spec.name, "service frozen");
        } else if timeout(patience, addr.send(Halt)).await.is_ok() && timeout(patience, &mut life).await.is_ok() {
            return Watched::Halted;
        }
        life.abort();
        let gone = timeout(patience, life).await.is_ok();
        match (frozen, gone) {
            (false, _) => Watched::Halted,
            (true, true) => Watched::Ended(LifeEnd::Frozen),
            (true, false) => Watched::Stuck,
        }
    }

    /// Waits for a life to have its state and its address.
    async fn begin(&mut self, starting: Starting<A>) -> Result<(Life, Addr<A>), Watched> {
        let until = Instant::now() + self.spec.policy.start_max;
        let name = self.spec.name;
        let task = tokio::select! {
            task = tokio::time::timeout_at(until, starting.task) => task,
            () = halted(&mut self.halted) => return Err(Watched::Halted),
        };
        let Ok(Ok(mut life)) = task else {
            error!(target: targets::STATUS, service = name, "service not started: its arbiter is gone or blocked");
            return Err(Watched::Ended(LifeEnd::FailedStart));
        };
        let addr = tokio::select! {
            addr = tokio::time::timeout_at(until, starting.addr) => addr,
            () = halted(&mut self.halted) => {
                life.abort();
                return Err(Watched::Halted);
            }
        };
        match addr {
            Ok(Ok(addr)) => Ok((life, addr)),
            Ok(Err(_)) => {
                let cause = match (&mut life).await {
                    Ok(Err(cause)) => cause,
                    Ok(Ok(())) => "it ended before it began".to_owned(),
                    Err(panic) => panic.to_string(),
                };
                error!(target: targets::STATUS, service = name, cause, "service not started");
                Err(Watched::Ended(LifeEnd::FailedStart))
            }
            Err(_) => {
                life.abort();
                error!(target: targets::STATUS, service = name, "service not started in time");
                Err(Watched::Ended(LifeEnd::FailedStart))
            }
        }
    }

    /// How long the last life was up; a start, however long, is no life.
    fn lived(&mut self) -> Duration {
        self.up_since.take().map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn ended(&self, end: Result<Result<(), String>, JoinError>) -> LifeEnd {
        match end {
            Ok(_) => LifeEnd::Stopped,
            Err(panic) => {
                error!(target: targets::STATUS, service = self.spec.name, %panic, "service panicked");
                LifeEnd::Panicked
            }
        }
    }
}

/// Ends when the service is to stop for good; never, when nobody can say so any more.
async fn halted(halted: &mut watch::Receiver<bool>) {
    if halted.wait_for(|halted| *halted).await.is_err() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests;
