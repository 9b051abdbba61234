//! One life of a service: begun on its arbiter with state made there, and asked again and again whether it answers.
//!
//! Everything here crosses from the monitor's runtime to the arbiter; the actor itself never leaves it.

use std::fmt::Display;
use std::future::Future;

use actix::{Actor, Addr, Context, Handler};
use actix_rt::ArbiterHandle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::warn;

use crate::runtime::policy::{HeartbeatPolicy, Misses};
use crate::runtime::supervised::{Heartbeat, ServiceSpec};
use crate::runtime::targets;

/// A life being started: its task, and its address once its state is made.
pub(super) struct Starting<A: Actor> {
    pub(super) task: oneshot::Receiver<Life>,
    pub(super) addr: oneshot::Receiver<Addr<A>>,
}

/// The task of a life; an error is a state that could not be made.
pub(super) type Life = JoinHandle<Result<(), String>>;

/// Starts a life on the arbiter; one that nobody waits for any more does not begin.
pub(super) fn start<A, F, Fut, E>(arbiter: &ArbiterHandle, spec: &ServiceSpec, make: F) -> Starting<A>
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
        warn!(target: targets::STATUS, "arbiter is gone");
    }
    Starting { task, addr }
}

/// Asks again and again; ends when too many questions in a row stayed without an answer.
pub(super) async fn until_frozen<A>(addr: &Addr<A>, policy: HeartbeatPolicy)
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
