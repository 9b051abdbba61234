//! What the operator promises, with a real store, a real registry and a car's end of a connection.
//!
//! The store works on a thread of its own, so time is only paused while nothing is asked of it.

use std::sync::Arc;
use std::time::Duration;

use actix_rt::{Arbiter, spawn};
use futures_util::StreamExt;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_util::codec::FramedRead;

use super::*;
use crate::error::Error;
use crate::fleet::fixture::{Yard, change, noon};
use crate::fleet::flight::PER_CAR_MAX;
use crate::fleet::store::{CommandFilter, CommandRow, command_list};
use crate::registry::Standing;
use crate::registry::actor::{About, Join};
use crate::registry::peer::Peer;
use crate::registry::permissions::Permissions;
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
            Ok::<_, std::convert::Infallible>(Registry::new(10))
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
        late_answer(&self.operator, self.car, late);
        false
    }

    /// An answer that nobody waits for, and what became of it.
    async fn answer_late(&self, car: CarId, id: u64, outcome: Result<Value, WireError>) -> bool {
        let late = Late {
            command: id.try_into().unwrap(),
            car,
            answered: outcome,
        };
        self.operator.ask(LateAnswer(late)).await.unwrap().unwrap()
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

#[actix::test]
async fn done_is_said_only_when_the_car_said_so_and_it_is_on_disk() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let asked = works.begin(works.unlock(Some("r1")));
    let call = unit.call().await;
    assert_eq!((call.id, call.command.as_str()), (1, "unlock"));
    assert_eq!(
        works.state().await,
        CommandState::Sent,
        "before the car can have got it"
    );
    assert_eq!(
        works.kept("r1").await.as_deref(),
        Some("timeout"),
        "a crash now leaves a retry without effect"
    );
    assert!(!asked.is_finished());
    assert!(unit.answer(1, Ok(Value::Null)));
    let operated = asked.await.unwrap().unwrap();
    assert_eq!(
        (operated.command, operated.state, operated.done_at),
        (1, CommandState::Done, noon())
    );
    assert_eq!(works.state().await, CommandState::Done);
    assert_eq!(works.kept("r1").await.as_deref(), Some("done"));
    let events = works.yard.audited("car:1").await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (
            events[0].who.as_str(),
            events[0].what.as_str(),
            events[0].result.as_str()
        ),
        ("user:7", "s.test", "done")
    );
    assert_eq!(
        works.observed().await,
        OperatorState {
            in_flight: 0,
            unsettled: 0,
            last_command: 1
        }
    );
}

#[actix::test]
async fn the_car_gets_a_nonce_of_its_own_and_no_longer_than_the_right_lasts() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let until = noon() + Duration::from_secs(3);
    let short = Operate {
        until: Some(until),
        ..works.unlock(None)
    };
    let _first = works.begin(short);
    let first = args(unit.call().await);
    let _second = works.begin(works.unlock(None));
    let second = args(unit.call().await);
    assert_eq!(first["expires_at"], Value::Text(until.to_string()));
    assert_eq!(second["expires_at"], Value::Text((noon() + DEADLINE).to_string()));
    assert_eq!(first["booking"], Value::Null);
    assert_eq!(first["nonce"].as_text().unwrap().len(), 32);
    assert_ne!(first["nonce"], second["nonce"]);
}

fn args(call: wire::Call) -> std::collections::HashMap<String, Value> {
    match call.args {
        wire::Args::Name(args) => args.into_iter().collect(),
        wire::Args::Position(_) => panic!("by position"),
    }
}

#[actix::test]
async fn what_the_car_refuses_is_failed_with_its_reason_or_expired() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    for (code, state) in [
        (ErrorCode::NotNow, CommandState::Failed),
        (ErrorCode::Expired, CommandState::Expired),
    ] {
        let asked = works.begin(works.unlock(None));
        let call = unit.call().await;
        assert!(unit.answer(call.id, refusal(code)));
        let refused = asked.await.unwrap().unwrap_err();
        let row = works.rows().await.remove(0);
        assert_eq!((row.state, row.reason.as_deref()), (state, Some("a dooris open")));
        match state {
            CommandState::Failed => assert!(matches!(refused, OperateError::Failed { .. }), "{refused}"),
            _ => assert!(matches!(refused, OperateError::Expired { .. }), "{refused}"),
        }
    }
}

#[actix::test]
async fn a_car_that_is_away_is_said_to_be_so_at_once() {
    let works = Works::new().await;
    let _other = works.unit(works.yard.b).await;
    let refused = works.begin(works.unlock(Some("r1"))).await.unwrap();
    assert!(matches!(refused, Err(OperateError::Offline)), "{refused:?}");
    let row = works.rows().await.remove(0);
    assert_eq!(
        (row.state, row.reason.as_deref()),
        (CommandState::Failed, Some("not connected"))
    );
    assert_eq!(works.kept("r1").await, None, "a retry may try again");
    assert_eq!(works.yard.audited("car:1").await[0].result, "failed");
    assert_eq!(works.observed().await.in_flight, 0);
}

#[actix::test]
async fn a_right_that_is_over_sends_nothing() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let over = Operate {
        until: Some(noon()),
        ..works.unlock(None)
    };
    let refused = works.begin(over).await.unwrap();
    assert!(matches!(refused, Err(OperateError::TooLate { .. })), "{refused:?}");
    let _asked = works.begin(works.unlock(None));
    assert_eq!(unit.call().await.id, 1, "the first that the car hears");
}

#[actix::test]
async fn a_command_that_waited_too_long_for_the_store_is_never_sent() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel::<()>();
    let store = works.yard.store.clone();
    let holding = spawn(async move {
        store
            .write(move |_| {
                let _ = begun.send(());
                held.recv().map_err(StoreError::refused)
            })
            .await
    });
    has_begun.await.unwrap();
    let asked = works.begin(works.unlock(Some("r1")));
    // The command has its number and its deadline once the operator has it in flight.
    while works.observed().await.in_flight == 0 {}
    works.clock.advance(DEADLINE);
    release.send(()).unwrap();
    holding.await.unwrap().unwrap();
    let refused = asked.await.unwrap();
    assert!(matches!(refused, Err(OperateError::Expired { .. })), "{refused:?}");
    assert_eq!(works.state().await, CommandState::Expired);
    assert_eq!(works.kept("r1").await.as_deref(), Some("expired"));
    works.clock.set(noon());
    let _asked = works.begin(works.unlock(None));
    assert_eq!(unit.call().await.id, 2, "the first that the car hears");
}

#[actix::test]
async fn a_silent_car_leaves_the_outcome_unknown_until_its_late_answer() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let asked = works.begin(works.unlock(Some("r1")));
    let call = unit.call().await;
    deadline_passes().await;
    let refused = asked.await.unwrap();
    assert!(
        matches!(refused, Err(OperateError::Timeout { command: 1 })),
        "{refused:?}"
    );
    assert_eq!(works.state().await, CommandState::Unknown);
    assert_eq!(
        works.observed().await,
        OperatorState {
            in_flight: 0,
            unsettled: 1,
            last_command: 1
        }
    );

    let b = works.yard.b;
    assert!(
        !unit.answer_late(b, call.id, Ok(Value::Null)).await,
        "another car's word counts for nothing"
    );
    assert!(
        !unit.answer_late(works.yard.a, 99, Ok(Value::Null)).await,
        "never asked"
    );
    assert_eq!(works.state().await, CommandState::Unknown);

    assert!(!unit.answer(call.id, Ok(Value::Null)), "nobody waits");
    while works.observed().await.unsettled > 0 {}
    let row = works.rows().await.remove(0);
    assert_eq!(
        (row.state, row.settled_at),
        (CommandState::Done, Some(noon().as_microsecond()))
    );
    assert_eq!(
        works.kept("r1").await.as_deref(),
        Some("timeout"),
        "the first answer stays the answer"
    );
    let results: Vec<String> = works
        .yard
        .audited("car:1")
        .await
        .into_iter()
        .map(|event| event.result)
        .collect();
    assert_eq!(results, ["done", "unknown"]);

    assert!(
        !unit
            .answer_late(works.yard.a, call.id, refusal(ErrorCode::Expired))
            .await,
        "done is done"
    );
    assert_eq!(works.state().await, CommandState::Done);
}

#[actix::test]
async fn a_car_that_goes_leaves_the_outcome_unknown_and_may_settle_it_when_back() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let asked = works.begin(works.unlock(None));
    let call = unit.call().await;
    unit.peer.abandon();
    let refused = asked.await.unwrap();
    assert!(matches!(refused, Err(OperateError::Timeout { .. })), "{refused:?}");
    let back = works.unit(works.yard.a).await;
    assert!(
        back.answer_late(works.yard.a, call.id, refusal(ErrorCode::Expired))
            .await
    );
    assert_eq!(works.state().await, CommandState::Expired);
}

#[actix::test]
async fn an_answer_on_a_newer_connection_reaches_the_caller_who_still_waits() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let asked = works.begin(works.unlock(Some("r1")));
    let call = unit.call().await;
    assert!(unit.answer_late(works.yard.a, call.id, Ok(Value::Null)).await);
    unit.peer.abandon();
    assert_eq!(asked.await.unwrap().unwrap().state, CommandState::Done);
    assert_eq!(works.kept("r1").await.as_deref(), Some("done"));
    assert_eq!(works.yard.audited("car:1").await.len(), 1, "settled once");
}

#[actix::test]
async fn what_cannot_be_pushed_has_expired_for_certain() {
    let works = Works::new().await;
    let unit = works.unit(works.yard.a).await;
    unit.peer.close(crate::runtime::CloseReason::Idle);
    let refused = works.begin(works.unlock(None)).await.unwrap();
    assert!(matches!(refused, Err(OperateError::Expired { .. })), "{refused:?}");
    assert_eq!(works.state().await, CommandState::Expired);
    assert_eq!(works.observed().await.unsettled, 0);
}

#[actix::test]
async fn a_request_made_twice_reaches_the_car_once() {
    let works = Works::new().await;
    let mut unit = works.unit(works.yard.a).await;
    let first = works.begin(works.unlock(Some("r1")));
    let call = unit.call().await;
    let again = works.begin(works.unlock(Some("r1"))).await.unwrap();
    assert!(matches!(again, Err(OperateError::Repeated)), "{again:?}");
    unit.answer(call.id, Ok(Value::Null));
    assert!(first.await.unwrap().is_ok());
    let again = works.begin(works.unlock(Some("r1"))).await.unwrap();
    assert!(matches!(again, Err(OperateError::Repeated)), "{again:?}");
    let _other = works.begin(works.unlock(Some("r2")));
    unit.call().await;
    let rows = works.rows().await;
    assert_eq!(rows.len(), 2, "one row a request: {rows:?}");
}

#[actix::test]
async fn a_car_that_answers_nothing_holds_its_own_places_only() {
    let works = Works::new().await;
    let (mut unit, mut other) = (works.unit(works.yard.a).await, works.unit(works.yard.b).await);
    let mut waiting = Vec::new();
    for _ in 0..PER_CAR_MAX {
        waiting.push(works.begin(works.unlock(None)));
        unit.call().await;
    }
    let refused = works.begin(works.unlock(None)).await.unwrap();
    assert!(matches!(refused, Err(OperateError::Busy(Full::Car))), "{refused:?}");
    let _asked = works.begin(Operate {
        car: works.yard.b,
        ..works.unlock(None)
    });
    other.call().await;
    unit.answer(1, Ok(Value::Null));
    waiting.remove(0).await.unwrap().unwrap();
    let _asked = works.begin(works.unlock(None));
    unit.call().await;
}

#[actix::test]
async fn a_restart_settles_what_was_left_in_hand() {
    let works = Works::new().await;
    let a = works.yard.a;
    works
        .yard
        .write(move |conn| {
            for (id, is_sent) in [(1, false), (2, true)] {
                let new = store::NewCommand {
                    id,
                    car: a,
                    name: CarCommand::Unlock,
                    purpose: Purpose::Operations,
                    nonce: format!("n{id}"),
                    who: "user:7".to_owned(),
                    accepted_at: 1,
                    expires_at: 2,
                    failed: None,
                };
                store::command_insert(conn, &new)?;
                if is_sent {
                    store::command_send(conn, id)?;
                }
            }
            Ok(())
        })
        .await;
    works.operator.stop();
    let reopened = works.yard.opened_again();
    let yard = Yard {
        store: reopened,
        ..works.yard
    };
    let works = Works::over(yard).await;
    let states: Vec<CommandState> = works.rows().await.into_iter().map(|row| row.state).collect();
    assert_eq!(states, [CommandState::Unknown, CommandState::Expired], "newest first");
    assert_eq!(works.yard.audited("car:1").await.len(), 2);
    assert_eq!(
        works.observed().await,
        OperatorState {
            in_flight: 0,
            unsettled: 1,
            last_command: 2
        }
    );

    let mut unit = works.unit(a).await;
    assert!(unit.answer_late(a, 2, Ok(Value::Null)).await, "the car still remembers");
    assert!(!unit.answer_late(a, 1, Ok(Value::Null)).await, "it never got this one");
    let _asked = works.begin(works.unlock(None));
    assert_eq!(unit.call().await.id, 3, "numbers go on");
}
