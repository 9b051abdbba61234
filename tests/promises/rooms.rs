//! Rooms and emergency notices: who comes in, who hears what, who decides.

use serde_json::{Value, json};

use crate::harness::{Raw, Refused, Server, metric, until};

/// The next event of that name.
fn event(raw: &mut Raw, name: &str) -> Value {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == name {
            return frame["event"].clone();
        }
    }
}

fn message(raw: &mut Raw) -> Value {
    event(raw, "message")["data"].clone()
}

/// What a room event tells: what happened, to whom.
fn told(raw: &mut Raw) -> (String, String) {
    let data = event(raw, "room")["data"].clone();
    let text = |field: &str| data[field].as_str().unwrap().to_owned();
    (text("what"), text("user"))
}

fn say(raw: &mut Raw, id: u64, room: &str, body: &str) -> Result<Value, Refused> {
    // Beside the ids of calls.
    let id = id + 10_000;
    raw.send(&json!({"send": {"id": id, "to": {"room": room}, "body": body}}));
    raw.result(id)
}

fn history(raw: &mut Raw, room: &str) -> Vec<String> {
    let page = raw.call("s.roomhistory", json!({"room": room})).unwrap();
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|said| said["body"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn members_hear_what_is_said_in_a_room_and_others_do_not() {
    let server = Server::start();
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    let made = anna.call("s.newroom", json!(["Yard"])).unwrap();
    assert_eq!(made, json!({"room": "Yard", "done": "made"}));
    assert_eq!(bert.call("s.joinroom", json!(["yard"])).unwrap()["done"], "joined");
    assert_eq!(told(&mut anna), ("joined".to_owned(), "bert".to_owned()));
    let answer = say(&mut anna, 1, "yard", "it's open").unwrap();
    assert_eq!(answer["recipients"], 1);
    let heard = message(&mut bert);
    assert_eq!(
        (&heard["to"], &heard["room"], &heard["body"]),
        (&json!("room"), &json!("Yard"), &json!("it's open"))
    );
    for (raw, room) in [(&mut mona, "yard"), (&mut bert, "no'room")] {
        assert_eq!(say(raw, 2, room, "x").unwrap_err().code, "not_found");
    }
    assert_eq!(mona.code_of("s.roomhistory", json!(["yard"])), "forbidden");
    assert_eq!(
        bert.code_of("s.newroom", json!(["YARD"])),
        "conflict",
        "one name whatever its case"
    );
    for name in ["", "ab", "a b", "a'b", &"n".repeat(33)] {
        assert_eq!(bert.code_of("s.newroom", json!([name])), "bad_arguments", "{name:?}");
    }
    assert_eq!(
        server.guest().code_of("s.newroom", json!(["guests"])),
        "unauthenticated"
    );
}

#[test]
fn a_member_stays_one_over_reconnects_and_restarts_and_hears_what_was_said_meanwhile() {
    let mut server = Server::start();
    let token = server.token_of("bert");
    let (mut anna, mut bert) = (server.as_user("anna"), Raw::resume(server.address(), token));
    anna.call("s.newroom", json!(["yard"])).unwrap();
    bert.call("s.joinroom", json!(["yard"])).unwrap();
    bert.hang_up();
    say(&mut anna, 1, "yard", "while he is away").unwrap();
    server.kill();
    server.start_again();
    let mut bert = Raw::resume(server.address(), token);
    assert_eq!(message(&mut bert)["body"], "while he is away");
    assert_eq!(history(&mut bert, "yard"), ["while he is away"]);
    let mine = bert.call("s.rooms", json!({"mine": true})).unwrap();
    assert_eq!(
        (&mine[0]["room"], &mine[0]["members"], &mine[0]["owner"]),
        (&json!("yard"), &json!(2), &json!("anna"))
    );
}

#[test]
fn a_member_sees_what_was_said_since_joining_or_all_as_the_room_has_it() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    anna.call("s.newroom", json!({"room": "since"})).unwrap();
    anna.call("s.newroom", json!({"room": "whole", "history": "all"}))
        .unwrap();
    for (id, room) in [(1, "since"), (2, "whole")] {
        assert_eq!(say(&mut anna, id, room, "before").unwrap()["recipients"], 0);
        bert.call("s.joinroom", json!([room])).unwrap();
        say(&mut anna, id + 2, room, "after").unwrap();
    }
    assert_eq!(history(&mut bert, "since"), ["after"]);
    assert_eq!(history(&mut bert, "whole"), ["after", "before"]);
    assert_eq!(history(&mut anna, "since"), ["after", "before"]);
    let page = json!({"room": "whole", "limit": 1});
    let first = bert.call("s.roomhistory", page).unwrap();
    assert_eq!(
        (&first["messages"][0]["body"], &first["more"]),
        (&json!("after"), &json!(true))
    );
    let before = json!({"room": "whole", "before": first["messages"][0]["id"]});
    let second = bert.call("s.roomhistory", before).unwrap();
    assert_eq!(
        (&second["messages"][0]["body"], &second["more"]),
        (&json!("before"), &json!(false))
    );
}

#[test]
fn a_whisper_is_for_the_members_it_names_and_stays_out_of_the_others_history() {
    let server = Server::start();
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    anna.call("s.newroom", json!(["yard"])).unwrap();
    for raw in [&mut bert, &mut emil] {
        raw.call("s.joinroom", json!(["yard"])).unwrap();
    }
    let whisper = json!({"body": "psst", "room": "yard", "users": ["bert"]});
    assert_eq!(anna.call("s.send", whisper).unwrap()["recipients"], 1);
    let heard = message(&mut bert);
    assert_eq!((&heard["to"], &heard["room"]), (&json!("whisper"), &json!("yard")));
    assert_eq!(
        (history(&mut bert, "yard"), history(&mut anna, "yard")),
        (vec!["psst".into()], vec!["psst".into()])
    );
    assert_eq!(history(&mut emil, "yard"), Vec::<String>::new());
    let outside = json!({"body": "psst", "room": "yard", "users": ["bert", "mona"]});
    let refused = anna.call("s.send", outside).unwrap_err();
    assert_eq!(refused.code, "not_found");
    assert!(refused.message.contains("'mona'"), "{}", refused.message);
}

#[test]
fn a_room_that_asks_lets_in_whom_its_owner_lets_in() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    anna.call("s.newroom", json!({"room": "club", "entry": "asking"}))
        .unwrap();
    for _ in 0..2 {
        assert_eq!(bert.call("s.joinroom", json!(["club"])).unwrap()["done"], "asked");
    }
    assert_eq!(told(&mut anna), ("asked".to_owned(), "bert".to_owned()));
    assert_eq!(bert.code_of("s.roomhistory", json!(["club"])), "forbidden");
    let seen = anna.call("s.room", json!(["club"])).unwrap();
    assert_eq!(
        (&seen["door"][0]["user"], &seen["door"][0]["standing"]),
        (&json!("bert"), &json!("asking"))
    );
    assert_eq!(
        bert.call("s.room", json!(["club"])).unwrap()["members"],
        json!([]),
        "not for those outside"
    );
    assert_eq!(bert.code_of("s.invitemember", json!(["club", "bert"])), "forbidden");
    assert_eq!(
        anna.call("s.invitemember", json!(["club", "bert"])).unwrap()["done"],
        "joined"
    );
    assert_eq!(told(&mut bert), ("joined".to_owned(), "bert".to_owned()));
    say(&mut bert, 1, "club", "thanks").unwrap();
    assert_eq!(message(&mut anna)["body"], "thanks");
}

#[test]
fn a_room_by_invitation_is_not_seen_by_others() {
    let server = Server::start();
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    anna.call("s.newroom", json!({"room": "secret", "entry": "invited"}))
        .unwrap();
    assert_eq!(bert.call("s.rooms", json!({})).unwrap(), json!([]));
    for (command, args) in [
        ("s.room", json!(["secret"])),
        ("s.joinroom", json!(["secret"])),
        ("s.leaveroom", json!(["secret"])),
        ("s.roomhistory", json!(["secret"])),
        ("s.closeroom", json!(["secret"])),
        ("s.invitemember", json!(["secret", "bert"])),
    ] {
        let refused = bert.call(command, args.clone()).unwrap_err();
        let none = bert
            .call(
                command,
                json!(
                    args.as_array()
                        .unwrap()
                        .iter()
                        .map(|arg| if arg == "secret" { json!("nosuch") } else { arg.clone() })
                        .collect::<Vec<_>>()
                ),
            )
            .unwrap_err();
        assert_eq!(
            (&refused.code, refused.message.replace("secret", "nosuch")),
            (&none.code, none.message),
            "{command}"
        );
        assert_eq!(refused.code, "not_found", "{command}");
    }
    assert_eq!(
        anna.call("s.invitemember", json!(["secret", "bert"])).unwrap()["done"],
        "invited"
    );
    assert_eq!(told(&mut bert), ("invited".to_owned(), "bert".to_owned()));
    assert_eq!(bert.call("s.rooms", json!({})).unwrap()[0]["standing"], "invited");
    assert_eq!(bert.call("s.joinroom", json!(["secret"])).unwrap()["done"], "joined");
    assert_eq!(
        mona.call("s.rooms", json!({})).unwrap()[0]["room"],
        "secret",
        "operators see it"
    );
    assert_eq!(
        anna.code_of("s.invitemember", json!(["secret", "no'body"])),
        "not_found"
    );
}

#[test]
fn who_is_sent_away_is_out_and_who_is_banned_stays_out_until_invited() {
    let server = Server::start();
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    anna.call("s.newroom", json!(["yard"])).unwrap();
    bert.call("s.joinroom", json!(["yard"])).unwrap();
    assert_eq!(bert.code_of("s.removemember", json!(["yard", "anna"])), "forbidden");
    assert_eq!(
        anna.call("s.removemember", json!(["yard", "bert"])).unwrap()["done"],
        "removed"
    );
    assert_eq!(told(&mut bert), ("removed".to_owned(), "bert".to_owned()));
    assert_eq!(say(&mut bert, 1, "yard", "x").unwrap_err().code, "not_found");
    assert_eq!(anna.code_of("s.removemember", json!(["yard", "bert"])), "not_found");
    bert.call("s.joinroom", json!(["yard"])).unwrap();
    // An operator keeps order in any room.
    let for_good = json!({"room": "yard", "user": "bert", "for_good": true});
    assert_eq!(mona.call("s.removemember", for_good).unwrap()["done"], "banned");
    assert_eq!(bert.code_of("s.joinroom", json!(["yard"])), "forbidden");
    assert_eq!(
        mona.code_of("s.removemember", json!(["yard", "anna"])),
        "forbidden",
        "not its owner"
    );
    anna.call("s.invitemember", json!(["yard", "bert"])).unwrap();
    assert_eq!(bert.call("s.joinroom", json!(["yard"])).unwrap()["done"], "joined");
}

#[test]
fn a_room_passes_on_with_its_owner_and_ends_with_its_last_member() {
    let server = Server::start();
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    anna.call("s.newroom", json!(["yard"])).unwrap();
    for raw in [&mut bert, &mut emil] {
        raw.call("s.joinroom", json!(["yard"])).unwrap();
    }
    assert_eq!(bert.code_of("s.giveroom", json!(["yard", "bert"])), "forbidden");
    assert_eq!(anna.code_of("s.giveroom", json!(["yard", "mona"])), "not_found");
    assert_eq!(
        anna.call("s.giveroom", json!(["yard", "emil"])).unwrap()["done"],
        "given"
    );
    assert_eq!(anna.code_of("s.closeroom", json!(["yard"])), "forbidden");
    emil.call("s.leaveroom", json!(["yard"])).unwrap();
    let rooms = anna.call("s.rooms", json!({})).unwrap();
    assert_eq!(
        (&rooms[0]["owner"], &rooms[0]["members"]),
        (&json!("anna"), &json!(2)),
        "who was there the longest"
    );
    anna.call("s.leaveroom", json!(["yard"])).unwrap();
    bert.call("s.leaveroom", json!(["yard"])).unwrap();
    assert_eq!(anna.call("s.rooms", json!({})).unwrap(), json!([]));
    assert_eq!(bert.code_of("s.leaveroom", json!(["yard"])), "not_found");
    anna.call("s.newroom", json!(["yard"])).unwrap();
    say(&mut anna, 1, "yard", "x").unwrap();
    let mut mona = server.as_user("mona");
    assert_eq!(mona.call("s.closeroom", json!(["yard"])).unwrap()["done"], "closed");
    assert_eq!(say(&mut anna, 2, "yard", "x").unwrap_err().code, "not_found");
    let audit = mona.call("s.audit", json!({"on_what": "room:yard"})).unwrap();
    assert!(
        audit
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["what"] == "s.closeroom"),
        "{audit}"
    );
}

#[test]
fn rooms_and_their_members_are_bounded() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__ROOMS_PER_OWNER", "2"),
        ("MOTORPOOL_LIMITS__ROOMS_MAX", "3"),
        ("MOTORPOOL_LIMITS__ROOM_MEMBERS", "2"),
    ]);
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    anna.call("s.newroom", json!(["one"])).unwrap();
    anna.call("s.newroom", json!(["two"])).unwrap();
    assert_eq!(anna.code_of("s.newroom", json!(["three"])), "not_now");
    bert.call("s.newroom", json!(["three"])).unwrap();
    assert_eq!(bert.code_of("s.newroom", json!(["four"])), "not_now");
    bert.call("s.joinroom", json!(["one"])).unwrap();
    bert.call("s.joinroom", json!(["one"])).unwrap();
    assert_eq!(emil.code_of("s.joinroom", json!(["one"])), "not_now");
}

#[test]
fn a_notice_reaches_everybody_there_and_who_comes_while_it_lasts_until_it_is_acknowledged() {
    let mut server = Server::start();
    let (mut mona, mut anna, mut guest) = (server.as_user("mona"), server.as_user("anna"), server.guest());
    let token = server.token_of("bert");
    assert_eq!(anna.code_of("s.notice", json!(["fire"])), "forbidden");
    // Neither a block nor a mute keeps it out.
    anna.call("s.block", json!(["mona"])).unwrap();
    let mut ada = server.as_user("ada");
    ada.call("s.mute", json!([mona.name()])).unwrap();
    let given = mona
        .call("s.notice", json!({"body": "it's burning", "minutes": 5}))
        .unwrap();
    for raw in [&mut anna, &mut guest] {
        let notice = event(raw, "notice");
        assert_eq!(
            (&notice["data"]["body"], &notice["data"]["notice"]),
            (&json!("it's burning"), &given["notice"])
        );
        assert!(notice["seq"].as_u64().unwrap() > 0);
        raw.send(&json!({"ack": {"seq": notice["seq"]}}));
        assert!(raw.is_alive());
    }
    let mut bert = Raw::resume(server.address(), token);
    let notice = event(&mut bert, "notice");
    assert_eq!(notice["data"]["body"], "it's burning");
    bert.hang_up();
    server.kill();
    server.start_again();
    let mut bert = Raw::resume(server.address(), token);
    let again = event(&mut bert, "notice");
    assert_eq!(again["data"], notice["data"], "not acknowledged: again after a restart");
    bert.send(&json!({"ack": {"seq": again["seq"]}}));
    assert!(bert.is_alive());
    let mut anna = server.as_user("anna");
    assert_eq!(anna.call("s.notices", json!([])).unwrap()[0]["notice"], given["notice"]);
    anna.send(&json!({"ping": {"id": 9}}));
    let next = std::iter::repeat_with(|| anna.read().unwrap()).find(|frame| frame.get("ping").is_none());
    assert!(next.unwrap().get("pong").is_some(), "she has acknowledged it");
    let mut mona = server.as_user("mona");
    assert_eq!(mona.code_of("s.endnotice", json!([999])), "not_found");
    mona.call("s.endnotice", json!([given["notice"]])).unwrap();
    assert_eq!(mona.call("s.notices", json!([])).unwrap(), json!([]));
    let audit = mona
        .call("s.audit", json!({"on_what": format!("notice:{}", given["notice"])}))
        .unwrap();
    assert_eq!(audit.as_array().unwrap().len(), 2, "given and ended: {audit}");
    for (body, code) in [
        ("", "bad_arguments".to_owned()),
        (&*"x".repeat(2_049), "too_large".to_owned()),
    ] {
        assert_eq!(mona.code_of("s.notice", json!({"body": body})), code);
    }
    mona.call("s.notice", json!({"body": "x".repeat(2_048)})).unwrap();
    for minutes in [0, 10_081] {
        assert_eq!(
            mona.code_of("s.notice", json!({"body": "x", "minutes": minutes})),
            "bad_arguments"
        );
    }
    until("both to be counted", || {
        (metric(server.http(), "motorpool_events_told_total", &[]) >= 2.0).then_some(())
    });
}
