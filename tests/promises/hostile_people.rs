//! What hostile people say of places, messages and bots: each wish has its typed answer, the same at a socket and over HTTP.
//!
//! Sockets and ids that are somebody else's are tried in `original.rs`, `sio/original.rs` and `sio/hostile.rs`.

use serde_json::{Value, json};

use crate::bots::authorised;
use crate::harness::{Raw, Rest, Server};
use crate::places::{HERE, circle, go};

/// Somebody at both doors.
struct Hostile {
    raw: Raw,
    rest: Rest,
}

/// A path with the arguments that it names filled in; the others are the query of a GET, or the body.
fn request(route: &str, args: &Value) -> (String, String, Option<String>) {
    let (method, path) = route.split_once(' ').unwrap();
    let mut args = args.as_object().unwrap().clone();
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => filled.push_str(&encoded(&args.remove(name).unwrap())),
            None => filled.push_str(part),
        }
    }
    if method != "GET" {
        return (method.to_owned(), filled, Some(Value::Object(args).to_string()));
    }
    let query: Vec<String> = args
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    (method.to_owned(), format!("{filled}?{}", query.join("&")), None)
}

/// A value as it stands in a path.
fn encoded(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let letters = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    letters.collect()
}

impl Hostile {
    fn of(server: &Server, person: &str) -> Self {
        Self {
            raw: server.as_user(person),
            rest: Rest::bearer(server.http(), server.token_of(person)),
        }
    }

    /// Wishes for something that is refused by this code at both doors.
    fn is_refused(&mut self, command: &str, route: &str, args: &Value, code: &str) {
        let refused = self.raw.call(command, args.clone()).expect_err(command);
        assert_eq!(refused.code, code, "{command} {args}: {}", refused.message);
        let (method, path, body) = request(route, args);
        let answer = self.rest.ask(&method, &format!("/api/v1{path}"), "", body.as_deref());
        assert!(answer.status >= 400, "{route} {args}: {answer:?}");
        assert_eq!(answer.code(), code, "{route} {args}");
        assert!(self.raw.is_alive(), "{command} {args} cost the connection");
    }
}

#[test]
fn places_that_are_none_are_refused_at_both_doors() {
    let server = Server::start();
    let (mut anna, mut mona) = (Hostile::of(&server, "anna"), Hostile::of(&server, "mona"));
    let to_move = |latitude: Value, longitude: Value| json!({"latitude": latitude, "longitude": longitude});
    for (command, route, args) in [
        ("s.move", "PUT /me/position", to_move(json!(90.1), json!(0))),
        ("s.move", "PUT /me/position", to_move(json!(-90.1), json!(0))),
        ("s.move", "PUT /me/position", to_move(json!(0), json!(180.1))),
        ("s.move", "PUT /me/position", to_move(json!(0), json!(-1e300))),
        ("s.move", "PUT /me/position", to_move(json!("NaN"), json!(0))),
        ("s.move", "PUT /me/position", to_move(json!("it's here"), json!(0))),
        ("s.move", "PUT /me/position", to_move(Value::Null, Value::Null)),
        ("s.move", "PUT /me/position", json!({"latitude": 1})),
        (
            "s.move",
            "PUT /me/position",
            json!({"latitude": 1, "longitude": 1, "accuracy_m": -1}),
        ),
        ("s.setrange", "PUT /me/range", json!({"radius_m": -1})),
        ("s.setrange", "PUT /me/range", json!({"radius_m": 0})),
        ("s.setrange", "PUT /me/range", json!({"radius_m": 50_000.1})),
        ("s.peoplenear", "GET /people/near", json!({"radius_m": -5})),
        (
            "s.peoplenear",
            "GET /people/near",
            json!({"latitude": 91, "longitude": 0, "radius_m": 5}),
        ),
        (
            "s.peoplenear",
            "GET /people/near",
            json!({"after": "'; DROP TABLE user;--"}),
        ),
        ("s.setvisibility", "PUT /me/visibility", json!({"to": "every'body"})),
    ] {
        anna.is_refused(command, route, &args, "bad_arguments");
    }
    let route = "PUT /buildings/{building}";
    for args in [
        circle("x", (90.1, 0.0), 5.0),
        circle("x", (0.0, 181.0), 5.0),
        circle("x", HERE, -5.0),
        circle(&"x".repeat(51), HERE, 5.0),
        json!({"building": "x", "name": "n".repeat(101), "latitude": 0, "longitude": 0, "radius_m": 5}),
    ] {
        mona.is_refused("s.addbuilding", route, &args, "bad_arguments");
    }
    anna.is_refused("s.addbuilding", route, &circle("x", HERE, 5.0), "forbidden");
    anna.is_refused("s.whereis", "GET /position", &json!({"user": "bert"}), "forbidden");
    mona.is_refused("s.whereis", "GET /position", &json!({"user": "no'body"}), "not_found");
    let nowhere = json!({"building": "no'where"});
    mona.is_refused("s.peoplein", "GET /buildings/{building}/people", &nowhere, "not_found");
    let not_a_number = anna.rest.ask(
        "PUT",
        "/api/v1/me/position",
        "",
        Some("{\"latitude\":NaN,\"longitude\":0}"),
    );
    assert_eq!((not_a_number.status, not_a_number.code().as_str()), (400, "bad_frame"));
    let in_the_query = anna.rest.get("/api/v1/people/near?radius_m=NaN");
    assert_eq!(
        (in_the_query.status, in_the_query.code().as_str()),
        (422, "bad_arguments")
    );
}

#[test]
fn who_never_said_where_they_are_breaks_nobodys_range() {
    let server = Server::start();
    let (mut anna, mut bert) = (Hostile::of(&server, "anna"), Hostile::of(&server, "bert"));
    let _nowhere = server.as_user("emil");
    go(&mut anna.raw, HERE);
    go(&mut bert.raw, HERE);
    let there =
        |people: &Value| people["people"][0]["user"] == "bert" && people["people"].as_array().unwrap().len() == 1;
    assert!(there(&anna.raw.call("s.peoplenear", json!({"radius_m": 50})).unwrap()));
    let near = anna.rest.get("/api/v1/people/near?radius_m=50");
    assert!(near.status == 200 && there(&near.json()), "{near:?}");
    let around = json!({"id": "anna", "latitude": HERE.0, "longitude": HERE.1, "radious": 50});
    let range = anna.rest.post("/API/user/show/range", &around);
    assert_eq!((range.status, range.json()), (200, json!(["bert"])), "{range:?}");
    let sent = anna.raw.call("s.send", json!({"body": "x", "range_m": 50})).unwrap();
    assert_eq!(sent["recipients"], 1);
}

#[test]
fn messages_to_nobody_and_of_nothing_are_refused_at_both_doors() {
    let server = Server::start();
    let (mut anna, mut bert) = (Hostile::of(&server, "anna"), server.as_user("bert"));
    let to = |users: Value, body: &str| json!({"users": users, "body": body});
    for (args, code) in [
        (to(json!(["no'body"]), "x"), "not_found"),
        (to(json!(["bert", "nobody"]), "x"), "not_found"),
        (to(json!(["'; DROP TABLE user;--"]), "x"), "not_found"),
        (to(json!(["n".repeat(300)]), "x"), "not_found"),
        (to(json!([]), "x"), "bad_arguments"),
        (to(json!([7]), "x"), "bad_arguments"),
        (to(json!(["bert"]), ""), "bad_arguments"),
        (to(json!(["bert"]), "a\u{0}b"), "bad_arguments"),
        (to(json!(["bert"]), &"x".repeat(8_193)), "too_large"),
        (json!({"room": "no'room", "body": "x"}), "not_found"),
        (json!({"everybody": true, "body": "x"}), "forbidden"),
    ] {
        anna.is_refused("s.send", "POST /messages", &args, code);
    }
    assert_eq!(
        bert.call("s.inbox", json!({})).unwrap()["last_seq"],
        0,
        "nothing of it came"
    );
}

#[test]
fn what_is_not_ones_own_or_is_nobody_is_refused_at_both_doors() {
    let server = Server::start();
    let (mut anna, mut bert) = (Hostile::of(&server, "anna"), Hostile::of(&server, "bert"));
    let sent = anna
        .raw
        .call("s.send", json!({"body": "x", "users": ["bert"]}))
        .unwrap();
    for (command, route, args, code) in [
        ("s.read", "PUT /inbox/read", json!({"upto": -1}), "bad_arguments"),
        ("s.block", "PUT /blocks/{user}", json!({"user": "no'body"}), "not_found"),
        (
            "s.block",
            "PUT /blocks/{user}",
            json!({"user": "bert"}),
            "bad_arguments",
        ),
        (
            "s.readers",
            "GET /messages/{message}/readers",
            json!({"message": sent["message"]}),
            "not_found",
        ),
        (
            "s.tell",
            "POST /clients/{client}/messages",
            json!({"client": "no'client", "text": "x"}),
            "not_found",
        ),
        ("s.newroom", "POST /rooms", json!({"room": "a'b c"}), "bad_arguments"),
        (
            "s.joinroom",
            "POST /rooms/{room}/join",
            json!({"room": "no'room"}),
            "not_found",
        ),
        ("s.notice", "POST /notices", json!({"body": "fire"}), "forbidden"),
        (
            "s.sessionsof",
            "GET /users/{user}/clients",
            json!({"user": "anna"}),
            "forbidden",
        ),
        (
            "s.setprofile",
            "PATCH /me/profile",
            json!({"first_name": "n".repeat(101)}),
            "bad_arguments",
        ),
        (
            "s.setprofile",
            "PATCH /me/profile",
            json!({"email": "no mail"}),
            "bad_arguments",
        ),
    ] {
        bert.is_refused(command, route, &args, code);
    }
    assert_eq!(
        bert.raw.call("s.inbox", json!({})).unwrap()["last_seq"],
        1,
        "nothing else came"
    );
}

#[test]
fn bots_that_are_none_and_words_that_are_too_long_are_refused_at_both_doors() {
    let server = Server::start();
    let (mut anna, mut ada) = (Hostile::of(&server, "anna"), Hostile::of(&server, "ada"));
    let (key, lunch) = authorised(&server, &mut ada.raw, "lunch", "canteen");
    authorised(&server, &mut ada.raw, "news", "canteen");
    let mut lunch = Hostile {
        raw: lunch,
        rest: Rest::bearer(server.http(), &key),
    };
    let register = |bot: &str, building: &str| json!({"bot": bot, "building": building});
    for (args, code) in [
        (register("o'neill", "canteen"), "bad_arguments"),
        (register("", "canteen"), "bad_arguments"),
        (register(&"x".repeat(51), "canteen"), "too_large"),
        (register("other", "no'where"), "not_found"),
        (register("other", &"b".repeat(51)), "too_large"),
        (register("lunch", "canteen"), "conflict"),
    ] {
        anna.is_refused("s.registerbot", "POST /bots", &args, code);
    }
    ada.is_refused(
        "s.authorisebot",
        "POST /bots/{bot}/authorise",
        &json!({"bot": "no'bot"}),
        "not_found",
    );
    anna.is_refused(
        "s.authorisebot",
        "POST /bots/{bot}/authorise",
        &json!({"bot": "lunch"}),
        "forbidden",
    );
    anna.is_refused("s.botmessage", "POST /bot-messages", &json!({"body": "x"}), "forbidden");
    lunch.is_refused(
        "s.newbotkey",
        "POST /bots/{bot}/key",
        &json!({"bot": "news"}),
        "forbidden",
    );
    let news = json!({"body": "x", "every_s": 60, "bot": "news"});
    lunch.is_refused("s.schedulebot", "POST /bot-schedules", &news, "forbidden");
    for (body, code) in [
        ("ü".repeat(251), "too_large"),
        (String::new(), "bad_arguments"),
        ("a\u{0}b".to_owned(), "bad_arguments"),
    ] {
        lunch.is_refused("s.botmessage", "POST /bot-messages", &json!({"body": body}), code);
        let often = json!({"body": body, "every_s": 60});
        lunch.is_refused("s.schedulebot", "POST /bot-schedules", &often, code);
    }
    let longest = json!({"body": "ü".repeat(250)});
    lunch.raw.call("s.botmessage", longest.clone()).unwrap();
    assert_eq!(lunch.rest.post("/api/v1/bot-messages", &longest).status, 200);
    // The routes of the first system keep its bound too.
    let mut guest = Rest::guest(server.http());
    for (letters, status) in [(250, 200), (251, 413)] {
        let said = json!({"id": "lunch", "pass": key, "message": "x".repeat(letters)});
        assert_eq!(guest.post("/API/bot/message", &said).status, status, "{letters}");
    }
    let stolen = json!({"id": "news", "pass": key, "message": "x"});
    assert_eq!(
        guest.post("/API/bot/message", &stolen).code(),
        "bad_login",
        "another bot's key"
    );
}

#[test]
fn an_apostrophe_comes_back_as_it_went_from_every_text() {
    const WORDS: &str = "it's 'so'; DROP TABLE message;--";
    let server = Server::start();
    let (mut anna, mut ada) = (Hostile::of(&server, "anna"), Hostile::of(&server, "ada"));
    let mut bert = Hostile::of(&server, "bert");
    let profile = json!({"first_name": "D'Arc", "last_name": "O'Neill'", "email": "o'neill@example.org"});
    let set = anna
        .rest
        .ask("PATCH", "/api/v1/me/profile", "", Some(&profile.to_string()));
    assert_eq!(set.status, 200, "{set:?}");
    let kept = anna.raw.call("s.profile", json!([])).unwrap();
    for field in ["first_name", "last_name", "email"] {
        assert_eq!(kept[field], profile[field]);
    }
    let place = json!({"name": WORDS, "latitude": HERE.0, "longitude": HERE.1, "radius_m": 50});
    let put = ada
        .rest
        .ask("PUT", "/api/v1/buildings/o%27neill", "", Some(&place.to_string()));
    assert_eq!(put.status, 200, "{put:?}");
    let listed = anna.raw.call("s.buildings", json!([])).unwrap();
    assert_eq!(
        (&listed["buildings"][0]["building"], &listed["buildings"][0]["name"]),
        (&json!("o'neill"), &json!(WORDS))
    );
    for person in [&mut anna, &mut bert] {
        assert_eq!(go(&mut person.raw, HERE), json!({"building": "o'neill", "name": WORDS}));
    }
    let (_, mut bot) = authorised(&server, &mut ada.raw, "lunch", "o'neill");
    bot.call("s.botmessage", json!([WORDS])).unwrap();
    let daily = json!({"body": WORDS, "every_s": 86_400});
    bot.call("s.schedulebot", daily).unwrap();
    let schedules = ada.rest.get("/api/v1/bot-schedules").json();
    assert_eq!(schedules[0]["body"], WORDS);
    for to in [
        json!({"users": ["bert"]}),
        json!({"building": "o'neill"}),
        json!({"range_m": 10}),
    ] {
        let mut args = to.clone();
        args["body"] = json!(WORDS);
        let sent = anna.rest.post("/api/v1/messages", &args);
        assert_eq!((sent.status, &sent.json()["recipients"]), (201, &json!(1)), "{sent:?}");
    }
    ada.raw
        .call("s.notice", json!({"body": WORDS, "building": "o'neill"}))
        .unwrap();
    let notices = anna.rest.get("/api/v1/notices").json();
    assert_eq!(
        (&notices[0]["body"], &notices[0]["building"]),
        (&json!(WORDS), &json!("o'neill"))
    );
    let inbox = bert.rest.get("/api/v1/inbox").json();
    let messages = inbox.get("messages").unwrap_or(&inbox).as_array().unwrap();
    assert!(messages.len() >= 4, "{inbox}");
    assert!(messages.iter().all(|message| message["body"] == WORDS), "{inbox}");
    let muted = json!({"client": [bert.raw.name()], "reason": WORDS});
    ada.raw.call("s.mute", muted).unwrap();
    let refused = bert
        .raw
        .call("s.send", json!({"body": "x", "users": ["anna"]}))
        .unwrap_err();
    assert_eq!(refused.detail["reason"], WORDS);
    let sent = anna.raw.call("s.sent", json!([])).unwrap();
    assert!(
        sent["messages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|message| message["body"] == WORDS)
    );
}
