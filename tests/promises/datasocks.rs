//! Datasocks that are opened, attached to and closed while the server runs.

use std::io::Write;

use serde_json::{Value, json};

use crate::harness::{Raw, Refused, Server, metric, until};

/// Opens a datasock on any port.
fn open(raw: &mut Raw, name: &str, receiver: &str) -> Value {
    let wish = json!({"name": name, "receiver": receiver, "port": 0});
    raw.call("s.newdatasock", wish).unwrap()
}

fn address(info: &Value) -> std::net::SocketAddr {
    let (host, port) = (info["host"].as_str().unwrap(), info["port"].as_u64().unwrap());
    format!("{host}:{port}").parse().unwrap()
}

pub(crate) fn attach_with(info: &Value, client_id: &str, ticket: &Value) -> Result<Raw, String> {
    let mut sock = Raw::connect(address(info));
    sock.send(&json!({"attach": {"client_id": client_id, "ticket": ticket, "datasock": info["name"]}}));
    let answer = sock.read().unwrap();
    if let Some(error) = answer.get("error") {
        assert_eq!(sock.read(), None, "a refused attach ends the connection");
        return Err(error["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(answer, json!({"attached": {"datasock": info["name"]}}));
    Ok(sock)
}

/// Attaches a client by a ticket of its own.
pub(crate) fn attach(raw: &mut Raw, datasock: &str) -> Raw {
    let given = raw.call("s.attach", json!([datasock])).unwrap();
    attach_with(&given, given["client_id"].as_str().unwrap(), &given["ticket"]).unwrap()
}

fn request(raw: &mut Raw, name: &str, args: Value) -> Result<Value, Refused> {
    raw.send(&json!({"request": {"id": 90_001, "name": name, "args": args}}));
    raw.result(90_001)
}

/// What the server tells of a datasock.
pub(crate) fn figures(raw: &mut Raw, name: &str) -> Value {
    let listed = request(raw, "DATASOCKS", json!([])).unwrap();
    let found = listed.as_array().unwrap().iter().find(|sock| sock["name"] == name);
    found.cloned().unwrap_or_default()
}

/// Reads to the end, and gives the last frame.
fn last(mut sock: Raw) -> Value {
    let mut last = Value::Null;
    while let Some(frame) = sock.read() {
        last = frame;
    }
    last
}

#[test]
fn a_datasock_is_opened_attached_to_counted_and_closed_and_its_clients_stay() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let opened = open(&mut ada, "track", "bytes");
    assert_eq!(
        (&opened["name"], &opened["receiver"], &opened["auto_connect"]),
        (&json!("track"), &json!("bytes"), &json!(false))
    );
    let mut sock = attach(&mut anna, "track");
    sock.send_bytes(&[0xff; 5_000]);
    sock.send_bytes(b"and more");
    until("all bytes to be counted", || {
        (figures(&mut anna, "track")["bytes"] == json!(5_008)).then_some(())
    });
    let seen = figures(&mut anna, "track");
    assert_eq!(seen["sessions"], json!(1));
    assert!(
        seen["frames"].as_u64().unwrap() >= 1 && seen["bytes_per_s"].as_u64().unwrap() >= 1,
        "{seen}"
    );
    let mut twin = attach(&mut anna, "track");
    twin.send_bytes(b"busy");

    let closed = ada.call("s.closedatasock", json!({"names": ["track"]})).unwrap();
    assert_eq!(closed, json!("Closed Datasock 'track'"));
    for sock in [sock, twin] {
        assert_eq!(last(sock)["bye"]["reason"], "datasock_closed");
    }
    assert!(anna.is_alive() && ada.is_alive());
    assert_eq!(anna.code_of("s.attach", json!(["track"])), "not_found");
    assert!(
        std::net::TcpStream::connect(address(&opened)).is_err(),
        "the port is free"
    );
    assert_eq!(figures(&mut anna, "track"), Value::Null);
    assert!(metric(server.http(), "motorpool_datasock_received_bytes_total", &["bytes"]) >= 5_008.0);
    // The name and the port may be used again.
    let again = json!({"name": "track", "receiver": "lines", "port": opened["port"]});
    assert_eq!(ada.call("s.newdatasock", again).unwrap()["port"], opened["port"]);
}

#[test]
fn a_ticket_is_good_once_for_its_client_and_for_its_datasock() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let track = open(&mut ada, "track", "bytes");
    let other = open(&mut ada, "other", "bytes");
    let given = anna.call("s.attach", json!(["track"])).unwrap();
    let id = anna.client_id().to_owned();
    let refused = |info: &Value, id: &str, ticket: &Value| attach_with(info, id, ticket).err().unwrap();
    assert_eq!(refused(&track, ada.client_id(), &given["ticket"]), "bad_login");
    assert_eq!(refused(&track, &id, &json!("invented")), "bad_login");
    assert_eq!(refused(&other, &id, &given["ticket"]), "bad_login");
    drop(attach_with(&track, &id, &given["ticket"]).unwrap());
    assert_eq!(refused(&track, &id, &given["ticket"]), "bad_login", "used already");
    // A ticket that is not used ends with its client, as do its datasocks.
    let late = anna.call("s.attach", json!(["track"])).unwrap();
    let attached = attach(&mut anna, "track");
    anna.hang_up();
    last(attached);
    until("anna to be gone", || {
        (attach_with(&track, &id, &late["ticket"]).err()? == "not_found").then_some(())
    });
}

#[test]
fn clients_are_offered_what_connects_by_itself_and_nothing_else() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let mut anna = server.as_user("anna");
    open(&mut ada, "quiet", "bytes");
    let wish = json!({"name": "loud", "receiver": "bytes", "port": 0, "auto_connect": true});
    let loud = ada.call("s.newdatasock", wish).unwrap();
    let of = |raw: &mut Raw, wanted: &str| {
        let event = raw.read().unwrap();
        assert_eq!(event["event"]["name"], "datasocks", "{event}");
        let offered = event["event"]["data"].as_array().unwrap().clone();
        let names: Vec<&str> = offered.iter().map(|offer| offer["name"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), wanted);
        offered.last().unwrap().clone()
    };
    // Existing clients hear of it now, new ones behind their welcome.
    let offer = of(&mut anna, "loud");
    drop(attach_with(&loud, anna.client_id(), &offer["ticket"]).unwrap());
    let mut guest = server.guest();
    let offer = of(&mut guest, "loud");
    drop(attach_with(&offer, guest.client_id(), &offer["ticket"]).unwrap());
    of(&mut server.unit("amber"), "Maindata loud");
}

#[test]
fn what_cannot_be_opened_is_refused_by_what_is_wrong() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__DATASOCKS_MAX", "2")]);
    let mut ada = server.as_user("ada");
    let track = open(&mut ada, "track", "bytes");
    let new = |ada: &mut Raw, name: &str, receiver: &str, port: Value| {
        let wish = json!({"name": name, "receiver": receiver, "port": port});
        let refused = ada.call("s.newdatasock", wish).unwrap_err();
        (refused.code.clone(), refused.message)
    };
    for name in [
        "a,b",
        "a b c",
        "a\u{7}b",
        "a(b)",
        "ab",
        "",
        &"x".repeat(300),
        "services",
    ] {
        assert_eq!(new(&mut ada, name, "bytes", json!(0)).0, "bad_arguments", "{name:?}");
    }
    for name in ["track", "TRACK", "Maindata", "serversock"] {
        assert_eq!(new(&mut ada, name, "bytes", json!(0)).0, "conflict", "{name}");
    }
    let (code, message) = new(&mut ada, "pigeons", "pigeon", json!(0));
    assert_eq!(code, "bad_arguments");
    assert!(message.contains("there are default, bytes, lines"), "{message}");
    for port in [
        json!(70_000),
        json!("?4"),
        json!([[4100]]),
        json!(true),
        json!({"a": 1}),
    ] {
        let (code, message) = new(&mut ada, "ports", "bytes", port.clone());
        assert_eq!(code, "bad_arguments", "{port}");
        assert!(message.contains("port"), "{port}: {message}");
    }
    let taken = track["port"].as_u64().unwrap();
    let (code, message) = new(&mut ada, "ports", "bytes", json!([taken, format!("={taken}")]));
    assert_eq!(code, "unavailable");
    assert!(
        message.starts_with(&format!("no port of `[={taken}, ={taken}]` is free")),
        "{message}"
    );
    // From a taken port upwards the next is found.
    let wish = json!({"name": "above", "receiver": "bytes", "port": format!(">{taken}")});
    assert!(ada.call("s.newdatasock", wish).unwrap()["port"].as_u64().unwrap() > taken);
    let refused = ada
        .call(
            "s.newdatasock",
            json!({"name": "third", "receiver": "bytes", "port": 0}),
        )
        .unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.detail),
        ("not_now", &json!({"limit": 2}))
    );
    assert_eq!(metric(server.http(), "motorpool_datasocks_refused_total", &[]), 1.0);
}

#[test]
fn what_cannot_be_closed_is_refused_and_nothing_else_is_closed() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    open(&mut ada, "track", "bytes");
    let close = |ada: &mut Raw, names: Value| {
        let refused = ada.call("s.closedatasock", json!({"names": names})).unwrap_err();
        (refused.code.clone(), refused.message)
    };
    let (code, message) = close(&mut ada, json!(["track", "nothing\n"]));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("not_found", "No Datasocket 'nothing\\n' found")
    );
    let (code, message) = close(&mut ada, json!(["Serversock"]));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("forbidden", "The 'Serversock' can not be closed")
    );
    assert_eq!(close(&mut ada, json!([])).0, "bad_arguments");
    // All or none: the one that is there was not closed.
    drop(attach(&mut ada, "track"));
}

#[test]
fn only_admins_open_and_close_and_everybody_sees_what_there_is() {
    let server = Server::start();
    let (mut ada, mut mona, mut guest) = (server.as_user("ada"), server.as_user("mona"), server.guest());
    for raw in [&mut mona, &mut guest] {
        let wish = json!({"name": "track", "receiver": "bytes", "port": 0});
        assert_eq!(raw.code_of("s.newdatasock", wish), "forbidden");
        assert_eq!(
            raw.code_of("s.closedatasock", json!({"names": ["Maindata"]})),
            "forbidden"
        );
    }
    open(&mut ada, "notes", "lines");
    assert_eq!(figures(&mut guest, "notes")["receiver"], "lines");
    let told = request(&mut guest, "RECEIVED", json!({"datasock": "notes"}));
    assert_eq!(told.unwrap_err().code, "forbidden");
    assert_eq!(request(&mut mona, "RECEIVED", json!(["notes"])).unwrap(), json!([]));
    for (count, good) in [(0, false), (1, true), (200, true), (201, false)] {
        let told = request(&mut mona, "RECEIVED", json!(["notes", count]));
        assert_eq!(told.is_ok(), good, "{count}");
    }
}

#[test]
fn lines_are_kept_for_operators_and_one_that_is_too_long_costs_the_socket_alone() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    open(&mut ada, "notes", "lines");
    let mut sock = attach(&mut anna, "notes");
    sock.send_bytes(b"first\r\nsecond \x1b[2J\nthi");
    sock.send_bytes("rd gr\u{fc}n\n".as_bytes());
    let told = until("three lines", || {
        let told = request(&mut ada, "RECEIVED", json!(["notes"])).unwrap();
        (told.as_array().unwrap().len() == 3).then_some(told)
    });
    let texts: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["first", "second \\u{1b}[2J", "third gr\u{fc}n"]);
    assert_eq!(told[0]["from"], anna.name());

    // The server may close while we still write: what counts is what it says.
    drop(sock.another_handle().write_all(&[b'x'; 9_000]));
    let mut sock = sock;
    let refused = sock.read().unwrap();
    assert_eq!(refused["error"]["code"], "too_large", "{refused}");
    assert_eq!(sock.read(), None);
    let mut latin = attach(&mut anna, "notes");
    latin.send_bytes(b"gr\xfcn\n");
    assert_eq!(latin.read().unwrap()["error"]["code"], "bad_frame");
    assert_eq!(latin.read(), None);
    assert!(anna.is_alive());
    let listed = ada.call("s.listsocks", json!([])).unwrap();
    let notes = listed.as_array().unwrap().last().unwrap().clone();
    assert!(
        notes["datasock"]["last_fault"]["text"]
            .as_str()
            .unwrap()
            .contains("not UTF-8"),
        "{notes}"
    );
    let faults = metric(server.http(), "motorpool_receiver_faults_total", &["lines", "refused"]);
    assert_eq!(faults, 2.0);
}

#[test]
fn datasocks_are_opened_again_after_a_restart_and_closed_ones_are_forgotten() {
    let mut server = Server::start();
    let mut ada = server.as_user("ada");
    let kept = open(&mut ada, "kept", "bytes");
    open(&mut ada, "gone", "bytes");
    let port = kept["port"].as_u64().unwrap();
    let fixed = json!({"name": "fixed", "receiver": "lines", "port": 0});
    let fixed_port = ada.call("s.newdatasock", fixed).unwrap()["port"].clone();
    ada.call("s.closedatasock", json!({"names": ["fixed", "gone", "Maindata"]}))
        .unwrap();
    let fixed = json!({"name": "fixed", "receiver": "lines", "port": fixed_port, "auto_connect": true});
    ada.call("s.newdatasock", fixed).unwrap();
    server.terminate();
    assert!(server.ended().success());
    // Somebody else has the port now.
    let taken = std::net::TcpListener::bind(("127.0.0.1", u16::try_from(fixed_port.as_u64().unwrap()).unwrap()));
    server.start_again();
    let names: Vec<&String> = server.ready["datasocks"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["Maindata", "files", "kept", "pictures"], "{}", server.ready);
    let mut ada = server.as_user("ada");
    assert!(port > 0 && figures(&mut ada, "kept")["port"].as_u64().unwrap() > 0);
    drop(attach(&mut ada, "kept"));
    let listed = ada.call("s.listsocks", json!([])).unwrap();
    let down = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|sock| sock["name"] == "fixed")
        .unwrap()
        .clone();
    assert_eq!(down["address"], Value::Null);
    let fault = down["datasock"]["last_fault"]["text"].as_str().unwrap();
    assert!(
        fault.starts_with(&format!("no port of `={fixed_port}` is free")),
        "{fault}"
    );
    assert_eq!(ada.code_of("s.attach", json!(["fixed"])), "unavailable");
    drop(taken);
    server.restart();
    assert_eq!(figures(&mut server.as_user("ada"), "fixed")["port"], fixed_port);
}

#[test]
fn questions_go_over_maindata_and_over_the_serversock_without_it() {
    let server = Server::start();
    let (mut ada, mut mona) = (server.as_user("ada"), server.as_user("mona"));
    let hello = json!({"name": "lamp", "requestables": ["COLOUR"]});
    let mut lamp = Raw::hello(server.address(), hello).unwrap();
    let ask = |mona: &mut Raw| mona.ask("s.request", json!(["lamp", "COLOUR"]));
    let question = |raw: &mut Raw| raw.answer().expect("a question")["request"]["id"].clone();
    let say = |raw: &mut Raw, id: &Value, colour: &str| raw.send(&json!({"result": {"id": id, "ok": colour}}));

    let mut main = attach(&mut lamp, "Maindata");
    let asked = ask(&mut mona);
    let id = question(&mut main);
    say(&mut main, &id, "red");
    assert_eq!(mona.result(asked).unwrap(), json!("red"));
    // It breaks with a question open: that one fails at once, the next goes over the serversock.
    let asked = ask(&mut mona);
    question(&mut main);
    main.hang_up();
    assert_eq!(mona.result(asked).unwrap_err().code, "unavailable");
    let asked = ask(&mut mona);
    let id = question(&mut lamp);
    say(&mut lamp, &id, "green");
    assert_eq!(mona.result(asked).unwrap(), json!("green"));
    // Closed for everybody: the serversock again, and it may be opened anew.
    let main = attach(&mut lamp, "Maindata");
    ada.call("s.closedatasock", json!({"names": ["Maindata"]})).unwrap();
    assert_eq!(last(main)["bye"]["reason"], "datasock_closed");
    let asked = ask(&mut mona);
    let id = question(&mut lamp);
    say(&mut lamp, &id, "blue");
    assert_eq!(mona.result(asked).unwrap(), json!("blue"));
    let wish = json!({"name": "maindata", "receiver": "bytes", "port": 0});
    assert_eq!(ada.code_of("s.newdatasock", wish), "bad_arguments");
    open(&mut ada, "maindata", "default");
    let mut main = attach(&mut lamp, "Maindata");
    let asked = ask(&mut mona);
    let id = question(&mut main);
    say(&mut main, &id, "white");
    assert_eq!(mona.result(asked).unwrap(), json!("white"));
}
