//! Keeps one actor running: fresh state at each start, growing pauses, a limit, and a look at whether it still answers.
//!
//! `actix::Supervisor` does none of this. The monitor runs on the shared runtime and never on the arbiter it
//! watches, so that a frozen arbiter is noticed. It never decides what a lost service means: the caller does.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, Message};
use actix_rt::ArbiterHandle;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use super::metrics::ServiceMeters;
use super::policy::{Failures, HeartbeatPolicy, LifeEnd, Misses, RestartPolicy, Verdict};
use super::service::Service;

/// How a service is run.
#[derive(Debug, Clone, Copy)]
pub struct ServiceSpec {
    /// In logs, errors and metrics.
    pub name: &'static str,
    /// When to restart and when to give up.
    pub policy: RestartPolicy,
    /// Whether the process ends when it is given up.
    pub vital: bool,
    /// Messages it may have at a time, in its mailbox and in hand; four times as many may wait for a permit.
    pub permits: usize,
    /// Longest wait for an answer, unless the caller says otherwise.
    pub deadline: Duration,
    /// When it counts as frozen.
    pub heartbeat: HeartbeatPolicy,
}

impl ServiceSpec {
    /// A vital service with the usual bounds: 64 permits, answers within 5 s.
    #[must_use]
    pub fn vital(name: &'static str) -> Self {
        Self {
            name,
            policy: RestartPolicy::default(),
            vital: true,
            permits: 64,
            deadline: Duration::from_secs(5),
            heartbeat: HeartbeatPolicy::default(),
        }
    }

    /// How many may wait for a permit.
    #[must_use]
    pub fn waiting_max(&self) -> usize {
        self.permits.saturating_mul(4)
    }
}

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

/// The supervisor's question whether an actor still handles messages; answered by [`supervised!`](crate::supervised).
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat;

impl Message for Heartbeat {
    type Result = ();
}

/// The supervisor's word to stop for good; answered by [`supervised!`](crate::supervised).
#[derive(Debug, Clone, Copy)]
pub struct Halt;

impl Message for Halt {
    type Result = ();
}

/// Lets an actor be supervised: it answers [`Heartbeat`] and stops at [`Halt`].
#[macro_export]
macro_rules! supervised {
    ($actor:ty) => {
        impl ::actix::Handler<$crate::runtime::Heartbeat> for $actor {
            type Result = ();
            fn handle(&mut self, _: $crate::runtime::Heartbeat, _: &mut Self::Context) {}
        }

        impl ::actix::Handler<$crate::runtime::Halt> for $actor {
            type Result = ();
            fn handle(&mut self, _: $crate::runtime::Halt, ctx: &mut Self::Context) {
                ::actix::ActorContext::stop(ctx);
            }
        }
    };
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
        now: Now(now),
        halted,
        meters: ServiceMeters::new(spec.name),
    };
    (service, monitor.run())
}

/// A life being started: its task, and its address once its state is made.
struct Starting<A: Actor> {
    task: oneshot::Receiver<Life>,
    addr: oneshot::Receiver<Addr<A>>,
}

/// The task of a life; an error is a state that could not be made.
type Life = JoinHandle<Result<(), String>>;

/// Starts a life on the arbiter; one that nobody waits for any more does not begin.
fn start<A, F, Fut, E>(arbiter: &ArbiterHandle, spec: &ServiceSpec, make: F) -> Starting<A>
where
    A: Actor<Context = Context<A>>,
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Result<A, E>> + 'static,
    E: Display + 'static,
{
    let (task_sender, task) = oneshot::channel();
    let (addr_sender, addr) = oneshot::channel();
    // Two more than the permits, so that heartbeat and halt always find a place.
    let mailbox_max = spec.permits.saturating_add(2);
    let accepted = arbiter.spawn_fn(move || {
        if task_sender.is_closed() {
            return;
        }
        let life = actix_rt::spawn(async move {
            let actor = make().await.map_err(|err| err.to_string())?;
            let mut ctx = Context::new();
            ctx.set_mailbox_capacity(mailbox_max);
            let life = ctx.into_future(actor);
            if addr_sender.send(life.address()).is_ok() {
                life.await;
            }
            Ok(())
        });
        if let Err(unwanted) = task_sender.send(life) {
            unwanted.abort();
        }
    });
    if !accepted {
        warn!("arbiter is gone");
    }
    Starting { task, addr }
}

/// The address others see; gone when the monitor goes.
struct Now<A: Actor>(watch::Sender<Option<Addr<A>>>);

impl<A: Actor> Drop for Now<A> {
    fn drop(&mut self) {
        self.0.send_replace(None);
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
    meters: ServiceMeters,
}

impl<A, S> Monitor<A, S>
where
    A: Actor<Context = Context<A>> + Handler<Heartbeat> + Handler<Halt>,
    S: Fn(&ArbiterHandle) -> Starting<A> + Send,
{
    async fn run(mut self) -> Result<(), GivenUp> {
        let ServiceSpec {
            name,
            policy,
            vital,
            ..
        } = self.spec;
        let mut failures = Failures::default();
        loop {
            let began = Instant::now();
            let watched = self.live().await;
            self.now.0.send_replace(None);
            self.meters.down();
            let (last, verdict) = match watched {
                Watched::Halted => {
                    info!(service = name, "service stopped for good");
                    return Ok(());
                }
                Watched::Ended(end) => (end, failures.after_life(&policy, began.elapsed())),
                Watched::Stuck => (LifeEnd::Frozen, Verdict::GiveUp),
            };
            let Verdict::RestartAfter(pause) = verdict else {
                let failures = failures.count();
                error!(
                    service = name,
                    failures,
                    cause = last.as_str(),
                    "service given up"
                );
                return Err(GivenUp {
                    name,
                    vital,
                    failures,
                    last,
                });
            };
            warn!(
                service = name,
                cause = last.as_str(),
                failures = failures.count(),
                ?pause,
                "service restarts"
            );
            if timeout(pause, halted(&mut self.halted)).await.is_ok() {
                return Ok(());
            }
            self.meters.restarted(last);
        }
    }

    /// One life, from its start to its end.
    async fn live(&mut self) -> Watched {
        let starting = (self.start)(&self.arbiter);
        let (mut life, addr) = match self.begin(starting).await {
            Ok(begun) => begun,
            Err(watched) => return watched,
        };
        self.now.0.send_replace(Some(addr.clone()));
        self.meters.up();
        info!(service = self.spec.name, "service up");
        let frozen = tokio::select! {
            end = &mut life => return Watched::Ended(self.ended(end)),
            () = halted(&mut self.halted) => false,
            () = until_frozen(&addr, self.spec.heartbeat) => true,
        };
        // Nobody new may reach a life that is about to go.
        self.now.0.send_replace(None);
        let patience = self.spec.heartbeat.answer_within;
        if frozen {
            error!(service = self.spec.name, "service frozen");
        } else if timeout(patience, addr.send(Halt)).await.is_ok()
            && timeout(patience, &mut life).await.is_ok()
        {
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
            error!(
                service = name,
                "service not started: its arbiter is gone or blocked"
            );
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
                error!(service = name, cause, "service not started");
                Err(Watched::Ended(LifeEnd::FailedStart))
            }
            Err(_) => {
                life.abort();
                error!(service = name, "service not started in time");
                Err(Watched::Ended(LifeEnd::FailedStart))
            }
        }
    }

    fn ended(&self, end: Result<Result<(), String>, JoinError>) -> LifeEnd {
        match end {
            Ok(_) => LifeEnd::Stopped,
            Err(panic) => {
                error!(service = self.spec.name, %panic, "service panicked");
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

/// Asks again and again; ends when too many questions in a row stayed without an answer.
async fn until_frozen<A>(addr: &Addr<A>, policy: HeartbeatPolicy)
where
    A: Actor<Context = Context<A>> + Handler<Heartbeat>,
{
    let mut misses = Misses::default();
    loop {
        tokio::time::sleep(policy.every).await;
        let answer = timeout(policy.answer_within, addr.send(Heartbeat)).await;
        // A closed mailbox is the end of the life, which is noticed elsewhere.
        if misses.after_beat(&policy, answer.is_ok()) {
            return;
        }
    }
}
