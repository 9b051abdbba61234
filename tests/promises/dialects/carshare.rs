//! The agent pi of the car share against motorpool: the answers of the master pi, with the rights of today.

use std::cell::RefCell;
use std::net::SocketAddr;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{exchange, port_of, run};
use crate::harness::{FakeCar, Manner, PASSWORD, Raw, Server, in_minutes, until};

const CONFIG: &str = "[dialect.carshare]\nlisten = \"127.0.0.1:0\"\ncars = { 5 = \"amber\", 6 = \"birch\" }\n";
const FALSE: &[u8] = b"\x80\x03\x89.";
const MINUS_ONE: &[u8] = b"\x80\x03J\xff\xff\xff\xff.";

/// A server with old units, and somebody who looks on.
struct Fleet {
    server: Server,
    mona: RefCell<Raw>,
}

impl Fleet {
    /// With more of the configuration behind.
    fn with(more: &str) -> Self {
        let server = Server::configured(&format!("{CONFIG}{more}"));
        let mona = RefCell::new(server.as_user("mona"));
        Self { server, mona }
    }

    fn address(&self) -> SocketAddr {
        port_of(&self.server, "carshare")
    }

    fn looks(&self, command: &str, args: Value) -> Value {
        self.mona.borrow_mut().call(command, args).unwrap()
    }
}

fn ask(fleet: &Fleet, request: &str) -> String {
    let port = fleet.address().port().to_string();
    run("carshare", &[&port, request])
}

fn unlock(car: &str, username: &str, password: &str) -> String {
    format!("{{'type': 1, 'username': '{username}', 'password': '{password}', 'carId': {car}}}")
}

fn bring_back(car: &str, user: &str) -> String {
    format!("{{'type': 3, 'carid': {car}, 'userid': {user}, 'location': 'Box Hill, VIC,-37.8214992,145.1086673'}}")
}

fn book(fleet: &Fleet, person: &str) -> Value {
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    fleet.server.as_user(person).call("s.book", args).unwrap()["booking"].clone()
}

fn state_of(fleet: &Fleet, booking: &Value) -> String {
    let listed = fleet.looks("s.bookings", json!({}));
    let found = listed.as_array().unwrap().iter().find(|one| one["booking"] == *booking);
    found.unwrap()["state"].as_str().unwrap().to_owned()
}

fn commands(fleet: &Fleet) -> Vec<Value> {
    let listed = fleet.looks("s.commands", json!({"car": "amber"}));
    listed.as_array().unwrap().clone()
}

/// The last command to the car is done once the unit has its reply.
fn is_done(fleet: &Fleet) {
    until("the command to be done", || {
        (commands(fleet)[0]["state"] == "done").then_some(())
    });
}

#[test]
fn a_dialect_that_is_not_configured_is_not_there() {
    let server = Server::start();
    assert!(server.ready.get("dialects").is_none(), "{}", server.ready);
}

#[test]
fn the_rider_opens_by_password_and_returns_and_nobody_else_does() {
    let fleet = Fleet::with("");
    let booking = book(&fleet, "anna");
    for (car, name, password) in [
        ("5", "anna", "wrong horse"),
        ("5", "nobody", PASSWORD),
        ("5", "bert", PASSWORD),
        ("6", "anna", PASSWORD),
        ("7", "anna", PASSWORD),
    ] {
        assert_eq!(ask(&fleet, &unlock(car, name, password)), "-1", "{car} {name}");
    }
    assert_eq!(state_of(&fleet, &booking), "reserved");
    assert_eq!(ask(&fleet, &bring_back("5", "1")), "False", "it is not out");

    let user = ask(&fleet, &unlock("5", "anna", PASSWORD));
    assert!(user.parse::<i64>().is_ok_and(|id| id > 0), "{user}");
    // The reply had arrived before the command was done.
    until("the booking to begin", || {
        (state_of(&fleet, &booking) == "ongoing").then_some(())
    });
    is_done(&fleet);

    let other = ask(&fleet, &bring_back("5", "999"));
    assert_eq!(
        (other.as_str(), state_of(&fleet, &booking).as_str()),
        ("False", "ongoing")
    );
    assert_eq!(ask(&fleet, &bring_back("6", &user)), "False", "another car");
    assert_eq!(ask(&fleet, &bring_back("5", &user)), "True");
    assert_eq!(state_of(&fleet, &booking), "finished");
    assert_eq!(ask(&fleet, &bring_back("5", &user)), "False", "it is back");
}

#[test]
fn a_unit_that_is_connected_is_the_one_that_opens() {
    let fleet = Fleet::with("");
    let car = FakeCar::online(
        &fleet.server,
        "amber",
        Manner::Refuse("unavailable", "the door is stuck"),
    );
    book(&fleet, "anna");
    assert_eq!(ask(&fleet, &unlock("5", "anna", PASSWORD)), "-1");
    car.does(Manner::Done);
    assert_ne!(ask(&fleet, &unlock("5", "anna", PASSWORD)), "-1");
    assert_eq!(car.told().len(), 2, "both went to it");
}

#[test]
fn a_reply_that_nobody_takes_is_no_unlock() {
    let fleet = Fleet::with("idle_ms = 300\n[limits]\ncar_command_ms = 500\n");
    let booking = book(&fleet, "anna");
    let address = fleet.address();
    let request = format!("(dVtype\nI1\nsVusername\nVanna\nsVpassword\nV{PASSWORD}\nsVcarId\nI5\ns.");
    let held = {
        use std::io::Write;
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    // It was replied to, and holds its end open without a word: nobody knows whether it opened.
    until("the command to be given up", || {
        commands(&fleet)
            .first()
            .filter(|one| one["state"] == "unknown")
            .cloned()
    });
    assert_eq!(state_of(&fleet, &booking), "reserved");
    drop(held);
    assert_ne!(ask(&fleet, &unlock("5", "anna", PASSWORD)), "-1", "the next one opens");
}

#[test]
fn a_request_may_come_in_single_bytes_and_in_any_protocol_of_python() {
    let fleet = Fleet::with("");
    book(&fleet, "anna");
    let port = fleet.address().port().to_string();
    for protocol in ["0", "1", "2", "3", "4", "5"] {
        let request = unlock("'5'", "anna", PASSWORD);
        let user = run("carshare", &[&port, &request, protocol, "1"]);
        assert!(user.parse::<i64>().is_ok_and(|id| id > 0), "{protocol}: {user}");
    }
}

/// What numpy wrote for a face at car 5.
fn faces() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pickles");
    let files = ["numpy1", "numpy2"].map(|name| std::fs::read_to_string(format!("{folder}/{name}.txt")).unwrap());
    let lines = files.iter().flat_map(|file| file.lines());
    let arrays = lines.filter(|line| line.starts_with("array") || line.starts_with("big-endian"));
    let pickles = arrays.map(|line| BASE64.decode(line.rsplit(' ').next().unwrap().as_bytes()).unwrap());
    pickles.collect()
}

#[test]
fn a_face_alone_opens_nothing_unless_the_port_is_exempted_and_the_unit_trusted() {
    let fleet = Fleet::with("");
    let address = fleet.address();
    book(&fleet, "anna");
    let faces = faces();
    assert_eq!(faces.len(), 48);
    for face in &faces {
        assert_eq!(exchange(address, &[face]), MINUS_ONE);
    }
    let fleet = Fleet::with("face_without_pin = true\n");
    let address = fleet.address();
    book(&fleet, "anna");
    assert_eq!(exchange(address, &[&faces[0]]), MINUS_ONE, "an untrusted unit");
    assert!(commands(&fleet).is_empty());
}

#[test]
fn an_engineer_needs_a_repair_of_this_car_and_to_end_it_a_code() {
    let fleet = Fleet::with("");
    let mut emil = fleet.server.as_user("emil");
    emil.call("s.engineerdevice", json!({"address": "01:23:45:67:89:ab"}))
        .unwrap();
    let code = emil.call("s.engineercode", json!({})).unwrap()["code"].clone();
    let code = code.as_str().unwrap();
    let devices = "{'type': 4, 'carid': 5, 'nearby_devices': ['aa:aa:aa:aa:aa:aa', '01:23:45:67:89:ab']}";
    let named = "{'type': 4, 'carid': 5, 'nearby_devices': [('01:23:45:67:89:ab', 'phone')]}";
    let card = |id: &str| format!("{{'type': 5, 'id': {id}, 'name': 'emil', 'carID': 5}}");
    assert_eq!(ask(&fleet, devices), "False", "no repair");
    assert_eq!(ask(&fleet, &card(&format!("'{code}'"))), "False", "no repair");

    let report = json!({"car": "amber", "fault": "flat tyre"});
    let repair = fleet.server.as_user("anna").call("s.reportcar", report).unwrap()["repair"].clone();
    fleet.looks("s.assignrepair", json!({"repair": repair, "engineer": "emil"}));
    assert_eq!(
        ask(&fleet, &devices.replace("'carid': 5", "'carid': 6")),
        "False",
        "another car"
    );
    assert_eq!(ask(&fleet, devices), "True");
    assert_eq!(ask(&fleet, named), "True");
    is_done(&fleet);
    assert_eq!(ask(&fleet, &card("3")), "False", "a card of number and name");
    assert_eq!(ask(&fleet, &card("'mp_engineer_guess'")), "False");
    assert_eq!(ask(&fleet, &card(&format!("'{code}'"))), "True");
    let cars = fleet.looks("s.cars", json!({}));
    let amber = cars
        .as_array()
        .unwrap()
        .iter()
        .find(|car| car["car"] == "amber")
        .unwrap();
    assert_eq!(amber["condition"], "usable");
    assert_eq!(ask(&fleet, &card(&format!("'{code}'"))), "False", "it is mended");
}

#[test]
fn answers_may_be_true_and_false_where_units_want_those() {
    let fleet = Fleet::with("boolean_answers = true\n");
    book(&fleet, "anna");
    assert_eq!(ask(&fleet, &unlock("5", "anna", "wrong horse")), "False");
    assert_eq!(ask(&fleet, &unlock("5", "anna", PASSWORD)), "True");
}

#[test]
fn what_cannot_be_read_hears_the_no_of_its_kind_and_never_an_answer_of_others() {
    let fleet = Fleet::with("");
    let address: SocketAddr = fleet.address();
    book(&fleet, "anna");
    assert_ne!(ask(&fleet, &unlock("5", "anna", PASSWORD)), "-1");
    for (request, wanted) in [
        (b"(dVtype\nI1\ns.".as_slice(), MINUS_ONE),
        (b"(dVtype\nI2\nsVcarid\nI5\ns.", MINUS_ONE),
        (b"(dVtype\nI3\nsVcarid\nI5\ns.", FALSE),
        (b"(dVtype\nI4\nsVcarid\nI5\ns.", FALSE),
        (b"(dVtype\nI5\nsVcarID\nI5\ns.", FALSE),
        (b"(dVtype\nI6\nsVcarid\nI5\ns.", FALSE),
        (b"(d.", FALSE),
        (b"I1\n.", FALSE),
        (b"cos\nsystem\n(S'true'\ntR.", FALSE),
        (b"not a pickle", FALSE),
    ] {
        assert_eq!(
            exchange(address, &[request]),
            wanted,
            "{:?}",
            String::from_utf8_lossy(request)
        );
    }
}
