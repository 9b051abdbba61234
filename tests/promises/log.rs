//! The log: what is said of clients, who may read it, where it is stored, and what is never in it.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Raw, Server, in_minutes, until};

/// All that is in the ring, as text.
fn ring(admin: &mut Raw) -> String {
    let mut text = String::new();
    let mut before = u64::MAX;
    loop {
        let page = admin.call("s.log", json!({"before": before})).unwrap();
        let lines = page.as_array().unwrap();
        let Some(oldest) = lines.last() else { return text };
        text.push_str(&page.to_string());
        before = oldest["number"].as_u64().unwrap();
    }
}

fn texts(page: &Value) -> Vec<&str> {
    let lines = page.as_array().unwrap().iter();
    lines.map(|line| line["text"].as_str().unwrap()).collect()
}

#[test]
fn a_connection_and_its_end_are_told_with_address_and_reason() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let bert = server.as_user("bert");
    let (id, name) = (bert.client_id().to_owned(), bert.name().to_owned());
    bert.hang_up();
    let page = until("the end of a connection in the log", || {
        let page = mona
            .call("s.log", json!({"client": id, "target": "connection"}))
            .unwrap();
        (page.as_array().unwrap().len() == 2).then_some(page)
    });
    assert_eq!(texts(&page), ["disconnected", "connected"]);
    let fields = page[0]["fields"].to_string();
    assert!(fields.contains("client.address=127.0.0.1:"), "{fields}");
    assert!(fields.contains("reason=peer_closed"), "{fields}");
    let by_name = mona.call("s.log", json!({"client": name})).unwrap();
    assert_eq!(by_name, page);
}

#[test]
fn the_log_is_asked_by_time_level_target_text_and_number() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let status = mona.call("s.log", json!({"target": "status"})).unwrap();
    assert!(texts(&status).contains(&"the server is ready"), "{status}");
    assert!(texts(&status).contains(&"service up"), "{status}");
    let ready = mona.call("s.log", json!({"text": "IS READY"})).unwrap();
    assert_eq!(texts(&ready), ["the server is ready"]);
    let number = ready[0]["number"].as_u64().unwrap();
    let page = mona.call("s.log", json!({"before": number + 1, "limit": 2})).unwrap();
    assert_eq!(page.as_array().unwrap().len(), 2);
    assert_eq!(page[0], ready[0]);
    assert_eq!(page[1]["number"], number - 1);
    let at = ready[0]["at"].clone();
    let since = mona.call("s.log", json!({"since": at, "text": "is ready"})).unwrap();
    assert_eq!(since, ready);
    let until = mona.call("s.log", json!({"until": at, "text": "is ready"})).unwrap();
    assert_eq!(until, json!([]));
    let later = mona.call("s.log", json!({"since": in_minutes(5)})).unwrap();
    assert_eq!(later, json!([]));
    let bad = mona.call("s.log", json!({"level": "warn"})).unwrap();
    assert_eq!(bad, json!([]));
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    for (args, said) in [
        (json!({"since": "yesterday"}), "`since` is `yesterday`"),
        (json!({"until": "12:00"}), "`until` is `12:00`"),
        (
            json!({"since": in_minutes(2), "until": in_minutes(1)}),
            "wanted before `until`",
        ),
        (json!({"level": "loud"}), "`level` is `loud`, wanted error, warn"),
        (json!({"limit": 0}), "`limit` is 0, wanted 1 to 200"),
        (json!({"limit": 201}), "`limit` is 201"),
        (json!({"text": "x".repeat(257)}), "`text` has 257 bytes"),
    ] {
        let refused = mona.call("s.log", args).unwrap_err();
        assert_eq!(refused.code, "bad_arguments", "{}", refused.message);
        assert!(refused.message.contains(said), "{}", refused.message);
    }
}

#[test]
fn operators_read_the_log_admins_store_it_and_nobody_else_does() {
    let server = Server::start();
    let (mut anna, mut mona, mut ada) = (server.as_user("anna"), server.as_user("mona"), server.as_user("ada"));
    assert_eq!(anna.code_of("s.log", json!([])), "forbidden");
    mona.call("s.log", json!([])).unwrap();
    for command in ["s.errortrace", "s.storelog", "s.listthreads"] {
        assert_eq!(mona.code_of(command, json!([])), "forbidden", "{command}");
        ada.call(command, json!([])).unwrap();
    }
}

#[test]
fn a_server_without_problems_says_so_and_one_with_problems_lists_them_newest_last() {
    let server = Server::with(&[("MOTORPOOL_LOG__FILE", "/dev/full")]);
    let mut ada = server.as_user("ada");
    let problems = until("a disk that is full in the log", || {
        let problems = ada.call("s.errortrace", json!([])).unwrap();
        problems.is_array().then_some(problems)
    });
    assert!(
        texts(&problems).contains(&"the log file cannot be written"),
        "{problems}"
    );
    let numbers: Vec<u64> = problems
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert!(ada.is_alive(), "a full disk ends nothing");
    let fine = Server::start();
    let mut ada = fine.as_user("ada");
    assert_eq!(ada.call("s.errortrace", json!([])).unwrap(), json!("*No problems*"));
}

#[test]
fn why_a_command_failed_is_in_the_trace_and_not_in_its_answer() {
    let server = Server::start();
    fs::write(server.folder().join("logs"), "in the way").unwrap();
    let mut ada = server.as_user("ada");
    let refused = ada.call("s.storelog", json!([])).unwrap_err();
    assert_eq!(refused.code, "unavailable");
    assert!(!refused.message.contains("os error"), "{}", refused.message);
    let problems = ada.call("s.errortrace", json!([])).unwrap();
    assert_eq!(texts(&problems), ["a command failed"]);
    let fields = problems[0]["fields"].to_string();
    assert!(
        fields.contains("command=s.storelog") && fields.contains("os error"),
        "{fields}"
    );
}

#[test]
fn stored_events_begin_with_the_past_go_on_and_can_be_switched_to_another_file() {
    let server = Server::start();
    let logs = server.folder().join("logs");
    let mut ada = server.as_user("ada");
    let port = server.address().port();
    let name = format!("Serverlog_{port}.txt");
    let said = ada.call("s.storelog", json!([])).unwrap();
    assert_eq!(said, json!(format!("Events get stored in '{name}'")));
    let said = ada.call("s.storelog", json!([name])).unwrap();
    assert_eq!(said, json!(format!("Events already get stored in '{name}'")));
    let bert = server.as_user("bert");
    let stored = |name: &str| fs::read_to_string(logs.join(name)).unwrap_or_default();
    until("the past and the present in the file", || {
        let text = stored(&name);
        (text.contains("the server is ready") && text.contains(bert.client_id())).then_some(())
    });
    assert_eq!(
        ada.call("s.storelog", json!(["second"])).unwrap(),
        json!("Events get stored in 'second.txt'")
    );
    let cleo = server.guest();
    until("the present in the second file", || {
        stored("second.txt").contains(cleo.client_id()).then_some(())
    });
    assert!(!stored(&name).contains(cleo.client_id()), "the first file has ended");
    let audit = ada.call("s.audit", json!({"on_what": "server"})).unwrap();
    assert_eq!(audit[0]["detail"], "second.txt");
}

#[test]
fn no_name_leads_out_of_the_folder_and_no_foreign_file_is_touched() {
    let server = Server::start();
    let logs = server.folder().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("mine.txt"), "mine").unwrap();
    let mut ada = server.as_user("ada");
    for name in ["../up", "/tmp/up", ".hidden", "", "a\\b", "a\nb"] {
        assert_eq!(ada.code_of("s.storelog", json!([name])), "bad_arguments", "{name:?}");
    }
    assert_eq!(ada.code_of("s.storelog", json!(["x".repeat(61)])), "bad_arguments");
    assert_eq!(ada.code_of("s.storelog", json!(["mine"])), "conflict");
    assert_eq!(fs::read_to_string(logs.join("mine.txt")).unwrap(), "mine");
    ada.call("s.storelog", json!(["x".repeat(60)])).unwrap();
}

#[test]
fn the_log_file_is_rotated_at_its_bound_and_so_many_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("motorpool.log");
    let server = Server::with(&[
        ("MOTORPOOL_LOG__FILE", file.to_str().unwrap()),
        ("MOTORPOOL_LOG__FILE_BYTES_MAX", "65536"),
        ("MOTORPOOL_LOG__FILES_MAX", "2"),
    ]);
    let rotated = folder.path().join("motorpool.log.1");
    until("two rotations", || {
        for _ in 0..50 {
            server.guest().hang_up();
        }
        let first = fs::read_to_string(&rotated).ok()?;
        (!first.contains("the server starts")).then_some(())
    });
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    names.sort_by_key(fs::DirEntry::file_name);
    assert_eq!(names.len(), 2, "{names:?}");
    for entry in names {
        assert!(entry.metadata().unwrap().len() <= 65_536, "{entry:?}");
    }
}

#[test]
fn what_the_server_said_last_is_in_the_log_file_when_it_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("motorpool.log");
    let mut server = Server::with(&[("MOTORPOOL_LOG__FILE", file.to_str().unwrap())]);
    server.terminate();
    assert!(server.ended().success());
    let text = fs::read_to_string(file).unwrap();
    assert!(
        text.lines().last().unwrap().contains("the server has stopped"),
        "{text}"
    );
}

#[test]
fn a_secret_is_neither_in_the_ring_nor_in_a_file_nor_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("motorpool.log");
    let server = Server::with(&[
        ("MOTORPOOL_LOG__LEVEL", "trace"),
        ("MOTORPOOL_LOG__FILE", file.to_str().unwrap()),
    ]);
    let mut ada = server.as_user("ada");
    ada.call("s.storelog", json!(["stored"])).unwrap();
    let secrets = [
        "pass-sEcrEt-1",
        "key-sEcrEt-2",
        "text-sEcrEt-3",
        "args-sEcrEt-4",
        "call-sEcrEt-5",
    ];
    let [password, key, text, args, call] = secrets;
    let login = json!({"password": {"username": "anna", "password": password}});
    assert!(Raw::hello(server.address(), json!({"login": login})).is_err());
    assert!(Raw::hello(server.address(), json!({"login": {"key": key}})).is_err());
    assert!(Raw::hello(server.address(), json!({"login": {"resume": key}})).is_err());
    let mut bert = server.as_user("bert");
    assert_eq!(bert.code_of("s.getadmin", json!([key])), "bad_login");
    bert.send(&json!({"text": {"id": 900, "body": text}}));
    bert.send(&json!({"text": {"id": 901, "body": format!("s.getadmin({key})")}}));
    bert.send(&json!({"request": {"id": 902, "name": "PING", "args": [args]}}));
    bert.code_of("s.password", json!({"old": password, "new": args}));
    bert.code_of("s.nothing", json!([call]));
    bert.code_of(call, json!([]));
    assert!(bert.is_alive());
    let id = bert.client_id().to_owned();
    bert.hang_up();
    until("the end of the client in all three places", || {
        let ended = |text: String| {
            let mut lines = text.lines();
            lines.any(|line| line.contains("disconnected") && line.contains(&id))
        };
        let stored = server.folder().join("logs/stored.txt");
        (ended(fs::read_to_string(&file).ok()?)
            && ended(fs::read_to_string(stored).ok()?)
            && ended(fs::read_to_string(server.folder().join("log.txt")).ok()?))
        .then_some(())
    });
    let places = [
        ring(&mut ada),
        fs::read_to_string(&file).unwrap(),
        fs::read_to_string(server.folder().join("logs/stored.txt")).unwrap(),
        fs::read_to_string(server.folder().join("log.txt")).unwrap(),
    ];
    for (number, place) in places.iter().enumerate() {
        assert!(place.contains(&id), "place {number} knows the client");
        for secret in secrets {
            assert!(!place.contains(secret), "place {number} has {secret}");
        }
        assert!(!place.contains("sEcrEt"), "place {number}");
    }
}

#[test]
fn the_ring_lets_the_oldest_go_and_an_answer_always_fits() {
    let server = Server::with(&[("MOTORPOOL_LOG__RING_ENTRIES", "16")]);
    let mut mona = server.as_user("mona");
    for _ in 0..20 {
        server.guest().hang_up();
    }
    let page = mona.call("s.log", json!([])).unwrap();
    assert_eq!(page.as_array().unwrap().len(), 16);
    let small = Server::with(&[("MOTORPOOL_LIMITS__FRAME_BYTES", "4096")]);
    let mut mona = small.as_user("mona");
    for _ in 0..20 {
        small.guest().hang_up();
    }
    assert!(
        ring(&mut mona).contains("the server is ready"),
        "page by page everything is seen"
    );
}

#[test]
fn threads_are_counted_by_telling_names() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let told = ada.call("s.listthreads", json!([])).unwrap();
    let threads = told["threads"].as_array().unwrap();
    let names: Vec<&str> = threads.iter().map(|thread| thread["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in ["arbiter", "worker", "blocking", "store-writer"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let sum: u64 = threads.iter().map(|thread| thread["count"].as_u64().unwrap()).sum();
    assert_eq!(told["count"], sum);
}
