//! Events that are not lost, and how a socket ends: by its client, by the server, by silence, by the drain.

use serde_json::json;

use super::{bye, listed, on_socket};
use crate::harness::{Packet, Server, Sio, metric, until};

#[test]
fn an_event_that_must_not_be_lost_comes_again_on_the_next_socket_until_it_is_acknowledged() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let mut anna = on_socket(&server, "anna");
    ada.call("s.getrights", json!([anna.client_id(), "manager"])).unwrap();
    let (told, wanted) = anna.event("event");
    assert_eq!(told["name"], "rights");
    assert!(told["seq"].as_u64().unwrap() > 0 && wanted.is_some());
    let resume = anna.welcome["resume"].clone();
    drop(anna);
    let mut again = Sio::hello(server.http(), json!({"resume": resume}));
    let (same, _) = again.event("event");
    assert_eq!((&same["seq"], &same["name"]), (&told["seq"], &told["name"]));
    again.emit("ack", json!([same["seq"]]));
    assert!(again.call("s.whoami", json!([])).is_ok());
    drop(again);
    let mut last = Sio::hello(server.http(), json!({"resume": resume}));
    assert_eq!(last.events_so_far("event"), 0, "acknowledged");
}

#[test]
fn an_event_is_acknowledged_by_the_acknowledgement_it_asks_for() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let mut anna = on_socket(&server, "anna");
    ada.call("s.getrights", json!([anna.client_id(), "manager"])).unwrap();
    let (_, wanted) = anna.event("event");
    anna.say(&format!("43{}[]", wanted.unwrap()));
    let resume = anna.welcome["resume"].clone();
    let mut before = anna;
    // It is taken beside the socket: who leaves at once may hear it once more.
    until("it comes no more", || {
        before.call("s.whoami", json!([])).unwrap();
        let mut again = Sio::hello(server.http(), json!({"resume": resume}));
        let came = again.next_event();
        if let Some(ack) = came {
            again.say(&format!("43{ack}[]"));
        }
        before = again;
        came.is_none().then_some(())
    });
}

#[test]
fn who_subscribes_on_a_socket_hears_each_change() {
    let server = Server::start();
    let mut anna = on_socket(&server, "anna");
    let subscribed = anna.call("s.subscribe", json!(["STATISTICS"])).unwrap();
    let number = subscribed.get("subscription").cloned().unwrap_or(subscribed);
    let told = anna.event("event").0;
    assert_eq!(told["data"]["subscription"], number);
    assert_eq!(told["seq"], 0);
}

#[test]
fn at_the_drain_everybody_hears_bye_and_a_transport_that_closes_so_that_they_come_again() {
    let mut server = Server::start();
    let mut anna = on_socket(&server, "anna");
    server.terminate();
    let rest = anna.rest();
    assert_eq!(bye(&rest), Some("shutting_down"));
    assert!(!rest.contains(&Packet::Disconnected), "{rest:?}");
    assert!(server.ended().success());
}

#[test]
fn a_client_that_leaves_is_gone_from_the_lists_whichever_way_it_left() {
    let server = Server::start();
    let is_gone = |id: &str| {
        until("the end in the registry", || {
            (!listed(&server).iter().any(|client| client["client_id"] == *id)).then_some(())
        });
    };
    let mut left = on_socket(&server, "anna");
    left.say("41");
    is_gone(left.client_id());
    let mut closed = on_socket(&server, "anna");
    closed.say_frame(0x88, &[]);
    is_gone(closed.client_id());
    let mut said_bye = on_socket(&server, "anna");
    said_bye.emit("bye", json!([{"reason": "enough"}]));
    is_gone(said_bye.client_id());
    let cut = on_socket(&server, "anna");
    let id = cut.client_id().to_owned();
    drop(cut);
    is_gone(&id);
    until("no transport is left", || {
        (metric(server.http(), "motorpool_connections", &["sock=\"socketio\""]) == 0.0).then_some(())
    });
}

#[test]
fn who_does_not_answer_the_pings_of_engine_io_is_closed_as_idle() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__SOCKETIO_PING_MS", "100"),
        ("MOTORPOOL_LIMITS__SOCKETIO_PONG_MS", "100"),
    ]);
    let mut silent = on_socket(&server, "anna");
    let mut alive = on_socket(&server, "bert");
    while silent.read_frame().is_some_and(|(kind, _)| kind == 1) {}
    for _ in 0..4 {
        // Reading answers the pings that came meanwhile.
        assert!(alive.call("s.whoami", json!([])).is_ok());
    }
    until("an end by silence", || {
        (metric(
            server.http(),
            "motorpool_connections_closed_total",
            &["reason=\"idle\""],
        ) >= 1.0)
            .then_some(())
    });
}
