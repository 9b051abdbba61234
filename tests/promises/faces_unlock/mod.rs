//! A rider opens the car by being its rider: challenges, frames, the PIN beside the face, and every way not to.
//!
//! The real worker looks at real pictures; the car is one that does as it is told.

#![cfg(feature = "face")]

mod during;
mod frames;
mod old_unit;
mod rider;

use serde_json::{Value, json};

use crate::datasocks::attach_with;
use crate::harness::faces::{BIDEN, OBAMA, Posture, Sitter, models};
use crate::harness::{FakeCar, Manner, PASSWORD, Raw, Refused, Server, in_minutes, metric};
use crate::pictures::picture_frame;

/// Everybody's in these tests.
const PIN: &str = "4711";
/// Machines that test are busy.
const PATIENT: [(&str, &str); 4] = [
    ("MOTORPOOL_LIMITS__COMMAND_DEADLINE_MS_DEFAULT", "30000"),
    ("MOTORPOOL_FACE__DECISION_MS", "20000"),
    ("MOTORPOOL_FACE__DEADLINE_MS", "10000"),
    ("MOTORPOOL_FACE__CHALLENGE_SECONDS", "120"),
];

/// The door of one car, with its camera.
struct Door {
    car: FakeCar,
    sock: Raw,
}

fn server(more: &[(&str, &str)]) -> Server {
    let models = models().display().to_string();
    let mut variables = PATIENT.to_vec();
    variables.push(("MOTORPOOL_FACE__MODELS", &models));
    variables.extend_from_slice(more);
    Server::with(&variables)
}

fn book_now(server: &Server, person: &str, car: &str) -> Value {
    let args = json!({"car": car, "start": in_minutes(-1), "end": in_minutes(60)});
    server.as_user(person).call("s.book", args).unwrap()["booking"].clone()
}

fn set_pin(server: &Server, person: &str) {
    let args = json!({"password": PASSWORD, "pin": PIN});
    server.as_user(person).call("s.setpin", args).unwrap();
}

impl Door {
    fn of(server: &Server, car: &str) -> Self {
        let mut car = FakeCar::online(server, car, Manner::Done);
        let given = car.call("s.attach", json!(["pictures"])).unwrap();
        let sock = attach_with(&given, given["client_id"].as_str().unwrap(), &given["ticket"]).unwrap();
        Self { car, sock }
    }

    fn challenge(&mut self) -> Value {
        self.car.call("s.facechallenge", json!([])).unwrap()
    }

    /// Sends frames, and gives their ids.
    fn show(&mut self, frames: &[Vec<u8>]) -> Vec<String> {
        let ids = frames.iter().map(|frame| {
            self.sock.send_bytes(&picture_frame(frame, None));
            let answer = self.sock.read().unwrap();
            answer["picture"]["id"]
                .as_str()
                .unwrap_or_else(|| panic!("{answer}"))
                .to_owned()
        });
        ids.collect()
    }

    fn unlock(&mut self, challenge: &Value, ids: &[String]) -> Result<Value, Refused> {
        let args = json!({"challenge": challenge["challenge"], "pictures": ids, "pin": PIN});
        self.car.call("s.unlockface", args)
    }

    /// What a refusal gives as its reason, with its code.
    fn refused(&mut self, challenge: &Value, ids: &[String]) -> (String, String) {
        code_and_reason(self.unlock(challenge, ids))
    }

    /// A whole attempt with those frames.
    fn try_with(&mut self, frames: impl FnOnce(&Value) -> Vec<Vec<u8>>) -> Result<Value, Refused> {
        let challenge = self.challenge();
        let ids = self.show(&frames(&challenge));
        self.unlock(&challenge, &ids)
    }
}

fn code_and_reason(answer: Result<Value, Refused>) -> (String, String) {
    let refused = answer.expect_err("it must be refused");
    let reason = refused.detail["reason"].as_str();
    let reason = reason.unwrap_or_else(|| panic!("no reason: {refused:?}")).to_owned();
    (refused.code, reason)
}

fn is(code: &str, reason: &str) -> (String, String) {
    (code.to_owned(), reason.to_owned())
}

fn posture(step: &Value, shifted: u32) -> Posture {
    let (turned, nearer) = match step.as_str().unwrap() {
        "straight" => (0.0, 0.0),
        "turn_left" => (0.3, 0.0),
        "turn_right" => (-0.3, 0.0),
        "nearer" => (0.0, 0.25),
        other => panic!("{other}"),
    };
    Posture {
        turned,
        nearer,
        shifted,
    }
}

/// The frames that the challenge asks for, of that person, who sits a little elsewhere each time.
fn does(sitter: Sitter, challenge: &Value, shifted: u32) -> Vec<Vec<u8>> {
    let steps = challenge["steps"].as_array().unwrap().iter();
    // Nobody holds quite still.
    let steps = steps.zip(0..).map(|(step, number)| posture(step, shifted + 2 * number));
    steps.map(|posture| sitter.frame(posture)).collect()
}

#[test]
fn a_challenge_says_what_to_do_until_when_and_only_units_get_one() {
    let server = server(&[]);
    let mut door = Door::of(&server, "amber");
    let (one, other) = (door.challenge(), door.challenge());
    assert_ne!(one["challenge"], other["challenge"]);
    let steps = one["steps"].as_array().unwrap();
    assert!((3..=4).contains(&steps.len()), "{one}");
    assert_eq!((&steps[0], &one["pin"]), (&json!("straight"), &json!(true)));
    assert!(one["expires_at"].as_str().unwrap().ends_with('Z'));
    for person in ["anna", "mona", "ada"] {
        assert_eq!(
            server.as_user(person).code_of("s.facechallenge", json!([])),
            "forbidden"
        );
    }
    assert!((metric(server.http(), "motorpool_face_challenges_total", &["given"]) - 2.0).abs() < 0.5);
    assert!((metric(server.http(), "motorpool_face_challenges_total", &["replaced"]) - 1.0).abs() < 0.5);
}

#[test]
fn bad_arguments_are_named_before_anything_is_used() {
    let server = server(&[]);
    let mut door = Door::of(&server, "amber");
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 0));
    let name = &challenge["challenge"];
    let too_many: Vec<String> = (0..11).map(|number| format!("p-{number}")).collect();
    for (args, code, reason) in [
        (
            json!({"challenge": name, "pictures": ids}),
            "bad_arguments",
            "pin_wanted",
        ),
        (
            json!({"challenge": name, "pictures": ids[..2], "pin": PIN}),
            "bad_arguments",
            "too_few_frames",
        ),
        (
            json!({"challenge": name, "pictures": too_many, "pin": PIN}),
            "bad_arguments",
            "too_many_frames",
        ),
        (json!({"challenge": name, "pin": PIN}), "bad_arguments", "bad_arguments"),
        (
            json!({"challenge": "c-none", "pictures": ids, "pin": PIN}),
            "not_found",
            "unknown_challenge",
        ),
        (
            json!({"challenge": name, "embedding": vec![0.1; 128], "pin": PIN}),
            "forbidden",
            "untrusted",
        ),
        (
            json!({"challenge": name, "embedding": vec![0.1; 127], "pin": PIN}),
            "bad_arguments",
            "bad_embedding",
        ),
        (
            json!({"challenge": name, "embedding": vec![0.1; 129], "pin": PIN}),
            "bad_arguments",
            "bad_embedding",
        ),
        (
            json!({"challenge": name, "embedding": vec![1e300; 128], "pin": PIN}),
            "bad_arguments",
            "bad_embedding",
        ),
    ] {
        assert_eq!(code_and_reason(door.car.call("s.unlockface", args)), is(code, reason));
    }
    // Whoever it is: nobody has a booking of this car.
    assert_eq!(door.refused(&challenge, &ids), is("bad_login", "no_match"));
}

#[test]
fn after_five_misses_the_pin_opens_and_faces_wait() {
    let server = server(&[]);
    let mut door = Door::of(&server, "amber");
    let booking = book_now(&server, "anna", "amber");
    set_pin(&server, "anna");
    for shifted in 0..5 {
        let answer = door.try_with(|challenge| does(BIDEN, challenge, 9 * shifted));
        assert_eq!(code_and_reason(answer), is("bad_login", "no_match"));
    }
    let refused = door.car.call("s.facechallenge", json!([])).unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("locked_out", &json!("locked_out"))
    );
    assert!(refused.detail["retry_at"].as_str().unwrap().ends_with('Z'));
    assert!((metric(server.http(), "motorpool_face_lockouts_total", &[]) - 1.0).abs() < 0.5);
    // Every miss is in the audit log, without a person.
    let events = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": "car:1"}))
        .unwrap();
    let misses = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"] == "s.unlockface");
    assert_eq!(misses.count(), 5, "{events}");
    // The equal way.
    let both = json!({"username": "anna", "password": PASSWORD, "pin": PIN});
    assert_eq!(door.car.call("s.unlockwith", both).unwrap_err().code, "bad_arguments");
    let neither = door.car.call("s.unlockwith", json!({"username": "anna"}));
    assert_eq!(neither.unwrap_err().code, "bad_arguments");
    for (name, pin) in [("anna", "0000"), ("nobody", PIN)] {
        let wrong = door.car.call("s.unlockwith", json!({"username": name, "pin": pin}));
        assert_eq!(wrong.unwrap_err().code, "bad_login");
    }
    let opened = door
        .car
        .call("s.unlockwith", json!({"username": "anna", "pin": PIN}))
        .unwrap();
    assert_eq!((&opened["user"], &opened["booking"]), (&json!("anna"), &booking));
}

#[test]
fn without_models_faces_are_unavailable_and_everything_else_works() {
    let folder = tempfile::tempdir().unwrap();
    for model in motorpool::face::models::MODELS {
        std::fs::write(folder.path().join(model.file), "cut short").unwrap();
    }
    let server = server(&[("MOTORPOOL_FACE__MODELS", folder.path().to_str().unwrap())]);
    let mut door = Door::of(&server, "amber");
    book_now(&server, "anna", "amber");
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 0));
    let refused = door.unlock(&challenge, &ids).unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("unavailable", &json!("unavailable"))
    );
    let opened = door
        .car
        .call("s.unlockwith", json!({"username": "anna", "password": PASSWORD}));
    assert_eq!(opened.unwrap()["state"], "done");
}

#[test]
fn trusting_a_unit_is_an_operators_and_says_what_it_costs() {
    let server = server(&[]);
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    for command in ["s.trustunit", "s.distrustunit"] {
        assert_eq!(anna.code_of(command, json!(["amber"])), "forbidden");
        assert_eq!(mona.code_of(command, json!(["no such car"])), "not_found");
    }
    let trusted = mona.call("s.trustunit", json!(["amber"])).unwrap();
    assert_eq!((&trusted["trusted"], &trusted["changed"]), (&json!(true), &json!(true)));
    assert!(trusted["notice"].as_str().unwrap().contains("PIN"), "{trusted}");
    assert_eq!(
        mona.call("s.trustunit", json!(["amber"])).unwrap()["changed"],
        json!(false)
    );
    let mut door = Door::of(&server, "amber");
    let challenge = door.challenge();
    let ready =
        |pin: Option<&str>| json!({"challenge": challenge["challenge"], "embedding": vec![0.1; 128], "pin": pin});
    let unasked = door.car.call("s.unlockface", ready(None));
    assert_eq!(code_and_reason(unasked), is("bad_arguments", "pin_wanted"));
    let nobody = door.car.call("s.unlockface", ready(Some(PIN)));
    assert_eq!(code_and_reason(nobody), is("bad_login", "no_match"));
    mona.call("s.distrustunit", json!(["amber"])).unwrap();
    let challenge = door.challenge();
    let args = json!({"challenge": challenge["challenge"], "embedding": vec![0.1; 128], "pin": PIN});
    assert_eq!(
        code_and_reason(door.car.call("s.unlockface", args)),
        is("forbidden", "untrusted")
    );
}

#[test]
fn where_faces_are_off_the_password_and_the_pin_open() {
    let server = server(&[("MOTORPOOL_FACE__ENABLED", "false")]);
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    book_now(&server, "anna", "amber");
    for (command, args) in [
        ("s.facechallenge", json!([])),
        ("s.unlockface", json!({"challenge": "c", "pictures": ["p"], "pin": PIN})),
    ] {
        let refused = car.call(command, args).unwrap_err();
        assert_eq!(refused.code, "unavailable");
        assert!(refused.message.contains("face.enabled"), "{}", refused.message);
    }
    set_pin(&server, "anna");
    let opened = car.call("s.unlockwith", json!({"username": "anna", "pin": PIN}));
    assert_eq!(opened.unwrap()["state"], "done");
}
