//! The one actor of every repeating service: waits, does a round within its time, says what became of it.
//!
//! A round that fails, panics or takes too long ends this life; the supervisor begins the next with fresh
//! state. It never does two rounds at once and knows nothing of what a round is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::recipe::Round;
use super::record::{Ended, Record};
use super::rules;
use crate::error::Error;

/// Do a round now; false when one is running. Whoever asked hears its end.
#[derive(Message)]
#[rtype(result = "bool")]
pub(super) struct Run {
    pub(super) asked: Option<oneshot::Sender<Ended>>,
}

/// A switch was turned.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Switched;

type Payload = Box<dyn Any + Send>;
type Outcome = Result<Result<Result<String, Error>, Payload>, tokio::time::error::Elapsed>;

/// One life of a repeating service.
pub(crate) struct Repeater {
    record: Arc<Record>,
    /// Away while a round runs.
    work: Option<Box<dyn Round>>,
    first_after: Duration,
    timer: Option<SpawnHandle>,
}

impl Repeater {
    /// A life about to begin, with fresh work.
    pub(super) async fn fresh(record: Arc<Record>, mut work: Box<dyn Round>) -> Self {
        let first_after = if record.done().last_failed {
            // The supervisor has paused already. Success is what is waited for, and a failure is counted at once.
            Duration::ZERO
        } else {
            let due = work.first_after().await;
            due.unwrap_or_else(|| rules::first_after(record.rhythm.every, dice()))
        };
        Self {
            record,
            work: Some(work),
            first_after,
            timer: None,
        }
    }

    /// Plans the next round, if there is to be one.
    fn later(&mut self, ctx: &mut Context<Self>, pause: Duration) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        if self.record.is_on() {
            self.timer = Some(ctx.run_later(pause, |actor, ctx| {
                actor.timer = None;
                actor.run(ctx, None);
            }));
        }
    }

    fn run(&mut self, ctx: &mut Context<Self>, asked: Option<oneshot::Sender<Ended>>) -> bool {
        let Some(mut work) = self.work.take() else {
            return false;
        };
        let time_max = self.record.rhythm.time_max;
        let at = self.record.clock.now();
        let begun = Instant::now();
        let round = async move {
            // Broken work is dropped with this life, so nobody sees it.
            let outcome = timeout(time_max, AssertUnwindSafe(work.round()).catch_unwind()).await;
            (work, outcome)
        };
        ctx.spawn(round.into_actor(self).map(move |(work, outcome), actor, ctx| {
            let (ended, payload) = sort(outcome, time_max);
            actor.record.ended(at, begun.elapsed(), &ended);
            let is_ok = matches!(ended, Ended::Ok(_));
            if let Some(asked) = asked {
                // Whoever asked may have gone.
                drop(asked.send(ended));
            }
            if let Some(payload) = payload {
                // The life ends as one that panicked; the hook has told the log already.
                resume_unwind(payload);
            }
            if is_ok {
                actor.work = Some(work);
                actor.later(ctx, rules::next_after(actor.record.rhythm.every, dice()));
            } else {
                ctx.stop();
            }
        }));
        true
    }
}

fn sort(outcome: Outcome, time_max: Duration) -> (Ended, Option<Payload>) {
    match outcome {
        Ok(Ok(Ok(did))) => (Ended::Ok(did), None),
        Ok(Ok(Err(err))) => {
            if let Some(cause) = err.private_cause() {
                tracing::warn!(%cause, "the cause of a failed round");
            }
            (Ended::Failed(err.message().to_owned()), None)
        }
        Ok(Err(payload)) => (Ended::Panicked, Some(payload)),
        Err(_) => (Ended::TimedOut(time_max), None),
    }
}

/// Chance; without any, the middle.
fn dice() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

impl Actor for Repeater {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.later(ctx, self.first_after);
    }
}

impl Handler<Run> for Repeater {
    type Result = bool;

    fn handle(&mut self, Run { asked }: Run, ctx: &mut Self::Context) -> bool {
        self.run(ctx, asked)
    }
}

impl Handler<Switched> for Repeater {
    type Result = ();

    fn handle(&mut self, _: Switched, ctx: &mut Self::Context) {
        // A round that runs ends by itself and plans the next.
        if self.work.is_some() && !(self.timer.is_some() && self.record.is_on()) {
            self.later(ctx, rules::first_after(self.record.rhythm.every, dice()));
        }
    }
}

crate::supervised!(Repeater);
