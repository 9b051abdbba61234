//! Pictures over HTTP: who may send them, within which bounds, and for which session they wait.

use serde_json::{Value, json};

use crate::harness::{Rest, Server, Sio, metric};
use crate::rest::rest;

const PATH: &str = "/api/v1/pictures";
const JPEG: &str = "image/jpeg";

/// So many bytes that begin as a JPEG does.
fn jpeg(bytes: usize) -> Vec<u8> {
    let mut data = vec![0xff, 0xd8, 0xff];
    data.resize(bytes, 7);
    data
}

fn quality(id: &Value) -> String {
    format!("{PATH}/{}/quality", id.as_str().unwrap())
}

#[test]
fn a_picture_waits_for_the_session_that_sent_it_and_no_other_of_the_account() {
    let server = Server::start();
    let token = server.token_of("anna");
    let mut anna = Rest::bearer(server.http(), token);
    let sent = anna.post_bytes(PATH, JPEG, &jpeg(100));
    assert_eq!((sent.status, &sent.json()["bytes"]), (201, &json!(100)), "{sent:?}");
    assert!(sent.json()["expires_at"].as_str().unwrap().ends_with('Z'));
    assert!((metric(server.http(), "motorpool_pictures_waiting_bytes", &[]) - 100.0).abs() < 0.5);
    let id = sent.json()["id"].clone();
    for other in [
        &mut rest(&server, "anna"),
        &mut rest(&server, "mona"),
        &mut Rest::guest(server.http()),
    ] {
        assert_eq!(other.get(&quality(&id)).code(), "not_found");
    }
    // Its own requests find it, and so do its sockets; these bytes show nothing, if anything looks at them here.
    let own = anna.get(&quality(&id));
    assert!(own.status == 503 || own.json()["good"] == false, "{own:?}");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let mut page = Sio::join(server.http(), &bearer, None).unwrap();
    let args = json!({"picture": id});
    match page.call("s.facequality", args.clone()) {
        Ok(seen) => assert_eq!((&seen["good"], &seen["faces"]), (&json!(false), &json!(0)), "{seen}"),
        Err(refused) => assert_eq!(refused.code, "unavailable", "{refused:?}"),
    }
    let other = format!("Authorization: Bearer {}\r\n", server.token_of("anna"));
    let mut other = Sio::join(server.http(), &other, None).unwrap();
    assert_eq!(other.call("s.facequality", args).unwrap_err().code, "not_found");
}

#[test]
fn what_is_no_picture_or_comes_from_nobody_is_refused() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let mut code = |kind: &str, data: &[u8]| {
        let reply = anna.post_bytes(PATH, kind, data);
        (reply.status, reply.code())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(code("image/gif", b"GIF89a"), refused(415, "bad_frame"));
    assert_eq!(code("application/json", b"{}"), refused(415, "bad_frame"));
    assert_eq!(code("image/png", &jpeg(100)), refused(422, "bad_arguments"));
    assert_eq!(code(JPEG, b"\x89PNG\r\n\x1a\n"), refused(422, "bad_arguments"));
    assert_eq!(code(JPEG, b""), refused(422, "bad_arguments"));
    assert_eq!(
        anna.post_bytes(PATH, "Image/PNG; a=b", b"\x89PNG\r\n\x1a\n.").status,
        201
    );
    assert_eq!(anna.get(PATH).status, 405);
    let mut guest = Rest::guest(server.http());
    let reply = guest.post_bytes(PATH, JPEG, &jpeg(10));
    assert_eq!((reply.status, reply.code().as_str()), (403, "forbidden"));
    let off = Server::with(&[("MOTORPOOL_FACE__ENABLED", "false")]);
    let reply = rest(&off, "anna").post_bytes(PATH, JPEG, &jpeg(10));
    assert_eq!((reply.status, reply.code().as_str()), (503, "unavailable"));
}

#[test]
fn a_picture_has_bounds_of_its_own() {
    let server = Server::with(&[
        ("MOTORPOOL_FACE__PICTURES_PER_CLIENT", "3"),
        ("MOTORPOOL_FACE__PICTURE_BYTES", "200000"),
        ("MOTORPOOL_LIMITS__HTTP_BODY_BYTES", "2048"),
    ]);
    let mut anna = rest(&server, "anna");
    for _ in 0..3 {
        let sent = anna.post_bytes(PATH, JPEG, &jpeg(200_000));
        assert_eq!(sent.status, 201, "{sent:?}");
    }
    let full = anna.post_bytes(PATH, JPEG, &jpeg(10));
    assert_eq!((full.status, full.code().as_str()), (409, "not_now"));
    // Another session has room of its own; what is announced as too long is not read.
    let mut bert = rest(&server, "bert");
    assert_eq!(bert.post_bytes(PATH, JPEG, &jpeg(10)).status, 201);
    let long = bert.ask(
        "POST",
        PATH,
        "Content-Type: image/jpeg\r\nContent-Length: 200001\r\n",
        None,
    );
    assert_eq!((long.status, long.code().as_str()), (413, "too_large"));
}

#[test]
fn a_cookie_sends_pictures_only_from_a_page_of_this_server() {
    let server = Server::start();
    let cookie = format!("Cookie: mp_session={}", server.token_of("anna"));
    let with = |more: &str| {
        let mut anna = Rest::guest(server.http()).with(&cookie);
        if !more.is_empty() {
            anna = anna.with(more);
        }
        anna.post_bytes(PATH, JPEG, &jpeg(10)).status
    };
    assert_eq!(with(""), 403);
    assert_eq!(with("Origin: http://evil.example"), 403);
    assert_eq!(with("Sec-Fetch-Site: cross-site"), 403);
    assert_eq!(
        (with("Sec-Fetch-Site: same-origin"), with("X-Motorpool: 1")),
        (201, 201)
    );
}
