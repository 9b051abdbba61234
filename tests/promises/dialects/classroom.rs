//! The classes of the labs and of the course project against motorpool.

use serde_json::json;

use super::{exchange, port_of, run};
use crate::harness::{Server, until};

const CONFIG: &str = "[dialect.classroom]\nlisten = \"127.0.0.1:0\"\naccount = \"anna\"\n";

fn passes(server: &Server, what: &str) {
    let port = port_of(server, "classroom").port().to_string();
    assert_eq!(run("classroom", &[&port, what]), "passed");
}

#[test]
fn the_labs_are_acknowledged_in_both_forms() {
    passes(&Server::configured(CONFIG), "lab");
    let older = format!("{CONFIG}acknowledgement = \"message\"\n");
    passes(&Server::configured(&older), "message");
}

#[test]
fn the_menu_works_for_a_class_of_one_account() {
    passes(&Server::configured(CONFIG), "menu");
}

#[test]
fn the_menu_works_on_the_mailboxes_and_rooms_of_accounts() {
    let accounts = "accounts = { Jose = \"bert\", Nina = \"emil\" }\n";
    let server = Server::configured(&format!("{CONFIG}{accounts}"));
    passes(&server, "menu");
    // What was said there is where everybody's messages are.
    let inbox = server.as_user("emil").call("s.inbox", json!({})).unwrap();
    let bodies: Vec<&str> = inbox["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["body"].as_str())
        .collect();
    assert!(
        bodies.contains(&"Hello World!") && bodies.contains(&"welcome all"),
        "{inbox}"
    );
}

#[test]
fn numbers_are_never_given_twice_over_a_restart_either() {
    let mut server = Server::configured(CONFIG);
    let id = |server: &Server| {
        let greeting = exchange(port_of(server, "classroom"), &[b"N."]);
        greeting.get(..24).unwrap().to_vec()
    };
    let mut seen = vec![id(&server), id(&server)];
    server.restart();
    seen.extend([id(&server), id(&server)]);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn a_client_is_of_its_account_and_goes_with_it() {
    let server = Server::configured(CONFIG);
    let address = port_of(&server, "classroom");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut stream, b"(dVid_key\nVJo Ann\ns.").unwrap();
    let mut mona = server.as_user("mona");
    let listed = until("the client to be listed", || {
        let clients = mona.call("s.clients", json!({})).unwrap();
        let mut all = clients.as_array().unwrap().iter();
        all.find(|one| one["name"] == "Jo_Ann").cloned()
    });
    assert_eq!(listed["permissions"].as_array().unwrap().len(), {
        let anna = server.as_user("anna");
        anna.welcome["permissions"].as_array().unwrap().len()
    });
    server
        .as_user("ada")
        .call("s.disableuser", json!({"user": "anna"}))
        .unwrap();
    until("the client to go", || {
        let clients = mona.call("s.clients", json!({})).unwrap();
        let is_gone = clients.as_array().unwrap().iter().all(|one| one["name"] != "Jo_Ann");
        is_gone.then_some(())
    });
    let refused = exchange(address, &[b"(dVid_key\nVJo\ns."]);
    assert!(String::from_utf8_lossy(&refused).contains("disabled"), "{refused:?}");
}
