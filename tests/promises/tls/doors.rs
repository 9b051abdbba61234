//! TLS 1.3 at every door: who speaks it is served as always, who does not costs itself and nobody else.

use std::io::{Read, Write};

use serde_json::json;

use super::{EVERYWHERE, call, figure, guest, secured};
use crate::harness::{Raw, Server, Stream, frame_of, get_over, until};

fn failed(server: &Server, sock: &str, reason: &str) -> f64 {
    let labels = [format!("sock=\"{sock}\""), format!("reason=\"{reason}\"")];
    figure(
        server,
        "motorpool_tls_handshakes_failed_total",
        &[&labels[0], &labels[1]],
    )
}

#[test]
fn calls_answers_and_the_end_travel_as_they_do_without() {
    let server = secured();
    let mut raw = guest(&server);
    assert!(raw.call("s.info", json!([])).is_ok());
    let ids: Vec<u64> = (0..200).map(|_| raw.ask("s.ping", json!([]))).collect();
    for id in ids {
        assert!(raw.result(id).is_ok());
    }
    raw.end_writing();
    assert_eq!(raw.answer(), None, "an orderly end");
    let mut raw = guest(&server);
    raw.send_bytes(&[0, 0, 0, 1, 0xff]);
    let refusal = raw.answer().unwrap();
    assert_eq!(refusal["error"]["code"], json!("bad_frame"), "{refusal}");
    assert_eq!(raw.answer(), None, "an orderly end after the last words");
}

#[test]
fn a_large_answer_arrives_whole_and_a_peer_that_does_not_read_is_cut_off() {
    let server = Server::with(&[EVERYWHERE, ("MOTORPOOL_LIMITS__STALL_MS", "300")]);
    let mut raw = guest(&server);
    let help = raw.call("s.help", json!([])).unwrap();
    assert!(help.to_string().len() > 4_096);
    let mut deaf = guest(&server);
    // Its own bytes stop being taken once it owes so much reading.
    for _ in 0..200_000 {
        let call = json!({"call": {"id": 1, "command": "s.help", "args": []}});
        if deaf.try_send_bytes(&frame_of(&call)).is_err() {
            break;
        }
    }
    until("the deaf peer to be cut off", || {
        (figure_of_closed(&server, "stalled") + figure_of_closed(&server, "lagged") > 0.0).then_some(())
    });
    assert!(raw.is_alive(), "others are not");
}

fn figure_of_closed(server: &Server, reason: &str) -> f64 {
    let label = format!("reason=\"{reason}\"");
    figure(server, "motorpool_connections_closed_total", &[&label])
}

#[test]
fn maindata_is_attached_over_tls() {
    let server = secured();
    let mut raw = guest(&server);
    let ticket = raw.call("s.attach", json!(["Maindata"])).unwrap()["ticket"].clone();
    let mut sock = Raw::over(Stream::tls(server.maindata(), &server.folder()));
    let attach = json!({"client_id": raw.client_id(), "ticket": ticket, "datasock": "Maindata"});
    sock.send(&json!({ "attach": attach }));
    let answer = sock.read().unwrap();
    assert!(answer.get("attached").is_some(), "{answer}");
    assert!(sock.call("s.ping", json!([])).is_ok());
}

#[test]
fn http_is_answered_over_tls_only() {
    let server = secured();
    let stream = Stream::tls(server.http(), &server.folder());
    let (status, _, body) = get_over(stream, "/health/ready").unwrap();
    assert_eq!((status, body.as_str()), (200, "ready\n"));
    assert!(get_over(Stream::plain(server.http()), "/health/ready").is_err());
    until("the failure to be counted", || {
        (failed(&server, "http", "not_tls") > 0.0).then_some(())
    });
}

#[test]
fn plain_frames_at_a_tls_door_are_told_so_and_cost_that_connection_only() {
    let server = secured();
    let mut raw = guest(&server);
    let mut plain = Stream::plain(server.address());
    plain.write_all(&frame_of(&json!({"hello": {"protocol": 1}}))).unwrap();
    let mut heard = Vec::new();
    plain.read_to_end(&mut heard).unwrap();
    // An alert: content type 21, version 3.3, two bytes.
    assert_eq!(heard.get(..5), Some(&[21, 3, 3, 0, 2][..]), "{heard:?}");
    until("the failure to be counted", || {
        (failed(&server, "serversock", "not_tls") == 1.0).then_some(())
    });
    assert!(raw.is_alive());
    let (code, said) = call(&server, &server.folder(), &[]);
    assert!(code == 4 && said.contains("use --tls"), "{code} {said}");
}

#[test]
fn tls_at_a_plain_door_is_told_so() {
    let server = Server::start();
    let zeros = "0".repeat(64);
    let (code, said) = call(&server, &server.folder(), &["--tls", "--fingerprint", &zeros]);
    assert!(code == 4 && said.contains("does not speak TLS 1.3"), "{code} {said}");
}

/// A hello of TLS 1.2, which names no later version: two cipher suites, the usual groups and signatures.
fn hello_of_tls_1_2() -> Vec<u8> {
    let extensions = [
        &[0, 10, 0, 4, 0, 2, 0, 23][..],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 6, 0, 4, 4, 3, 8, 4],
    ]
    .concat();
    let length = u8::try_from(extensions.len()).unwrap();
    let body = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &[0, 4, 0xc0, 0x2b, 0xc0, 0x2f],
        &[1, 0],
        &[0, length],
        &extensions,
    ]
    .concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[test]
fn tls_1_2_is_refused_with_its_alert() {
    let server = secured();
    for (address, sock) in [(server.address(), "serversock"), (server.http(), "http")] {
        let mut old = Stream::plain(address);
        old.write_all(&hello_of_tls_1_2()).unwrap();
        let mut heard = Vec::new();
        old.read_to_end(&mut heard).unwrap();
        // Fatal, protocol_version.
        assert_eq!(heard, [21, 3, 3, 0, 2, 2, 70], "{sock}");
        until("the failure to be counted", || {
            (failed(&server, sock, "incompatible") == 1.0).then_some(())
        });
    }
}

#[test]
fn a_silent_handshake_is_ended_in_time_at_every_door() {
    let server = secured();
    let mut raw = guest(&server);
    for (address, sock) in [
        (server.address(), "serversock"),
        (server.maindata(), "datasock"),
        (server.http(), "http"),
    ] {
        let mut silent = Stream::plain(address);
        let mut heard = Vec::new();
        silent.read_to_end(&mut heard).unwrap();
        assert!(heard.is_empty());
        until("the failure to be counted", || {
            (failed(&server, sock, "timeout") == 1.0).then_some(())
        });
    }
    // The time holds for the handshake and the first frame together.
    let stream = Stream::tls(server.address(), &server.folder());
    let mut slow = Raw::over(stream);
    let refusal = slow.read().unwrap();
    assert_eq!(refusal["error"]["code"], json!("timeout"), "{refusal}");
    assert_eq!(slow.read(), None);
    assert!(raw.is_alive());
}

#[test]
fn open_handshakes_are_bounded_under_tls_too() {
    let server = Server::with(&[EVERYWHERE, ("MOTORPOOL_LIMITS__HANDSHAKES_MAX", "2")]);
    let mut waiting: Vec<Stream> = (0..2).map(|_| Stream::plain(server.address())).collect();
    // Both are inside once the next one is turned away.
    until("a connection to be turned away", || {
        let mut next = Stream::plain(server.address());
        next.tcp()
            .set_read_timeout(Some(std::time::Duration::from_millis(200)))
            .unwrap();
        match next.read(&mut [0; 8]) {
            Ok(0) => Some(()),
            Err(err) if err.kind() == std::io::ErrorKind::ConnectionReset => Some(()),
            other => {
                waiting.push(next);
                assert!(waiting.len() < 5, "{other:?}");
                None
            }
        }
    });
    waiting.clear();
    until("room again", || {
        let stream = Stream::tls(server.address(), &server.folder());
        let mut raw = Raw::over(stream);
        raw.try_send_bytes(&frame_of(&json!({"hello": {"protocol": 1}}))).ok()?;
        raw.try_read().ok().flatten()
    });
}
