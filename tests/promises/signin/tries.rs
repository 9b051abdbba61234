//! Many tries at a password from elsewhere.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use crate::harness::{PASSWORD, Raw, Rest, Server};

const TRIES: usize = 10_000;
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

#[test]
fn of_ten_thousand_tries_ten_are_heard_for_each_name_and_the_owner_still_gets_in() {
    let server = Server::start();
    let login = || json!({"login": {"password": {"username": "anna", "password": PASSWORD}}});
    Raw::hello(server.address(), login()).unwrap().hang_up();
    let mut guesser = Rest::guest_from(ELSEWHERE, server.http(), 65_536);
    let mut heard = [0_usize; 2];
    for number in 0..TRIES {
        let name = ["anna", "nobody-at-all"][number % 2];
        let guess = json!({"username": name, "password": format!("guess {number}")});
        let refused = guesser.post("/api/v1/session", &guess);
        match refused.code().as_str() {
            "bad_login" => heard[number % 2] += 1,
            code => assert_eq!((code, refused.status), ("locked_out", 429), "{refused:?}"),
        }
    }
    assert_eq!(heard, [10, 10], "a name that nobody has is like one that somebody has");
    let owner = Raw::hello(server.address(), login()).unwrap();
    drop(owner);
    let right = json!({"username": "anna", "password": PASSWORD});
    assert_eq!(
        guesser.post("/api/v1/session", &right).code(),
        "locked_out",
        "not from there, though"
    );
}
