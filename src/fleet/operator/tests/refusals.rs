//! What is never sent, never sent twice, and what a restart makes of what was left.

use super::*;

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
    let works = Works::over(works.yard).await;
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
