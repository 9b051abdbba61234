//! Silence: who does not answer a ping is gone from every list, and who answers is measured.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{Raw, Server, metric, until};

const PING_MS: u64 = 400;
const CLOSE_MS: u64 = 1_200;

fn server() -> Server {
    Server::with(&[
        ("MOTORPOOL_LIMITS__IDLE_PING_MS", "400"),
        ("MOTORPOOL_LIMITS__IDLE_CLOSE_MS", "1200"),
    ])
}

fn clients(raw: &mut Raw) -> Vec<Value> {
    let listed = raw.call("s.clients", json!([])).unwrap();
    listed.as_array().unwrap().clone()
}

#[test]
fn a_client_that_vanishes_without_a_word_is_gone_two_rounds_after_its_ping() {
    let server = server();
    let mut mona = server.as_user("mona");
    let since = Instant::now();
    let mut amber = server.unit("amber");
    // It stops answering; its socket stays open.
    assert!(amber.read().is_some());
    until("the vanished to be gone from the list", || {
        let listed = clients(&mut mona);
        (!listed.iter().any(|client| client["name"] == "amber")).then_some(())
    });
    let took = since.elapsed().as_millis();
    assert!(took >= u128::from(CLOSE_MS), "gone after {took} ms, before its time");
    let info = mona.call("s.info", json!([])).unwrap();
    assert_eq!((&info["clients"], &info["cars_online"]), (&json!(1), &json!(0)));
    assert_eq!(
        metric(server.http(), "motorpool_connections_closed_total", &["idle"]),
        1.0
    );
    assert!(metric(server.http(), "motorpool_pings_sent_total", &[]) >= 1.0);
    // Who speaks was never asked.
    let listed = clients(&mut mona);
    assert_eq!(listed[0]["ping_ms"], Value::Null);
}

#[test]
fn who_answers_a_ping_stays_and_the_round_trip_is_known() {
    let server = server();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let since = Instant::now();
    let mut pings = 0;
    while since.elapsed().as_millis() < u128::from(2 * CLOSE_MS) {
        let frame = anna.read().expect("who answers is not closed");
        assert!(frame.get("ping").is_some(), "{frame}");
        anna.send(&json!({"pong": {"id": frame["ping"]["id"], "at": "2026-01-01T00:00:00Z"}}));
        pings += 1;
        assert!(mona.is_alive());
    }
    assert!(pings >= 2, "{pings} pings in {CLOSE_MS} ms with one every {PING_MS} ms");
    let listed = clients(&mut mona);
    let anna = listed.iter().find(|client| client["name"] == "anna.0").unwrap();
    assert!(anna["ping_ms"].as_u64().unwrap() < CLOSE_MS, "{anna}");
}
