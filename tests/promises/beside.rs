//! Changes made beside a running server, by `import` and `admin`: the server sees them within a second.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{FakeCar, Manner, Server, in_minutes, until};

/// The promise, and what starting our own tool and asking may take besides on a busy machine.
const SEEN_WITHIN: Duration = Duration::from_millis(3_000);

fn motorpool(server: &Server, arguments: &[&str]) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_motorpool"))
        .args(arguments)
        .arg("--data")
        .arg(server.folder())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}

#[test]
fn an_imported_car_can_be_booked_at_once() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let file = server.folder().join("more.csv");
    let row = "newcomer,NE-01,Make,Model,suv,grey,5,52.5,13.4,Gate,12.00,EUR";
    let header = "name,plate,make,model,body_type,colour,seats,latitude,longitude,place,rate_per_hour,currency";
    std::fs::write(&file, format!("{header}\n{row}\n")).unwrap();
    motorpool(&server, &["import", file.to_str().unwrap()]);
    let imported = Instant::now();
    let book = json!({"car": "newcomer", "start": in_minutes(-1), "end": in_minutes(60)});
    let booked = until("the new car to be known", || anna.call("s.book", book.clone()).ok());
    assert_eq!(booked["price"], "12.20");
    assert!(imported.elapsed() < SEEN_WITHIN, "{:?}", imported.elapsed());
}

#[test]
fn who_is_disabled_or_loses_a_key_is_sent_away() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    assert!(anna.is_alive());
    motorpool(&server, &["admin", "user", "disable", "anna"]);
    let disabled = Instant::now();
    until("anna to be sent away", || anna.read().is_none().then_some(()));
    assert!(disabled.elapsed() < SEEN_WITHIN, "{:?}", disabled.elapsed());

    let keys = motorpool(&server, &["admin", "key", "list", "--json"]);
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let amber = keys
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["name"] == "amber")
        .unwrap();
    let id = amber["key_id"].to_string();
    motorpool(&server, &["admin", "key", "revoke", &id]);
    until("the car to be sent away", || {
        let clients = mona.call("s.clients", json!({})).unwrap();
        let is_there = clients
            .as_array()
            .unwrap()
            .iter()
            .any(|client| client["name"] == "amber");
        (!is_there).then_some(())
    });
    drop(car);
}

#[test]
fn a_new_role_is_felt_on_an_open_socket() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    assert_eq!(anna.code_of("s.clients", json!({})), "forbidden");
    motorpool(&server, &["admin", "user", "role", "anna", "manager"]);
    until("the new role to be felt", || anna.call("s.clients", json!({})).ok());
    motorpool(&server, &["admin", "user", "role", "anna", "customer"]);
    until("the old role to be felt", || {
        (anna
            .call("s.clients", json!({}))
            .is_err_and(|refused| refused.code == "forbidden"))
        .then_some(())
    });
}
