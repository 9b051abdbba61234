//! What happens while a face is looked at: the right ends, the worker goes, and who sends what ends it is left alone.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::rider::ready;
use super::{Door, OBAMA, PIN, book_now, code_and_reason, does, is, server, set_pin};
use crate::harness::{FakeCar, Manner, PASSWORD, Refused, Server, instant, metric, until};

/// The process of the server's face worker.
fn worker(server: &Server) -> Pid {
    let parent = format!("\nPPid:\t{}\n", server.pid());
    until("the face worker", || {
        let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let mut ours = processes.filter(|process| {
            let read = |file: &str| fs::read_to_string(process.path().join(file)).unwrap_or_default();
            read("status").contains(&parent) && read("cmdline").contains("face-worker")
        });
        let pid = ours.next()?.file_name().to_string_lossy().parse().ok()?;
        Pid::from_raw(pid)
    })
}

/// Asks to unlock with the worker held still, does what is to happen meanwhile, and lets the worker go on.
fn while_looked_at(server: &Server, door: &mut Door, meanwhile: impl FnOnce()) -> Result<Value, Refused> {
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 0));
    let worker = worker(server);
    kill_process(worker, Signal::STOP).unwrap();
    let args = json!({"challenge": challenge["challenge"], "pictures": ids, "pin": PIN});
    let asked = door.car.ask("s.unlockface", args);
    until("a picture in the worker's hand", || {
        (metric(server.http(), "motorpool_gate_inside", &["face_unlocks"]) > 0.5).then_some(())
    });
    meanwhile();
    // One that held still for too long is gone.
    let _ = kill_process(worker, Signal::CONT);
    door.car.result(asked)
}

#[test]
fn a_right_that_ends_while_a_face_is_looked_at_opens_nothing() {
    let (server, mut door, booking) = ready(&[]);
    let answer = while_looked_at(&server, &mut door, || {
        let given_up = server.as_user("anna").call("s.cancel", json!({"booking": booking}));
        assert_eq!(given_up.unwrap()["state"], "cancelled");
    });
    assert_eq!(code_and_reason(answer), is("bad_login", "no_match"));
    assert!(door.car.told().is_empty());
}

#[test]
fn a_person_who_is_disabled_while_their_face_is_looked_at_opens_nothing() {
    let (server, mut door, _) = ready(&[]);
    let answer = while_looked_at(&server, &mut door, || {
        server.as_user("ada").call("s.disableuser", json!(["anna"])).unwrap();
    });
    answer.expect_err("it must be refused");
    assert!(door.car.told().is_empty());
}

#[test]
fn a_worker_that_hangs_is_felt_by_who_asked_alone_and_not_for_long() {
    let server = server(&[
        ("MOTORPOOL_FACE__DECISION_MS", "2500"),
        ("MOTORPOOL_FACE__DEADLINE_MS", "2000"),
    ]);
    let (mut door, mut other) = (
        Door::of(&server, "amber"),
        FakeCar::online(&server, "birch", Manner::Done),
    );
    book_now(&server, "bert", "birch");
    let began = Cell::new(Instant::now());
    let answer = while_looked_at(&server, &mut door, || {
        began.set(Instant::now());
        // Everything else goes on.
        let opened = other.call("s.unlockwith", json!({"username": "bert", "password": PASSWORD}));
        assert_eq!(opened.unwrap()["state"], "done");
        assert!(server.guest().call("s.ping", json!([])).is_ok());
        until("the end of the worker's patience", || {
            (metric(server.http(), "motorpool_gate_inside", &["face_unlocks"]) < 0.5).then_some(())
        });
    });
    let refused = answer.unwrap_err();
    assert_eq!(refused.code, "timeout", "{refused:?}");
    // The bound is 2.5 s; the rest is for machines that test.
    let took = began.get().elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn what_ends_the_worker_is_felt_by_its_sender_alone() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("impostor");
    // It says that it is ready, takes a part of a picture, and ends.
    let says = r"printf '\000\000\000\006\145ready'; head -c 1000 >/dev/null";
    fs::write(&program, format!("#!/bin/sh\n{says}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let server = server(&[("MOTORPOOL_FACE__PROGRAM", program.to_str().unwrap())]);
    let (mut bad, mut good) = (Door::of(&server, "amber"), Door::of(&server, "birch"));
    set_pin(&server, "anna");
    book_now(&server, "anna", "amber");
    let attempt = |door: &mut Door| {
        // Between two workers no challenge is given.
        let challenge = until("a challenge", || door.car.call("s.facechallenge", json!([])).ok());
        let ids = door.show(&does(OBAMA, &challenge, 0));
        door.unlock(&challenge, &ids).unwrap_err()
    };
    let refused = until("the end of patience", || {
        let refused = attempt(&mut bad);
        if refused.code == "unavailable" {
            return None;
        }
        Some(refused)
    });
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("locked_out", &json!("worker_ended"))
    );
    let retry_at = instant(&refused.detail["retry_at"]);
    assert!(retry_at > motorpool::runtime::clock::now());
    assert!((metric(server.http(), "motorpool_face_senders_shut_out_total", &[]) - 1.0).abs() < 0.5);
    assert_eq!(attempt(&mut good).code, "unavailable", "another unit is still heard");
    // The equal way is open all the time.
    let opened = bad
        .car
        .call("s.unlockwith", json!({"username": "anna", "password": PASSWORD}));
    assert_eq!(opened.unwrap()["state"], "done");
}
