//! Socket.IO: a socket is a client like any other, with the same names, rights, bounds and ends.

mod clients;
mod ends;
mod hostile;
mod leaving;
mod movement;
mod original;
mod real;

use serde_json::{Value, json};

use crate::harness::{Packet, Server, Sio};

/// That person on a socket of their own, by a token that is a session's.
pub(crate) fn on_socket(server: &Server, person: &str) -> Sio {
    Sio::hello(server.http(), json!({"token": server.token_of(person)}))
}

/// Who is connected, as an operator sees it.
fn listed(server: &Server) -> Vec<Value> {
    let clients = server.as_user("ada").call("s.clients", json!([])).unwrap();
    let list = clients.get("clients").unwrap_or(&clients);
    list.as_array().unwrap().clone()
}

/// The `bye` among the last words.
fn bye(packets: &[Packet]) -> Option<&str> {
    packets.iter().find_map(|packet| match packet {
        Packet::Event(name, args, _) if name == "bye" => args[0]["reason"].as_str(),
        _ => None,
    })
}
