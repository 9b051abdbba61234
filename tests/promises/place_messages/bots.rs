//! What a bot says to its building, in the inboxes of those who are in it; a bot shut out in between; a building that goes.

use serde_json::{Value, json};

use super::{bodies, event, with_buildings};
use crate::bots::{authorised, registered, signed_in};
use crate::harness::{Raw, Rest, Server, Sio, until};
use crate::places::{HERE, circle, go, north};

/// A client of the first system.
fn page(server: &Server, event: &str, fields: &Value) -> Sio {
    let mut sio = Sio::join(server.http(), "", None).unwrap();
    sio.event("welcome");
    sio.ask(event, json!([fields])).unwrap();
    sio
}

#[test]
fn a_bot_is_heard_inside_its_building_and_not_outside_until_it_is_shut_out() {
    let server = with_buildings(&[]);
    let (mut ada, mut anna, mut bert) = (server.as_user("ada"), server.as_user("anna"), server.as_user("bert"));
    let (mut blocking, mut outside) = (server.as_user("rider-00"), server.as_user("emil"));
    for raw in [&mut anna, &mut bert, &mut blocking] {
        go(raw, HERE);
    }
    go(&mut outside, north(500.0));
    bert.call("s.setvisibility", json!(["nobody"])).unwrap();
    // Whoever keeps people away keeps no bot away.
    blocking.call("s.block", json!(["anna"])).unwrap();
    let id = |person: &str| json!({"id": person, "token": server.token_of(person)});
    let (mut page_in, mut page_out) = (
        page(&server, "new_client", &id("anna")),
        page(&server, "new_client", &id("emil")),
    );
    let (key, mut bot) = authorised(&server, &mut ada, "lunch", "civil");
    let mut bot_page = page(&server, "new_bot", &json!({"id": "lunch", "key": key}));
    bot.call("s.botmessage", json!(["it's lunch"])).unwrap();
    for raw in [&mut anna, &mut bert, &mut blocking] {
        let data = event(raw, "message")["data"].clone();
        assert_eq!(
            (
                &data["from"],
                &data["kind"],
                &data["to"],
                &data["building"],
                &data["body"]
            ),
            (
                &json!("lunch"),
                &json!("bot"),
                &json!("building"),
                &json!("civil"),
                &json!("it's lunch")
            )
        );
        assert_eq!(bodies(raw), ["it's lunch"]);
    }
    assert_eq!(page_in.event("new_message").0, json!(["anna"]));
    assert_eq!(bodies(&mut outside), [""; 0]);
    assert!(page_out.call("s.whoami", json!([])).is_ok());
    assert_eq!(page_out.events_so_far("new_message"), 0);
    // The first system only refused the next message; here every open door is told and closed.
    let mut rest = Rest::bearer(server.http(), &key);
    ada.call("s.revokebot", json!(["lunch"])).unwrap();
    let bye = std::iter::from_fn(|| bot.read()).last().expect("a last word");
    assert_eq!(bye["bye"]["reason"], "signed_out", "{bye}");
    assert_eq!(bot_page.event("bye").0["reason"], "signed_out");
    let refused = rest.post("/api/v1/bot-messages", &json!({"body": "more"}));
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    let by_pass = json!({"id": "lunch", "message": "more", "pass": key});
    assert!(Rest::guest(server.http()).post("/API/bot/message", &by_pass).status >= 400);
    assert_eq!(bodies(&mut anna), ["it's lunch"]);
}

#[test]
fn a_bot_is_registered_for_a_building_that_there_is_through_each_door() {
    let server = with_buildings(&[]);
    let (mut anna, mut rest) = (
        server.as_user("anna"),
        Rest::bearer(server.http(), server.token_of("anna")),
    );
    let refused = anna.call("s.registerbot", json!(["lunch", "no'where"])).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message.contains("no'where")),
        ("not_found", true)
    );
    let by_rest = rest.post("/api/v1/bots", &json!({"bot": "lunch", "building": "nowhere"}));
    assert_eq!((by_rest.status, by_rest.code().as_str()), (404, "not_found"));
    let original = rest.post("/API/bot/register", &json!({"id": "lunch", "b_id": "nowhere"}));
    assert_eq!((original.status, original.code().as_str()), (404, "not_found"));
    registered(&mut anna, "lunch", "civil");
}

/// The schedules there are.
fn schedules(raw: &mut Raw) -> Vec<Value> {
    let schedules = raw.call("s.botschedules", json!({})).unwrap();
    schedules.as_array().unwrap().clone()
}

#[test]
fn a_bot_whose_building_is_removed_is_silent_until_it_is_there_again_and_its_schedules_are_paused() {
    let server = with_buildings(&[
        ("MOTORPOOL_BOTS__SCHEDULE_SECONDS_MIN", "1"),
        ("MOTORPOOL_BOTS__SCHEDULE_MS", "50"),
    ]);
    let mut ada = server.as_user("ada");
    let (key, mut bot) = authorised(&server, &mut ada, "lunch", "civil");
    let every_second = json!({"body": "mind the doors", "every_s": 1});
    bot.call("s.schedulebot", every_second.clone()).unwrap();
    until("a run", || {
        (schedules(&mut ada)[0]["runs"].as_i64() > Some(0)).then_some(())
    });
    ada.call("s.removebuilding", json!(["civil"])).unwrap();
    let paused = until("the pause", || {
        let schedule = schedules(&mut ada).remove(0);
        (schedule["paused"] == true).then_some(schedule)
    });
    for (command, args) in [
        ("s.botmessage", json!(["anybody?"])),
        ("s.schedulebot", every_second),
        ("s.pauseschedule", json!([paused["schedule"], false])),
    ] {
        let refused = bot.call(command, args).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.message.contains("civil")),
            ("not_found", true),
            "{command}"
        );
    }
    ada.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    bot.call("s.botmessage", json!(["here again"])).unwrap();
    assert_eq!(
        schedules(&mut ada)[0]["runs"],
        paused["runs"],
        "it goes on when somebody says so"
    );
    bot.call("s.pauseschedule", json!([paused["schedule"], false])).unwrap();
    until("the next run", || {
        (schedules(&mut ada)[0]["runs"].as_i64() > paused["runs"].as_i64()).then_some(())
    });
    signed_in(&server, &key).expect("it was never shut out");
}

#[test]
fn after_a_kill_no_bot_is_said_to_run() {
    let mut server = with_buildings(&[]);
    let mut ada = server.as_user("ada");
    let (key, _bot) = authorised(&server, &mut ada, "lunch", "civil");
    let state = |raw: &mut Raw| raw.call("s.botstate", json!(["lunch"])).unwrap()["state"].clone();
    assert_eq!(state(&mut ada), "Bot currently running.");
    server.kill();
    server.start_again();
    assert_eq!(state(&mut server.as_user("ada")), "Bot available.");
    let checked = Rest::guest(server.http()).get("/API/bot/check/lunch").json();
    assert_eq!(
        (&checked["available"], &checked["state"]),
        (&json!(1), &json!("Bot available."))
    );
    signed_in(&server, &key).expect("it may come again");
}
