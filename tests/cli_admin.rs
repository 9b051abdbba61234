//! `motorpool admin` as a program: people, cars, keys and copies, beside no server and beside one.
//!
//! Every test has a data folder of its own, and ports of its own where a server runs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

const CAR: &[&str] = &[
    "--plate",
    "P1",
    "--latitude=-48.1",
    "--longitude=11.5",
    "--rate-per-hour",
    "6.5",
    "--currency",
    "EUR",
];

/// Who, what, on what.
type Event = (String, String, String);

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MOTORPOOL_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.dir.path()).args(args).stdin(Stdio::null());
        command
    }

    fn admin(&self, args: &[&str]) -> Output {
        let mut command = self.command(&[&["admin", "--data", "d", "--json"], args].concat());
        command
            .env("MOTORPOOL_NEW_PASSWORD", "a good password")
            .env("MOTORPOOL_NEW_PIN", "1234");
        command.output().unwrap()
    }

    fn done(&self, args: &[&str]) -> Value {
        let output = self.admin(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, args: &[&str], exit: i32) -> String {
        let output = self.admin(args);
        let line = err(&output);
        assert_eq!(
            (output.status.code(), line.lines().count()),
            (Some(exit), 1),
            "{args:?}: {line}"
        );
        assert!(output.stdout.is_empty(), "{args:?}");
        line
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("d/motorpool.db")
    }

    /// What the audit log and the trail for a running server hold.
    fn trail(&self) -> (Vec<Event>, Vec<(String, i64)>) {
        use motorpool::store::schema::{audit_event, outside_change};
        let mut conn = SqliteConnection::establish(self.database().to_str().unwrap()).unwrap();
        let events = audit_event::table
            .order(audit_event::id)
            .select((audit_event::who, audit_event::what, audit_event::on_what))
            .load(&mut conn)
            .unwrap();
        let changes = outside_change::table
            .order(outside_change::id)
            .select((outside_change::subject, outside_change::subject_id))
            .load(&mut conn)
            .unwrap();
        (events, changes)
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn people_are_added_changed_and_shown_and_every_change_leaves_its_trail() {
    let house = House::new();
    let ada = house.done(&["user", "add", "ada", "--first-name", "Ada", "--role", "engineer"]);
    assert_eq!(
        (&ada["user"], &ada["role"], &ada["has_password"]),
        (&"ada".into(), &"engineer".into(), &true.into())
    );
    assert_eq!(house.done(&["user", "role", "ada", "manager"])["role"], "manager");
    assert_eq!(house.done(&["user", "disable", "ada"])["disabled"], true);
    assert_eq!(house.done(&["user", "enable", "ada"])["disabled"], false);
    assert_eq!(house.done(&["user", "pin", "ada"])["has_pin"], true);
    assert_eq!(house.done(&["user", "pin", "ada", "--remove"])["has_pin"], false);
    house.done(&["user", "password", "ada"]);
    assert_eq!(
        house.done(&["user", "list"]),
        Value::Array(vec![house.done(&["user", "show", "ada"])])
    );
    let (events, changes) = house.trail();
    let what: Vec<&str> = events.iter().map(|(_, what, _)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "admin user add",
            "admin user role",
            "admin user disable",
            "admin user enable",
            "admin user pin",
            "admin user pin",
            "admin user password"
        ]
    );
    for (who, _, on_what) in &events {
        assert!(who.starts_with("cli:") && who.len() > 4, "{who}");
        assert_eq!(on_what, "user:1");
    }
    assert_eq!(changes, vec![("user".to_owned(), 1); 7]);
}

#[test]
fn what_cannot_be_is_refused_in_one_line_and_makes_no_database() {
    let house = House::new();
    for (args, exit, wanted) in [
        (&["user", "list"][..], 1, "there is no database d/motorpool.db"),
        (&["user", "add", "a b"], 1, "username \"a b\""),
        (
            &["user", "add", "ada", "--password", "secret"],
            2,
            "unexpected argument '--password'",
        ),
        (&["key", "add"], 2, "--car <NAME>|--bot <NAME>|--server <NAME>"),
        (
            &["key", "add", "--bot", "one", "--server", "two"],
            2,
            "cannot be used with",
        ),
        (&["key", "show"], 2, "a key is shown once, when it is made"),
        (
            &["key", "show", "1", "--all"],
            2,
            "a key is shown once, when it is made",
        ),
        (
            &[
                "car",
                "add",
                "a",
                "--plate",
                "P",
                "--latitude",
                "91",
                "--longitude",
                "0",
                "--rate-per-hour",
                "1",
                "--currency",
                "EUR",
            ],
            1,
            "got latitude 91",
        ),
    ] {
        let line = house.refused(args, exit);
        assert!(line.contains(wanted), "{args:?}: {line}");
        assert!(!house.database().exists(), "{args:?}");
    }
}

#[test]
fn what_is_taken_or_not_there_is_refused_and_leaves_no_trail() {
    let house = House::new();
    house.done(&["user", "add", "ada"]);
    house.done(&[&["car", "add", "one"], CAR].concat());
    for (args, wanted) in [
        (&["user", "add", "ada"][..], "username \"ada\" is taken"),
        (&["user", "add", "bob", "--role", "boss"], "there is no role \"boss\""),
        (&["user", "role", "ada", "boss"], "there is no role \"boss\""),
        (&["user", "show", "bob"], "there is no user \"bob\""),
        (&["car", "show", "two"], "there is no car \"two\""),
        (&["key", "add", "--car", "two"], "there is no car \"two\""),
        (&["key", "revoke", "7"], "there is no key 7"),
    ] {
        let line = house.refused(args, 1);
        assert!(line.contains(wanted), "{args:?}: {line}");
    }
    let line = house.refused(&[&["car", "add", "one"], CAR].concat(), 1);
    assert!(line.contains("there is a car \"one\" already"), "{line}");
    let line = house.refused(&[&["car", "add", "two"], CAR].concat(), 1);
    assert!(line.contains("another car has the plate \"P1\""), "{line}");
    let nobody = house
        .command(&["admin", "--data", "d", "user", "password", "ada"])
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    assert!(err(&nobody).contains("set MOTORPOOL_NEW_PASSWORD"), "{}", err(&nobody));
    let short = house
        .command(&["admin", "--data", "d", "user", "password", "ada"])
        .env("MOTORPOOL_NEW_PASSWORD", "short")
        .output()
        .unwrap();
    assert_eq!(err(&short), "motorpool: password has 5 characters, wanted at least 8\n");
    assert_eq!(house.trail().0.len(), 2, "only what was done is written");
}

#[test]
fn a_key_stands_alone_on_standard_output_once_and_is_kept_as_a_hash() {
    let house = House::new();
    house.done(&[&["car", "add", "one"], CAR].concat());
    let mut keys = Vec::new();
    for (flag, name, prefix) in [
        ("--car", "one", "mp_car_"),
        ("--bot", "botty", "mp_bot_"),
        ("--server", "town2", "mp_server_"),
    ] {
        let output = house
            .command(&["admin", "--data", "d", "key", "add", flag, name])
            .output()
            .unwrap();
        let key = String::from_utf8(output.stdout).unwrap();
        assert!(
            key.starts_with(prefix) && key.ends_with('\n') && key.lines().count() == 1,
            "{key:?}"
        );
        keys.push(key.trim().to_owned());
    }
    let bytes = std::fs::read(house.database()).unwrap();
    let wal = std::fs::read(house.dir.path().join("d/motorpool.db-wal")).unwrap_or_default();
    let list = house.done(&["key", "list"]);
    for key in &keys {
        for kept in [&bytes, &wal, list.to_string().as_bytes()] {
            assert!(!kept.windows(key.len()).any(|window| window == key.as_bytes()));
        }
    }
    assert_eq!(
        (&list[0]["name"], &list[0]["car_id"], &list[0]["revoked_at"]),
        (&"one".into(), &1.into(), &Value::Null)
    );
    assert!(house.done(&["key", "revoke", "1"])["revoked_at"].is_string());
    assert!(house.done(&["key", "list"])[0]["revoked_at"].is_string());
}

#[test]
fn a_car_that_somebody_has_booked_is_not_retired() {
    use motorpool::store::schema::booking;
    let house = House::new();
    house.done(&[&["car", "add", "one"], CAR].concat());
    house.done(&["user", "add", "ada"]);
    let mut conn = SqliteConnection::establish(house.database().to_str().unwrap()).unwrap();
    diesel::insert_into(booking::table)
        .values((
            (
                booking::id.eq(1_i64),
                booking::car_id.eq(1_i64),
                booking::user_id.eq(1_i64),
            ),
            (
                booking::start_at.eq(1_i64),
                booking::end_at.eq(2_i64),
                booking::state.eq("reserved"),
            ),
            (
                booking::rate_per_hour.eq(1_i64),
                booking::price.eq(1_i64),
                booking::currency.eq("EUR"),
                booking::created_at.eq(1_i64),
            ),
        ))
        .execute(&mut conn)
        .unwrap();
    let line = house.refused(&["car", "retire", "one"], 1);
    assert!(line.contains("car \"one\" is booked (live bookings: 1)"), "{line}");
    diesel::update(booking::table)
        .set(booking::state.eq("cancelled"))
        .execute(&mut conn)
        .unwrap();
    assert_eq!(house.done(&["car", "retire", "one"])["condition"], "retired");
}

#[test]
fn a_copy_is_checked_never_overwritten_and_brings_back_what_was() {
    let house = House::new();
    house.done(&["user", "add", "ada"]);
    assert_eq!(house.done(&["backup", "copy.db"])["ok"], true);
    assert!(house.refused(&["backup", "copy.db"], 1).contains("exists already"));
    house.done(&["user", "add", "bob"]);
    assert_eq!(house.done(&["restore", "copy.db"])["ok"], true);
    let people = house.done(&["user", "list"]);
    assert_eq!(
        (people.as_array().unwrap().len(), &people[0]["user"]),
        (1, &"ada".into())
    );
    assert_eq!(house.trail().0.last().unwrap().1, "admin restore");
    assert_eq!(house.done(&["check"])["ok"], true);

    let copy = house.dir.path().join("copy.db");
    let half = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &half[..half.len() / 2]).unwrap();
    assert!(house.refused(&["restore", "copy.db"], 1).contains("copy.db is damaged"));
    assert!(house.refused(&["restore", "none.db"], 1).contains("none.db"));
    assert_eq!(house.done(&["user", "list"]), people, "a bad copy replaces nothing");
}

/// A server of the test's own, ended however the test ends.
struct Server(Child);

impl Server {
    fn start(house: &House) -> Self {
        let ready = house.dir.path().join("ready");
        let args = [
            "serve",
            "--data",
            "d",
            "--listen",
            "127.0.0.1:0",
            "--data-listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
        ];
        let mut command = house.command(&args);
        command
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Self(command.spawn().unwrap());
        let until = Instant::now() + Duration::from_secs(30);
        while !ready.exists() {
            assert!(Instant::now() < until, "the server did not listen");
            std::thread::yield_now();
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_running_server_lets_be_backed_up_and_changed_but_not_replaced() {
    let house = House::new();
    house.done(&["user", "add", "ada"]);
    assert_eq!(house.done(&["backup", "copy.db"])["ok"], true);
    let _server = Server::start(&house);
    assert_eq!(house.done(&["backup", "beside.db"])["ok"], true);
    assert_eq!(house.done(&["check"])["ok"], true);
    house.done(&["user", "add", "bob"]);
    let line = house.refused(&["restore", "copy.db"], 1);
    assert!(
        line.contains("another motorpool server") && line.contains("stop it first"),
        "{line}"
    );
    assert_eq!(house.done(&["user", "list"]).as_array().unwrap().len(), 2);
}
