//! What becomes of a command that the car has got: done, refused, silent, answered late.

use super::*;

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
