//! What an actor must answer, and what must be said about it, to be supervised.
//!
//! [`supervised!`](crate::supervised) gives an actor both answers. The supervisor itself is in `supervisor.rs`.

use std::time::Duration;

use actix::Message;

use super::policy::{HeartbeatPolicy, RestartPolicy};

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
