//! Messages that are kept: every session of their people gets them, at least once, in order, whatever happens between.

mod refusals;

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Refused, Server, metric, until};

/// Sends by frame and waits for the result.
fn send(raw: &mut Raw, id: u64, user: &str, body: &str) -> Result<Value, Refused> {
    // Beside the ids of calls.
    let id = id + 10_000;
    raw.send(&json!({"send": {"id": id, "to": {"user": user}, "body": body}}));
    raw.result(id)
}

/// The next event of that name.
fn event(raw: &mut Raw, name: &str) -> Value {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == name {
            return frame["event"].clone();
        }
    }
}

fn acknowledge(raw: &mut Raw, event: &Value) {
    raw.send(&json!({"ack": {"seq": event["seq"]}}));
    assert!(raw.is_alive(), "the ack was read");
}

fn inbox(raw: &mut Raw, args: Value) -> Value {
    raw.call("s.inbox", args).unwrap()
}

fn bodies(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["body"].as_str().unwrap().to_owned())
        .collect()
}

/// A session of its own, with a password.
fn sign_in(server: &Server, user: &str) -> Raw {
    let login = json!({"password": {"username": user, "password": PASSWORD}});
    Raw::hello(server.address(), json!({"login": login})).unwrap()
}

/// Waits until the place of every session is saved and those that hung up are forgotten.
fn settled(server: &Server, sessions: f64) {
    until("the sessions to be counted", || {
        (metric(server.http(), "motorpool_mail_sessions", &[]) == sessions).then_some(())
    });
}

#[test]
fn every_session_of_its_people_gets_a_message_and_each_acknowledges_for_itself() {
    let server = Server::start();
    let (mut anna, mut one, mut other) = (server.as_user("anna"), server.as_user("bert"), server.as_user("bert"));
    let answer = send(&mut anna, 1, "bert", "it's six o'clock; DROP TABLE message").unwrap();
    assert_eq!((&answer["recipients"], answer.get("pushed")), (&json!(1), None));
    for raw in [&mut one, &mut other] {
        let event = event(raw, "message");
        let data = &event["data"];
        assert!(
            event["seq"].as_u64().unwrap() > 0,
            "it comes again until it is acknowledged: {event}"
        );
        assert_eq!(data["id"], answer["message"]);
        assert_eq!(
            (&data["seq"], &data["from"], &data["to"]),
            (&json!(1), &json!("anna"), &json!("user"))
        );
        assert_eq!(data["body"], "it's six o'clock; DROP TABLE message");
        assert!(data["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert!(data["from_user_id"].is_i64() && data["epoch"].is_string());
    }
    assert!(anna.is_alive());
    let page = inbox(&mut one, json!({}));
    assert_eq!((&page["unread"], &page["last_seq"]), (&json!(1), &json!(1)));
    let own = inbox(&mut anna, json!({}));
    assert_eq!(
        (&own["unread"], &own["messages"]),
        (&json!(0), &json!([])),
        "nobody sees what is not theirs"
    );
}

#[test]
fn who_is_away_gets_what_was_sent_meanwhile_with_a_token_and_without_one() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let token = bert.token().to_owned();
    send(&mut anna, 1, "bert", "first").unwrap();
    let first = event(&mut bert, "message");
    acknowledge(&mut bert, &first);
    send(&mut anna, 2, "bert", "heard, not acknowledged").unwrap();
    let second = event(&mut bert, "message");
    settled(&server, 2.0);
    bert.hang_up();
    settled(&server, 1.0);
    send(&mut anna, 3, "bert", "while he is away").unwrap();
    let mut back = Raw::resume(server.address(), &token);
    let (again, third) = (event(&mut back, "message"), event(&mut back, "message"));
    assert_eq!(again["data"], second["data"], "the same message under the same number");
    assert_eq!(
        (&third["data"]["body"], &third["data"]["seq"]),
        (&json!("while he is away"), &json!(3))
    );
    acknowledge(&mut back, &third);
    settled(&server, 2.0);
    back.hang_up();
    settled(&server, 1.0);
    send(&mut anna, 4, "bert", "for a new session").unwrap();
    let mut fresh = sign_in(&server, "bert");
    assert_eq!(event(&mut fresh, "message")["data"]["body"], "for a new session");
    assert!(fresh.is_alive());
    fresh.hang_up();
    let mut third = Raw::resume(server.address(), &token);
    assert_eq!(
        event(&mut third, "message")["data"]["body"],
        "for a new session",
        "nobody has acknowledged it"
    );
}

#[test]
fn a_kill_of_the_server_loses_nothing_that_was_acknowledged() {
    let mut server = Server::start();
    let mut anna = server.as_user("anna");
    let token = server.token_of("bert");
    let ids: Vec<Value> = (1..=20)
        .map(|id| send(&mut anna, id, "bert", &format!("message {id}")).unwrap()["message"].clone())
        .collect();
    server.kill();
    server.start_again();
    let mut bert = Raw::resume(server.address(), token);
    for (number, id) in (1..).zip(&ids) {
        let event = event(&mut bert, "message");
        assert_eq!((&event["data"]["id"], &event["data"]["seq"]), (id, &json!(number)));
        if number == 10 {
            acknowledge(&mut bert, &event);
        }
    }
    settled(&server, 1.0);
    until("the place to be saved", || {
        let saved = metric(server.http(), "motorpool_store_batch_jobs_count", &[]);
        (saved >= 1.0).then_some(())
    });
    server.restart();
    let mut back = Raw::resume(server.address(), token);
    for (number, id) in (11..=20).zip(&ids[10..]) {
        let event = event(&mut back, "message");
        assert_eq!(
            (&event["data"]["id"], &event["data"]["seq"]),
            (id, &json!(number)),
            "behind what he acknowledged"
        );
    }
}

#[test]
fn what_is_not_acknowledged_comes_again_under_the_same_number() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    send(&mut anna, 1, "bert", "hello").unwrap();
    let first = event(&mut bert, "message");
    let began = std::time::Instant::now();
    assert_eq!(event(&mut bert, "message"), first);
    assert!((4..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    acknowledge(&mut bert, &first);
    assert!(metric(server.http(), "motorpool_mail_pushes_total", &["again"]) >= 1.0);
}

#[test]
fn messages_in_flight_keep_their_order_and_more_than_a_window_waits_in_the_store() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000")]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    for id in 0..300_u64 {
        let body = format!("message {id}");
        anna.send(&json!({"send": {"id": id, "to": {"user": "bert"}, "body": body}}));
    }
    for number in 0..300 {
        let event = event(&mut bert, "message");
        assert_eq!(event["data"]["body"], format!("message {number}"));
        assert_eq!(event["data"]["seq"], number + 1, "dense");
        bert.send(&json!({"ack": {"seq": event["seq"]}}));
    }
    assert!(bert.is_alive());
    assert_eq!(inbox(&mut bert, json!({"limit": 1}))["last_seq"], 300);
}

#[test]
fn a_session_that_does_not_acknowledge_gets_no_more_than_a_window() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000")]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    for id in 0..100_u64 {
        send(&mut anna, id, "bert", "x").unwrap();
    }
    // Some may come again meanwhile; none beyond the window comes at all.
    let line = |event: &Value| event["data"]["seq"].as_u64().unwrap();
    let mut last = event(&mut bert, "message");
    while line(&last) < 64 {
        last = event(&mut bert, "message");
    }
    bert.send(&json!({"ping": {"id": 9}}));
    loop {
        let frame = bert.read().unwrap();
        if frame.get("pong").is_some() {
            break;
        }
        if frame["event"]["name"] == "message" {
            assert!(line(&frame["event"]) <= 64, "{frame}");
        }
    }
    bert.send(&json!({"ack": {"seq": last["seq"]}}));
    while line(&event(&mut bert, "message")) < 65 {}
}

#[test]
fn an_inbox_is_read_page_by_page_from_both_ends() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000")]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    for id in 1..=10 {
        send(&mut anna, id, "bert", &id.to_string()).unwrap();
    }
    let newest = inbox(&mut bert, json!({"limit": 3}));
    assert_eq!(
        (bodies(&newest), &newest["more"]),
        (vec!["10".into(), "9".into(), "8".into()], &json!(true))
    );
    let older = inbox(&mut bert, json!({"limit": 20, "before": 8}));
    assert_eq!((bodies(&older).len(), &older["more"]), (7, &json!(false)));
    let oldest = inbox(&mut bert, json!({"limit": 2, "after": 0}));
    assert_eq!(
        (bodies(&oldest), &oldest["more"]),
        (vec!["1".into(), "2".into()], &json!(true))
    );
    let read = bert.call("s.read", json!([7])).unwrap();
    assert_eq!((&read["read_seq"], &read["unread"]), (&json!(7), &json!(3)));
    assert_eq!(
        bert.call("s.read", json!([2])).unwrap()["read_seq"],
        7,
        "what was read stays read"
    );
    let unread = inbox(&mut bert, json!({"unread": true}));
    assert_eq!(bodies(&unread), ["10", "9", "8"]);
    let all = bert.call("s.read", json!([u64::MAX])).unwrap();
    assert_eq!(
        (&all["read_seq"], &all["unread"]),
        (&json!(10), &json!(0)),
        "no more than there are"
    );
    assert_eq!(inbox(&mut bert, json!({"after": u64::MAX}))["messages"], json!([]));
    // Long ones make a shorter page, and the page says so.
    for id in 11..=18 {
        send(&mut anna, id, "bert", &"x".repeat(8_000)).unwrap();
    }
    let long = inbox(&mut bert, json!({"limit": 100}));
    assert_eq!((bodies(&long).len(), &long["more"]), (5, &json!(true)));
    // As many short ones as there may be still fit into a frame.
    for id in 19..=118 {
        send(&mut anna, id, "bert", "x").unwrap();
    }
    assert_eq!(bodies(&inbox(&mut bert, json!({"limit": 100}))).len(), 100);
}

#[test]
fn a_sender_hears_what_was_read_unless_the_reader_does_not_want_that() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let ids: Vec<Value> = (1..=3)
        .map(|id| send(&mut anna, id, "bert", "x").unwrap()["message"].clone())
        .collect();
    bert.call("s.read", json!([2])).unwrap();
    let receipt = event(&mut anna, "receipt");
    assert_eq!(
        (
            &receipt["data"]["user"],
            &receipt["data"]["message"],
            &receipt["data"]["count"]
        ),
        (&json!("bert"), &ids[1], &json!(2))
    );
    let readers = anna.call("s.readers", json!([ids[0]])).unwrap();
    assert_eq!(readers[0]["user"], "bert");
    assert_eq!(anna.call("s.readers", json!([ids[2]])).unwrap(), json!([]));
    assert_eq!(
        bert.code_of("s.readers", json!([ids[0]])),
        "not_found",
        "of one's own messages only"
    );
    bert.call("s.receipts", json!([false])).unwrap();
    bert.call("s.read", json!([3])).unwrap();
    assert_eq!(anna.call("s.readers", json!([ids[2]])).unwrap(), json!([]));
    assert_eq!(
        metric(server.http(), "motorpool_events_told_total", &[]),
        1.0,
        "no second receipt"
    );
}

#[test]
fn a_message_past_its_time_is_gone_and_the_gap_is_told() {
    let server = Server::with(&[("MOTORPOOL_SERVICES__RETENTION_SECONDS", "1")]);
    let (mut anna, token) = (server.as_user("anna"), server.token_of("bert"));
    let short = json!({"body": "short", "users": ["bert"], "expires_in_s": 1});
    anna.call("s.send", short.clone()).unwrap();
    send(&mut anna, 1, "bert", "long").unwrap();
    anna.call("s.send", short).unwrap();
    let mut ada = server.as_user("ada");
    let mut bert = until("their time to be over", || {
        ada.call("s.runservice", json!(["retention"])).unwrap();
        let mut bert = sign_in(&server, "bert");
        let page = inbox(&mut bert, json!({}));
        (bodies(&page) == ["long"]).then_some(bert)
    });
    let page = inbox(&mut bert, json!({}));
    assert_eq!((&page["last_seq"], &page["unread"]), (&json!(3), &json!(1)));
    let mut back = Raw::resume(server.address(), token);
    let first = event(&mut back, "gap");
    assert_eq!(
        (&first["data"]["from"], &first["data"]["to"], &first["data"]["cause"]),
        (&json!(1), &json!(1), &json!("gone"))
    );
    assert_eq!(event(&mut back, "message")["data"]["seq"], 2);
    let last = event(&mut back, "gap");
    assert_eq!((&last["data"]["from"], &last["data"]["to"]), (&json!(3), &json!(3)));
    acknowledge(&mut back, &last);
    assert!(metric(server.http(), "motorpool_mail_gaps_total", &[]) >= 2.0);
}

#[test]
fn the_same_send_on_a_resumed_connection_and_the_same_request_are_one_message() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let first = send(&mut anna, 7, "bert", "once").unwrap();
    let mut back = Raw::resume(server.address(), anna.token());
    assert_eq!(send(&mut back, 7, "bert", "once").unwrap(), first);
    let other = send(&mut back, 7, "bert", "another under that id").unwrap();
    assert_ne!(other["message"], first["message"]);
    let request = json!({"body": "by request", "users": ["bert"], "request_id": "r-1"});
    let asked = back.call("s.send", request.clone()).unwrap();
    assert_eq!(back.call("s.send", request).unwrap(), asked);
    assert_eq!(inbox(&mut bert, json!({}))["last_seq"], 3);
}

#[test]
fn managers_write_to_everybody_with_an_account() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let everybody = json!({"body": "the yard closes", "everybody": true});
    assert_eq!(anna.code_of("s.send", everybody.clone()), "forbidden");
    let answer = mona.call("s.send", everybody).unwrap();
    assert_eq!(answer["recipients"], 69, "all who have an account");
    assert_eq!(event(&mut anna, "message")["data"]["to"], "everybody");
    let mut later = server.as_user("rider-07");
    assert_eq!(event(&mut later, "message")["data"]["body"], "the yard closes");
    assert_eq!(
        event(&mut mona, "message")["data"]["body"],
        "the yard closes",
        "the sender too"
    );
}

#[test]
fn a_store_put_back_from_a_copy_counts_in_another_epoch_and_says_so() {
    let mut server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let token = bert.token().to_owned();
    send(&mut anna, 1, "bert", "before").unwrap();
    let before = event(&mut bert, "message");
    acknowledge(&mut bert, &before);
    settled(&server, 2.0);
    server.restart();
    let database = server.folder().join("motorpool.db");
    let copy = server.folder().join("copy.db");
    server.terminate();
    assert!(server.ended().success());
    let url = motorpool::store::DatabaseUrl::sqlite(&database);
    motorpool::store::backup::backup(&url, &copy).unwrap();
    motorpool::store::backup::restore(&copy, &url).unwrap();
    server.start_again();
    let mut back = Raw::resume(server.address(), &token);
    let gap = event(&mut back, "gap");
    assert_eq!(gap["data"]["cause"], "restored");
    assert_ne!(gap["data"]["epoch"], before["data"]["epoch"]);
    acknowledge(&mut back, &gap);
    let mut anna = server.as_user("anna");
    send(&mut anna, 1, "bert", "after").unwrap();
    let after = event(&mut back, "message");
    assert_eq!(
        (&after["data"]["seq"], &after["data"]["epoch"]),
        (&json!(2), &gap["data"]["epoch"])
    );
}
