//! Socket.IO: namespaces joined and left, events and acknowledgements with their attachments, and what is none of it.

use std::net::SocketAddr;

use crate::client::{Frame, Socket};
use crate::server;

const PATH: &str = "/socket.io/";

/// On the main namespace.
fn joined(address: SocketAddr) -> Socket {
    let mut socket = Socket::open(address, PATH);
    socket.say("40");
    assert!(socket.text().starts_with("40{\"sid\":"));
    assert_eq!(socket.text(), "42[\"auth\",{}]");
    socket
}

#[test]
fn namespaces_are_joined_with_or_without_a_payload_and_unknown_ones_are_not() {
    let (_runtime, address) = server();
    for (join, joined, auth) in [
        ("40", "40", "42[\"auth\",{}]"),
        ("40{\"token\":\"123\"}", "40", "42[\"auth\",{\"token\":\"123\"}]"),
        ("40/custom,", "40/custom,", "42/custom,[\"auth\",{}]"),
        (
            "40/custom,{\"token\":\"abc\"}",
            "40/custom,",
            "42/custom,[\"auth\",{\"token\":\"abc\"}]",
        ),
    ] {
        let mut socket = Socket::open(address, PATH);
        socket.say(join);
        let said = socket.text();
        let said: serde_json::Value = serde_json::from_str(said.strip_prefix(joined).unwrap()).unwrap();
        assert!(
            said["sid"].is_string() && said.as_object().unwrap().len() == 1,
            "{said}"
        );
        assert_eq!(socket.text(), auth);
    }
    let mut socket = Socket::open(address, PATH);
    socket.say("40/random");
    assert_eq!(socket.text(), "44/random,{\"message\":\"Invalid namespace\"}");
    let mut socket = Socket::open(address, PATH);
    socket.say("4abc");
    assert!(socket.is_over());
    let mut socket = Socket::open(address, PATH);
    // Pongs alone are no handshake.
    assert_eq!(socket.next(), Frame::Text("1".to_owned()), "nothing is joined in time");
    assert!(socket.is_over());
}

#[test]
fn one_namespace_is_left_and_the_other_stays() {
    let (_runtime, address) = server();
    let mut socket = joined(address);
    socket.say("40/custom");
    assert!(socket.text().starts_with("40/custom,{\"sid\":"));
    assert_eq!(socket.text(), "42/custom,[\"auth\",{}]");
    socket.say("41/custom");
    socket.say("42[\"message\",\"to the main namespace\"]");
    assert_eq!(socket.text(), "42[\"message-back\",\"to the main namespace\"]");
}

#[test]
fn who_leaves_the_main_namespace_is_still_pinged() {
    let (_runtime, address) = server();
    let mut socket = joined(address);
    socket.say("41");
    for _ in 0..2 {
        assert_eq!(socket.read(), Frame::Text("2".to_owned()));
        socket.say("3");
    }
}

#[test]
fn events_and_acknowledgements_come_back_as_they_went_with_their_attachments() {
    let (_runtime, address) = server();
    let mut socket = joined(address);
    socket.say("42[\"message\",1,\"2\",{\"3\":[true]}]");
    assert_eq!(socket.text(), "42[\"message-back\",1,\"2\",{\"3\":[true]}]");
    socket.say("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]");
    assert_eq!(socket.text(), "43456[1,\"2\",{\"3\":[false]}]");
    let places = "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}";
    for (sent, wanted) in [
        (
            format!("452-[\"message\",{places}]"),
            format!("452-[\"message-back\",{places}]"),
        ),
        (
            format!("452-789[\"message-with-ack\",{places}]"),
            format!("462-789[{places}]"),
        ),
    ] {
        socket.say(&sent);
        socket.frame(0x82, &[1, 2, 3]);
        socket.frame(0x82, &[4, 5, 6]);
        assert_eq!(socket.text(), wanted);
        assert_eq!(socket.next(), Frame::Bytes(vec![1, 2, 3]));
        assert_eq!(socket.next(), Frame::Bytes(vec![4, 5, 6]));
    }
}

#[test]
fn what_is_no_packet_ends_the_transport() {
    let (_runtime, address) = server();
    for wrong in [
        "abc",
        "4abc",
        "44",
        "42{}",
        "42abc[\"message-with-ack\",1,\"2\",{\"3\":[false]}]",
        "450-[",
        "5",
    ] {
        let mut socket = joined(address);
        socket.say(wrong);
        while !matches!(socket.read(), Frame::End) {}
    }
}
