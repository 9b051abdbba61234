//! The bounds of an HTTP connection, each at its edge: slow, silent, never reading, too many, readable in two ways.

use std::net::IpAddr;

use crate::harness::{Rest, Server, get, metric, metric_in, until};
use crate::rest::rest;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
const NEXT_DOOR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
/// Room for what a peer has not read yet, where it does not matter.
const ROOM: usize = 65_536;

fn ended(server: &Server, reason: &str) -> f64 {
    let label = format!("reason=\"{reason}\"");
    metric(server.http(), "motorpool_http_connections_ended_total", &[&label])
}

#[test]
fn a_head_that_comes_slowly_and_a_connection_that_stays_silent_are_ended() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__HTTP_HEAD_MS", "300")]);
    let mut slow = Rest::guest(server.http());
    slow.say(b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    let mut silent = Rest::guest(server.http());
    let mut kept = Rest::guest(server.http());
    assert_eq!(kept.get("/api/v1/me").status, 200);
    for connection in [&mut slow, &mut silent, &mut kept] {
        assert!(connection.try_hear("GET").is_none());
    }
    until("the count of late heads", || {
        (ended(&server, "late_head") >= 3.0).then_some(())
    });
    assert_eq!(Rest::guest(server.http()).get("/api/v1/me").status, 200);
}

#[test]
fn bodies_that_come_slowly_take_no_place_from_others() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__HTTP_IN_FLIGHT", "2")]);
    let mut slow: Vec<Rest> = (0..20).map(|_| Rest::guest(server.http())).collect();
    for connection in &mut slow {
        connection.say(
            b"POST /api/v1/commands/s.help HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        );
    }
    let mut anna = rest(&server, "anna");
    for _ in 0..10 {
        assert_eq!(anna.get("/api/v1/me").status, 200);
    }
}

#[test]
fn a_peer_that_never_takes_its_answers_is_cut_off() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__STALL_MS", "300")]);
    let mut deaf = Rest::guest_from(HERE, server.http(), 2_048);
    let ask = format!("GET /openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", server.http());
    deaf.say(ask.repeat(200).as_bytes());
    until("the end of the deaf", || {
        (ended(&server, "stalled") >= 1.0).then_some(())
    });
    assert_eq!(Rest::guest(server.http()).get("/api/v1/me").status, 200);
}

#[test]
fn one_connection_more_than_may_be_is_told_so_whoever_has_the_others() {
    let bounds = [
        ("MOTORPOOL_LIMITS__HTTP_CONNECTIONS_PER_ADDRESS", "3"),
        ("MOTORPOOL_LIMITS__HTTP_CONNECTIONS_MAX", "5"),
    ];
    let server = Server::with(&bounds);
    let comes_in = |from| {
        let mut guest = Rest::guest_from(from, server.http(), ROOM);
        let answer = guest.get("/api/v1/me");
        match answer.status {
            200 => Some(guest),
            _ => {
                assert_eq!((answer.status, answer.code().as_str()), (503, "busy"), "{answer:?}");
                assert!(answer.header("retry-after").is_some() && guest.try_hear("GET").is_none());
                None
            }
        }
    };
    let mut here: Vec<Rest> = (0..3).map(|_| until("a place", || comes_in(HERE))).collect();
    assert!(comes_in(HERE).is_none());
    let next_door: Vec<Rest> = (0..2).map(|_| until("a place", || comes_in(NEXT_DOOR))).collect();
    assert!(comes_in(NEXT_DOOR).is_none());
    drop(here.pop());
    // Whoever is first has it.
    let again = until("the place of who went", || comes_in(HERE));
    assert_eq!(here[0].get("/api/v1/me").status, 200);
    drop((here, next_door, again));
    let figures = until("a place for who asks for figures", || {
        let (status, _, figures) = get(server.http(), "/metrics").ok()?;
        (status == 200).then_some(figures)
    });
    for reason in ["address_crowded", "crowded"] {
        let label = format!("reason=\"{reason}\"");
        let count = metric_in(&figures, "motorpool_http_connections_ended_total", &[&label]);
        assert!(count >= 1.0, "{reason}: {count}");
    }
}

#[test]
fn a_head_at_its_bounds_is_read_and_one_beyond_is_not() {
    let bounds = [
        ("MOTORPOOL_LIMITS__HTTP_HEAD_BYTES", "2048"),
        ("MOTORPOOL_LIMITS__HTTP_HEADERS_MAX", "10"),
    ];
    let server = Server::with(&bounds);
    let status = |text: String| {
        let mut guest = Rest::guest(server.http());
        guest.say(text.as_bytes());
        guest.hear("GET").status
    };
    let start = "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n";
    let of_bytes = |bytes: usize| format!("{start}X: {}\r\n\r\n", "x".repeat(bytes - start.len() - 7));
    assert_eq!(of_bytes(2_048).len(), 2_048);
    assert_eq!((status(of_bytes(2_048)), status(of_bytes(2_049))), (200, 431));
    let of_headers = |count: usize| format!("{start}{}\r\n", "X: y\r\n".repeat(count - 1));
    assert_eq!((status(of_headers(10)), status(of_headers(11))), (200, 431));
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let token = server.token_of("anna");
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    let paths = ["/api/v1/me", "/api/v1/nothing", "/api/v1/cars", "/health/live"];
    anna.say(paths.map(ask).concat().as_bytes());
    let heard: Vec<u16> = paths.iter().map(|_| anna.hear("GET").status).collect();
    assert_eq!(heard, [200, 404, 200, 200]);
}

#[test]
fn nothing_behind_a_request_in_chunks_is_taken_for_one() {
    let server = Server::start();
    let hidden = "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for lengths in [
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        let mut guest = Rest::guest(server.http());
        let head = format!(
            "POST /api/v1/commands/s.help HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lengths}\r\n"
        );
        guest.say(format!("{head}2\r\n{{}}\r\n0\r\n\r\n{hidden}").as_bytes());
        let answer = guest.hear("POST");
        assert_eq!(
            (answer.status, answer.header("connection")),
            (200, Some("close")),
            "{answer:?}"
        );
        assert!(guest.try_hear("GET").is_none(), "{lengths}");
    }
}

#[test]
fn figures_and_health_are_refused_like_everything_else() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(guest.get(path).status, 200, "{path}");
        let refused = guest.ask("DELETE", path, "", None);
        assert_eq!((refused.status, refused.code().as_str()), (405, "bad_frame"), "{path}");
        assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
    }
    assert!(metric(server.http(), "motorpool_http_requests_total", &["status=\"4xx\""]) >= 3.0);
}
