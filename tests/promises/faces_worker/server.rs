//! The worker under a whole server: started by what needs it, bounded by itself, lost without anybody else feeling it.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::*;
use crate::datasocks::attach;
use crate::harness::{Raw, Server, metric, until};
use crate::pictures::picture_frame;

/// The face worker of a server, if it has one.
fn worker_of(server: &Server) -> Option<Pid> {
    let server = server.pid().as_raw_nonzero().to_string();
    let is_child = |folder: &Path| {
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        let command = std::fs::read_to_string(folder.join("cmdline")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let parent = fields.split_whitespace().nth(1)?;
        Some(parent == server && command.split('\0').any(|word| word == "face-worker"))
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let found = processes
        .map(|entry| entry.path())
        .find(|folder| is_child(folder) == Some(true))?;
    Pid::from_raw(found.file_name()?.to_str()?.parse().ok()?)
}

fn service(operator: &mut Raw) -> Value {
    let listed = operator.call("s.services_info", json!([])).unwrap();
    let services = listed.as_array().unwrap();
    services
        .iter()
        .find(|service| service["name"] == "faces")
        .unwrap()
        .clone()
}

fn restarts(server: &Server, cause: &str) -> f64 {
    metric(server.http(), "motorpool_face_worker_restarts_total", &[cause])
}

fn is_up(server: &Server) -> bool {
    metric(server.http(), "motorpool_face_worker_up", &[]) > 0.5
}

/// One field of a process's status or limits.
fn told(pid: Pid, file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{}/{file}", pid.as_raw_nonzero())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().to_owned()
}

fn niceness(pid: Pid) -> i32 {
    let stat = told(pid, "stat", "");
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().nth(16).unwrap().parse().unwrap()
}

#[test]
fn the_worker_of_a_server_is_started_by_the_first_picture_bounds_itself_and_is_started_again() {
    let server = Server::with(&[("MOTORPOOL_FACE__WORKER_NICE", "10")]);
    let mut operator = server.as_user("mona");
    assert_eq!(worker_of(&server), None, "a server that sees no faces has no worker");
    assert_eq!(service(&mut operator)["up"], true);
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "pictures");
    sock.send_bytes(&picture_frame(&picture("obama2.jpg"), None));
    assert!(sock.read().unwrap()["picture"].is_object());
    until("a worker that is up", || is_up(&server).then_some(()));

    let worker = worker_of(&server).unwrap();
    assert!(told(worker, "limits", "Max core file size").starts_with("0 "));
    let cores = std::thread::available_parallelism().unwrap().get();
    let most = (256 + 384 * cores) * 1024 * 1024;
    assert!(told(worker, "limits", "Max address space").starts_with(&format!("{most} ")));
    // No file may be opened any more, and nothing it starts would get more rights.
    assert_eq!(told(worker, "status", "NoNewPrivs:"), "1");
    let behind = (niceness(server.pid()) + 10).min(19);
    assert_eq!(niceness(worker), behind, "it stands back behind the server");

    // It hangs: nobody else feels it.
    kill_process(worker, Signal::STOP).unwrap();
    for _ in 0..20 {
        let began = Instant::now();
        unit.call("s.ping", json!([])).unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    kill_process(worker, Signal::KILL).unwrap();
    until("a restart", || (restarts(&server, "ended") > 0.5).then_some(()));
    until("a worker that is up again", || is_up(&server).then_some(()));
    let another = worker_of(&server).unwrap();
    assert_ne!(another, worker);
    let faces = service(&mut operator);
    assert_eq!((&faces["up"], &faces["restarts"]), (&json!(true), &json!(1)));

    // It ends with a server that had no time to end it.
    kill_process(server.pid(), Signal::KILL).unwrap();
    until("the end of the worker", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", another.as_raw_nonzero()));
        stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
    });
}
