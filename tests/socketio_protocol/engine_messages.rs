//! Messages of Engine.IO alone: they come back as they went, by both transports.

use crate::client::{Frame, Socket, ask, polling};
use crate::server;

const ALONE: &str = "/engine.io/";

#[test]
fn a_payload_comes_back_packet_by_packet() {
    let (_runtime, address) = server();
    for payload in ["4hello", "4test1\u{1e}4test2\u{1e}4test3", "4hello\u{1e}bAQIDBA=="] {
        let path = polling(address, ALONE);
        assert_eq!(ask(address, "POST", &path, payload), (200, "ok".to_owned()));
        let (status, came) = ask(address, "GET", &path, "");
        // On a slow machine a ping may have come behind it, but none before.
        let came = came.strip_suffix("\u{1e}2").unwrap_or(&came);
        assert_eq!((status, came), (200, payload));
    }
}

#[test]
fn text_and_bytes_come_back_over_a_websocket() {
    let (_runtime, address) = server();
    let mut socket = Socket::open(address, ALONE);
    socket.say("4hello");
    assert_eq!(socket.text(), "4hello");
    socket.frame(0x82, &[1, 2, 3, 4]);
    assert_eq!(socket.next(), Frame::Bytes(vec![1, 2, 3, 4]));
}
