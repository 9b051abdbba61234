//! More people at a place than one message reaches at once: each gets it once, in its order, whatever happens between.

use serde_json::json;

use super::{bodies, event, send, with_buildings};
use crate::harness::{Raw, Server, metric, until};
use crate::places::{HERE, go};

const PEOPLE: usize = 11;

fn rider(number: usize) -> String {
    format!("rider-{number:02}")
}

/// So many people in the building.
fn crowd(server: &Server) -> Vec<Raw> {
    let people = (0..PEOPLE).map(|number| {
        let mut raw = server.as_user(&rider(number));
        go(&mut raw, HERE);
        raw
    });
    people.collect()
}

fn all_have(crowd: &mut [Raw], wanted: &[&str]) {
    for raw in crowd {
        until("the whole inbox", || (bodies(raw).len() >= wanted.len()).then_some(()));
        assert_eq!(bodies(raw), wanted);
    }
}

#[test]
fn a_building_of_more_people_than_a_message_reaches_at_once_hears_it_once_and_in_order() {
    let server = with_buildings(&[("MOTORPOOL_LIMITS__MESSAGE_RECIPIENTS", "2")]);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let mut crowd = crowd(&server);
    go(&mut anna, HERE);
    let post = json!({"body": "one", "building": "civil", "request_id": "post-1"});
    let sent = anna.call("s.send", post.clone()).unwrap();
    assert_eq!(sent["recipients"], PEOPLE);
    // Without waiting for anybody: what comes behind it is behind it in every inbox.
    let to = json!({"building": "civil"});
    anna.send(&json!({"send": {"id": 901, "to": to, "body": "two"}}));
    let last = PEOPLE - 1;
    anna.send(&json!({"send": {"id": 902, "to": {"user": rider(last)}, "body": "to the last"}}));
    anna.send(&json!({"send": {"id": 903, "to": to, "body": "three"}}));
    assert_eq!(anna.result(903).unwrap()["recipients"], PEOPLE);
    assert_eq!(
        anna.call("s.send", post).unwrap(),
        sent,
        "the same post is the same message"
    );
    mona.call("s.send", json!({"body": "four", "everybody": true})).unwrap();
    all_have(&mut crowd[..last], &["one", "two", "three", "four"]);
    all_have(&mut crowd[last..], &["one", "two", "to the last", "three", "four"]);
    // Pushed like any other.
    for raw in &mut crowd {
        let heard = event(raw, "message");
        assert_eq!(
            (&heard["data"]["seq"], &heard["data"]["id"]),
            (&json!(1), &sent["message"])
        );
    }
    until("nobody waits any more", || {
        (metric(server.http(), "motorpool_mail_waiting", &[]) == 0.0).then_some(())
    });
}

#[test]
fn who_is_erased_or_shut_out_gets_nothing_and_holds_nobody_up() {
    let server = with_buildings(&[("MOTORPOOL_LIMITS__MESSAGE_RECIPIENTS", "1")]);
    let mut crowd = crowd(&server);
    let mut ada = server.as_user("ada");
    ada.call("s.disableuser", json!([rider(0)])).unwrap();
    ada.call("s.eraseperson", json!([rider(1), rider(1)])).unwrap();
    let sent = send(&mut crowd[2], 1, json!({"building": "civil"}), "hello").unwrap();
    // Who is shut out is still listed where they were last, and hears nothing.
    assert_eq!(sent["recipients"], PEOPLE - 2, "{sent}");
    all_have(&mut crowd[3..], &["hello"]);
}
