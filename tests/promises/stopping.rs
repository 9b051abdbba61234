//! Going down: what runs ends, everybody is told, and the process exits with 0 within its time.
//!
//! A silent car holds the drain open for as long as a test needs it.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::harness::{FakeCar, Manner, Server, get, in_minutes, until};

/// The longest a drain may take.
const DRAIN_MAX: Duration = Duration::from_secs(5);

#[test]
fn sigterm_and_sigint_say_good_bye_and_exit_with_0_in_time() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start();
        let mut clients = [server.guest(), server.as_user("anna"), server.unit("amber")];
        // One that never reads must not hold the others up.
        let _idle = crate::harness::Raw::connect(server.address());
        for client in &mut clients {
            assert!(client.is_alive());
        }
        let since = Instant::now();
        let pid = Pid::from_raw(server.ready["pid"].as_i64().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        for client in &mut clients {
            let bye = client.answer().unwrap();
            assert_eq!(bye["bye"]["reason"], "shutting_down", "{bye}");
            assert!(bye["bye"]["reconnect_after_ms"].as_u64().unwrap() > 0, "{bye}");
            assert_eq!(client.answer(), None);
        }
        let status = server.ended();
        assert_eq!(status.code(), Some(0), "{signal:?}: {status}");
        assert!(since.elapsed() < DRAIN_MAX, "{signal:?}: {:?}", since.elapsed());
    }
}

#[test]
fn what_runs_is_still_answered_while_new_work_is_not_taken() {
    let mut server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let mut other = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    let unlock = anna.ask("s.unlock", json!({"booking": booking}));
    let asked = car.told_at_least(1);
    assert_eq!(get(server.http(), "/health/ready").unwrap().0, 200);
    let since = Instant::now();
    server.terminate();
    let said = until("not ready", || {
        let (status, _, body) = get(server.http(), "/health/ready").unwrap();
        (status == 503).then_some(body)
    });
    assert!(said.contains("shutting down"), "{said}");
    assert_eq!(get(server.http(), "/health/live").unwrap().0, 200);
    assert_eq!(other.code_of("s.bookings", json!({})), "shutting_down");
    car.acknowledge(&asked["id"]);
    assert_eq!(anna.result(unlock).unwrap()["state"], "done");
    assert_eq!(anna.answer().unwrap()["bye"]["reason"], "shutting_down");
    assert_eq!(server.ended().code(), Some(0));
    assert!(since.elapsed() < DRAIN_MAX, "{:?}", since.elapsed());

    server.start_again();
    let mut anna = server.as_user("anna");
    let listed = anna.call("s.bookings", json!({"state": "ongoing"})).unwrap();
    assert_eq!(listed[0]["booking"], booking, "{listed}");
}

#[test]
fn a_car_that_stays_silent_does_not_hold_the_end_up() {
    let mut server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    anna.ask("s.unlock", json!({"booking": booking}));
    car.told_at_least(1);
    let since = Instant::now();
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    assert!(since.elapsed() < DRAIN_MAX, "{:?}", since.elapsed());
}

#[test]
fn an_admin_shuts_down_by_saying_it_twice() {
    let mut server = Server::start();
    let mut ada = server.as_user("ada");
    let mut other = server.as_user("ada");
    assert_eq!(server.as_user("mona").code_of("s.shutdown", json!([])), "forbidden");
    let said = ada.call("s.shutdown", json!([])).unwrap();
    assert!(said.as_str().unwrap().contains("s.shutdown()"), "{said}");
    assert!(ada.is_alive());
    // The same account, by whatever connection.
    other.ask("s.shutdown", json!([]));
    let bye = loop {
        let frame = ada.answer().unwrap();
        if frame.get("bye").is_some() {
            break frame;
        }
    };
    assert_eq!(bye["bye"]["reason"], "shutting_down");
    assert_eq!(server.ended().code(), Some(0));
}
