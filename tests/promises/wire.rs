//! Frames: every example of the protocol's text over a real socket, and what happens to what is no frame.
//!
//! After each the peer beside it still works, and an error arrives although the sender went on sending.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::examples::{Example, examples};
use crate::harness::{Raw, Server, frame_of};

/// More than the buffers of a socket that is not read take at once.
const MUCH_BYTES: usize = 512 * 1024;

fn at_its_point(server: &Server, example: &Example) -> Raw {
    match example.line("when") {
        "first" => Raw::connect(server.address()),
        "first on a datasock" => Raw::connect(server.maindata()),
        _ => server.guest(),
    }
}

/// Sends the example and checks what its reaction says.
fn replay(server: &Server, example: &Example) {
    let (name, reaction) = (example.line("id"), example.line("reaction"));
    let mut raw = at_its_point(server, example);
    raw.send_bytes(&example.bytes);
    if reaction == "decodes" {
        return goes_its_way(raw, example);
    }
    let answer = raw.answer().unwrap_or_else(|| panic!("{name}: no answer"));
    let words: Vec<&str> = reaction.split([' ', ',']).collect();
    assert_eq!(answer["error"]["code"], words[1], "{name}: {answer}");
    if words[0] == "closes" {
        assert_eq!(raw.read(), None, "{name}: the connection goes on");
        return;
    }
    let id = example.lines.get("answer id").map(|id| id.parse::<u64>().unwrap());
    assert_eq!(
        answer["error"].get("id").and_then(Value::as_u64),
        id,
        "{name}: {answer}"
    );
    assert!(raw.is_alive(), "{name}: the connection has ended");
}

/// A frame that is one: the connection lives on, or ends as this kind of frame ends it.
fn goes_its_way(mut raw: Raw, example: &Example) {
    let name = example.line("id");
    let meaning: Value = serde_json::from_str(example.line("json")).unwrap();
    if example.line("when") != "after welcome" {
        let answer = raw.read().unwrap_or_else(|| panic!("{name}: no answer"));
        let is_in = answer.get("welcome").is_some();
        assert!(is_in || answer.get("error").is_some(), "{name}: {answer}");
        assert!(!is_in || raw.is_alive(), "{name}: welcomed and dropped");
    } else if meaning.get("bye").is_some() {
        assert_eq!(raw.answer(), None, "{name}: a good-bye ends the connection");
    } else {
        assert!(raw.is_alive(), "{name}: the connection has ended");
    }
}

#[test]
fn every_example_of_the_text_is_met_as_the_text_says() {
    let server = Server::start();
    let mut bystander = server.guest();
    for example in examples() {
        replay(&server, &example);
        assert!(bystander.is_alive(), "after {}", example.line("id"));
    }
}

#[test]
fn an_error_arrives_although_the_peer_went_on_sending() {
    let server = Server::start();
    let mut bystander = server.guest();
    let too_long = [&65_537_u32.to_be_bytes()[..], &[0; MUCH_BYTES]].concat();
    let no_frame = [&4_u32.to_be_bytes()[..], &[0xff; MUCH_BYTES]].concat();
    for (bytes, code) in [(&too_long, "too_large"), (&no_frame, "bad_frame")] {
        for mut raw in [server.guest(), Raw::connect(server.address())] {
            raw.send_bytes(bytes);
            let answer = raw.answer().unwrap();
            assert_eq!(answer["error"]["code"], code, "{answer}");
            assert_eq!(raw.read(), None, "{code}: one error, then the end");
        }
        assert!(bystander.is_alive(), "{code}");
    }
}

#[test]
fn what_came_before_a_broken_frame_is_still_answered() {
    let server = Server::start();
    let mut raw = server.guest();
    let ping = frame_of(&json!({"ping": {"id": 5}}));
    raw.send_bytes(&[&ping[..], &[0, 0, 0, 1, 0xff]].concat());
    assert_eq!(raw.answer().unwrap()["pong"]["id"], 5);
    assert_eq!(raw.answer().unwrap()["error"]["code"], "bad_frame");
    assert_eq!(raw.read(), None);
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    let server = Server::start();
    let padded = |length: usize, kind: &str, field: &str, rest: Value| {
        let mut fields = rest;
        let spare = length - frame_of(&json!({kind: with(&fields, field, "")})).len() + 4;
        // A text of this length has three bytes of head instead of one.
        fields[field] = json!("x".repeat(spare - if spare > 256 { 2 } else { 0 }));
        let frame = frame_of(&json!({ kind: fields }));
        assert_eq!(frame.len(), length + 4);
        frame
    };
    let hello = |length| padded(length, "hello", "description", json!({"protocol": 1}));
    let text = |length| padded(length, "text", "body", json!({"id": 3}));

    let mut raw = Raw::connect(server.address());
    raw.send_bytes(&hello(4_096));
    assert!(raw.answer().unwrap().get("welcome").is_some());
    raw.send_bytes(&text(65_536));
    assert_eq!(raw.answer().unwrap()["result"]["id"], 3);
    raw.send_bytes(&text(65_537));
    assert_eq!(raw.answer().unwrap()["error"]["code"], "too_large");
    assert_eq!(raw.read(), None);

    let mut raw = Raw::connect(server.address());
    raw.send_bytes(&hello(4_097));
    assert_eq!(raw.answer().unwrap()["error"]["code"], "too_large");
    assert_eq!(raw.read(), None);
}

fn with(fields: &Value, field: &str, text: &str) -> Value {
    let mut fields = fields.clone();
    fields[field] = json!(text);
    fields
}

#[test]
fn only_a_hello_comes_first_and_it_comes_once() {
    let server = Server::start();
    let mut raw = Raw::connect(server.address());
    raw.send(&json!({"call": {"id": 1, "command": "s.ping"}}));
    let answer = raw.answer().unwrap();
    assert_eq!(answer["error"]["code"], "bad_frame");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("call") && message.contains("hello"), "{message}");
    assert_eq!(raw.read(), None);

    let mut raw = server.guest();
    raw.send(&json!({"hello": {"protocol": 1}}));
    assert_eq!(raw.answer().unwrap()["error"]["code"], "bad_frame");
    assert!(raw.is_alive());
}

#[test]
fn who_says_nothing_or_half_a_hello_is_sent_away_in_time() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__HANDSHAKE_MS", "300")]);
    let hello = frame_of(&json!({"hello": {"protocol": 1}}));
    for begun in [0, 2, 4, hello.len() - 1] {
        let since = Instant::now();
        let mut raw = Raw::connect(server.address());
        raw.send_bytes(&hello[..begun]);
        assert_eq!(raw.answer().unwrap()["error"]["code"], "timeout", "{begun} bytes");
        assert_eq!(raw.read(), None);
        let took = since.elapsed();
        assert!(
            took >= Duration::from_millis(290) && took < Duration::from_secs(3),
            "{took:?}"
        );
    }
    assert!(server.guest().is_alive());
}

#[test]
fn frames_are_read_however_they_are_cut() {
    let server = Server::start();
    let frames = [
        frame_of(&json!({"hello": {"protocol": 1, "name": "in-pieces"}})),
        frame_of(&json!({"call": {"id": 1, "command": "s.ping"}})),
        frame_of(&json!({"ping": {"id": 2}})),
    ]
    .concat();
    for piece_bytes in [1, 3, frames.len()] {
        let mut raw = Raw::connect(server.address());
        for piece in frames.chunks(piece_bytes) {
            raw.send_bytes(piece);
        }
        assert!(raw.answer().unwrap().get("welcome").is_some());
        let answers = [raw.answer().unwrap(), raw.answer().unwrap()];
        assert!(answers.iter().any(|answer| answer["result"]["id"] == 1), "{answers:?}");
        assert!(answers.iter().any(|answer| answer["pong"]["id"] == 2), "{answers:?}");
    }
}

#[test]
fn who_sends_and_ends_writing_still_gets_the_answers() {
    let server = Server::start();
    let mut raw = server.guest();
    let id = raw.ask("s.ping", json!([]));
    raw.end_writing();
    assert!(raw.result(id).is_ok());
    assert_eq!(raw.answer(), None);
}

#[test]
fn noise_harms_only_the_connection_it_comes_by() {
    let server = Server::start();
    let mut bystander = server.guest();
    // Any generator does; this one is the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    for round in 0..200 {
        let mut raw = if round % 2 == 0 {
            server.guest()
        } else {
            Raw::connect(server.address())
        };
        let item: Vec<u8> = (0..8).flat_map(|_| noise()).collect();
        raw.send_bytes(&[&64_u32.to_be_bytes()[..], &item].concat());
        let answer = raw.answer().unwrap();
        assert_eq!(answer["error"]["code"], "bad_frame", "{item:?}: {answer}");
    }
    assert!(bystander.is_alive());
}
