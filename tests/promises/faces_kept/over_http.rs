//! Enrolling from a browser: pictures as bodies of requests, looked at live, named over the socket of the page.

use super::*;
use crate::harness::{Reply, Rest, Sio};

const PATH: &str = "/api/v1/pictures";

fn show(camera: &mut Rest, file: &str) -> Value {
    let kind = if file.ends_with(".png") {
        "image/png"
    } else {
        "image/jpeg"
    };
    let sent = camera.post_bytes(PATH, kind, &original(file));
    assert_eq!(sent.status, 201, "{sent:?}");
    sent.json()["id"].clone()
}

fn quality(camera: &mut Rest, id: &Value) -> Value {
    let seen = camera.get(&format!("{PATH}/{}/quality", id.as_str().unwrap()));
    assert_eq!(seen.status, 200, "{seen:?}");
    seen.json()
}

#[test]
fn a_page_sees_whether_a_picture_would_do_and_enrols_those_that_would() {
    let server = server(&[]);
    let cookie = format!("Cookie: mp_session={}", server.token_of("anna"));
    let mut camera = Rest::guest(server.http()).with(&cookie).with("X-Motorpool: 1");
    let page = format!(
        "{cookie}\r\nSec-Fetch-Site: same-origin\r\nOrigin: http://{}\r\n",
        server.http()
    );
    let mut page = Sio::join(server.http(), &page, None).unwrap();

    let good = show(&mut camera, "obama.jpg");
    let seen = quality(&mut camera, &good);
    assert_eq!(
        (&seen["good"], &seen["reasons"], &seen["faces"]),
        (&json!(true), &json!([]), &json!(1))
    );
    assert!(
        seen["sharpness"].as_f64().unwrap() > 12.0 && seen["size"].as_i64().unwrap() > 50,
        "{seen}"
    );
    // It goes on waiting, and the socket of the page sees the same face.
    let again = page.call("s.facequality", json!({"picture": good})).unwrap();
    assert_eq!((&again["good"], &again["size"]), (&json!(true), &seen["size"]));
    let bad = show(&mut camera, "obama_partial_face.jpg");
    let seen = quality(&mut camera, &bad);
    assert_eq!(seen["good"], false);
    assert!(
        !seen["reasons"].as_array().unwrap().is_empty() && seen["advice"].is_string(),
        "{seen}"
    );

    let pictures: Vec<Value> = ["obama2.jpg", "obama3.jpg"]
        .map(|file| show(&mut camera, file))
        .to_vec();
    let pictures = [vec![good.clone()], pictures].concat();
    let consent = camera.get("/api/v1/faces/consent").json()["version"].clone();
    let args = json!({"pictures": pictures, "consent": consent, "password": PASSWORD});
    let enrolled = page.call("s.enrollface", args).unwrap();
    assert_eq!(templates(&enrolled).len(), 3);
    let used = camera.get(&format!("{PATH}/{}/quality", good.as_str().unwrap()));
    assert_eq!(used.code(), "not_found", "a picture is taken once");
    // And without a socket.
    let pictures: Vec<Value> = OBAMAS.map(|file| show(&mut camera, file)).to_vec();
    let args = json!({"pictures": pictures, "consent": consent, "password": PASSWORD});
    let enrolled = camera.post("/api/v1/faces", &args);
    assert_eq!(
        (enrolled.status, templates(&enrolled.json()).len()),
        (200, 3),
        "{enrolled:?}"
    );
    // Searching is for those who may, with a picture of their own session.
    let picture = show(&mut camera, "obama.jpg");
    let search = |id: &Value| format!("/api/v1/faces/search?picture={}", id.as_str().unwrap());
    assert_eq!(camera.get(&search(&picture)).code(), "forbidden");
    may_search(&server, "bert");
    let mut bert = Rest::bearer(server.http(), server.token_of("bert"));
    assert_eq!(bert.get(&search(&picture)).code(), "not_found");
    let picture = show(&mut bert, "obama.jpg");
    let found = bert.get(&search(&picture)).json();
    assert_eq!(
        (&found[0]["user"], &found[0]["matches"]),
        (&json!("anna"), &json!(true)),
        "{found}"
    );
}

#[test]
fn looks_are_rationed() {
    let server = server(&[]);
    let camera_token = server.token_of("anna");
    let mut camera = Rest::bearer(server.http(), camera_token);
    let id = show(&mut camera, "obama.jpg");
    let path = format!("{PATH}/{}/quality", id.as_str().unwrap());
    // Far more than ten at once, and than what is given back meanwhile; all of one session.
    let seen: Vec<Reply> = std::thread::scope(|scope| {
        let look = || Rest::bearer(server.http(), camera_token).get(&path);
        let looks: Vec<_> = (0..30).map(|_| scope.spawn(look)).collect();
        looks.into_iter().map(|look| look.join().unwrap()).collect()
    });
    let refused: Vec<&Reply> = seen.iter().filter(|seen| seen.status == 429).collect();
    assert!(refused.len() < 21 && !refused.is_empty(), "{} refused", refused.len());
    for refused in refused {
        assert_eq!(refused.code(), "rate_limited");
        assert!(
            refused.json()["info"]["retry_after_ms"].as_u64().unwrap() <= 500,
            "{refused:?}"
        );
    }
    let mut page = Rest::bearer(server.http(), server.token_of("mona"));
    let other = show(&mut page, "obama.jpg");
    assert_eq!(quality(&mut page, &other)["good"], true, "others are not held up");
}
