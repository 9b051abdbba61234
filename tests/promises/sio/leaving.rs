//! The end of a client that polls: its last words are in its hands before its transport ends, or their time is over.

use serde_json::json;

use super::{bye, listed};
use crate::harness::{Packet, Poller, Server, metric, until};

/// Kicks somebody and waits until nobody is on the socket any more.
fn kick(server: &Server, poller: &Poller) {
    let id = poller.client_id();
    let kick = json!({"client": [id], "reason": "enough"});
    server.as_user("ada").call("s.kickuser", kick).unwrap();
    until("the end in the registry", || {
        (!listed(server).iter().any(|client| client["client_id"] == *id)).then_some(())
    });
}

fn transports(server: &Server) -> f64 {
    metric(server.http(), "motorpool_connections", &["sock=\"socketio\""])
}

#[test]
fn whatever_a_polling_client_still_says_it_hears_the_last_words_and_then_the_end() {
    let server = Server::start();
    for engine in [4, 3] {
        let mut anna = Poller::hello(server.http(), engine, server.token_of("anna"));
        kick(&server, &anna);
        // What is said to a namespace that was left ends a transport, with all that waits in it.
        for _ in 0..3 {
            anna.emit("ping", &json!({"id": 1}));
        }
        let rest = anna.rest();
        assert_eq!(bye(&rest), Some("kicked"), "{rest:?}");
        let told = |packet: &Packet| matches!(packet, Packet::Event(_, args, _) if args[0]["name"] == "kicked");
        assert!(rest.iter().any(told), "{rest:?}");
        assert_eq!(rest.last(), Some(&Packet::Disconnected), "stays away: {rest:?}");
        let pong = |packet: &Packet| matches!(packet, Packet::Event(name, ..) if name == "pong");
        assert!(!rest.iter().any(pong), "nobody was there to answer: {rest:?}");
    }
    until("no transport is left", || (transports(&server) == 0.0).then_some(()));
}

#[test]
fn a_poll_that_waits_at_the_end_is_answered_and_the_last_words_come_in_the_next_ones() {
    let server = Server::start();
    for engine in [4, 3] {
        let mut anna = Poller::hello(server.http(), engine, server.token_of("anna"));
        let id = anna.client_id().to_owned();
        let waiting = std::thread::spawn(move || anna.rest());
        // Whether the poll is there already or comes later, all of it is heard.
        let kick = json!({"client": [id], "reason": "enough"});
        server.as_user("ada").call("s.kickuser", kick).unwrap();
        let rest = waiting.join().unwrap();
        assert_eq!(bye(&rest), Some("kicked"), "{rest:?}");
        assert_eq!(rest.last(), Some(&Packet::Disconnected), "{rest:?}");
    }
}

#[test]
fn a_client_that_never_polls_is_cut_off_after_the_time_for_its_last_words() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__FLUSH_MS", "200")]);
    let mut anna = Poller::hello(server.http(), 4, server.token_of("anna"));
    kick(&server, &anna);
    until("the end of its transport", || {
        (transports(&server) == 0.0).then_some(())
    });
    assert_eq!(anna.poll(), None);
}

#[test]
fn a_client_that_leaves_by_itself_is_not_waited_for() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__FLUSH_MS", "60000")]);
    for engine in [4, 3] {
        let mut anna = Poller::hello(server.http(), engine, server.token_of("anna"));
        kick(&server, &anna);
        anna.post("1");
        until("the end of its transport", || {
            (transports(&server) == 0.0).then_some(())
        });
    }
}

#[test]
fn at_the_drain_a_polling_client_hears_bye_and_a_transport_that_ends_so_that_it_comes_again() {
    let mut server = Server::start();
    let mut anna = Poller::hello(server.http(), 4, server.token_of("anna"));
    server.terminate();
    let rest = anna.rest();
    assert_eq!(bye(&rest), Some("shutting_down"), "{rest:?}");
    assert!(!rest.contains(&Packet::Disconnected), "{rest:?}");
    assert!(server.ended().success());
}
