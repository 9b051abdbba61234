//! The log of a person: what is in it, who may read how much of it, pages, files, and that looking leaves a trace.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Rest, Server, in_seconds, until};
use crate::places::{HERE, circle, go, north};

fn log(raw: &mut Raw, args: Value) -> Value {
    raw.call("s.personlog", args).unwrap()
}

fn lines(page: &Value) -> Vec<Value> {
    page["lines"].as_array().unwrap().clone()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

/// Anna signed in, went somewhere and elsewhere, wrote to Bert, was not let in once, and signed out.
fn after_a_day(server: &Server) -> Raw {
    let mut mona = server.as_user("mona");
    for building in [circle("civil", HERE, 54.0), circle("torre", north(500.0), 54.0)] {
        mona.call("s.addbuilding", building).unwrap();
    }
    let mut reader = server.as_user("anna");
    // What is noted some moments later than it was is to have been noted before the next.
    let mut has = |wanted: usize| {
        until("the log has it", || {
            let there = lines(&log(&mut reader, json!({"limit": 100})));
            (there.len() == wanted).then_some(())
        });
    };
    let password = |password: &str| json!({"login": {"password": {"username": "anna", "password": password}}});
    let mut anna = Raw::hello(server.address(), password(PASSWORD)).unwrap();
    has(1);
    go(&mut anna, HERE);
    has(2);
    go(&mut anna, north(500.0));
    has(3);
    anna.call("s.send", json!({"body": "it's noon", "users": ["bert"]}))
        .unwrap();
    let again = Raw::hello(server.address(), password(PASSWORD)).unwrap();
    again.hang_up();
    has(5);
    assert_eq!(
        Raw::hello(server.address(), password("wrong horse"))
            .err()
            .unwrap()
            .code,
        "bad_login"
    );
    has(6);
    anna.call("s.signout", json!([])).unwrap();
    has(7);
    reader
}

#[test]
fn a_person_reads_what_they_did_newest_first() {
    let server = Server::start();
    let mut anna = after_a_day(&server);
    let page = log(&mut anna, json!({}));
    assert_eq!((&page["user"], page.get("next")), (&json!("anna"), None));
    let told = lines(&page);
    assert_eq!(
        kinds(&told),
        [
            "sign_out",
            "sign_in_refused",
            "sign_in",
            "message",
            "movement",
            "movement",
            "sign_in"
        ]
    );
    assert_eq!(told[0]["how"], "self");
    assert_eq!(
        (&told[1]["outcome"], &told[1]["address"]),
        (&json!("bad_login"), &json!("ip:127.0.0.1"))
    );
    assert_eq!(told[2]["building"], "torre", "where she was when she signed in");
    assert_eq!(
        (
            &told[3]["body"],
            &told[3]["characters"],
            &told[3]["recipients"],
            &told[3]["target"]
        ),
        (&json!("it's noon"), &json!(9), &json!(1), &json!("user"))
    );
    assert_eq!((&told[4]["from"], &told[4]["to"]), (&json!("civil"), &json!("torre")));
    assert_eq!((told[5].get("from"), &told[5]["to"]), (None, &json!("civil")));
    assert_eq!((&told[6]["how"], told[6].get("building")), (&json!("password"), None));
    // Pages, times, kinds.
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = log(&mut anna, json!({"limit": 2, "after": after}));
        paged.extend(lines(&page));
        match page.get("next") {
            Some(next) => after = next.clone(),
            None => break,
        }
    }
    assert_eq!(paged, told);
    let since = log(&mut anna, json!({"since": told[2]["at"]}));
    assert_eq!(lines(&since), told[..3]);
    let until = log(&mut anna, json!({"until": told[4]["at"]}));
    assert_eq!(lines(&until), told[5..]);
    let some = log(&mut anna, json!({"kinds": ["movement", "sign_out"]}));
    assert_eq!(kinds(&lines(&some)), ["sign_out", "movement", "movement"]);
    assert_eq!(
        lines(&log(&mut anna, json!({"since": in_seconds(60)}))),
        [Value::Null; 0]
    );
    // Her own texts she may leave out.
    let without = lines(&log(&mut anna, json!({"texts": false, "kinds": ["message"]})));
    assert_eq!((without[0].get("body"), &without[0]["characters"]), (None, &json!(9)));
}

#[test]
fn operators_read_what_others_did_and_admins_alone_what_they_wrote() {
    let server = Server::start();
    let mut anna = after_a_day(&server);
    let (mut bert, mut mona, mut ada) = (server.as_user("bert"), server.as_user("mona"), server.as_user("ada"));
    let of_anna = json!({"user": "anna"});
    let with_texts = json!({"user": "anna", "texts": true, "kinds": ["message"]});
    let own = lines(&log(&mut anna, json!({"texts": false})));
    assert_eq!(
        lines(&log(&mut anna, of_anna.clone())).len(),
        own.len(),
        "by her own name too"
    );
    assert_eq!(lines(&log(&mut mona, of_anna.clone())), own, "all but the texts");
    assert_eq!(lines(&log(&mut ada, of_anna.clone())), own, "an admin has to say it");
    assert_eq!(lines(&log(&mut ada, with_texts.clone()))[0]["body"], "it's noon");
    assert_eq!(mona.code_of("s.personlog", with_texts), "forbidden");
    assert_eq!(bert.code_of("s.personlog", of_anna.clone()), "forbidden");
    assert_eq!(bert.code_of("s.personlog", json!({"user": "o'neill"})), "forbidden");
    assert_eq!(mona.code_of("s.personlog", json!({"user": "ada"})), "forbidden");
    assert_eq!(mona.code_of("s.personlog", json!({"user": "o'neill"})), "not_found");
    assert_eq!(server.guest().code_of("s.personlog", json!({})), "unauthenticated");
    // Each look of another is kept, and what was looked at; one's own is not.
    let on_what = format!("user:{}", log(&mut anna, json!({}))["user_id"]);
    let looks = ada.call("s.audit", json!({"on_what": on_what})).unwrap();
    let looks: Vec<(&Value, Option<&Value>)> = looks
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"] == "s.personlog")
        .map(|event| (&event["result"], event.get("detail")))
        .collect();
    let looked = json!("looked");
    assert_eq!(
        looks,
        [(&looked, Some(&json!("texts"))), (&looked, None), (&looked, None)]
    );
    // Bert is told of what he did, and nothing of what others did to him.
    assert_eq!(lines(&log(&mut bert, json!({}))), [Value::Null; 0]);
}

#[test]
fn what_cannot_be_asked_is_refused_by_its_name() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    for (command, base) in [("s.personlog", json!({})), ("s.exportlog", json!({}))] {
        for wrong in [
            json!({"since": "noon"}),
            json!({"until": "'"}),
            json!({"after": "x"}),
            json!({"after": "1-2"}),
            json!({"after": "-1-2-3"}),
            json!({"after": ""}),
            json!({"kinds": ["entry"]}),
            json!({"kinds": ["o'neill"]}),
            json!({"texts": "maybe"}),
            json!({"user": 7}),
        ] {
            let mut args = base.clone();
            args.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            assert_eq!(anna.code_of(command, args), "bad_arguments", "{command} {wrong}");
        }
    }
    for limit in [0, -1, 101] {
        assert_eq!(
            anna.code_of("s.personlog", json!({"limit": limit})),
            "bad_arguments",
            "{limit}"
        );
    }
    let both = json!({"user": "anna", "building": "civil"});
    assert_eq!(anna.code_of("s.exportlog", both), "bad_arguments");
    assert_eq!(anna.code_of("s.exportlog", json!({"format": "xml"})), "bad_arguments");
    assert_eq!(anna.code_of("s.exportlog", json!({"building": "civil"})), "forbidden");
    assert_eq!(anna.code_of("s.exportlog", json!({"user": "bert"})), "forbidden");
    assert_eq!(
        mona.code_of("s.exportlog", json!({"building": "civil", "kinds": ["sign_in"]})),
        "bad_arguments"
    );
    let texts = json!({"user": "anna", "texts": true});
    assert_eq!(mona.code_of("s.exportlog", texts), "forbidden");
}

/// All pieces put together.
fn whole(raw: &mut Raw, args: &Value) -> (String, usize) {
    let (mut args, mut text, mut pieces) = (args.clone(), String::new(), 0);
    loop {
        let piece = raw.call("s.exportlog", args.clone()).unwrap();
        text.push_str(piece["content"].as_str().unwrap());
        pieces += 1;
        match piece.get("next") {
            Some(next) => args["after"] = next.clone(),
            None => return (text, pieces),
        }
    }
}

/// Anna's log, of which one piece does not hold all; and what she wrote, the newest first.
fn after_many_words() -> (Server, Raw, Vec<String>) {
    let server = Server::with(&[("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000")]);
    let mut anna = server.as_user("anna");
    let mut bodies: Vec<String> = (0..200)
        .map(|number| match number % 4 {
            0 => format!("=1+{number}"),
            1 => format!("o'neill, \"{number}\"\nand more"),
            2 => format!("@{number}"),
            _ => format!("ü {number}"),
        })
        .collect();
    for body in &bodies {
        anna.call("s.send", json!({"body": body, "users": ["bert"]})).unwrap();
    }
    bodies.reverse();
    (server, anna, bodies)
}

#[test]
fn a_log_in_pieces_is_a_file_when_they_are_put_together() {
    let (_server, mut anna, newest) = after_many_words();
    let (text, pieces) = whole(&mut anna, &json!({"format": "json"}));
    assert!(pieces > 1, "{pieces}");
    let file: Value = serde_json::from_str(&text).unwrap();
    let told: Vec<&str> = file
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["body"].as_str().unwrap())
        .collect();
    assert_eq!(told, newest);
    let (text, _) = whole(&mut anna, &json!({}));
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "body").unwrap();
    let cells: Vec<String> = rows.records().map(|row| row.unwrap()[column].to_owned()).collect();
    let harmless = |body: &String| {
        if body.starts_with(['=', '@']) {
            format!("'{body}")
        } else {
            body.clone()
        }
    };
    assert_eq!(cells, newest.iter().map(harmless).collect::<Vec<_>>());
}

#[test]
fn a_log_over_http_is_one_file_to_be_kept() {
    let (server, mut anna, newest) = after_many_words();
    let (text, _) = whole(&mut anna, &json!({}));
    let (file, _) = whole(&mut anna, &json!({"format": "json"}));
    let file: Value = serde_json::from_str(&file).unwrap();
    let mut rest = Rest::bearer(server.http(), server.token_of("anna"));
    let csv = rest.get("/api/v1/me/log.csv");
    assert_eq!((csv.status, &csv.body), (200, &text));
    for (header, wanted) in [
        ("content-type", "text/csv; charset=utf-8; header=present"),
        ("content-disposition", "attachment; filename=\"log-anna.csv\""),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(csv.header(header), Some(wanted));
    }
    let json = rest.get("/api/v1/users/anna/log.json?kinds=message&since=2020-01-01T00:00:00Z");
    assert_eq!((json.status, json.json()), (200, file));
    assert_eq!(
        json.header("content-disposition"),
        Some("attachment; filename=\"log-anna.json\"")
    );
    let head = rest.ask("HEAD", "/api/v1/me/log.csv", "", None);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    // A refusal is one, and no file.
    for (path, status, code) in [
        ("/api/v1/users/bert/log.csv", 403, "forbidden"),
        ("/api/v1/users/bert/log", 403, "forbidden"),
        ("/api/v1/buildings/civil/log.json", 403, "forbidden"),
        ("/api/v1/me/log.csv?since=noon", 422, "bad_arguments"),
        ("/api/v1/me/log.csv?format=json", 422, "bad_arguments"),
    ] {
        let refused = rest.get(path);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{path}");
        assert_eq!(refused.header("content-disposition"), None, "{path}");
    }
    assert_eq!(
        Rest::guest(server.http()).get("/api/v1/me/log.csv").code(),
        "unauthenticated"
    );
    let page = rest.get("/api/v1/me/log?limit=2");
    let next = page.header("link").unwrap().to_owned();
    let next = next.split(['<', '>']).nth(1).unwrap();
    let behind = rest.get(next).json();
    assert_eq!(behind["lines"][0]["body"], newest[2]);
}
