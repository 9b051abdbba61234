//! What operators and the person themselves can do about files that are kept: audit, erasure.

use serde_json::json;

use super::{on_disk, person};
use crate::harness::{Server, in_minutes, until};

#[test]
fn the_audit_tells_who_sent_renamed_and_removed_what() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let file = sock.put(1, json!({"name": "one"}), b"12345").unwrap();
    anna.call("s.renamefile", json!({"file": file["file"], "name": "two"}))
        .unwrap();
    anna.call("s.removefile", json!({"file": file["file"]})).unwrap();
    let told = server.as_user("mona").call("s.audit", json!({})).unwrap();
    let on = format!("file:{}", file["file"]);
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["on_what"] == json!(on))
        .collect();
    let whats: Vec<_> = told.iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["s.removefile", "s.renamefile", "file.put"]);
    assert!(
        told.iter()
            .all(|event| event["who"].as_str().unwrap().starts_with("user:"))
    );
}

#[test]
fn who_is_erased_takes_their_files_along_and_leaves_what_is_proof() {
    let server = Server::start();
    let (mut anna, mut annas) = person(&server, "anna");
    let (mut bert, _) = person(&server, "bert");
    bert.call("s.newroom", json!({"room": "garage"})).unwrap();
    anna.call("s.joinroom", json!({"room": "garage"})).unwrap();
    let booked = anna
        .call(
            "s.book",
            json!({"car": "amber", "start": in_minutes(60), "end": in_minutes(120)}),
        )
        .unwrap();
    annas.put(1, json!({"name": "own"}), b"own").unwrap();
    annas
        .put(2, json!({"name": "shared", "room": "garage"}), b"shared")
        .unwrap();
    let damage = annas
        .put(3, json!({"name": "damage", "booking": booked["booking"]}), b"proof")
        .unwrap();
    annas.ask("put", json!({"id": 4, "name": "coming", "size": 9})).unwrap();
    annas.chunk(4, 0, b"12345").unwrap();
    assert_eq!(on_disk(&server).len(), 4);
    anna.call("s.cancel", json!({"booking": booked["booking"]})).unwrap();
    let exported = anna.call("s.exportperson", json!({})).unwrap().to_string();
    assert!(exported.contains("shared") && exported.contains("coming"));
    let mut ada = server.as_user("ada");
    ada.call("s.eraseperson", json!({"user": "anna", "confirm": "anna"}))
        .unwrap();
    until("their contents are gone", || {
        (on_disk(&server).len() == 1).then_some(())
    });
    assert_eq!(bert.call("s.files", json!({"room": "garage"})).unwrap(), json!([]));
    let left = ada.call("s.files", json!({"booking": booked["booking"]})).unwrap();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["file"]), (1, &damage["file"]));
}
