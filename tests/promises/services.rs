//! Services seen and switched from outside: by whom, with which words, and that a switch stays as it is left.

use std::fs;

use jiff::Timestamp;
use motorpool::runtime::clock;
use motorpool::store::backup;
use serde_json::{Value, json};

use crate::harness::{Raw, Server, in_seconds, metric, until};
use crate::users::event;

fn listed(raw: &mut Raw, name: &str) -> Value {
    let services = raw.call("s.services_info", json!([])).unwrap();
    let found = services.as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {services}")).clone()
}

#[test]
fn services_are_switched_one_by_one_by_an_admin_and_stay_so_over_a_restart() {
    let mut server = Server::start();
    let (mut ada, mut mona) = (server.as_user("ada"), server.as_user("mona"));
    assert_eq!(mona.code_of("s.services", json!([false, "retention"])), "forbidden");
    assert_eq!(mona.code_of("s.runservice", json!(["retention"])), "forbidden");
    let before = listed(&mut mona, "retention");
    assert_eq!(
        (&before["state"], &before["interval_ms"]),
        (&json!("running"), &json!(60_000))
    );
    let reply = ada.call("s.services", json!(["false", "retention"])).unwrap();
    assert_eq!(reply, "Service 'retention' is now deactivated");
    let kept = event(&mut ada, "s.services");
    assert_eq!(
        (&kept["detail"], &kept["on_what"]),
        (&json!("disabled"), &json!("service:retention"))
    );
    assert_eq!(listed(&mut mona, "retention")["state"], "disabled");
    let is_on = |server: &Server| metric(server.http(), "motorpool_service_enabled", &["\"retention\""]);
    assert!(is_on(&server) < 0.5);
    server.restart();
    let mut ada = server.as_user("ada");
    let after = listed(&mut ada, "retention");
    assert_eq!(
        (&after["state"], &after["up"], &after["enabled"]),
        (&json!("disabled"), &json!(true), &json!(false))
    );
    let round = ada.call("s.runservice", json!(["retention"])).unwrap();
    assert_eq!(
        (&round["service"], &round["did"]),
        (&json!("retention"), &json!("")),
        "asked, it works"
    );
    let after = listed(&mut ada, "retention");
    assert_eq!((&after["rounds"], &after["failures"]), (&json!(1), &json!(0)));
    assert!(after["last_run"].as_str().unwrap().parse::<Timestamp>().is_ok());
    assert!(after["took_ms"].is_u64() && after["last_error"].is_null(), "{after}");
    assert_eq!(event(&mut ada, "s.runservice")["result"], "ok");
    let reply = ada.call("s.services", json!([1, "retention"])).unwrap();
    assert_eq!(reply, "Service 'retention' is now activated");
    assert_eq!(listed(&mut ada, "retention")["state"], "running");
    assert!(is_on(&server) > 0.5);
}

#[test]
fn a_switch_that_cannot_be_turned_says_why() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let wrong = ada.call("s.services", json!(["on", "retention"])).unwrap_err();
    assert_eq!(wrong.code, "bad_arguments");
    assert!(
        wrong.message.ends_with("Invalid argument 'on', boolean expected"),
        "{}",
        wrong.message
    );
    let unknown = ada.call("s.services", json!([true, "x"])).unwrap_err();
    assert_eq!(unknown.code, "not_found");
    assert!(
        unknown
            .message
            .starts_with("No service 'x' found, there are backup, booking-clock, "),
        "{}",
        unknown.message
    );
    for vital in [
        "registry",
        "bookings",
        "operator",
        "maindata",
        "outside-changes",
        "faces",
    ] {
        let refused = ada.call("s.services", json!([false, vital])).unwrap_err();
        assert_eq!(refused.code, "not_now");
        let start = format!("Service '{vital}' cannot be switched: ");
        assert!(refused.message.starts_with(&start), "{}", refused.message);
        assert_eq!(listed(&mut ada, vital)["state"], "running");
        assert_eq!(ada.code_of("s.runservice", json!([vital])), "not_now");
    }
}

#[test]
fn the_routine_of_all_services_is_switched_by_a_call_without_a_name() {
    let mut server = Server::start();
    let mut ada = server.as_user("ada");
    let mut say = |word: &str| ada.call("s.services", json!([word])).unwrap();
    assert_eq!(say("true"), "Service is already active");
    assert_eq!(say("0"), "Disabled service function.");
    assert_eq!(say("false"), "Service is already inactive");
    assert_eq!(listed(&mut ada, "booking-clock")["state"], "disabled: all are off");
    server.restart();
    let mut ada = server.as_user("ada");
    assert_eq!(listed(&mut ada, "booking-clock")["state"], "disabled: all are off");
    let said = ada.call("s.services", json!([true])).unwrap();
    assert_eq!(said, "Enabled the service function");
    assert_eq!(listed(&mut ada, "booking-clock")["state"], "running");
    until("a round", || {
        (listed(&mut ada, "booking-clock")["rounds"].as_u64() > Some(0)).then_some(())
    });
    let labels = ["\"booking-clock\"", "\"ok\""];
    assert!(metric(server.http(), "motorpool_service_rounds_total", &labels) > 0.5);
}

#[test]
fn without_the_booking_clock_what_time_brings_is_late_and_not_lost() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    ada.call("s.services", json!([false, "booking-clock"])).unwrap();
    let end = in_seconds(2);
    let args = json!({"car": "amber", "start": in_seconds(-60), "end": end});
    let booked = anna.call("s.book", args).unwrap();
    let mut state = || {
        let bookings = anna.call("s.bookings", json!([])).unwrap();
        let found = bookings
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["booking"] == booked["booking"]);
        found.unwrap()["state"].as_str().unwrap().to_owned()
    };
    let end: Timestamp = end.parse().unwrap();
    until("the end of the booking", || (clock::now() > end).then_some(()));
    assert_eq!(state(), "reserved", "nobody looked");
    let round = ada.call("s.runservice", json!(["booking-clock"])).unwrap();
    assert_eq!(round["did"], "1 booking changed");
    assert_eq!(state(), "no_show");
}

/// Answers what the server asks and calls until it calls `updateserverdata` with what is wanted.
fn answer_until(raw: &mut Raw, about: &Value, is_wanted: impl Fn(&Value) -> bool) {
    loop {
        let frame = raw.answer().expect("a call before the end");
        if frame["request"]["name"] == "CLIENTDATA" {
            raw.send(&json!({"result": {"id": frame["request"]["id"], "ok": about}}));
        }
        if frame["call"]["command"] == "updateserverdata" {
            raw.send(&json!({"result": {"id": frame["call"]["id"], "ok": null}}));
            if is_wanted(&frame["call"]["args"][0]) {
                return;
            }
        }
    }
}

fn answer_asked(raw: &mut Raw, about: &Value) {
    let frame = raw.answer().expect("a question before the end");
    assert_eq!(frame["request"]["name"], "CLIENTDATA", "{frame}");
    raw.send(&json!({"result": {"id": frame["request"]["id"], "ok": about}}));
}

#[test]
fn what_a_client_says_of_itself_is_asked_soon_after_it_came_and_again() {
    let server = Server::with(&[("MOTORPOOL_SERVICES__METADATA_SECONDS", "1")]);
    let mut ada = server.as_user("ada");
    let hello = json!({"software": "lamp 1", "requestables": ["CLIENTDATA"]});
    let mut lamp = Raw::hello(server.address(), hello).unwrap();
    let name = lamp.name().to_owned();
    let mut told = |key: &str| {
        let clients = ada.call("s.clients", json!([])).unwrap();
        let found = clients.as_array().unwrap().iter().find(|one| one["name"] == name);
        found.unwrap()[key].clone()
    };
    let about = |software: &str| json!({"software": software, "description": "a lamp", "commands": ["light"], "requestables": ["CLIENTDATA"]});
    answer_asked(&mut lamp, &about("lamp 2"));
    until("the answer", || (told("software") == "lamp 2").then_some(()));
    assert_eq!(
        (told("description"), told("commands")),
        (json!("a lamp"), json!(["light"]))
    );
    // Longer than a hello may be: what is known stays.
    answer_asked(&mut lamp, &about(&"x".repeat(5_000)));
    let refused = || metric(server.http(), "motorpool_metadata_asks_total", &["\"refused\""]) > 0.5;
    until("the refusal", || refused().then_some(()));
    assert_eq!(told("software"), "lamp 2");
    answer_asked(&mut lamp, &about("lamp 3"));
    until("the next answer", || (told("software") == "lamp 3").then_some(()));
}

#[test]
fn who_offers_updateserverdata_is_told_when_what_the_server_says_to_it_changed() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let hello = json!({"commands": ["updateserverdata"], "requestables": ["CLIENTDATA"]});
    let mut panel = Raw::hello(server.address(), hello).unwrap();
    let may_list = |data: &Value| data["commands"].as_array().unwrap().contains(&json!("s.clients"));
    assert!(!may_list(&panel.welcome["server"]));
    let name = panel.name().to_owned();
    ada.call("s.getrights", json!([name, "manager"])).unwrap();
    answer_until(&mut panel, &json!({"commands": ["updateserverdata"]}), may_list);
}

#[test]
fn a_copy_of_the_store_is_checked_and_the_oldest_of_its_kind_go() {
    let server = Server::with(&[("MOTORPOOL_SERVICES__BACKUP_KEEP", "2")]);
    let (mut ada, folder) = (server.as_user("ada"), server.folder().join("backups"));
    assert_eq!(listed(&mut ada, "backup")["state"], "disabled", "unless configured");
    fs::create_dir(&folder).unwrap();
    for (name, text) in [
        ("motorpool-20200101T000000Z.db", "old"),
        ("motorpool-20210101T000000Z.db", "newer"),
        ("motorpool-20220101T000000Z.db", ""),
        ("motorpool-20220101T000000Z.db.partial", "half"),
        ("before-import.db", "somebody's"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let round = ada.call("s.runservice", json!(["backup"])).unwrap();
    let did = round["did"].as_str().unwrap();
    assert!(
        did.starts_with("wrote backups/motorpool-2") && did.ends_with("checked; 1 old removed"),
        "{did}"
    );
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names[..2],
        ["before-import.db", "motorpool-20210101T000000Z.db"],
        "{names:?}"
    );
    assert_eq!(names.len(), 3, "{names:?}");
    backup::check(&folder.join(&names[2])).unwrap();
    assert_eq!(listed(&mut ada, "backup")["rounds"], 1);
}

#[test]
fn copies_are_made_by_themselves_where_that_is_configured_and_a_folder_in_the_way_is_told() {
    let server = Server::with(&[
        ("MOTORPOOL_SERVICES__BACKUP", "true"),
        ("MOTORPOOL_SERVICES__BACKUP_MINUTES", "1"),
    ]);
    let mut ada = server.as_user("ada");
    assert_eq!(listed(&mut ada, "backup")["state"], "running");
    fs::write(server.folder().join("backups"), "a file").unwrap();
    let refused = ada.call("s.runservice", json!(["backup"])).unwrap_err();
    assert_eq!(refused.code, "internal");
    assert!(
        refused
            .message
            .starts_with("the round of backup failed: cannot make the folder"),
        "{}",
        refused.message
    );
    let failed = listed(&mut ada, "backup");
    assert!(
        failed["last_error"]
            .as_str()
            .unwrap()
            .starts_with("cannot make the folder"),
        "{failed}"
    );
    assert_eq!(event(&mut ada, "s.runservice")["result"], "failed");
    fs::remove_file(server.folder().join("backups")).unwrap();
    // After a failure the next life tries again soon.
    until("a copy", || {
        (listed(&mut ada, "backup")["rounds"].as_u64() > listed(&mut ada, "backup")["failures"].as_u64()).then_some(())
    });
}
