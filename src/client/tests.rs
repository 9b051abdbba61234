//! What the client library promises, against a server made of raw frames.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::peer::{PATIENCE, accept, pair, welcome};
use super::*;
use crate::wire::{Bye, ErrorCode, Event, Login, Refusal, Text};

fn quick() -> Pauses {
    Pauses {
        first: Duration::from_millis(1),
        max: Duration::from_millis(2),
    }
}

fn integer(number: u64) -> Value {
    Value::from(number)
}

#[tokio::test(start_paused = true)]
async fn many_calls_are_in_flight_and_answers_may_come_in_any_order() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let calls = join_all((0..100_u64).map(|number| {
        let client = client.clone();
        async move { client.call("s.echo", Args::Position(vec![integer(number)])).await }
    }));
    let server = async {
        let mut open = Vec::new();
        for _ in 0..100 {
            open.push(peer.call().await);
        }
        for call in open.into_iter().rev() {
            let Args::Position(mut values) = call.args else {
                panic!("wanted positions")
            };
            peer.result(call.id, values.remove(0)).await;
        }
    };
    let (answers, ()) = tokio::join!(calls, server);
    for (number, answer) in (0..).zip(answers) {
        assert_eq!(answer, Ok(integer(number)));
    }
    assert_eq!(client.0.shared.pending.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_call_more_than_the_bound_waits_for_a_place() {
    let options = ConnectOptions {
        in_flight_max: 2,
        ..ConnectOptions::default()
    };
    let (client, mut peer) = pair(&options).await;
    let calls = join_all((0..3).map(|_| client.call("s.info", Args::default())));
    let server = async {
        let first = peer.call().await;
        let second = peer.call().await;
        assert!(
            timeout(Duration::from_secs(1), peer.call()).await.is_err(),
            "a third call came"
        );
        peer.result(first.id, Value::Null).await;
        let third = peer.call().await;
        peer.result(second.id, Value::Null).await;
        peer.result(third.id, Value::Null).await;
    };
    let (answers, ()) = tokio::join!(calls, server);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_times_out_and_is_forgotten() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let late = client
        .call_within("s.slow", Args::default(), Duration::from_secs(2))
        .await;
    assert_eq!(
        late,
        Err(ClientError::Timeout {
            waited: Duration::from_secs(3)
        })
    );
    let call = peer.call().await;
    assert_eq!(call.deadline_ms, Some(2000));
    assert_eq!(client.0.shared.pending.len(), 0);
    // The late answer harms nobody.
    peer.result(call.id, Value::Null).await;
    let (pinged, _) = tokio::join!(client.ping(), timeout(Duration::from_secs(1), peer.next()));
    assert!(pinged.is_ok());
}

#[tokio::test(start_paused = true)]
async fn refusals_come_with_their_code_and_detail() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let (first, second, ()) = tokio::join!(
        client.call("s.book", Args::default()),
        client.text_call("s.book("),
        async {
            let call = peer.call().await;
            let conflict = WireError {
                code: ErrorCode::Conflict,
                message: "taken".to_owned(),
                detail: Some(integer(7)),
            };
            peer.say(&Frame::Result(Answer {
                id: call.id,
                outcome: Err(conflict),
            }))
            .await;
            let Some(Frame::Text(text)) = peer.next().await else {
                panic!("wanted a text")
            };
            let refusal = Refusal {
                code: ErrorCode::BadFrame,
                message: "no".to_owned(),
                id: text.id,
                detail: None,
            };
            peer.say(&Frame::Error(refusal)).await;
        }
    );
    let Err(ClientError::Refused(conflict)) = first else {
        panic!("got {first:?}")
    };
    assert_eq!(
        (conflict.code, conflict.detail),
        (ErrorCode::Conflict, Some(integer(7)))
    );
    assert_eq!(second.unwrap_err().code(), Some(ErrorCode::BadFrame));
}

#[tokio::test(start_paused = true)]
async fn open_and_later_calls_hear_why_the_connection_ended() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let (open, ()) = tokio::join!(client.call("s.info", Args::default()), async {
        peer.call().await;
        let bye = Bye {
            reason: "shutting_down".to_owned(),
            reconnect_after_ms: Some(500),
        };
        peer.say(&Frame::Bye(bye)).await;
        drop(peer);
    });
    let why = ClientError::Closed {
        reason: "shutting_down".to_owned(),
    };
    assert_eq!(open, Err(why.clone()));
    assert_eq!(client.closing().await, why);
    assert_eq!(client.call("s.info", Args::default()).await, Err(why));
    assert_eq!(client.absence(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_server_would_find_too_long_is_not_sent() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let overhead = {
        let (_, call) = tokio::join!(
            timeout(
                Duration::from_millis(10),
                client.call("s.x", Args::Position(vec![Value::Bytes(vec![0; 1000])]))
            ),
            peer.call()
        );
        wire::to_cbor(&Frame::Call(call)).unwrap().len() - 1000
    };
    let sized = |bytes: usize| Args::Position(vec![Value::Bytes(vec![0; bytes])]);
    // The length of longer bytes takes no more room up to 65,535.
    let fits = 64 * 1024 - overhead;
    let (refused, _) = tokio::join!(client.call("s.x", sized(fits + 1)), async {});
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::TooLarge));
    let (answer, ()) = tokio::join!(client.call("s.x", sized(fits)), async {
        let call = peer.call().await;
        peer.result(call.id, Value::Null).await;
    });
    assert_eq!(answer, Ok(Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_answers_busy_and_events_come_again() {
    let options = ConnectOptions {
        incoming_max: 2,
        ..ConnectOptions::default()
    };
    let (client, mut peer) = pair(&options).await;
    let mut incoming = client.incoming().unwrap();
    peer.ask(1, "unlock", Args::default()).await;
    peer.ask(2, "unlock", Args::default()).await;
    peer.ask(3, "unlock", Args::default()).await;
    let busy = peer.answer().await;
    assert_eq!((busy.id, busy.outcome.unwrap_err().code), (3, ErrorCode::Busy));
    let event = |seq| Event {
        epoch: "a".to_owned(),
        seq,
        name: "kept".to_owned(),
        data: Value::Null,
    };
    peer.say(&Frame::Event(event(1))).await;
    // A ping behind it shows that the event was read and not acknowledged.
    peer.say(&Frame::Ping(Ping { id: 9 })).await;
    assert!(matches!(peer.next().await, Some(Frame::Pong(pong)) if pong.id == 9));
    assert!(matches!(incoming.recv().await, Some(Incoming::Call { id: 1, .. })));
    peer.say(&Frame::Event(event(1))).await;
    assert!(matches!(peer.next().await, Some(Frame::Ack(ack)) if ack.seq == 1));
    assert_eq!(client.missed(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_listener_calls_are_refused_and_texts_go_nowhere() {
    let options = ConnectOptions {
        incoming_max: 0,
        ..ConnectOptions::default()
    };
    let (client, mut peer) = pair(&options).await;
    assert!(client.incoming().is_none());
    peer.say(&Frame::Text(Text {
        body: "hello".to_owned(),
        from: None,
        id: None,
    }))
    .await;
    peer.ask(5, "unlock", Args::default()).await;
    let refused = peer.answer().await;
    assert_eq!(
        (refused.id, refused.outcome.unwrap_err().code),
        (5, ErrorCode::UnknownCommand)
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_closes_the_connection() {
    let (client, mut peer) = pair(&ConnectOptions::default()).await;
    let other = client.clone();
    drop(client);
    let (pinged, _) = tokio::join!(other.ping(), timeout(Duration::from_secs(1), peer.next()));
    assert!(pinged.is_ok());
    drop(other);
    assert!(peer.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_the_servers() {
    let (client, _peer) = pair(&ConnectOptions::default()).await;
    assert_eq!(client.server_now().to_string().get(..19), Some("2026-05-01T12:00:00"));
}

#[tokio::test]
async fn a_cut_connection_is_resumed_with_fresh_ids_and_the_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let login = Login::Key("k".to_owned());
    let options = ConnectOptions {
        login: Some(login.clone()),
        ..ConnectOptions::default()
    };
    let link = Reconnecting::start(addr, options, quick());
    let mut peer = accept(&listener).await;
    assert_eq!(peer.hello().await.login, Some(login.clone()));
    peer.say(&welcome("token-1")).await;
    let (cut, call) = tokio::join!(link.call("s.unlock", Args::default()), async {
        let call = peer.call().await;
        drop(peer);
        call
    });
    assert!(matches!(cut, Err(ClientError::Closed { .. })), "{cut:?}");
    let mut peer = accept(&listener).await;
    assert_eq!(peer.hello().await.login, Some(Login::Resume("token-1".to_owned())));
    peer.say(&welcome("token-2")).await;
    let (answer, again) = tokio::join!(link.call("s.unlock", Args::default()), async {
        let again = peer.call().await;
        peer.result(again.id, Value::Null).await;
        again
    });
    assert_eq!(answer, Ok(Value::Null));
    assert!(again.id > call.id, "the id of an old call was used again");
    // The token is refused: the original login follows on the next connection.
    drop(peer);
    let mut peer = accept(&listener).await;
    assert_eq!(peer.hello().await.login, Some(Login::Resume("token-2".to_owned())));
    let message = "the token is too old".to_owned();
    let refusal = Refusal {
        code: ErrorCode::BadLogin,
        message,
        id: None,
        detail: None,
    };
    peer.say(&Frame::Error(refusal)).await;
    let mut peer = accept(&listener).await;
    assert_eq!(peer.hello().await.login, Some(login));
}

#[tokio::test]
async fn an_answer_that_missed_its_connection_goes_out_on_the_next_with_its_id() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let link = Reconnecting::start(addr, ConnectOptions::default(), quick());
    let mut incoming = link.incoming().unwrap();
    let mut peer = accept(&listener).await;
    peer.hello().await;
    peer.say(&welcome("t")).await;
    peer.ask(41, "unlock", Args::default()).await;
    peer.ask(42, "lock", Args::default()).await;
    let first = timeout(PATIENCE, incoming.recv()).await.unwrap();
    assert!(matches!(first, Some(Incoming::Call { id: 41, .. })));
    link.answer(41, Ok(Value::Null));
    // It came and was confirmed by the pong of the ping behind it.
    assert_eq!(peer.answer().await.id, 41);
    assert!(timeout(Duration::from_millis(50), peer.next()).await.is_err());
    drop(peer);
    let second = timeout(PATIENCE, incoming.recv()).await.unwrap();
    assert!(matches!(second, Some(Incoming::Call { id: 42, .. })));
    let mut states = link.states();
    states
        .wait_for(|state| matches!(state, LinkState::Down { .. }))
        .await
        .unwrap();
    link.answer(42, Ok(Value::from("late")));
    let mut peer = accept(&listener).await;
    peer.hello().await;
    peer.say(&welcome("t")).await;
    let late = peer.answer().await;
    assert_eq!((late.id, late.outcome), (42, Ok(Value::from("late"))));
    // Cut before the pong: it may not have arrived, so it comes again.
    drop(peer);
    let mut peer = accept(&listener).await;
    peer.hello().await;
    peer.say(&welcome("t")).await;
    assert_eq!(peer.answer().await.id, 42);
}

#[tokio::test]
async fn a_refused_login_and_a_replacement_end_the_coming_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let link = Reconnecting::start(addr.clone(), ConnectOptions::default(), quick());
    let mut peer = accept(&listener).await;
    peer.hello().await;
    let refusal = Refusal {
        code: ErrorCode::BadLogin,
        message: "no".to_owned(),
        id: None,
        detail: None,
    };
    peer.say(&Frame::Error(refusal)).await;
    let ended = link.client(PATIENCE).await.unwrap_err();
    assert_eq!(ended.code(), Some(ErrorCode::BadLogin));

    let link = Reconnecting::start(addr, ConnectOptions::default(), quick());
    let mut peer = accept(&listener).await;
    peer.hello().await;
    peer.say(&welcome("t")).await;
    let bye = Bye {
        reason: "replaced".to_owned(),
        reconnect_after_ms: None,
    };
    peer.say(&Frame::Bye(bye)).await;
    drop(peer);
    let mut states = link.states();
    let ended = timeout(
        PATIENCE,
        states.wait_for(|state| matches!(state, LinkState::Ended { .. })),
    )
    .await;
    assert!(ended.unwrap().is_ok());
}

#[test]
fn pauses_double_to_their_bound_and_never_fall_below_half() {
    let pauses = Pauses {
        first: Duration::from_secs(1),
        max: Duration::from_secs(60),
    };
    for (failures, full) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
        let full = Duration::from_secs(full);
        assert_eq!(pauses.after(failures, 0), full / 2);
        assert_eq!(pauses.after(failures, u32::MAX), full);
    }
}
