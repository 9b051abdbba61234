//! What hostile peers say to `/api/v1`: bodies that are wrong, too long or too slow, and heads that mean two things.

use crate::harness::{Rest, Server, metric};
use crate::rest::{query, rest};

#[test]
fn hostile_bodies_get_typed_refusals_and_the_connection_goes_on() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let deep = format!("{{\"car\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let long = format!("{{\"car\":\"{}\"}}", "x".repeat(100_000));
    let wide = format!("{{\"car\":[{}0]}}", "0,".repeat(5_000));
    for (body, status, code) in [
        ("{", 400, "bad_frame"),
        ("[]", 400, "bad_frame"),
        ("\"s.book\"", 400, "bad_frame"),
        ("{\"car\":\"amber\",\"car\":\"birch\"}", 400, "bad_frame"),
        ("{\"car\":NaN}", 400, "bad_frame"),
        ("{\"car\":1e999}", 400, "bad_frame"),
        ("{\"car\":\"\\ud800\"}", 400, "bad_frame"),
        ("{\"car\":\"amber\"} {}", 400, "bad_frame"),
        (deep.as_str(), 400, "bad_frame"),
        (wide.as_str(), 400, "bad_frame"),
        (long.as_str(), 422, "bad_arguments"),
        ("{}", 422, "bad_arguments"),
        ("", 422, "bad_arguments"),
        ("{\"car\":{},\"start\":1,\"end\":[]}", 422, "bad_arguments"),
        (
            "{\"car\":\"amber'; DROP TABLE car;--\",\"start\":\"a\",\"end\":\"b\"}",
            422,
            "bad_arguments",
        ),
    ] {
        let refused = anna.ask("POST", "/api/v1/bookings", "", Some(body));
        let shown: String = body.chars().take(60).collect();
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (status, code),
            "{shown}: {}",
            refused.body
        );
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let kind = format!("Content-Type: {kind}\r\n");
        let refused = anna.ask("POST", "/api/v1/bookings", &kind, Some("{}"));
        assert_eq!((refused.status, refused.code().as_str()), (415, "bad_frame"), "{kind}");
    }
    assert_eq!(anna.ask("GET", "/api/v1/cars", "", Some("{}")).status, 400);
    for path in [
        "/api/v1/cars?after=x",
        "/api/v1/cars?after=99999999999999999999",
        "/api/v1/cars?after=1&after=2",
        "/api/v1/cars?nothing=1",
        "/api/v1/availability?start=a&end=b",
        "/api/v1/bookings?state=gone",
    ] {
        let refused = anna.get(path);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "bad_arguments"),
            "{path}"
        );
    }
    let radius = anna.get(&format!("{}&latitude=NaN&longitude=0", query("availability", 0, 1)));
    assert_eq!(radius.status, 422);
    assert_eq!(anna.get("/api/v1/me").status, 200);
}

#[test]
fn a_body_is_bounded_in_size_and_in_time() {
    let limits = [
        ("MOTORPOOL_LIMITS__HTTP_BODY_BYTES", "2048"),
        ("MOTORPOOL_LIMITS__HTTP_REQUEST_MS", "300"),
    ];
    let server = Server::with(&limits);
    let fits = format!("{{\"car\":\"{}\"}}", "x".repeat(2_048 - 10));
    assert_eq!(fits.len(), 2_048);
    assert_eq!(
        rest(&server, "anna")
            .ask("POST", "/api/v1/bookings", "", Some(&fits))
            .status,
        422
    );
    let refused = rest(&server, "anna").ask("POST", "/api/v1/bookings", "", Some(&format!("{fits} ")));
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_large"));
    // Nobody said how long it is.
    let mut anna = rest(&server, "anna");
    let token = server.token_of("anna");
    let head = "POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    anna.say(
        format!("{head}Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n801\r\n{fits}x\r\n0\r\n\r\n")
            .as_bytes(),
    );
    assert_eq!(anna.hear("POST").status, 413);
    let mut slow = Rest::guest(server.http());
    slow.say(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes());
    let late = slow.hear("POST");
    assert_eq!((late.status, late.code().as_str()), (408, "timeout"));
}

#[test]
fn requests_that_could_be_read_in_two_ways_are_not_read() {
    let server = Server::start();
    let hidden = "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(1_000));
    for text in [
        format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello{hidden}"
        ),
        format!("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello{hidden}"),
        format!("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n{hidden}"),
        format!("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{hidden}"),
        "GET /api/v1/me HTTP/1.1\r\nHost : localhost\r\n\r\n".to_owned(),
        "GET /\u{0} HTTP/1.1\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}nothing of HTTP\r\n\r\n".to_owned(),
        huge,
        many,
    ] {
        let mut guest = Rest::guest(server.http());
        guest.say(text.as_bytes());
        let shown: String = text.chars().take(80).collect();
        let answer = guest.try_hear("POST").map(|reply| reply.status);
        assert!(
            answer.is_none_or(|status| (400..500).contains(&status)),
            "{answer:?}: {shown:?}"
        );
        // Nothing of what came after was taken for a request.
        assert!(guest.try_hear("GET").is_none(), "{shown:?}");
    }
    assert_eq!(Rest::guest(server.http()).get("/api/v1/me").status, 200);
    assert!(metric(server.http(), "motorpool_commands_total", &[]) >= 1.0);
}
