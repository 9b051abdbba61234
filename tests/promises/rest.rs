//! `/api/v1`: the commands of the table over real HTTP, with the rights, answers and refusals that they have elsewhere.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Rest, Server, hour, until};

pub(crate) fn rest(server: &Server, person: &str) -> Rest {
    Rest::bearer(server.http(), server.token_of(person))
}

pub(crate) fn query(path: &str, start: i64, end: i64) -> String {
    format!("/api/v1/{path}?start={}&end={}", hour(start), hour(end))
}

#[test]
fn a_car_is_found_booked_moved_and_given_up_over_http() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let free = anna.get(&query("availability", 0, 2));
    assert_eq!((free.status, free.json().as_array().unwrap().len()), (200, 4));
    let near = anna.get(&format!(
        "{}&latitude=52.5&longitude=13.4&radius_m=10",
        query("availability", 0, 2)
    ));
    assert_eq!(near.json()[0]["car"], "amber");
    let made = anna.post(
        "/api/v1/bookings",
        &json!({"car": "amber", "start": hour(0), "end": hour(2)}),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let booking = made.json()["booking"].clone();
    let place = format!("/api/v1/bookings/{booking}");
    assert_eq!(made.header("location"), Some(place.as_str()));
    // What HTTP made, a socket sees, and the other way round.
    let mut socket = server.as_user("anna");
    assert_eq!(socket.call("s.bookings", json!({})).unwrap(), json!([made.json()]));
    let moved = anna.ask("PATCH", &place, "", Some(&json!({"end": hour(3)}).to_string()));
    assert_eq!((moved.status, &moved.json()["price"]), (200, &json!("39.00")));
    let gone = anna.ask("DELETE", &place, "", None);
    assert_eq!((gone.status, &gone.json()["state"]), (200, &json!("cancelled")));
    let listed = anna.get("/api/v1/bookings?state=cancelled");
    assert_eq!(listed.json()[0]["booking"], booking);
    assert_eq!(anna.get("/api/v1/bookings?state=reserved").json(), json!([]));
}

#[test]
fn a_retry_under_the_same_idempotency_key_gives_the_first_answer_also_through_another_door() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    let post = |rest: &mut Rest, body: &Value| {
        rest.ask(
            "POST",
            "/api/v1/bookings",
            "Idempotency-Key: \"r-1\"\r\n",
            Some(&body.to_string()),
        )
    };
    let first = post(&mut anna, &book);
    assert_eq!(first.status, 201);
    assert_eq!(post(&mut anna, &book).json(), first.json());
    let mut again = book.clone();
    again["request_id"] = json!("r-1");
    assert_eq!(server.as_user("anna").call("s.book", again).unwrap(), first.json());
    let other = post(&mut anna, &json!({"car": "birch", "start": hour(0), "end": hour(1)}));
    assert_eq!((other.status, other.code().as_str()), (409, "conflict"));
    let long = format!("Idempotency-Key: {}\r\n", "x".repeat(129));
    let refused = anna.ask("POST", "/api/v1/bookings", &long, Some(&book.to_string()));
    assert_eq!((refused.status, refused.code().as_str()), (422, "bad_arguments"));
    assert_eq!(anna.get("/api/v1/bookings").json().as_array().unwrap().len(), 1);
}

#[test]
fn every_group_may_over_http_what_it_may_elsewhere_and_nothing_else() {
    let server = Server::start();
    let routes = [
        ("/api/v1/me", "guest"),
        ("/api/v1/cars", "user"),
        ("/api/v1/info", "guest"),
        ("/api/v1/jobs", "user"),
        ("/api/v1/network", "user"),
        ("/api/v1/users", "manager"),
        ("/api/v1/groups", "manager"),
        ("/api/v1/clients", "manager"),
        ("/api/v1/bans", "manager"),
        ("/api/v1/services", "manager"),
        ("/api/v1/datasocks", "manager"),
        ("/api/v1/logs", "manager"),
        ("/api/v1/audit", "manager"),
        ("/api/v1/car-commands", "manager"),
        ("/api/v1/keys/admin", "admin"),
    ];
    let (guest, user) = (&["guest"][..], &["guest", "user"][..]);
    let mut people = vec![("guest", Rest::guest(server.http()), user)];
    for (person, holds) in [
        ("anna", user),
        ("emil", user),
        ("mona", &["guest", "user", "manager"]),
        ("ada", &["guest", "user", "manager", "admin"]),
    ] {
        people.push((person, rest(&server, person), holds));
    }
    for key in ["amber", "bot", "server"] {
        people.push((key, Rest::bearer(server.http(), server.key(key)), user));
    }
    server
        .as_user("ada")
        .call("s.setrole", json!(["rider-00", "guest"]))
        .unwrap();
    people.push(("nobody's guest", rest(&server, "rider-00"), guest));
    for (person, rest, holds) in &mut people {
        for (path, needs) in routes {
            let answer = rest.get(path);
            if holds.contains(&needs) {
                assert_eq!(answer.status, 200, "{person} {path}: {answer:?}");
            } else {
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (403, "forbidden"),
                    "{person} {path}"
                );
            }
        }
    }
}

#[test]
fn rights_that_are_taken_away_are_gone_over_http_within_a_second() {
    let server = Server::start();
    let (mut mona, mut ada) = (rest(&server, "mona"), server.as_user("ada"));
    assert_eq!(mona.get("/api/v1/users").status, 200);
    ada.call("s.setrole", json!({"user": "mona", "role": "user"})).unwrap();
    let began = std::time::Instant::now();
    until("the end of the rights", || {
        (mona.get("/api/v1/users").status == 403).then_some(())
    });
    assert!(
        began.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    ada.call("s.disableuser", json!({"user": "mona"})).unwrap();
    until("the end of the session", || {
        (mona.get("/api/v1/me").status == 401).then_some(())
    });
}

#[test]
fn a_password_becomes_a_token_that_is_good_until_it_is_ended() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    let sign = json!({"username": "anna", "password": PASSWORD});
    let signed = guest.post("/api/v1/session", &sign);
    assert_eq!(signed.status, 201, "{signed:?}");
    assert_eq!(signed.header("cache-control"), Some("no-store"));
    let token = signed.json()["token"].as_str().unwrap().to_owned();
    let mut anna = Rest::bearer(server.http(), &token);
    assert_eq!(anna.get("/api/v1/me").json()["user"], "anna");
    // A session of HTTP is one of the sockets too.
    Raw::resume(server.address(), &token).hang_up();
    assert_eq!(anna.ask("DELETE", "/api/v1/session", "", None).status, 204);
    let after = anna.get("/api/v1/me");
    assert_eq!((after.status, after.code().as_str()), (401, "bad_login"));
    assert!(after.header("www-authenticate").unwrap().starts_with("Bearer"));
    for (body, status, code) in [
        (json!({"username": "anna", "password": "wrong"}), 401, "bad_login"),
        (json!({"username": "nobody", "password": "wrong"}), 401, "bad_login"),
        (json!({"username": "anna"}), 422, "bad_arguments"),
        (
            json!({"username": "anna", "password": PASSWORD, "x": 1}),
            422,
            "bad_arguments",
        ),
        (json!(["anna", PASSWORD]), 422, "bad_arguments"),
    ] {
        let refused = guest.post("/api/v1/session", &body);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
    }
}

#[test]
fn a_cookie_is_out_of_reach_of_scripts_and_changes_nothing_for_another_page() {
    let server = Server::start();
    let sign = json!({"username": "anna", "password": PASSWORD, "cookie": true});
    let signed = Rest::guest(server.http()).post("/api/v1/session", &sign);
    assert!(signed.json().get("token").is_none(), "{signed:?}");
    let cookie = signed.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "a browser would not send it back without TLS: {cookie}"
    );
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    let mut anna = Rest::guest(server.http()).with(&cookie);
    assert_eq!(anna.get("/api/v1/me").json()["user"], "anna");
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1)}).to_string();
    let origin = format!("Origin: http://{}\r\n", server.http());
    let foreign = [
        "",
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\nX-Motorpool: 1\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ];
    for headers in foreign {
        let refused = anna.ask("POST", "/api/v1/bookings", headers, Some(&book));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "forbidden"),
            "{headers:?}"
        );
    }
    for (headers, status) in [
        (origin.as_str(), 201),
        ("Sec-Fetch-Site: same-origin\r\n", 409),
        ("X-Motorpool: 1\r\n", 409),
    ] {
        assert_eq!(
            anna.ask("POST", "/api/v1/bookings", headers, Some(&book)).status,
            status,
            "{headers:?}"
        );
    }
    let out = anna.ask("DELETE", "/api/v1/session", "X-Motorpool: 1\r\n", None);
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"), "{out:?}");
    assert_eq!(anna.get("/api/v1/me").status, 401);
}

#[test]
fn another_page_cannot_ask_as_a_guest_of_this_machine() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    let help = json!({}).to_string();
    assert_eq!(
        guest.ask("POST", "/api/v1/commands/s.help", "", Some(&help)).status,
        200
    );
    let foreign = guest.ask(
        "POST",
        "/api/v1/commands/s.help",
        "Origin: http://evil.example\r\n",
        Some(&help),
    );
    assert_eq!(foreign.status, 403);
    // A name of theirs that points here is not ours.
    guest.say(b"GET /api/v1/cars HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(guest.hear("GET").status, 403);
}

#[test]
fn guessing_over_http_is_locked_out_as_it_is_over_sockets() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    let wrong = json!({"username": "bert", "password": "wrong"});
    let (mut heard, mut locked) = (0, 0);
    for _ in 0..10_000 {
        let refused = guest.post("/api/v1/session", &wrong);
        match (refused.status, refused.code().as_str()) {
            (401, "bad_login") => heard += 1,
            (429, "locked_out") => {
                let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=901).contains(&seconds), "{seconds}");
                locked += 1;
            }
            other => panic!("{other:?}: {refused:?}"),
        }
    }
    assert_eq!((heard, locked), (10, 9_990));
    let login = json!({"password": {"username": "bert", "password": PASSWORD}});
    assert_eq!(
        Raw::hello(server.address(), json!({"login": login}))
            .err()
            .unwrap()
            .code,
        "locked_out"
    );
}

#[test]
fn every_command_runs_by_its_name_and_an_unknown_one_is_none() {
    let server = Server::start();
    let mut ada = rest(&server, "ada");
    let help = ada.post("/api/v1/commands/s.help", &json!({}));
    let commands = help.json();
    assert!(commands.as_array().unwrap().len() > 60);
    for entry in commands.as_array().unwrap() {
        let name = entry["command"].as_str().unwrap().split('(').next().unwrap();
        let refused = ada.post(&format!("/api/v1/commands/{name}"), &json!({"no_such_argument": 1}));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "bad_arguments"),
            "{name}"
        );
    }
    let unknown = ada.post("/api/v1/commands/s.bok", &json!({}));
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_command"));
    let mut amber = Rest::bearer(server.http(), server.key("amber"));
    let told = amber.get("/api/v1/requestables/PING");
    assert_eq!(told.status, 200, "{told:?}");
    let nothing = amber.get("/api/v1/requestables/NOTHING");
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "unknown_requestable"));
}

#[test]
fn lists_go_on_page_by_page_and_what_is_known_is_not_sent_again() {
    let server = Server::start();
    let mut mona = rest(&server, "mona");
    let first = mona.get("/api/v1/users");
    let people = first.json().as_array().unwrap().clone();
    let last = &people.last().unwrap()["user_id"];
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(link, format!("</api/v1/users?after={last}>; rel=\"next\""));
    let next = mona.get(link.trim_start_matches('<').split('>').next().unwrap());
    assert_eq!((next.json(), next.header("link")), (json!([]), None));
    let tag = first.header("etag").unwrap().to_owned();
    let same = mona.ask("GET", "/api/v1/users", &format!("If-None-Match: {tag}\r\n"), None);
    assert_eq!(
        (same.status, same.body.as_str(), same.header("etag")),
        (304, "", Some(tag.as_str()))
    );
    let other = mona.ask("GET", "/api/v1/users", "If-None-Match: \"other\"\r\n", None);
    assert_eq!(other.status, 200);
    let head = mona.ask("HEAD", "/api/v1/users", "", None);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, first.header("content-length"))
    );
}

#[test]
fn the_document_names_every_command_and_is_not_sent_twice() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    let document = guest.get("/openapi.json");
    let paths = document.json()["paths"].clone();
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(paths["/api/v1/bookings"]["post"]["requestBody"]["required"], true);
    assert!(paths["/api/v1/commands/s.book"]["post"].is_object());
    let tag = format!("If-None-Match: {}\r\n", document.header("etag").unwrap());
    assert_eq!(guest.ask("GET", "/openapi.json", &tag, None).status, 304);
}

#[test]
fn methods_that_are_not_there_are_refused_with_those_that_are() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    for (path, allow) in [
        ("/api/v1/bookings", "GET, POST, HEAD, OPTIONS"),
        ("/api/v1/bookings/1", "PATCH, DELETE, OPTIONS"),
        ("/api/v1/session", "POST, DELETE, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
    ] {
        let refused = anna.ask("TRACE", path, "", None);
        assert_eq!((refused.status, refused.header("allow")), (405, Some(allow)), "{path}");
        assert_eq!(refused.code(), "bad_frame");
        let options = anna.ask("OPTIONS", path, "", None);
        assert_eq!((options.status, options.header("allow")), (204, Some(allow)), "{path}");
    }
    let nowhere = anna.get("/api/v1/nothing");
    assert_eq!((nowhere.status, nowhere.code().as_str()), (404, "not_found"));
    for name in [
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "cache-control",
    ] {
        assert!(nowhere.header(name).is_some(), "{name}");
    }
}
