//! Who and what is refused before anything is kept, and whose messages are not heard.

use serde_json::json;

use super::{acknowledge, event, inbox, send};
use crate::harness::{Server, metric};

#[test]
fn to_people_whom_nobody_knows_nothing_is_sent_to_anybody() {
    let server = Server::start();
    let (mut anna, mut bert, mut ada) = (server.as_user("anna"), server.as_user("bert"), server.as_user("ada"));
    let refused = send(&mut anna, 1, "no'body", "hello").unwrap_err();
    assert_eq!(refused.code, "not_found");
    assert!(
        refused.message.contains("no\\'body") || refused.message.contains("no'body"),
        "{}",
        refused.message
    );
    let users = json!({"body": "hello", "users": ["bert", "nobody", "x".repeat(300)]});
    let refused = anna.call("s.send", users).unwrap_err();
    assert_eq!(refused.code, "not_found");
    assert!(
        refused.message.contains("'nobody'") && !refused.message.contains("bert"),
        "{}",
        refused.message
    );
    ada.call("s.disableuser", json!(["emil"])).unwrap();
    assert_eq!(send(&mut anna, 2, "emil", "hello").unwrap_err().code, "not_found");
    assert_eq!(inbox(&mut bert, json!({}))["last_seq"], 0);
    let both = json!({"body": "hello", "users": ["bert", "mona", "bert"]});
    assert_eq!(anna.call("s.send", both).unwrap()["recipients"], 2);
    assert_eq!(event(&mut bert, "message")["data"]["body"], "hello");
}

#[test]
fn a_body_is_text_of_1_to_8192_bytes_and_people_are_named_once_to_64_times() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    send(&mut anna, 1, "bert", &"x".repeat(8_192)).unwrap();
    let heard = event(&mut bert, "message");
    assert_eq!(heard["data"]["body"].as_str().unwrap().len(), 8_192);
    for (id, body, code) in [
        (2, "x".repeat(8_193), "too_large"),
        (3, String::new(), "bad_arguments"),
        (4, " \n".to_owned(), "bad_arguments"),
        (5, "a\0b".to_owned(), "bad_arguments"),
        (6, "\u{1b}[2J".to_owned(), "bad_arguments"),
    ] {
        assert_eq!(send(&mut anna, id, "bert", &body).unwrap_err().code, code, "{id}");
    }
    let named =
        |count: usize| json!({"body": "x", "users": (0..count).map(|n| format!("rider-{n:02}")).collect::<Vec<_>>()});
    assert_eq!(anna.call("s.send", named(64)).unwrap()["recipients"], 64);
    let people: Vec<String> = (0..65).map(|number| format!("n{number}")).collect();
    for args in [
        json!({"body": "x"}),
        json!({"body": "x", "users": people}),
        json!({"body": "x", "users": ["bert"], "everybody": true}),
        json!({"body": "x", "users": ["bert"], "expires_in_s": 0}),
        json!({"body": "x", "users": ["bert"], "expires_in_s": 90 * 24 * 3_600 + 1}),
    ] {
        assert_eq!(anna.code_of("s.send", args.clone()), "bad_arguments", "{args}");
    }
    for args in [
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"after": 1, "before": 2}),
        json!({"after": -1}),
    ] {
        assert_eq!(bert.code_of("s.inbox", args.clone()), "bad_arguments", "{args}");
    }
}

#[test]
fn guests_and_devices_have_no_inbox_and_send_nothing_that_is_kept() {
    let server = Server::start();
    let (mut guest, mut unit) = (server.guest(), server.unit("amber"));
    for raw in [&mut guest, &mut unit] {
        assert_eq!(send(raw, 1, "anna", "hello").unwrap_err().code, "unauthenticated");
        for (command, args) in [
            ("s.send", json!({"body": "x", "users": ["anna"]})),
            ("s.inbox", json!({})),
            ("s.read", json!([1])),
            ("s.block", json!(["anna"])),
            ("s.blocks", json!([])),
            ("s.receipts", json!([true])),
            ("s.readers", json!([1])),
        ] {
            assert_eq!(raw.code_of(command, args), "unauthenticated", "{command}");
        }
    }
}

#[test]
fn who_is_blocked_is_answered_as_before_and_not_heard() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let before = send(&mut anna, 1, "bert", "before").unwrap();
    let heard = event(&mut bert, "message");
    assert_eq!(heard["data"]["body"], "before");
    acknowledge(&mut bert, &heard);
    bert.call("s.block", json!(["anna"])).unwrap();
    bert.call("s.block", json!(["anna"])).unwrap();
    let blocks = bert.call("s.blocks", json!([])).unwrap();
    assert_eq!(
        (&blocks[0]["user"], blocks.as_array().unwrap().len()),
        (&json!("anna"), 1)
    );
    let while_blocked = send(&mut anna, 2, "bert", "while blocked").unwrap();
    assert_eq!(while_blocked["recipients"], before["recipients"], "the same answer");
    let readers = anna.call("s.readers", json!([while_blocked["message"]])).unwrap();
    assert_eq!(readers, json!([]), "as for who has not read");
    bert.call("s.unblock", json!(["anna"])).unwrap();
    send(&mut anna, 3, "bert", "after").unwrap();
    let next = event(&mut bert, "message");
    assert_eq!(
        (&next["data"]["body"], &next["data"]["seq"]),
        (&json!("after"), &json!(2)),
        "and no gap tells of it"
    );
    assert_eq!(bert.code_of("s.block", json!(["bert"])), "bad_arguments");
    assert_eq!(bert.code_of("s.block", json!(["no'body"])), "not_found");
}

#[test]
fn who_is_muted_or_sends_too_much_is_refused_by_name() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__MESSAGE_BURST", "3"),
        ("MOTORPOOL_LIMITS__MESSAGES_PER_MINUTE", "1"),
    ]);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    for id in 1..=3 {
        send(&mut anna, id, "bert", "x").unwrap();
    }
    let refused = send(&mut anna, 4, "bert", "x").unwrap_err();
    assert_eq!(refused.code, "rate_limited");
    let after = refused.detail["retry_after_ms"].as_u64().unwrap();
    assert!(after > 0 && after <= 60_000, "{after}");
    assert_eq!(
        anna.code_of("s.send", json!({"body": "x", "users": ["bert"]})),
        "rate_limited"
    );
    assert_eq!(metric(server.http(), "motorpool_mail_rate_limited_total", &[]), 2.0);
    send(&mut mona, 1, "bert", "each has their own").unwrap();
    mona.call("s.mute", json!([anna.name()])).unwrap();
    assert_eq!(send(&mut anna, 5, "bert", "x").unwrap_err().code, "muted");
    assert_eq!(anna.code_of("s.send", json!({"body": "x", "users": ["bert"]})), "muted");
    anna.call("s.inbox", json!({})).unwrap();
}
