//! Seen from outside: figures, health, the ready file, and the datasock for background traffic.
//!
//! `promtool` judges the figures where it is installed; without it that test says so and checks the rest.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, get, hour, in_minutes, metric, until};

/// Fetched by `make setup`.
const PROMTOOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin/promtool");

/// Something of everything, so that the figures have moved.
fn busy(server: &Server) {
    let _car = FakeCar::online(server, "amber", Manner::Done);
    let mut anna = server.as_user("anna");
    let now = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", now).unwrap()["booking"].clone();
    anna.call("s.unlock", json!({"booking": booking})).unwrap();
    assert_eq!(anna.code_of("s.cancel", json!({"booking": booking})), "not_now");
    assert_eq!(anna.code_of("s.nothing", json!([])), "unknown_command");
    drop(Raw::hello(server.address(), json!({"login": {"key": "mp_car_wrong"}})));
}

#[test]
fn the_figures_pass_promtool() {
    let server = Server::start();
    busy(&server);
    let (status, head, body) = get(server.http(), "/metrics").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    for line in body.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        let family = family
            .filter(|family| body.contains(&format!("# TYPE {family} histogram")))
            .unwrap_or(name);
        assert!(body.contains(&format!("# HELP {family} ")), "{family} has no help");
        assert!(body.contains(&format!("# TYPE {family} ")), "{family} has no type");
    }
    if !Path::new(PROMTOOL).exists() {
        println!("skipped: {PROMTOOL} is not there, `make setup` fetches it");
        return;
    }
    let piped = || Stdio::piped();
    let mut promtool = Command::new(PROMTOOL);
    let mut child = promtool
        .args(["check", "metrics"])
        .stdin(piped())
        .stdout(piped())
        .stderr(piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let judged = child.wait_with_output().unwrap();
    let said = [judged.stdout, judged.stderr].concat();
    assert!(
        judged.status.success() && said.is_empty(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

#[test]
fn the_figures_move_with_what_happens() {
    let server = Server::start();
    let read = |name: &str, labels: &[&str]| metric(server.http(), name, labels);
    let opened = read("motorpool_connections_opened_total", &[]);
    busy(&server);
    assert_eq!(read("motorpool_connections_opened_total", &[]), opened + 3.0);
    assert_eq!(read("motorpool_bookings_made_total", &[]), 1.0);
    let command = |name: &str, outcome: &str| read("motorpool_commands_total", &[name, outcome]);
    assert_eq!(command("\"s.book\"", "\"ok\""), 1.0);
    assert_eq!(command("\"s.unlock\"", "\"ok\""), 1.0);
    assert_eq!(command("\"s.cancel\"", "\"not_now\""), 1.0);
    assert_eq!(read("motorpool_command_duration_seconds_count", &["\"s.book\""]), 1.0);
    assert_eq!(read("motorpool_car_commands_total", &["\"unlock\"", "\"done\""]), 1.0);
    assert_eq!(
        read("motorpool_login_attempts_total", &["\"key\"", "\"bad_login\""]),
        1.0
    );
    assert!(read("motorpool_frames_received_total", &[]) >= 6.0);
    assert!(read("motorpool_sent_bytes_total", &[]) > 500.0);
    assert!(read("motorpool_store_commits_total", &["\"ok\""]) >= 4.0);
    assert!(read("motorpool_store_batch_jobs_count", &[]) >= 4.0);
    assert!(read("process_resident_memory_bytes", &[]) > 1_000_000.0);
    until("the connections to be gone", || {
        (read("motorpool_connections", &[]) == 0.0).then_some(())
    });
    assert_eq!(read("motorpool_cars_online", &[]), 0.0);
    // What a peer invents never becomes a label.
    let (_, _, body) = get(server.http(), "/metrics").unwrap();
    assert!(!body.contains("s.nothing"));
}

#[test]
fn health_and_ready_file_say_where_and_whether() {
    let server = Server::start();
    let live = get(server.http(), "/health/live").unwrap();
    assert_eq!((live.0, live.2.as_str()), (200, "live\n"));
    let ready = get(server.http(), "/health/ready").unwrap();
    assert_eq!((ready.0, ready.2.as_str()), (200, "ready\n"));
    assert_eq!(get(server.http(), "/nowhere").unwrap().0, 404);
    let mut keys: Vec<&String> = server.ready.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, ["datasocks", "http", "pid", "serversock"]);
    let socks: Vec<&String> = server.ready["datasocks"].as_object().unwrap().keys().collect();
    assert_eq!(socks, ["Maindata", "files", "pictures"]);
}

fn ticket(raw: &mut Raw) -> Value {
    let given = raw.call("s.attach", json!({"datasock": "Maindata"})).unwrap();
    json!({"client_id": given["client_id"], "ticket": given["ticket"], "datasock": "Maindata"})
}

fn attach(server: &Server, attach: &Value) -> Result<Raw, String> {
    let mut sock = Raw::connect(server.maindata());
    sock.send(&json!({ "attach": attach }));
    let answer = sock.answer().unwrap();
    if let Some(error) = answer.get("error") {
        assert_eq!(sock.read(), None);
        return Err(error["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(answer["attached"]["datasock"], "Maindata", "{answer}");
    Ok(sock)
}

#[test]
fn a_ticket_opens_the_datasock_once_for_its_client() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let own = ticket(&mut anna);
    let mut stolen = own.clone();
    stolen["client_id"] = json!(bert.client_id());
    assert_eq!(
        attach(&server, &stolen).err().unwrap(),
        "bad_login",
        "somebody else's ticket"
    );
    let mut sock = attach(&server, &own).unwrap();
    assert_eq!(attach(&server, &own).err().unwrap(), "bad_login", "used already");
    let mut invented = own.clone();
    invented["ticket"] = json!("aaaa");
    assert_eq!(attach(&server, &invented).err().unwrap(), "bad_login");
    let mut elsewhere = ticket(&mut bert);
    elsewhere["datasock"] = json!("pictures");
    assert_eq!(attach(&server, &elsewhere).err().unwrap(), "bad_arguments");

    // The same dispatcher, the same rights, the same person.
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    assert_eq!(sock.call("s.book", book).unwrap()["user"], "anna");
    assert_eq!(sock.code_of("s.users", json!([])), "forbidden");
    assert_eq!(sock.call("s.whoami", json!([])).unwrap()["client_id"], anna.client_id());
    assert!(anna.is_alive() && sock.is_alive());
    anna.hang_up();
    assert!(
        matches!(sock.answer(), None | Some(Value::Object(_))),
        "it ends with its client"
    );
    let listed = bert.call("s.ping", json!([])).unwrap();
    assert!(listed["at"].is_string());
}

#[test]
fn a_unit_is_offered_its_datasocks_with_a_ticket() {
    let server = Server::start();
    let mut unit = server.unit("amber");
    let offer = unit.read().unwrap();
    assert_eq!(offer["event"]["name"], "datasocks", "{offer}");
    let offered = &offer["event"]["data"][0];
    assert_eq!(offered["port"], server.maindata().port());
    let given = json!({"client_id": unit.client_id(), "ticket": offered["ticket"], "datasock": offered["name"]});
    let mut sock = attach(&server, &given).unwrap();
    assert_eq!(sock.call("s.whoami", json!([])).unwrap()["name"], "amber");
}

#[test]
fn only_an_attach_comes_first_on_a_datasock_and_never_on_the_serversock() {
    let server = Server::start();
    let mut raw = Raw::connect(server.maindata());
    raw.send(&json!({"hello": {"protocol": 1}}));
    assert_eq!(raw.answer().unwrap()["error"]["code"], "bad_frame");
    assert_eq!(raw.read(), None);
    let own = ticket(&mut server.as_user("anna"));
    let mut raw = Raw::connect(server.address());
    raw.send(&json!({ "attach": own }));
    assert_eq!(raw.answer().unwrap()["error"]["code"], "bad_frame");
    assert_eq!(raw.read(), None);
}

#[test]
fn a_request_is_answered_or_refused_by_name() {
    let server = Server::start();
    let mut raw = server.guest();
    for (id, name) in [(1, "PING"), (2, "SERVERDATA")] {
        raw.send(&json!({"request": {"id": id, "name": name}}));
        assert!(raw.result(id).unwrap().is_object(), "{name}");
    }
    raw.send(&json!({"request": {"id": 3, "name": "NOTHING"}}));
    assert_eq!(raw.result(3).unwrap_err().code, "unknown_requestable");
    let near = raw.call("s.pong", json!([])).unwrap_err();
    assert_eq!(near.code, "unknown_command");
    assert!(near.message.contains("s.ping"), "{}", near.message);
}
