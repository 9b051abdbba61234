//! Who may do what with whose files: both outcomes of each right, over the same sockets.

use serde_json::{Value, json};

use super::sock::FileSock;
use super::{person, unit};
use crate::harness::{Raw, Server, in_minutes};

/// What each act answers: `ok`, or the code of the refusal.
fn acts(raw: &mut Raw, sock: &mut FileSock, whose: &Value, file: &Value) -> [String; 4] {
    let code = |outcome: Result<(), crate::harness::Refused>| {
        outcome.map_or_else(|refused| refused.code, |()| "ok".to_owned())
    };
    let mut put = whose.clone();
    put["name"] = json!("theirs");
    let number = &file["file"];
    [
        code(sock.put(50, put, b"x").map(drop)),
        code(sock.get(51, json!({"file": number}), 0).map(drop)),
        code(raw.call("s.files", whose.clone()).map(drop)),
        code(
            raw.call("s.renamefile", json!({"file": number, "name": "renamed"}))
                .map(drop),
        ),
    ]
}

#[test]
fn what_is_a_persons_is_theirs_and_operators_look_after_it_without_reading() {
    let server = Server::start();
    let (mut anna, mut annas) = person(&server, "anna");
    let file = annas.put(1, json!({"name": "diary"}), b"secret").unwrap();
    let whose = json!({"user": "anna"});
    assert_eq!(acts(&mut anna, &mut annas, &whose, &file), ["ok"; 4]);
    let (mut bert, mut berts) = person(&server, "bert");
    assert_eq!(
        acts(&mut bert, &mut berts, &whose, &file),
        ["not_found"; 4],
        "for others there is no such thing"
    );
    assert_eq!(bert.code_of("s.removefile", json!({"file": file["file"]})), "not_found");
    assert_eq!(bert.code_of("s.filestat", json!({"file": file["file"]})), "not_found");
    let (mut mona, mut monas) = person(&server, "mona");
    assert_eq!(
        acts(&mut mona, &mut monas, &whose, &file),
        ["ok", "forbidden", "ok", "forbidden"]
    );
    assert_eq!(
        mona.call("s.filestat", json!({"file": file["file"]})).unwrap()["of_name"],
        "anna"
    );
    let (mut amber, mut ambers) = unit(&server, "amber");
    assert_eq!(acts(&mut amber, &mut ambers, &whose, &file), ["not_found"; 4]);
    mona.call("s.removefile", json!({"file": file["file"]})).unwrap();
}

#[test]
fn what_is_a_cars_is_for_its_unit_and_operators_and_its_logbook_is_not_the_units_to_end() {
    let server = Server::start();
    let (mut amber, mut ambers) = unit(&server, "amber");
    let file = ambers.put(1, json!({"name": "log"}), b"km 1").unwrap();
    assert_eq!((&file["of"], &file["of_name"]), (&json!("car"), &json!("amber")));
    let whose = json!({"car": "amber"});
    assert_eq!(
        acts(&mut amber, &mut ambers, &whose, &file),
        ["ok", "ok", "ok", "forbidden"]
    );
    assert_eq!(
        amber.code_of("s.removefile", json!({"file": file["file"]})),
        "forbidden"
    );
    let (mut birch, mut birches) = unit(&server, "birch");
    assert_eq!(acts(&mut birch, &mut birches, &whose, &file), ["not_found"; 4]);
    let (mut anna, mut annas) = person(&server, "anna");
    assert_eq!(acts(&mut anna, &mut annas, &whose, &file), ["not_found"; 4]);
    let (mut mona, mut monas) = person(&server, "mona");
    assert_eq!(acts(&mut mona, &mut monas, &whose, &file), ["ok"; 4]);
}

#[test]
fn what_is_a_bookings_is_for_its_rider_and_its_car_while_it_lasts_and_proof_afterwards() {
    let server = Server::start();
    let (mut anna, mut annas) = person(&server, "anna");
    let booked = anna
        .call(
            "s.book",
            json!({"car": "amber", "start": in_minutes(60), "end": in_minutes(120)}),
        )
        .unwrap();
    let whose = json!({"booking": booked["booking"]});
    let mut damage = whose.clone();
    damage["name"] = json!("damage.jpg");
    let file = annas.put(1, damage.clone(), b"scratch").unwrap();
    assert_eq!((&file["of"], &file["of_id"]), (&json!("booking"), &booked["booking"]));
    assert_eq!(acts(&mut anna, &mut annas, &whose, &file), ["ok"; 4]);
    let (mut amber, mut ambers) = unit(&server, "amber");
    assert_eq!(
        acts(&mut amber, &mut ambers, &whose, &file),
        ["ok", "ok", "ok", "forbidden"]
    );
    let (mut birch, mut birches) = unit(&server, "birch");
    assert_eq!(acts(&mut birch, &mut birches, &whose, &file), ["not_found"; 4]);
    let (mut bert, mut berts) = person(&server, "bert");
    assert_eq!(acts(&mut bert, &mut berts, &whose, &file), ["not_found"; 4]);
    assert_eq!(
        acts(&mut bert, &mut berts, &json!({"booking": 4_242}), &file)[2],
        "not_found"
    );
    // While it lasts, the rider may take their own back.
    let slip = annas.put(2, damage.clone(), b"wrong").unwrap();
    anna.call("s.removefile", json!({"file": slip["file"]})).unwrap();
    anna.call("s.cancel", json!({"booking": booked["booking"]})).unwrap();
    assert_eq!(
        acts(&mut anna, &mut annas, &whose, &file),
        ["ok", "ok", "ok", "forbidden"]
    );
    assert_eq!(anna.code_of("s.removefile", json!({"file": file["file"]})), "forbidden");
    assert_eq!(acts(&mut amber, &mut ambers, &whose, &file), ["not_found"; 4]);
    let (mut mona, mut monas) = person(&server, "mona");
    assert_eq!(acts(&mut mona, &mut monas, &whose, &file), ["ok"; 4]);
}

#[test]
fn what_is_a_rooms_is_for_its_members_and_goes_with_the_room() {
    let server = Server::start();
    let (mut anna, mut annas) = person(&server, "anna");
    let (mut bert, mut berts) = person(&server, "bert");
    let (mut mona, mut monas) = person(&server, "mona");
    anna.call("s.newroom", json!({"room": "garage"})).unwrap();
    let whose = json!({"room": "Garage"});
    let mut wish = whose.clone();
    wish["name"] = json!("plan");
    let file = annas.put(1, wish.clone(), b"plan").unwrap();
    assert_eq!(acts(&mut bert, &mut berts, &whose, &file), ["not_found"; 4]);
    bert.call("s.joinroom", json!({"room": "garage"})).unwrap();
    assert_eq!(
        acts(&mut bert, &mut berts, &whose, &file),
        ["ok", "ok", "ok", "forbidden"]
    );
    let berts_file = berts.put(2, wish, b"mine").unwrap();
    assert_eq!(
        acts(&mut bert, &mut berts, &whose, &berts_file),
        ["ok"; 4],
        "what one sent"
    );
    assert_eq!(
        acts(&mut anna, &mut annas, &whose, &berts_file),
        ["ok"; 4],
        "the owner of the room"
    );
    assert_eq!(
        acts(&mut mona, &mut monas, &whose, &file),
        ["forbidden", "forbidden", "ok", "forbidden"]
    );
    mona.call("s.removefile", json!({"file": berts_file["file"]})).unwrap();
    bert.call("s.leaveroom", json!({"room": "garage"})).unwrap();
    assert_eq!(acts(&mut bert, &mut berts, &whose, &file), ["not_found"; 4]);
    anna.call("s.closeroom", json!({"room": "garage"})).unwrap();
    assert_eq!(acts(&mut anna, &mut annas, &whose, &file), ["not_found"; 4]);
}

#[test]
fn an_upload_is_its_senders_alone_and_rights_are_looked_up_again_at_its_end() {
    let server = Server::start();
    let (mut anna, mut annas) = person(&server, "anna");
    let (mut bert, mut berts) = person(&server, "bert");
    anna.call("s.newroom", json!({"room": "garage"})).unwrap();
    bert.call("s.joinroom", json!({"room": "garage"})).unwrap();
    let begun = berts
        .ask("put", json!({"id": 1, "name": "x", "size": 1, "room": "garage"}))
        .unwrap();
    let resume = json!({"id": 1, "upload": begun.fields["upload"]});
    assert_eq!(annas.ask("resume", resume).unwrap_err().code, "not_found");
    berts.chunk(1, 0, b"x").unwrap();
    bert.call("s.leaveroom", json!({"room": "garage"})).unwrap();
    assert_eq!(berts.ask("finish", json!({"id": 1})).unwrap_err().code, "not_found");
    assert_eq!(anna.call("s.files", json!({"room": "garage"})).unwrap(), json!([]));
    // Back in the room it goes on where it was.
    bert.call("s.joinroom", json!({"room": "garage"})).unwrap();
    assert_eq!(berts.ask("finish", json!({"id": 1})).unwrap().kind, "finished");
}
