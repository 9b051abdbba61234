//! Engine.IO below Socket.IO and alone: handshakes, pings, ends, and how polling becomes a WebSocket.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::{Asked, ENGINES, Frame, Socket, ask, at, polling};
use crate::server;

/// What the server names, less what its clock may be early.
const PING_INTERVAL: Duration = Duration::from_millis(290);

#[test]
fn a_handshake_names_its_bounds_and_a_wrong_one_is_refused() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        polling(address, engine);
        Socket::open(address, engine);
        for query in [
            "transport=polling",
            "EIO=abc&transport=polling",
            "EIO=4",
            "EIO=4&transport=abc",
        ] {
            let path = at(engine, query);
            assert_eq!(ask(address, "GET", &path, "").0, 400, "{path}");
            let websocket = path.replace("polling", "websocket");
            assert!(Socket::dial(address, &websocket).is_none(), "{websocket}");
        }
        for method in ["POST", "PUT"] {
            let path = at(engine, "EIO=4&transport=polling");
            assert_eq!(ask(address, method, &path, "").0, 400, "{method}");
        }
    }
}

#[test]
fn pings_are_sent_to_both_transports_and_silence_ends_them() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        let mut socket = Socket::open(address, engine);
        for _ in 0..3 {
            assert_eq!(ask(address, "GET", &path, ""), (200, "2".to_owned()));
            assert_eq!(ask(address, "POST", &path, "3"), (200, "ok".to_owned()));
            assert_eq!(socket.read(), Frame::Text("2".to_owned()));
            socket.say("3");
        }
        assert!(socket.is_over(), "no more pongs");
        while ask(address, "GET", &path, "").0 != 400 {}
    }
}

#[test]
fn the_first_ping_comes_after_an_interval() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let began = Instant::now();
        let path = polling(address, engine);
        assert_eq!(ask(address, "GET", &path, ""), (200, "2".to_owned()));
        assert!(began.elapsed() >= PING_INTERVAL, "{:?}", began.elapsed());
        let began = Instant::now();
        let mut socket = Socket::open(address, engine);
        assert_eq!(socket.read(), Frame::Text("2".to_owned()));
        assert!(began.elapsed() >= PING_INTERVAL, "{:?}", began.elapsed());
    }
}

#[test]
fn who_has_not_polled_within_a_ping_and_its_answer_is_gone() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        // One that began later has been pinged and ended for want of an answer; a last ping may lie there to be fetched.
        assert!(Socket::open(address, engine).is_over());
        assert!(Socket::open(address, engine).is_over());
        assert_eq!(ask(address, "GET", &path, "").0, 400);
    }
}

#[test]
fn a_client_that_leaves_is_let_go_on_both_transports() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        assert_eq!(ask(address, "POST", &path, "1").0, 200);
        assert_eq!(ask(address, "GET", &path, "").0, 400);
        let mut socket = Socket::open(address, engine);
        socket.say("1");
        assert!(socket.is_over());
    }
}

/// A poll that has come to the server: another in its place would end the transport, so a ping is waited for first.
fn waiting(address: SocketAddr, path: &str) -> Asked {
    assert_eq!(ask(address, "GET", path, ""), (200, "2".to_owned()));
    assert_eq!(ask(address, "POST", path, "3").0, 200);
    Asked::new(address, "GET", path, "")
}

#[test]
fn a_poll_that_waits_while_its_client_leaves_is_answered_with_nothing() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        let poll = waiting(address, &path);
        // On a connection of its own it may come first; then there is nothing to be answered.
        assert_eq!(ask(address, "POST", &path, "1").0, 200);
        let (status, body) = poll.answer();
        assert!(
            (status, body.as_str()) == (200, "6") || status == 400,
            "{status} {body}"
        );
        assert_eq!(ask(address, "GET", &path, "").0, 400);
    }
}

#[test]
fn two_polls_at_once_end_the_transport() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        let mut answers = [waiting(address, &path), Asked::new(address, "GET", &path, "")].map(Asked::answer);
        answers.sort();
        assert_eq!(answers[0], (200, "1".to_owned()), "the first is told");
        assert!([400, 500].contains(&answers[1].0), "{answers:?}");
        assert_eq!(ask(address, "GET", &path, "").0, 400);
    }
}

#[test]
fn what_is_no_packet_ends_the_transport() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let mut socket = Socket::open(address, engine);
        socket.say("abc");
        assert!(socket.is_over());
        let path = polling(address, engine);
        assert_eq!(ask(address, "POST", &path, "abc").0, 400);
        assert_eq!(ask(address, "GET", &path, "").0, 400);
    }
}

#[test]
fn polling_becomes_a_websocket_once_and_a_poll_meanwhile_brings_nothing() {
    let (_runtime, address) = server();
    for engine in ENGINES {
        let path = polling(address, engine);
        let mut socket = Socket::probing(address, &path);
        assert_eq!(ask(address, "GET", &path, ""), (200, "6".to_owned()));
        socket.say("5");
        let (said, heard) = match engine {
            "/socket.io/" => ("40", "40{\"sid\":"),
            _ => ("4hello", "4hello"),
        };
        socket.say(said);
        assert!(socket.text().starts_with(heard));
        assert_eq!(ask(address, "GET", &path, "").0, 400, "it polls no more");
        let second = Socket::dial(address, &path.replace("polling", "websocket"));
        assert!(second.is_none_or(|mut second| second.is_over()));
        // It is none the worse for either.
        socket.say(if engine == "/socket.io/" {
            "420[\"message-with-ack\"]"
        } else {
            "4again"
        });
        let heard = std::iter::from_fn(|| Some(socket.text())).find(|text| !text.starts_with("42"));
        assert!(matches!(heard.as_deref(), Some("4again" | "430[]")), "{heard:?}");
    }
}
