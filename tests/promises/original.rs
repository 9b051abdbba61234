//! The routes of the first system, with its bodies and answers, and without what was wrong with it: each test here
//! would fail on what that system did.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Rest, Server, until};

/// Somebody with a token, which goes into bodies and not into headers.
struct Person<'s> {
    id: &'static str,
    token: &'static str,
    rest: Rest,
    server: &'s Server,
}

impl<'s> Person<'s> {
    fn of(server: &'s Server, id: &'static str) -> Self {
        Self {
            id,
            token: server.token_of(id),
            rest: Rest::guest(server.http()),
            server,
        }
    }

    /// Posts a body with id and token beside it.
    fn post(&mut self, path: &str, fields: Value) -> (u16, String) {
        let mut body = json!({"id": self.id, "token": self.token});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = self.rest.post(&format!("/API/user/{path}"), &body);
        (
            reply.status,
            if reply.status == 200 { reply.body } else { reply.code() },
        )
    }

    fn is_at(&mut self, latitude: f64, longitude: f64) -> String {
        let (status, text) = self.post(
            "update/coordinates",
            json!({"latitude": latitude, "longitude": longitude}),
        );
        assert_eq!(status, 200, "{text}");
        text
    }

    /// Lets everybody within range see where they are.
    fn is_visible(&self) {
        let mut socket = self.server.as_user(self.id);
        socket.call("s.setvisibility", json!({"to": "near"})).unwrap();
    }
}

fn operator(server: &Server) -> Rest {
    Rest::bearer(server.http(), server.token_of("mona"))
}

fn with_buildings() -> Server {
    let server = Server::start();
    let mut mona = operator(&server);
    for building in [
        json!({"id": "1", "name": "Pavilhão d'Informática", "latitude": 38.7367, "longitude": -9.1383, "radious": 50}),
        json!({"id": "2", "name": "Torre", "latitude": 38.7376, "longitude": -9.1386, "radius": 30}),
    ] {
        let added = mona.post("/API/admin/buildings/add", &building);
        assert_eq!((added.status, added.json()), (200, json!([])), "{added:?}");
    }
    server
}

#[test]
fn people_of_the_first_system_say_where_they_are_and_see_who_is_there() {
    let server = with_buildings();
    let (mut anna, mut bert) = (Person::of(&server, "anna"), Person::of(&server, "bert"));
    assert_eq!(anna.is_at(38.7367, -9.1383), "Pavilhão d'Informática");
    assert_eq!(anna.is_at(0.0, 0.0), "Out of IST registered facilities");
    assert_eq!(anna.post("show/building", json!({})), (200, "[]".to_owned()));
    anna.is_at(38.7367, -9.1383);
    bert.is_at(38.73671, -9.1383);
    bert.is_visible();
    let around = json!({"latitude": 38.7367, "longitude": -9.1383, "radious": 100});
    // Bert is there, and sees nobody while nobody lets him; nor is he seen while he is not online.
    assert_eq!(bert.post("show/building", json!({})), (200, "[]".to_owned()));
    let session = server.as_user("bert");
    until("bert is online", || {
        (anna.post("show/range", around.clone()) == (200, "[\"bert\"]".to_owned())).then_some(())
    });
    assert_eq!(
        anna.post("show/building", json!({})),
        (200, "[{\"id\":\"bert\"}]".to_owned())
    );
    drop(session);
    for spelling in ["radious", "radius"] {
        assert_eq!(anna.post("update/range", json!({spelling: 75})), (200, String::new()));
    }
    let buildings = Rest::guest(server.http()).get("/API/bot/show/buildings");
    assert_eq!(buildings.json()[1], json!({"name": "Torre", "id": "2"}));
}

#[test]
fn a_message_goes_to_those_who_are_named_and_each_session_fetches_its_own_copy() {
    let server = Server::start();
    let (mut anna, mut bert) = (Person::of(&server, "anna"), Person::of(&server, "bert"));
    let (first, second) = (server.as_user("bert"), server.as_user("bert"));
    let said = "it's 'quoted'; DROP TABLE user;--";
    assert_eq!(
        anna.post("message/send", json!({"users": "bert\nmona\n", "message": said})),
        (200, String::new())
    );
    assert_eq!(
        anna.post("message/send", json!({"users": ["bert"], "message": "two"})),
        (200, String::new())
    );
    for session in [&first, &second] {
        let fetch = json!({"socket_id": session.client_id()});
        let (status, texts) = bert.post("message/receive", fetch.clone());
        let texts: Vec<String> = serde_json::from_str(&texts).unwrap();
        let messages: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!((status, messages.len()), (200, 2), "{messages:?}");
        assert_eq!(
            (&messages[0]["id"], &messages[0]["message"]),
            (&json!("anna"), &json!(said))
        );
        assert!(messages[0]["timestamp"].is_string());
        assert_eq!(bert.post("message/receive", fetch), (200, "[]".to_owned()));
    }
    // Nobody drains what another's session has not fetched.
    let foreign = json!({"socket_id": first.client_id()});
    assert_eq!(anna.post("message/receive", foreign), (403, "forbidden".to_owned()));
    let none = json!({"socket_id": "no-such-session"});
    assert_eq!(bert.post("message/receive", none), (403, "forbidden".to_owned()));
}

#[test]
fn a_message_to_somebody_away_waits_for_them() {
    let server = Server::start();
    let mut anna = Person::of(&server, "anna");
    assert_eq!(
        anna.post("message/send", json!({"users": ["bert"], "message": "later"}))
            .0,
        200
    );
    let (session, mut bert) = (server.as_user("bert"), Person::of(&server, "bert"));
    let (_, texts) = bert.post("message/receive", json!({"socket_id": session.client_id()}));
    assert!(texts.contains("later"), "{texts}");
}

#[test]
fn bad_input_has_its_status_and_its_problem() {
    let server = with_buildings();
    let mut anna = Person::of(&server, "anna");
    let refused = |(status, code): (u16, String)| (status, code);
    let bad = (422, "bad_arguments".to_owned());
    for (path, fields) in [
        ("update/coordinates", json!({"latitude": 90.1, "longitude": 0})),
        ("update/coordinates", json!({"latitude": 0, "longitude": -180.1})),
        ("update/coordinates", json!({"latitude": "NaN", "longitude": 0})),
        ("update/coordinates", json!({"latitude": 1})),
        ("update/coordinates", json!({"latitude": 1, "longitude": 1, "more": 1})),
        ("update/range", json!({"radious": -1})),
        ("update/range", json!({"radious": 0})),
        ("update/range", json!({})),
        ("show/range", json!({"latitude": 0, "longitude": 0, "radious": -5})),
        ("message/send", json!({"users": [], "message": "x"})),
        ("message/send", json!({"users": "\n", "message": "x"})),
        ("message/send", json!({"users": ["bert"], "message": ""})),
        ("message/send", json!({"users": ["bert"], "message": "x".repeat(251)})),
        ("message/send", json!({"users": 7, "message": "x"})),
        ("message/receive", json!({})),
    ] {
        assert_eq!(refused(anna.post(path, fields.clone())), bad, "{path} {fields}");
    }
    assert_eq!(
        anna.post("message/send", json!({"users": ["bert"], "message": "x".repeat(250)}))
            .0,
        200
    );
    let unknown = json!({"users": ["bert", "nobody-there"], "message": "x"});
    assert_eq!(anna.post("message/send", unknown), (404, "not_found".to_owned()));
    assert_eq!(
        anna.rest.ask("POST", "/API/user/update/range", "", Some("{")).code(),
        "bad_frame"
    );
    let get = anna.rest.get("/API/user/update/range");
    assert_eq!((get.status, get.header("allow")), (405, Some("POST, OPTIONS")));
}

#[test]
fn nobody_is_somebody_else_by_saying_so() {
    let server = Server::start();
    let mut anna = Person::of(&server, "anna");
    let range = |id: &str, token: Value| json!({"id": id, "token": token, "radious": 10});
    for (id, token, status, code) in [
        ("bert", json!(anna.token), 403, "forbidden"),
        ("anna", json!("mp_resume_made_up"), 401, "bad_login"),
        ("anna", json!(""), 401, "bad_login"),
        ("anna", Value::Null, 401, "unauthenticated"),
        ("anna", json!(server.key("amber")), 401, "unauthenticated"),
    ] {
        let refused = anna.rest.post("/API/user/update/range", &range(id, token.clone()));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (status, code),
            "{id} {token}"
        );
    }
    // The token of the request will do.
    let mut bearer = Rest::bearer(server.http(), server.token_of("anna"));
    assert_eq!(
        bearer
            .post("/API/user/update/range", &json!({"id": "anna", "radious": 10}))
            .status,
        200
    );
}

#[test]
fn what_operators_do_wants_the_token_of_one() {
    let server = with_buildings();
    let (mut guest, mut anna) = (
        Rest::guest(server.http()),
        Rest::bearer(server.http(), server.token_of("anna")),
    );
    let building = json!({"id": "3", "name": "C", "latitude": 0, "longitude": 0, "radious": 10});
    let bot = json!({"id": "weather", "state": 1});
    for nobody in [&mut guest, &mut anna] {
        for path in [
            "buildings/show",
            "users/show",
            "users/show/online",
            "users/show/building/1",
            "logs/show/user/anna",
            "logs/show/building/1",
            "bots/show/auth/0",
        ] {
            let refused = nobody.get(&format!("/API/admin/{path}"));
            assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"), "{path}");
        }
        for (path, body) in [("buildings/add", &building), ("bots/update/auth", &bot)] {
            let refused = nobody.post(&format!("/API/admin/{path}"), body);
            assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"), "{path}");
        }
    }
    let mut mona = operator(&server);
    let shown = mona.get("/API/admin/buildings/show");
    assert_eq!(shown.json()[1], json!({"name": "Torre", "id": "2"}));
    let users = mona.get("/API/admin/users/show").json();
    assert!(users.as_array().unwrap().contains(&json!({"id": "anna"})), "{users}");
    let session = server.as_user("anna");
    until("anna is online", || {
        let online = mona.get("/API/admin/users/show/online").json();
        let online = online.as_array().unwrap().clone();
        online
            .iter()
            .any(|row| row["id"] == "anna" && row["counter"] == 1)
            .then_some(())
    });
    drop(session);
}

#[test]
fn the_last_ten_things_somebody_did_are_told_in_the_old_words() {
    let server = with_buildings();
    let mut mona = operator(&server);
    let mut ada = Rest::bearer(server.http(), server.token_of("ada"));
    let log = |rest: &mut Rest| -> Vec<String> {
        let lines = rest.get("/API/admin/logs/show/user/anna").json();
        let lines = lines.as_array().unwrap().iter();
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    };
    let mut has = |wanted: usize| until("the log has it", || (log(&mut mona).len() == wanted).then_some(()));
    let sign_in = json!({"username": "anna", "password": PASSWORD});
    let mut guest = Rest::guest(server.http());
    assert_eq!(guest.post("/api/v1/session", &sign_in).status, 201);
    let mut anna = Person::of(&server, "anna");
    anna.is_at(38.7367, -9.1383);
    has(2);
    let signed = guest.post("/api/v1/session", &sign_in).json();
    anna.is_at(38.7376, -9.1386);
    has(4);
    anna.is_at(0.0, 0.0);
    has(5);
    let said = "it's a 'message'";
    anna.post("message/send", json!({"users": ["bert", "mona"], "message": said}));
    let mut session = Rest::bearer(server.http(), signed["token"].as_str().unwrap());
    assert_eq!(session.ask("DELETE", "/api/v1/session", "", None).status, 204);
    has(7);
    let told = log(&mut ada);
    assert_eq!(
        told,
        [
            "Logged out.",
            said,
            "Moved from: Torre to: Out of IST registered facilities",
            "Moved from: Pavilhão d'Informática to: Torre",
            "Logged in. Currently in Pavilhão d'Informática",
            "Moved from: Out of IST registered facilities to: Pavilhão d'Informática",
            "Logged in. Currently out of IST registered facilities",
        ]
    );
    // A manager sees that something was written, and not what.
    let mut wanted = told;
    wanted[1] = "Message of 16 characters to 2 people".to_owned();
    let mut mona = operator(&server);
    assert_eq!(log(&mut mona), wanted);
    for _ in 0..8 {
        anna.post("message/send", json!({"users": ["bert"], "message": "more"}));
    }
    assert_eq!(log(&mut ada).len(), 10, "the last ten");
    let nobody = mona.get("/API/admin/logs/show/user/o'neill");
    assert_eq!((nobody.status, nobody.code().as_str()), (404, "not_found"));
}

#[test]
fn the_range_of_everybody_who_is_online_is_shown_whether_they_said_where_they_are_or_not() {
    let server = with_buildings();
    let (mut mona, mut anna) = (operator(&server), Person::of(&server, "anna"));
    let _sessions = (server.as_user("anna"), server.as_user("bert"));
    anna.is_at(38.7367, -9.1383);
    anna.post("update/range", json!({"radious": 75}));
    let online = until("both are online", || {
        let rows = mona.get("/API/admin/users/show/online").json();
        (rows.as_array().unwrap().len() == 2).then_some(rows)
    });
    assert_eq!(
        (&online[0]["id"], &online[0]["radious"], &online[0]["b_id"]),
        (&json!("anna"), &json!(75.0), &json!("1"))
    );
    assert_eq!(
        (&online[1]["id"], &online[1]["radious"], &online[1]["latitude"]),
        (&json!("bert"), &json!(50.0), &Value::Null)
    );
    let at = server.as_user("anna").call("s.whereis", json!([])).unwrap();
    assert_eq!(at["range_m"], 75.0);
}
