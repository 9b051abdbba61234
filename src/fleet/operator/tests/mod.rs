//! What the operator promises, with a real store, a real registry and a car's end of a connection.
//!
//! The store works on a thread of its own, so time is only paused while nothing is asked of it.

mod answers;
mod refusals;

use std::sync::Arc;
use std::time::Duration;

use actix_rt::{Arbiter, spawn};
use futures_util::StreamExt;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_util::codec::FramedRead;

use super::*;
use crate::config::Limits;
use crate::error::Error;
use crate::fleet::fixture::{Yard, change, noon};
use crate::fleet::flight::PER_CAR_MAX;
use crate::fleet::store::{CommandFilter, CommandRow, command_list};
use crate::presence::Presence;
use crate::registry::Standing;
use crate::registry::actor::{About, Join};
use crate::registry::events::Events;
use crate::registry::peer::Peer;
use crate::registry::permissions::Permissions;
use crate::registry::recent::Memory;
use crate::runtime::{OutboxLimits, ServiceSpec, outbox, supervise};
use crate::store::request::request_find;
use crate::wire::{ClientKind, ErrorCode, Frame, FrameCodec, Value, WireError};

const DEADLINE: Duration = Duration::from_secs(10);
const LIMITS: OutboxLimits = OutboxLimits {
    soft_bytes: 64 * 1024,
    hard_bytes: 256 * 1024,
    stall_max: Duration::from_secs(60),
    flush_max: Duration::from_secs(1),
};

/// A yard with an operator in it.
struct Works {
    yard: Yard,
    clock: Clock,
    registry: Service<Registry>,
    operator: Service<Operator>,
}

impl Works {
    async fn new() -> Self {
        Self::over(Yard::new().await).await
    }

    async fn over(yard: Yard) -> Self {
        let clock = Clock::fixed(noon());
        let here = Arbiter::current();
        let (registry, monitor) = supervise(ServiceSpec::vital("registry"), &here, || async {
            let presence = Presence::new(&Limits::default(), &Clock::system());
            let (events, memory) = (Events::new("e".to_owned(), 8), Memory::new(8));
            Ok::<_, std::convert::Infallible>(Registry::new(10, 2, events, presence, memory))
        });
        drop(spawn(monitor));
        let store = yard.store.clone();
        let make = {
            let (registry, clock) = (registry.clone(), clock.clone());
            move || Operator::load(store.clone(), registry.clone(), clock.clone(), DEADLINE)
        };
        let spec = ServiceSpec {
            deadline: DEADLINE * 2,
            ..ServiceSpec::vital("operator")
        };
        let (operator, monitor) = supervise(spec, &here, make);
        drop(spawn(monitor));
        registry.wait_up().await.unwrap();
        operator.wait_up().await.unwrap();
        Self {
            yard,
            clock,
            registry,
            operator,
        }
    }

    /// The unit of a car, connected.
    async fn unit(&self, car: CarId) -> Unit {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (outbox, writer) = outbox(ours, LIMITS);
        drop(spawn(writer));
        let peer = Peer::new(1, outbox);
        let standing = Standing::new(
            format!("unit-{car}").into(),
            ClientKind::Car,
            None,
            Some((car.0, Some(car))),
            format!("car-{car}"),
            Permissions::NONE,
        );
        let join = Join {
            standing: Arc::new(standing),
            wish: None,
            peer: peer.clone(),
            address: [127, 0, 0, 1].into(),
            about: About::default(),
            at: noon(),
        };
        self.registry.ask(join).await.unwrap().unwrap();
        Unit {
            car,
            peer,
            frames: FramedRead::new(theirs, FrameCodec::new(64 * 1024)),
            operator: self.operator.clone(),
        }
    }

    fn unlock(&self, request: Option<&str>) -> Operate {
        Operate {
            car: self.yard.a,
            name: CarCommand::Unlock,
            on: Purpose::Operations,
            until: None,
            change: change(request),
            reply: Reply::kept(|answer| Some(outcome(answer).into_bytes())),
        }
    }

    /// Asks on a task of its own.
    fn begin(&self, operate: Operate) -> JoinHandle<Answer> {
        let operator = self.operator.clone();
        spawn(async move { operator.ask(operate).await.unwrap() })
    }

    async fn rows(&self) -> Vec<CommandRow> {
        self.yard
            .write(|conn| command_list(conn, CommandFilter::default(), 100))
            .await
    }

    async fn state(&self) -> CommandState {
        self.rows().await[0].state
    }

    async fn kept(&self, request: &str) -> Option<String> {
        let request = request.to_owned();
        let found = self
            .yard
            .write(move |conn| request_find(conn, "user:7", &request))
            .await;
        found.map(|found| String::from_utf8(found.answer).unwrap())
    }

    /// Whether the operator has let go of everything.
    async fn observed(&self) -> OperatorState {
        self.operator.observe().await.unwrap()
    }
}

/// A car's end of its connection.
struct Unit {
    car: CarId,
    peer: Peer,
    frames: FramedRead<DuplexStream, FrameCodec>,
    operator: Service<Operator>,
}

impl Unit {
    async fn call(&mut self) -> wire::Call {
        let item = self.frames.next().await.unwrap().unwrap();
        match wire::decode(&item).unwrap() {
            Frame::Call(call) => call,
            other => panic!("got {other:?}, wanted a call"),
        }
    }

    /// As the session does: to whoever waits, else as a late answer. Says whether somebody waited.
    fn answer(&self, id: u64, outcome: Result<Value, WireError>) -> bool {
        let Some(late) = self.peer.answered(wire::Answer { id, outcome }) else {
            return true;
        };
        let (operator, car) = (self.operator.clone(), self.car);
        drop(spawn(async move { late_answer(&operator, car, late).await }));
        false
    }

    /// An answer that nobody waits for, and what became of it.
    async fn answer_late(&self, car: CarId, id: u64, outcome: Result<Value, WireError>) -> bool {
        let late = Late {
            command: id.try_into().unwrap(),
            car,
            answered: outcome,
        };
        let settled = self.operator.ask(LateAnswer(late)).await;
        settled.unwrap().unwrap().is_some()
    }
}

fn refusal(code: ErrorCode) -> Result<Value, WireError> {
    Err(WireError {
        code,
        message: "a door\nis open".to_owned(),
        detail: None,
    })
}

fn outcome(answer: &Answer) -> String {
    match answer {
        Ok(operated) => operated.state.to_string(),
        Err(err) => Error::from(err).code().to_string(),
    }
}

/// Lets the deadline of a command that has been sent pass.
async fn deadline_passes() {
    tokio::time::pause();
    tokio::time::advance(DEADLINE + ANSWER_SLACK + Duration::from_millis(1)).await;
    tokio::time::resume();
}
