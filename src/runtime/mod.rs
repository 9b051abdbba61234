//! What makes actix safe: supervision, permit gates, bounded outboxes, a fixed set of arbiters, the clock, the figures, the log.
//!
//! Owns every wait between two actors and every byte that waits for a peer, so that each has a bound, a
//! deadline and a metric. Knows no capability, no wire format and no storage.

pub mod arbiters;
pub mod aside;
pub mod clock;
pub mod close;
pub(crate) mod crowd;
pub mod gate;
pub(crate) mod intern;
pub mod log;
pub mod metrics;
pub mod observe;
pub mod outbox;
pub(crate) mod planted;
pub mod policy;
pub mod service;
pub mod supervised;
pub mod supervisor;
pub mod threads;

pub use arbiters::Arbiters;
pub use aside::{Aside, AsideError};
pub use clock::Clock;
pub use close::CloseReason;
pub use gate::{Gate, GateError, Pass};
pub use log::{Log, targets};
pub use observe::Observe;
pub use outbox::{Outbox, OutboxError, OutboxLimits, outbox, outbox_with_farewell};
pub use policy::{HeartbeatPolicy, LifeEnd, RestartPolicy};
pub use service::{Service, ServiceError, ServiceState, ServiceView};
pub use supervised::{Halt, Heartbeat, ServiceSpec};
pub use supervisor::{GivenUp, supervise};

pub use crate::supervised;

#[cfg(test)]
pub(crate) mod fuzz;
