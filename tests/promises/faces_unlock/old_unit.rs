//! Units of the car share as they were, which send what they made of a face and know no PIN.

use data_encoding::BASE64;
use serde_json::json;

use super::rider::{enrol, templates};
use super::{book_now, server};
use crate::dialects::{exchange, port_of, run};
use crate::harness::{PASSWORD, Server, until};

/// What the master pi replied to nobody: the number -1.
const MINUS_ONE: &[u8] = b"\x80\x03J\xff\xff\xff\xff.";
const DIALECT: &str = "[dialect.carshare]\nlisten = \"127.0.0.1:0\"\ncars = { 5 = \"amber\", 6 = \"birch\" }\n";

/// The dictionary that numpy's own pickle has in the samples, for car 5, with these numbers in the place of its own.
fn request(floats: &[f32]) -> Vec<u8> {
    let samples = include_str!("../../data/pickles/numpy2.txt");
    let line = samples.lines().find_map(|line| line.strip_prefix("array64 4 "));
    let mut pickle = BASE64.decode(line.unwrap().as_bytes()).unwrap();
    let sample = (0..128).flat_map(|at| (f64::from((at * 37) % 256 - 128) / 512.0).to_le_bytes());
    let sample: Vec<u8> = sample.collect();
    let at = pickle
        .windows(sample.len())
        .position(|window| window == sample)
        .unwrap();
    let ours: Vec<u8> = floats
        .iter()
        .flat_map(|float| f64::from(*float).to_le_bytes())
        .collect();
    assert_eq!(ours.len(), sample.len());
    pickle[at..at + ours.len()].copy_from_slice(&ours);
    pickle
}

fn ask(server: &Server, floats: &[f32]) -> Vec<u8> {
    exchange(port_of(server, "carshare"), &[&request(floats)])
}

/// A server with the dialect where anna has templates and amber.
fn ready(more: &str) -> Server {
    let mut server = server(&[]);
    server.configure(&format!("{DIALECT}{more}"));
    enrol(&mut server, "anna");
    book_now(&server, "anna", "amber");
    server
}

#[test]
fn a_face_alone_opens_where_the_port_is_exempted_and_the_unit_trusted() {
    let server = ready("face_without_pin = true\n");
    let face = templates()[0].floats().to_vec();
    let mut mona = server.as_user("mona");
    assert_eq!(ask(&server, &face), MINUS_ONE, "nobody trusted the unit");
    mona.call("s.trustunit", json!(["amber"])).unwrap();
    assert_eq!(ask(&server, &[0.1; 128]), MINUS_ONE, "nobody's face");
    assert!(
        mona.call("s.commands", json!({"car": "amber"})).unwrap() == json!([]),
        "nothing was opened yet"
    );
    let opened = ask(&server, &face);
    until("the booking to begin", || {
        let listed = mona.call("s.bookings", json!({})).unwrap();
        (listed[0]["state"] == "ongoing").then_some(())
    });
    let told = mona.call("s.commands", json!({"car": "amber"})).unwrap();
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["name"]),
        (1, &json!("unlock"))
    );
    // The number is that which her password is answered with.
    let port = port_of(&server, "carshare").port().to_string();
    let password = format!("{{'type': 1, 'username': 'anna', 'password': '{PASSWORD}', 'carId': 5}}");
    let user: i32 = run("carshare", &[&port, &password]).parse().unwrap();
    assert!(user > 0);
    let number = u8::try_from(user).unwrap();
    assert_eq!(opened, [b"\x80\x03K".as_slice(), &[number], b"."].concat());
}

#[test]
fn a_trusted_unit_of_a_port_that_is_not_exempted_opens_nothing_by_a_face_alone() {
    let server = ready("");
    let mut mona = server.as_user("mona");
    mona.call("s.trustunit", json!(["amber"])).unwrap();
    assert_eq!(ask(&server, templates()[0].floats().as_slice()), MINUS_ONE);
    assert_eq!(mona.call("s.commands", json!({"car": "amber"})).unwrap(), json!([]));
    assert_eq!(mona.call("s.bookings", json!({})).unwrap()[0]["state"], "reserved");
}
