//! Clients of LocalThingsNetwork 1.0 against motorpool: registration, talk, commands, requests both ways, data sockets.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{Driven, exchange, port_of};
use crate::harness::{SOON, Server, until};

const CONFIG: &str =
    "[dialect.localthings]\nlisten = \"127.0.0.1:0\"\ndata_listen = \"127.0.0.1:0\"\naccount = \"anna\"\n";

fn client(server: &Server, name: &str, step: &str) -> Driven {
    let port = port_of(server, "localthings").port().to_string();
    let mut client = Driven::start("localthings", &[&port, name, step]);
    assert_eq!(client.sees("name\t"), name);
    client.sees("text\tmain\tRegistered as");
    client
}

#[test]
fn a_client_registers_talks_calls_and_asks_also_in_single_bytes() {
    for step in ["0", "1"] {
        let server = Server::configured(CONFIG);
        let mut lamp = client(&server, "lamp", step);
        lamp.sees("text\tmain\tConnected to motorpool");
        lamp.sees("text\tmain\tType 's.help()' for more information");
        let mut console = server.as_user("mona");
        lamp.say("text hello <$SEP$> there");
        assert_eq!(lamp.sees("text\tmain\tReceived: "), "hello <$SEP$> there");
        lamp.say("text s.whoami()");
        assert!(lamp.sees("text\tmain\t{").is_empty(), "an answer in several lines");
        lamp.say("text s.nonsense()");
        lamp.sees("text\tmain\tunknown_command: ");
        lamp.say("text s.kickuser(lamp)");
        lamp.sees("text\tmain\tforbidden: ");
        lamp.say("text s.changename(bulb)");
        lamp.sees("text\tmain\tYour username changed to 'bulb'");
        assert_eq!(lamp.sees("command\tmain\tchangename\t"), "['bulb']");
        lamp.say("request SERVERDATA");
        let data = lamp.sees("answer\tmain\tSERVERDATA\t");
        assert!(
            data.contains("'servername': 'motorpool'") && data.contains("'s.help'"),
            "{data}"
        );
        lamp.say("request NONSENSE");
        assert_eq!(lamp.sees("answer\tmain\tNONSENSE\t"), "None");

        let colour = json!({"client": "bulb", "name": "COLOUR"});
        assert_eq!(console.call("s.request", colour).unwrap(), json!("red"));
        let blink = json!({"client": "bulb", "command": "blink", "args": [3, "fast"]});
        console.call("s.callclient", blink).unwrap();
        lamp.sees_within("\tblink\t[3, 'fast']");
        console
            .call("s.tell", json!({"client": "bulb", "text": "good evening"}))
            .unwrap();
        lamp.sees_within(": good evening");
    }
}

#[test]
fn background_traffic_goes_over_the_data_socket_of_the_same_client() {
    let server = Server::configured(&format!("{CONFIG}[services]\nmetadata_seconds = 5\n"));
    let mut lamp = client(&server, "lamp", "0");
    let address = port_of(&server, "localthings-data");
    let told = lamp.sees("command\tmain\tnewdatasock\t");
    assert_eq!(told, format!("[('127.0.0.1', {})]", address.port()));
    lamp.sees("attached");
    let mut console = server.as_user("mona");
    until("a question by the data socket", || {
        let colour = json!({"client": "lamp", "name": "COLOUR"});
        assert_eq!(console.call("s.request", colour).unwrap(), json!("red"));
        (lamp.sees("asked\t").starts_with("data\t")).then_some(())
    });
    // What it says of itself is kept in step.
    until("its new description", || {
        let clients = console.call("s.clients", json!({})).unwrap();
        let listed = clients
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "lamp")
            .cloned()?;
        let described = json!(listed).to_string();
        (described.contains("a red lamp") && described.contains("LocalThingsNetwork 6.26.162")).then_some(())
    });
    // The main connection ends the other.
    console.call("s.kickuser", json!({"client": ["lamp"]})).unwrap();
    lamp.sees("text\tmain\tYou got kicked by 'mona");
    lamp.sees("command\tmain\tdisconnect\t");
    lamp.sees("end\tmain");
    lamp.sees("end\tdata");
}

#[test]
fn a_data_socket_is_attached_once_in_time_and_by_its_own_machine() {
    let server = Server::configured(&format!("{CONFIG}attach_ms = 500\n"));
    let mut lamp = client(&server, "lamp", "0");
    lamp.sees("attached");
    let address = port_of(&server, "localthings-data");
    let clients = server.as_user("mona").call("s.clients", json!({})).unwrap();
    assert!(clients.to_string().contains("lamp"));
    // Guesses of every port of this machine find nobody who is still expected.
    for port in [1, 4000, 40_000, 65_535] {
        let claim = format!("(V127.0.0.1\nI{port}\nt.");
        let reply = exchange(address, &[b"datasocket", claim.as_bytes()]);
        assert_eq!(reply, b"suited sockettype", "and nothing more");
    }
    for wrong in [
        "(V127.0.0.2\nI1\nt.",
        "N.",
        "(Vnowhere\nI1\nt.",
        "(V127.0.0.1\nI99999\nt.",
    ] {
        let reply = exchange(address, &[b"datasocket", wrong.as_bytes()]);
        assert_eq!(reply, b"suited sockettype", "{wrong}");
    }
}

#[test]
fn who_is_muted_is_told_and_a_shutdown_is_said_to_all() {
    let mut server = Server::configured(CONFIG);
    let (mut lamp, mut fan) = (client(&server, "lamp", "0"), client(&server, "fan", "0"));
    server
        .as_user("mona")
        .call("s.mute", json!({"client": ["lamp"]}))
        .unwrap();
    lamp.sees("text\tmain\tYou got muted by 'mona");
    lamp.say("text hello");
    lamp.sees("text\tmain\tmuted: ");
    lamp.say("text s.help()");
    lamp.sees("text\tmain\t");
    server.terminate();
    for one in [&mut lamp, &mut fan] {
        one.sees("text\tmain\tServer 'motorpool' is shutting down");
        one.sees("command\tmain\tdisconnect\t");
        one.sees("end\tmain");
    }
    assert!(server.ended().success());
}

/// Goes as far as the server's own description, with that kind of connection.
fn knocks(server: &Server, kind: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(port_of(server, "localthings")).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(b"clientsocket").unwrap();
    let mut word = [0; 17];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"suited sockettype");
    stream.write_all(kind.as_bytes()).unwrap();
    let mut first = [0; 2];
    match stream.read(&mut first) {
        Ok(count) => first[..count].to_vec(),
        Err(_) => Vec::new(),
    }
}

#[test]
fn only_clients_that_are_known_register() {
    let server = Server::configured(CONFIG);
    let address = port_of(&server, "localthings");
    assert_eq!(exchange(address, &[b"GET / HTTP/1.1\r\n\r\n"]), b"unsuited sockettype");
    assert_eq!(exchange(address, &[b"datasocket"]), b"unsuited sockettype");
    assert_eq!(knocks(&server, "CLIENT|6.26.162"), b"\x80\x03");
    for refused in [
        "CLIENT|5.25.0",
        "CLIENT|six",
        "SUBSERVER|7.43.162",
        "SERVERFINDER|1",
        "MADEUP|9.9",
    ] {
        assert_eq!(knocks(&server, refused), b"", "{refused}");
    }
}

#[test]
fn a_name_that_is_taken_or_no_name_is_replaced_and_explained() {
    let server = Server::configured(CONFIG);
    let _lamp = client(&server, "lamp", "0");
    let port = port_of(&server, "localthings").port().to_string();
    for (name, why) in [
        ("lamp", "already used"),
        ("a,b", "holds ','"),
        ("much-too-long-a-name", "too long"),
    ] {
        let mut other = Driven::start("localthings", &[&port, name, "0"]);
        assert!(other.sees("name\t").starts_with("unnamed_"), "{name}");
        let said = loop {
            let said = other.sees("text\tmain\t");
            if said.contains(why) {
                break said;
            }
            assert!(!said.starts_with("Type 's.help"), "{name} was not explained");
        };
        assert!(said.contains(why));
    }
}
