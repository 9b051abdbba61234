//! Bots: registered by anybody who may look around, let by operators, shut out at once, heard in their building.

use serde_json::{Value, json};

use crate::harness::{Raw, Rest, Server, in_seconds, until};
use crate::places::circle;

/// A server with the buildings in which bots speak here.
fn with_buildings(settings: &[(&str, &str)]) -> Server {
    let server = Server::with(settings);
    let mut mona = server.as_user("mona");
    for id in ["canteen", "library", "o'neill hall", &"b".repeat(50)] {
        built(&mut mona, id);
    }
    server
}

/// A building of that id is there, somewhere.
fn built(operator: &mut Raw, id: &str) {
    if operator.call("s.peoplein", json!([id])).is_err() {
        operator.call("s.addbuilding", circle(id, (1.0, 1.0), 10.0)).unwrap();
    }
}

/// A registered bot's key.
pub(crate) fn registered(by: &mut Raw, bot: &str, building: &str) -> String {
    let made = by.call("s.registerbot", json!([bot, building])).unwrap();
    assert_eq!((&made["bot"], &made["clearance"]), (&json!(bot), &json!("waiting")));
    made["key"].as_str().unwrap().to_owned()
}

/// A bot that an operator lets, signed in.
pub(crate) fn authorised(server: &Server, ada: &mut Raw, bot: &str, building: &str) -> (String, Raw) {
    built(ada, building);
    let key = registered(ada, bot, building);
    ada.call("s.authorisebot", json!([bot])).unwrap();
    let raw = signed_in(server, &key).expect("let");
    (key, raw)
}

/// Signs in by a key.
pub(crate) fn signed_in(server: &Server, key: &str) -> Result<Raw, Value> {
    Raw::hello(server.address(), json!({"kind": "bot", "login": {"key": key}})).map_err(|refused| json!(refused.code))
}

fn state(raw: &mut Raw, bot: &str) -> Value {
    raw.call("s.botstate", json!([bot])).unwrap()["state"].clone()
}

#[test]
fn a_bot_waits_until_an_operator_lets_it_and_its_state_says_so() {
    let server = with_buildings(&[]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    assert_eq!(state(&mut anna, "lunch"), "Bot does not exist.");
    let key = registered(&mut anna, "lunch", "canteen");
    assert_eq!(state(&mut anna, "lunch"), "Bot has not been authorized yet.");
    assert_eq!(signed_in(&server, &key).err().unwrap(), "forbidden");
    assert_eq!(anna.code_of("s.authorisebot", json!(["lunch"])), "forbidden");
    assert_eq!(ada.code_of("s.authorisebot", json!(["dinner"])), "not_found");
    let bot = ada.call("s.authorisebot", json!(["lunch"])).unwrap();
    assert_eq!(bot["authorised"], true);
    assert_eq!(bot["decided_by"], bot["decided_by"].clone());
    assert_eq!(state(&mut anna, "lunch"), "Bot available.");
    let raw = signed_in(&server, &key).expect("let");
    assert_eq!(raw.name(), "lunch");
    assert_eq!(raw.welcome["permissions"], json!(["user", "bot"]));
    assert_eq!(state(&mut anna, "lunch"), "Bot currently running.");
    raw.hang_up();
    until("the bot to be gone", || {
        (state(&mut anna, "lunch") == "Bot available.").then_some(())
    });
    let mut mona = server.as_user("mona");
    let names = |raw: &mut Raw, args: Value| -> Vec<String> {
        let bots = raw.call("s.bots", args).unwrap();
        let bots = bots.as_array().unwrap().iter();
        bots.map(|bot| bot["bot"].as_str().unwrap().to_owned()).collect()
    };
    registered(&mut anna, "news", "library");
    assert_eq!(names(&mut mona, json!({})), ["lunch", "news"]);
    assert_eq!(names(&mut mona, json!({"authorised": true})), ["lunch"]);
    assert_eq!(names(&mut mona, json!({"authorised": false})), ["news"]);
    assert_eq!(names(&mut mona, json!({"after": "lunch"})), ["news"]);
    assert_eq!(anna.code_of("s.bots", json!({})), "forbidden");
}

#[test]
fn an_id_that_is_there_gets_no_second_key() {
    let server = with_buildings(&[]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let (key, raw) = authorised(&server, &mut ada, "lunch", "canteen");
    raw.hang_up();
    for id in ["lunch", "Lunch", "robby", "amber"] {
        let refused = anna.call("s.registerbot", json!([id, "canteen"])).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("conflict", "Bot already exists"),
            "{id}"
        );
    }
    signed_in(&server, &key).expect("the first key is the key");
}

#[test]
fn ids_buildings_and_bodies_are_taken_at_their_bounds_and_refused_beyond() {
    let server = with_buildings(&[]);
    let mut ada = server.as_user("ada");
    let longest = "x".repeat(50);
    registered(&mut ada, &longest, &"b".repeat(50));
    for id in ["", "o'neill", "a b", "a\u{0}", "server", "a,b"] {
        assert_eq!(
            ada.code_of("s.registerbot", json!([id, "canteen"])),
            "bad_arguments",
            "{id:?}"
        );
    }
    assert_eq!(
        ada.code_of("s.registerbot", json!(["x".repeat(51), "canteen"])),
        "too_large"
    );
    assert_eq!(
        ada.code_of("s.registerbot", json!(["fine", "b".repeat(51)])),
        "too_large"
    );
    assert_eq!(ada.code_of("s.registerbot", json!(["fine", ""])), "bad_arguments");
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "o'neill hall");
    for body in ["it's lunch; DROP TABLE bot", "x", &"ü".repeat(250)] {
        let said = bot.call("s.botmessage", json!({"body": body})).unwrap();
        assert_eq!(said["building"], "o'neill hall");
    }
    assert_eq!(
        bot.code_of("s.botmessage", json!({"body": "x".repeat(251)})),
        "too_large"
    );
    for body in ["", "  ", "a\u{0}b", "\u{1b}[2J"] {
        assert_eq!(
            bot.code_of("s.botmessage", json!({"body": body})),
            "bad_arguments",
            "{body:?}"
        );
    }
}

#[test]
fn a_bot_that_is_shut_out_is_sent_away_and_says_nothing_more_at_any_door() {
    let server = with_buildings(&[]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let (key, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    let token = bot.token().to_owned();
    let mut rest = Rest::bearer(server.http(), &key);
    let say = json!({"body": "lunch is ready"});
    assert_eq!(rest.post("/api/v1/commands/s.botmessage", &say).status, 200);
    bot.call("s.botmessage", say.clone()).unwrap();
    assert_eq!(anna.code_of("s.revokebot", json!(["lunch"])), "forbidden");
    ada.call("s.revokebot", json!(["lunch"])).unwrap();
    assert_eq!(rest.post("/api/v1/commands/s.botmessage", &say).status, 403);
    let bye = std::iter::from_fn(|| bot.read()).last().expect("a last word");
    assert_eq!(bye["bye"]["reason"], "signed_out", "{bye}");
    assert_eq!(signed_in(&server, &key).err().unwrap(), "forbidden");
    let resumed = Raw::hello(server.address(), json!({"login": {"resume": token}}));
    assert!(resumed.is_err(), "its tokens went too");
    assert_eq!(state(&mut anna, "lunch"), "Bot has not been authorized yet.");
    ada.call("s.authorisebot", json!(["lunch"])).unwrap();
    signed_in(&server, &key).expect("let again, by the same key");
}

#[test]
fn another_key_ends_the_one_before_and_a_removed_bot_is_gone() {
    let server = with_buildings(&[]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let (first, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    assert_eq!(anna.code_of("s.newbotkey", json!(["lunch"])), "forbidden");
    assert_eq!(bot.code_of("s.newbotkey", json!(["robby"])), "forbidden");
    let second = bot.call("s.newbotkey", json!([])).unwrap()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(first, second);
    assert_eq!(signed_in(&server, &first).err().unwrap(), "bad_login");
    let bot = signed_in(&server, &second).expect("the new key");
    let third = ada.call("s.newbotkey", json!(["lunch"])).unwrap()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    drop(bot);
    assert_eq!(signed_in(&server, &second).err().unwrap(), "bad_login");
    signed_in(&server, &third).expect("the operator's key");
    assert_eq!(anna.code_of("s.removebot", json!(["lunch"])), "forbidden");
    ada.call("s.removebot", json!(["lunch"])).unwrap();
    assert_eq!(signed_in(&server, &third).err().unwrap(), "bad_login");
    assert_eq!(state(&mut anna, "lunch"), "Bot does not exist.");
    registered(&mut anna, "lunch", "canteen");
}

#[test]
fn one_registrar_has_8_bots_waiting_and_no_more() {
    let server = with_buildings(&[("MOTORPOOL_BOTS__BOTS_MAX", "10")]);
    let (mut ada, mut anna, mut bert) = (server.as_user("ada"), server.as_user("anna"), server.as_user("bert"));
    for number in 0..8 {
        registered(&mut anna, &format!("bot-{number}"), "canteen");
    }
    let refused = anna.call("s.registerbot", json!(["bot-8", "canteen"])).unwrap_err();
    assert_eq!(refused.code, "not_now");
    assert!(refused.message.contains('8'), "{}", refused.message);
    ada.call("s.authorisebot", json!(["bot-0"])).unwrap();
    registered(&mut anna, "bot-8", "canteen");
    registered(&mut bert, "bert-0", "canteen");
    assert_eq!(
        bert.code_of("s.registerbot", json!(["bert-1", "canteen"])),
        "not_now",
        "10 in all"
    );
}

#[test]
fn only_a_registered_bot_speaks() {
    let server = with_buildings(&[]);
    let mut robby = signed_in(&server, server.key("bot")).expect("a key of the command line");
    assert_eq!(robby.code_of("s.botmessage", json!(["hello"])), "not_found");
    assert_eq!(
        server.as_user("ada").code_of("s.botmessage", json!(["hello"])),
        "forbidden"
    );
    assert_eq!(server.guest().code_of("s.botmessage", json!(["hello"])), "forbidden");
}

#[test]
fn a_message_that_is_sent_twice_is_said_once() {
    let server = with_buildings(&[]);
    let mut ada = server.as_user("ada");
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    let say = json!({"body": "lunch is ready", "request_id": "noon"});
    let first = bot.call("s.botmessage", say.clone()).unwrap();
    assert_eq!(bot.call("s.botmessage", say).unwrap(), first);
}

fn schedule(raw: &mut Raw, args: Value) -> Value {
    raw.call("s.schedulebot", args).unwrap()
}

fn schedules(raw: &mut Raw) -> Vec<Value> {
    raw.call("s.botschedules", json!({}))
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_schedule_runs_without_the_bot_and_after_a_crash_and_missed_runs_are_not_made_up_for() {
    let mut server = with_buildings(&[
        ("MOTORPOOL_BOTS__SCHEDULE_SECONDS_MIN", "1"),
        ("MOTORPOOL_BOTS__SCHEDULE_MS", "50"),
    ]);
    let mut ada = server.as_user("ada");
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    let made = schedule(&mut bot, json!({"body": "it's noon", "every_s": 1}));
    bot.hang_up();
    let runs = |raw: &mut Raw| {
        let one = schedules(raw).remove(0);
        (one["runs"].as_i64().unwrap(), one["missed"].as_i64().unwrap())
    };
    until("two runs", || (runs(&mut ada).0 >= 2).then_some(()));
    server.kill();
    let down_since = std::time::Instant::now();
    until("some runs to be missed", || {
        (down_since.elapsed().as_millis() > 2_500).then_some(())
    });
    server.start_again();
    let mut ada = server.as_user("ada");
    let (before, missed) = until("the missed runs to be counted", || {
        let (runs, missed) = runs(&mut ada);
        (missed >= 1).then_some((runs, missed))
    });
    assert!(missed >= 1 && before < 60, "{before} runs, {missed} missed");
    let id = made["schedule"].clone();
    ada.call("s.pauseschedule", json!([id])).unwrap();
    let stopped = runs(&mut ada).0;
    ada.call("s.revokebot", json!(["lunch"])).unwrap();
    assert_eq!(runs(&mut ada).0, stopped);
    ada.call("s.removeschedule", json!([id])).unwrap();
    assert!(schedules(&mut ada).is_empty());
    assert_eq!(ada.code_of("s.removeschedule", json!([id])), "not_found");
}

#[test]
fn the_schedules_of_a_bot_that_is_shut_out_stop_and_do_not_go_on_by_themselves() {
    let server = with_buildings(&[("MOTORPOOL_BOTS__SCHEDULE_MS", "50")]);
    let mut ada = server.as_user("ada");
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    schedule(
        &mut bot,
        json!({"body": "noon", "cron": "0 12 * * *", "zone": "Europe/Lisbon"}),
    );
    ada.call("s.revokebot", json!(["lunch"])).unwrap();
    assert_eq!(schedules(&mut ada)[0]["paused"], true);
    ada.call("s.authorisebot", json!(["lunch"])).unwrap();
    let paused = schedules(&mut ada).remove(0);
    assert_eq!(paused["paused"], true, "until somebody says so");
    let goes_on = ada.call("s.pauseschedule", json!([paused["schedule"], false])).unwrap();
    assert_eq!(goes_on["paused"], false);
}

#[test]
fn a_schedule_is_for_its_bot_and_operators_and_within_its_bounds() {
    let server = with_buildings(&[("MOTORPOOL_BOTS__SCHEDULES_PER_BOT", "2")]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let (_, mut lunch) = authorised(&server, &mut ada, "lunch", "canteen");
    let (_, mut news) = authorised(&server, &mut ada, "news", "library");
    let made = schedule(&mut lunch, json!({"body": "a", "every_s": 10}));
    for (raw, code) in [(&mut anna, "forbidden"), (&mut news, "not_found")] {
        assert_eq!(raw.code_of("s.pauseschedule", json!([made["schedule"]])), code);
        assert_eq!(raw.code_of("s.removeschedule", json!([made["schedule"]])), code);
    }
    assert_eq!(anna.code_of("s.botschedules", json!({})), "forbidden");
    assert_eq!(
        anna.code_of("s.schedulebot", json!({"body": "a", "every_s": 10, "bot": "lunch"})),
        "forbidden"
    );
    assert_eq!(
        news.code_of("s.schedulebot", json!({"body": "a", "every_s": 10, "bot": "lunch"})),
        "forbidden"
    );
    assert!(schedules(&mut news).is_empty());
    schedule(
        &mut ada,
        json!({"body": "b", "cron": "*/5 * * * *", "bot": "lunch", "until": in_seconds(3_600)}),
    );
    assert_eq!(
        lunch.code_of("s.schedulebot", json!({"body": "c", "every_s": 10})),
        "not_now"
    );
    for wrong in [
        json!({"body": "a"}),
        json!({"body": "a", "every_s": 9}),
        json!({"body": "a", "every_s": 10, "cron": "* * * * *"}),
        json!({"body": "a", "every_s": 10, "zone": "UTC"}),
        json!({"body": "a", "cron": "* * * *"}),
        json!({"body": "a", "cron": "0 0 31 2 *"}),
        json!({"body": "a", "cron": "* * * * *", "zone": "Mars/Olympus"}),
        json!({"body": "", "every_s": 10}),
        json!({"body": "a", "every_s": 10, "until": "tomorrow"}),
        json!({"body": "a", "every_s": 10, "until": in_seconds(-60)}),
    ] {
        assert_eq!(news.code_of("s.schedulebot", wrong.clone()), "bad_arguments", "{wrong}");
    }
    assert_eq!(
        news.code_of("s.schedulebot", json!({"body": "x".repeat(251), "every_s": 10})),
        "too_large"
    );
}
