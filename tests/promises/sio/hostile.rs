//! Foreign pages, foreign ids, floods, what is never read and what is never sent: each costs its own socket.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::on_socket;
use crate::harness::{Packet, Poller, Rest, Server, Sio, WEBSOCKET, metric, until};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

/// Opens a transport that polls; gives its id.
fn polling(rest: &mut Rest) -> String {
    let opened = rest.get(POLLING);
    assert_eq!(opened.status, 200, "{opened:?}");
    let open: serde_json::Value = serde_json::from_str(&opened.body[1..]).unwrap();
    assert_eq!(open["maxPayload"], 65_536);
    open["sid"].as_str().unwrap().to_owned()
}

#[test]
fn a_foreign_page_opens_no_socket_and_a_listed_one_does() {
    let server = Server::with(&[("MOTORPOOL_HTTP__ORIGINS", "https://app.example, https://other.example")]);
    let http = server.http();
    for headers in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Origin: https://app.example.evil\r\n",
    ] {
        assert_eq!(Sio::dial(http, WEBSOCKET, headers).err(), Some(403), "{headers}");
        let refused = Rest::guest(http).ask("GET", POLLING, headers, None);
        assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    let own = format!("Origin: http://{http}\r\n");
    assert!(Sio::dial(http, WEBSOCKET, &own).is_ok());
    let listed = "Origin: https://app.example\r\n";
    assert!(Sio::dial(http, WEBSOCKET, listed).is_ok());
    let opened = Rest::guest(http).ask("GET", POLLING, listed, None);
    assert_eq!(opened.status, 200);
    assert_eq!(
        opened.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    let asked = Rest::guest(http).ask("OPTIONS", POLLING, listed, None);
    assert_eq!(
        (asked.status, asked.header("access-control-allow-methods")),
        (204, Some("GET, POST"))
    );
    assert!(metric(http, "motorpool_socketio_refused_total", &["cause=\"origin\""]) >= 8.0);
}

#[test]
fn a_cookie_opens_a_socket_only_for_a_page_of_this_server() {
    let server = Server::start();
    let cookie = format!("Cookie: mp_session={}\r\n", server.token_of("anna"));
    let with = |more: &str| Sio::join(server.http(), &format!("{cookie}{more}"), None);
    for own in [
        format!("Origin: http://{}\r\n", server.http()),
        "Sec-Fetch-Site: same-origin\r\n".to_owned(),
        "X-Motorpool: 1\r\n".to_owned(),
    ] {
        let mut anna = with(&own).unwrap();
        assert_eq!(anna.call("s.whoami", json!([])).unwrap()["user"], "anna", "{own}");
    }
    let refused = with("").err().unwrap();
    assert!(refused.starts_with("forbidden: "), "{refused}");
    let rebound = Sio::join(server.http(), "Host: evil.example\r\n", None).err().unwrap();
    assert!(rebound.starts_with("forbidden: "), "{rebound}");
}

#[test]
fn a_socket_id_that_is_not_mine_is_good_for_nothing() {
    let server = Server::start();
    let http = server.http();
    let mut rest = Rest::guest(http);
    for sid in ["", "x", "AAAAAAAAAAAAAAAA", "' OR 1=1", &"A".repeat(4_000)] {
        let sid = sid.replace(' ', "%20");
        let path = format!("{POLLING}&sid={sid}");
        assert_eq!(rest.get(&path).status, 400, "{sid}");
        assert_eq!(rest.ask("POST", &path, "", Some("4hello")).status, 400, "{sid}");
        // The upgrade of a WebSocket that continues nothing is answered, and then it ends.
        if let Ok(mut socket) = Sio::dial(http, &format!("{WEBSOCKET}&sid={sid}"), "") {
            socket.say("2probe");
            assert_eq!(socket.read(), None, "{sid}");
        }
    }
    // One that is somebody's, from elsewhere.
    let mut owner = Rest::guest(http);
    let sid = polling(&mut owner);
    let path = format!("{POLLING}&sid={sid}");
    assert_eq!(
        owner
            .ask("POST", &path, "Content-Type: text/plain\r\n", Some("40"))
            .status,
        200
    );
    // The first poll may bring a ping alone.
    until("it has joined", || owner.get(&path).body.contains("40{").then_some(()));
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let stolen = Sio::dial_from(elsewhere, http, &format!("{WEBSOCKET}&sid={sid}"));
    assert_eq!(stolen.err(), Some(403));
    assert_eq!(
        metric(http, "motorpool_socketio_refused_total", &["cause=\"not_theirs\""]),
        1.0
    );
    let mut mine = Sio::dial(http, &format!("{WEBSOCKET}&sid={sid}"), "").unwrap();
    mine.say("2probe");
    assert_eq!(mine.read(), Some(Packet::Other("3probe".to_owned())));
    mine.say("5");
    assert!(mine.call("s.whoami", json!([])).is_ok());
}

#[test]
fn what_is_longer_than_a_frame_or_no_packet_ends_its_transport() {
    let server = Server::start();
    let http = server.http();
    let fits = "x".repeat(65_536 - 30);
    let mut anna = on_socket(&server, "anna");
    assert_eq!(anna.code_of("s.tell", json!([fits.get(..60_000), "x"])), "not_found");
    let calls: [&dyn Fn(&mut Sio); 6] = [
        &|sio| sio.say(&format!("42[\"text\",\"{}\"]", "x".repeat(65_536))),
        &|sio| sio.say("7"),
        &|sio| sio.say("4"),
        &|sio| sio.say("42{}"),
        &|sio| sio.say("4599-[\"call\",{\"_placeholder\":true,\"num\":0}]"),
        &|sio| {
            sio.say("451-[\"call\",{\"_placeholder\":true,\"num\":0}]");
            sio.say("42[\"ping\",{\"id\":1}]");
        },
    ];
    for (number, say) in calls.iter().enumerate() {
        let mut hostile = on_socket(&server, "bert");
        say(&mut hostile);
        let rest = hostile.rest();
        assert!(
            rest.iter().all(|packet| !matches!(packet, Packet::Ack(..))),
            "{number}: {rest:?}"
        );
    }
    anna.say(&format!("42[\"call\",{}{}]", "[".repeat(5_000), "]".repeat(5_000)));
    assert_eq!(anna.event("error").0["code"], "bad_frame", "nested too deeply");
    let mut rest = Rest::guest(http);
    let sid = polling(&mut rest);
    let path = format!("{POLLING}&sid={sid}");
    let long = "4".repeat(65_537);
    let refused = rest.ask("POST", &path, "Content-Type: text/plain\r\n", Some(&long));
    assert!(refused.status >= 400, "{refused:?}");
    assert!(anna.call("s.whoami", json!([])).is_ok());
}

#[test]
fn attachments_that_never_come_hold_nothing_up_and_those_that_come_are_bytes() {
    let server = Server::start();
    let mut waiting = on_socket(&server, "bert");
    waiting.say("451-[\"call\",\"s.tell\",[{\"_placeholder\":true,\"num\":0}]]");
    let mut anna = on_socket(&server, "anna");
    anna.say("451-7[\"call\",\"s.tell\",[{\"_placeholder\":true,\"num\":0},\"x\"]]");
    anna.say_frame(0x82, b"\x00\xff");
    let refused = anna.acknowledged(7).unwrap_err();
    assert_eq!(refused.code, "bad_arguments", "bytes are no name: {refused:?}");
    anna.say("451-8[\"call\",\"s.tell\",[{\"_placeholder\":true,\"num\":3},\"x\"]]");
    anna.say_frame(0x82, b"\x00");
    assert_eq!(anna.acknowledged(8).unwrap_err().code, "bad_frame");
    waiting.say_frame(0x82, b"\x00");
    waiting.emit("ping", json!([{"id": 1}]));
    assert_eq!(waiting.event("pong").0["id"], 1);
}

#[test]
fn a_thousand_calls_at_once_are_all_answered_and_in_order_by_who_reads() {
    let server = Server::start();
    let mut anna = on_socket(&server, "anna");
    let acks: Vec<u64> = (0..1_000)
        .map(|_| anna.emit_wanting("call", json!(["s.whoami"])))
        .collect();
    for ack in acks {
        assert_eq!(anna.acknowledged(ack).unwrap()["user"], "anna");
    }
}

#[test]
fn however_much_a_socket_was_answered_it_is_answered_on() {
    // What is on its way is reckoned in bytes of two kinds, whose difference grows with each answer.
    const CALLS: usize = 20_000;
    let server = Server::start();
    let mut anna = on_socket(&server, "anna");
    for _ in 0..CALLS / 50 {
        let acks: Vec<u64> = (0..50)
            .map(|_| anna.emit_wanting("call", json!(["s.ping", []])))
            .collect();
        for ack in acks {
            assert!(anna.acknowledged(ack).is_ok());
        }
    }
    let mut bert = Poller::hello(server.http(), 4, server.token_of("bert"));
    let calls: Vec<String> = (0..50)
        .map(|number| format!("42{number}[\"call\",\"s.ping\",[]]"))
        .collect();
    for _ in 0..CALLS / 50 {
        bert.post(&calls.join("\u{1e}"));
        let mut answered = 0;
        while answered < 50 {
            let packets = bert.poll().expect("a transport");
            answered += packets
                .iter()
                .filter(|packet| matches!(packet, Packet::Ack(..)))
                .count();
        }
    }
}

#[test]
fn who_calls_and_never_reads_is_not_read_and_then_cut_off_and_nobody_else_feels_it() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__STALL_MS", "1000")]);
    let mut anna = on_socket(&server, "anna");
    let mut deaf = on_socket(&server, "bert");
    // Until the server reads no more, and then ends it.
    let mut sent = 0;
    while deaf.try_say_frame(0x81, b"421[\"call\",\"s.help\"]").is_ok() && sent < 400_000 {
        sent += 1;
    }
    assert!(sent < 400_000, "it takes whatever comes");
    assert!(anna.call("s.whoami", json!([])).is_ok());
    until("the end of who never reads", || {
        let closed = |reason: &str| {
            let label = format!("reason=\"{reason}\"");
            metric(server.http(), "motorpool_connections_closed_total", &[&label])
        };
        (closed("stalled") + closed("lagged") + closed("flooded") >= 1.0).then_some(())
    });
    until("its transport is let go", || {
        (metric(server.http(), "motorpool_connections", &["sock=\"socketio\""]) == 1.0).then_some(())
    });
    assert!(anna.call("s.whoami", json!([])).is_ok());
    drop(deaf.rest());
}

#[test]
fn an_address_has_so_many_sockets_and_no_more_and_a_banned_one_has_none() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__SOCKETIO_PER_ADDRESS", "3")]);
    let http = server.http();
    let open: Vec<Sio> = (0..3).map(|_| Sio::dial(http, WEBSOCKET, "").unwrap()).collect();
    assert_eq!(Sio::dial(http, WEBSOCKET, "").err(), Some(503));
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let other = Sio::dial_from(elsewhere, http, WEBSOCKET).unwrap();
    drop(open);
    until("places are free again", || Sio::dial(http, WEBSOCKET, "").ok());
    drop(other);
    let banned = "127.0.0.2";
    server.as_user("ada").call("s.ban", json!({"address": banned})).unwrap();
    assert_eq!(Sio::dial_from(elsewhere, http, WEBSOCKET).err(), Some(403));
}

#[test]
fn a_poll_flood_ends_its_own_transport() {
    let server = Server::start();
    let http = server.http();
    let mut one = Rest::guest(http);
    let sid = polling(&mut one);
    let path = format!("{POLLING}&sid={sid}");
    // Two polls at a time are forbidden: the transport is closed.
    one.say(format!("GET {path} HTTP/1.1\r\nHost: {http}\r\n\r\n").as_bytes());
    let mut other = Rest::guest(http);
    until("the second poll is refused", || {
        (other.get(&path).status == 400).then_some(())
    });
    assert_eq!(
        other
            .ask("POST", &path, "Content-Type: text/plain\r\n", Some("40"))
            .status,
        400
    );
}
