//! The datasock `pictures` over real sockets: who may send, what is taken, what is refused and with what.

use serde_json::{Value, json};

use crate::datasocks::{attach, figures};
use crate::examples::PROTOCOL_TEXT;
use crate::harness::{Raw, Refused, Server, metric};

/// A frame with a picture of so many bytes.
fn shot(bytes: usize, challenge: Option<&str>) -> Vec<u8> {
    picture_frame(&vec![0xff; bytes], challenge)
}

/// A picture as it travels.
pub(crate) fn picture_frame(data: &[u8], challenge: Option<&str>) -> Vec<u8> {
    use ciborium::value::Value as Cbor;
    let mut fields = vec![(Cbor::from("data"), Cbor::from(data.to_vec()))];
    if let Some(challenge) = challenge {
        fields.push((Cbor::from("challenge"), Cbor::from(challenge)));
    }
    let item = Cbor::Map(vec![(Cbor::from("picture"), Cbor::Map(fields))]);
    let mut bytes = vec![0; 4];
    ciborium::into_writer(&item, &mut bytes).unwrap();
    let length = u32::try_from(bytes.len() - 4).unwrap();
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

fn send(sock: &mut Raw, frame: &[u8]) -> Result<Value, Refused> {
    sock.send_bytes(frame);
    let answer = sock.read().expect("an answer to a picture");
    match answer.get("error") {
        Some(error) => Err(Refused::of(error)),
        None => Ok(answer["picture"].clone()),
    }
}

#[test]
fn pictures_listen_from_the_start_and_each_is_acknowledged_with_an_id_of_its_own() {
    let server = Server::start();
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "pictures");
    let first = send(&mut sock, &shot(100, None)).unwrap();
    let second = send(&mut sock, &shot(100, Some("c-1"))).unwrap();
    assert_eq!((&first["bytes"], first["id"] == second["id"]), (&json!(100), false));
    assert!(first["expires_at"].as_str().unwrap().ends_with('Z'));
    assert!((metric(server.http(), "motorpool_pictures_waiting_bytes", &[]) - 200.0).abs() < 0.5);
    assert_eq!(figures(&mut server.as_user("mona"), "pictures")["receiver"], "pictures");
    // A person may send too, a guest may not even attach.
    let mut ada = server.as_user("ada");
    assert!(send(&mut attach(&mut ada, "pictures"), &shot(1, None)).is_ok());
    assert_eq!(
        Raw::guest(server.address()).code_of("s.attach", json!(["pictures"])),
        "forbidden"
    );
}

#[test]
fn one_picture_too_many_is_refused_and_so_is_one_too_large() {
    let server = Server::with(&[
        ("MOTORPOOL_FACE__PICTURES_PER_CLIENT", "3"),
        ("MOTORPOOL_FACE__PICTURE_BYTES", "2000"),
    ]);
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "pictures");
    for _ in 0..3 {
        send(&mut sock, &shot(2_000, None)).unwrap();
    }
    assert_eq!(send(&mut sock, &shot(1, None)).unwrap_err().code, "not_now");
    assert!((metric(server.http(), "motorpool_pictures_refused_total", &["not_now"]) - 1.0).abs() < 0.5);
    // The announced length ends the connection, whatever follows.
    assert_eq!(send(&mut sock, &shot(4_000, None)).unwrap_err().code, "too_large");
    assert_eq!(sock.read(), None);
    // The client stays.
    assert!(unit.call("s.ping", json!([])).is_ok());
}

#[test]
fn what_is_no_picture_frame_is_refused_by_what_was_wanted() {
    let server = Server::start();
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "pictures");
    let empty = send(&mut sock, &shot(0, None)).unwrap_err();
    assert_eq!(
        (&*empty.code, &*empty.message),
        ("bad_arguments", "got a picture of 0 bytes")
    );
    for bad in [
        json!({"picture": {}}),
        json!({"image": {}}),
        json!({"picture": {"data": "text"}}),
        json!(7),
    ] {
        sock.send(&bad);
        let refused = sock.read().unwrap();
        assert_eq!(refused["error"]["code"], "bad_arguments", "{bad}");
    }
    assert!(send(&mut sock, &shot(1, None)).is_ok());
    // What is no item ends the connection.
    sock.send_bytes(&[0, 0, 0, 1, 0xff]);
    assert_eq!(sock.read().unwrap()["error"]["code"], "bad_frame");
    assert_eq!(sock.read(), None);
}

#[test]
fn where_faces_are_off_there_is_no_such_datasock() {
    let server = Server::with(&[("MOTORPOOL_FACE__ENABLED", "false")]);
    let mut unit = server.unit("amber");
    assert_eq!(unit.code_of("s.attach", json!(["pictures"])), "not_found");
}

#[test]
fn the_bytes_of_the_text_are_a_picture() {
    let server = Server::start();
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "pictures");
    let bytes = "0000001ea16770696374757265a26464617461";
    let found = PROTOCOL_TEXT
        .lines()
        .find(|line| line.starts_with(&format!("`{bytes}")));
    let digits = found.unwrap().trim_matches(|sign| "`.".contains(sign));
    let frame = data_encoding::HEXLOWER.decode(digits.as_bytes()).unwrap();
    assert_eq!(frame, picture_frame(&[0xff, 0xd8], Some("c")));
    assert_eq!(send(&mut sock, &frame).unwrap()["bytes"], json!(2));
}
