//! What operators send: heard of, taken by reading it or refused, gone on with after a cut; who sent it sees how far it is.

use serde_json::json;

use super::sock::FileSock;
use super::{content, person, unit};
use crate::harness::{Raw, Server, frame_of, until};

/// The next event of that name.
fn event(raw: &mut Raw, name: &str) -> serde_json::Value {
    loop {
        let frame = raw.read().unwrap();
        if frame["event"]["name"] == name {
            raw.send(&json!({"ack": {"seq": frame["event"]["seq"]}}));
            return frame["event"]["data"].clone();
        }
    }
}

#[test]
fn a_car_takes_what_was_sent_to_it_over_two_connections_and_its_sender_hears_so() {
    let server = Server::start();
    let (mut mona, mut monas) = person(&server, "mona");
    let (mut amber, mut ambers) = unit(&server, "amber");
    let map = content(1, 900_000);
    let file = monas.put(1, json!({"name": "map.bin"}), &map).unwrap();
    let sent = json!({"file": file["file"], "car": "amber", "note": "new map"});
    let offer = mona.call("s.sendfile", sent).unwrap();
    assert_eq!((&offer["state"], &offer["taken"]), (&json!("offered"), &json!(0)));
    let heard = event(&mut amber, "file");
    assert_eq!(
        (&heard["offer"], &heard["name"], &heard["note"]),
        (&offer["offer"], &json!("map.bin"), &json!("new map"))
    );
    // Nothing was pushed; without the offer the file is not the unit's to read.
    assert_eq!(
        ambers
            .ask("get", json!({"id": 1, "file": file["file"]}))
            .unwrap_err()
            .code,
        "not_found"
    );
    assert_eq!(
        amber.code_of("s.takenfile", json!({"offer": offer["offer"]})),
        "conflict"
    );
    // Reading is the consent. Cut in the middle, it goes on from where it was.
    ambers
        .write(&frame_of(&json!({"get": {"id": 2, "offer": offer["offer"]}})))
        .unwrap();
    assert_eq!(ambers.answer().unwrap().kind, "get");
    let mut got = Vec::new();
    while got.len() < 200_000 {
        got.extend_from_slice(&ambers.answer().unwrap().data);
    }
    ambers.cut();
    let state = until("how far it is", || {
        let listed = mona.call("s.fileoffers", json!({"all": true})).unwrap();
        (listed[0]["taken"].as_u64().unwrap() > 0).then(|| listed[0].clone())
    });
    assert_eq!(state["state"], "taking");
    let mut ambers = FileSock::attach(&mut amber);
    let offset = u64::try_from(got.len()).unwrap();
    got.extend(ambers.get(3, json!({"offer": offer["offer"]}), offset).unwrap());
    assert!(got == map);
    let taken = amber.call("s.takenfile", json!({"offer": offer["offer"]})).unwrap();
    assert_eq!((&taken["state"], &taken["taken"]), (&json!("taken"), &json!(map.len())));
    assert_eq!(event(&mut mona, "file_offer")["state"], "taken");
    assert_eq!(
        amber.code_of("s.refusefile", json!({"offer": offer["offer"]})),
        "conflict"
    );
}

#[test]
fn a_person_refuses_what_they_do_not_want_and_what_is_for_others_is_nobody_elses() {
    let server = Server::start();
    let (mut mona, mut monas) = person(&server, "mona");
    let (mut anna, mut annas) = person(&server, "anna");
    let (mut bert, mut berts) = person(&server, "bert");
    let file = monas.put(1, json!({"name": "terms"}), b"terms").unwrap();
    let offer = mona
        .call("s.sendfile", json!({"file": file["file"], "user": "anna"}))
        .unwrap();
    let named = json!({"offer": offer["offer"]});
    for command in ["s.takenfile", "s.refusefile"] {
        assert_eq!(bert.code_of(command, named.clone()), "not_found");
    }
    assert_eq!(
        berts
            .ask("get", json!({"id": 1, "offer": offer["offer"]}))
            .unwrap_err()
            .code,
        "not_found"
    );
    assert_eq!(bert.call("s.fileoffers", json!({})).unwrap(), json!([]));
    assert_eq!(bert.code_of("s.fileoffers", json!({"all": true})), "forbidden");
    assert_eq!(
        anna.call("s.fileoffers", json!({})).unwrap()[0]["offer"],
        offer["offer"]
    );
    assert_eq!(anna.call("s.refusefile", named.clone()).unwrap()["state"], "refused");
    assert_eq!(event(&mut mona, "file_offer")["state"], "refused");
    assert_eq!(
        annas
            .ask("get", json!({"id": 2, "offer": offer["offer"]}))
            .unwrap_err()
            .code,
        "conflict"
    );
    // Who may not read a file cannot send it, and only operators send.
    let own = annas.put(1, json!({"name": "own"}), b"own").unwrap();
    assert_eq!(
        mona.code_of("s.sendfile", json!({"file": own["file"], "user": "bert"})),
        "forbidden"
    );
    assert_eq!(
        anna.code_of("s.sendfile", json!({"file": own["file"], "user": "bert"})),
        "forbidden"
    );
    for wrong in [
        json!({"file": file["file"]}),
        json!({"file": file["file"], "user": "anna", "car": "amber"}),
    ] {
        assert_eq!(mona.code_of("s.sendfile", wrong), "bad_arguments");
    }
    assert_eq!(
        mona.code_of("s.sendfile", json!({"file": file["file"], "user": "nobody"})),
        "not_found"
    );
    // With the file its offers end.
    mona.call("s.removefile", json!({"file": file["file"]})).unwrap();
    assert_eq!(anna.call("s.fileoffers", json!({})).unwrap(), json!([]));
}
