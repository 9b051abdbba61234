//! Two browsers: messages, who is near, an operator's kick, a server that restarts; what people write stays text.

use serde_json::json;

use super::browser::{Browser, Tab};
use crate::harness::{PASSWORD, Server};

/// What a name or a message might try.
const HOSTILE: &str = "<img src=x onerror=\"globalThis.owned = 1\"><script>globalThis.owned = 2</script>";

fn write(tab: &Tab<'_>, to: &str, body: &str) {
    tab.go("#/messages/write");
    tab.fill("User names", to);
    tab.fill("Message", body);
    tab.press("Send");
    tab.until("location.hash.startsWith('#/messages/sent')");
}

#[test]
fn a_message_between_two_browsers_comes_by_itself_and_stays_text() {
    let server = Server::start();
    let browser = Browser::start();
    let (anna, bert) = (browser.person(), browser.person());
    anna.sign_in(server.http(), "anna", PASSWORD);
    bert.sign_in(server.http(), "bert", PASSWORD);
    write(&anna, "bert", HOSTILE);
    // Bert looks at cars; the badge tells him.
    bert.until("document.querySelector('.rail .badge')");
    bert.go("#/messages");
    bert.shows(HOSTILE);
    assert_eq!(bert.now("globalThis.owned ?? 0"), json!(0));
    bert.press("Mark all as read");
    bert.until("!document.querySelector('.rail .badge')");
    // A name that nobody has sends nothing, and is told.
    anna.go("#/messages/write");
    anna.fill("User names", "nobody.here");
    anna.fill("Message", "hello");
    anna.press("Send");
    anna.until("document.querySelector('.note.bad')");
    // Hostile names stay text as well, in lists and in titles.
    let mut operator = server.as_user("mona");
    operator.call("s.newroom", json!({"room": "yard"})).unwrap();
    operator
        .call("s.notice", json!({"body": HOSTILE, "minutes": 5}))
        .unwrap();
    bert.shows(HOSTILE);
    assert_eq!(bert.now("globalThis.owned ?? 0"), json!(0));
    bert.is_well();
    anna.is_well();
}

#[test]
fn who_comes_into_my_range_is_seen_by_itself_and_nobody_who_hides() {
    let server = Server::start();
    let browser = Browser::start();
    let anna = browser.person();
    anna.sign_in(server.http(), "anna", PASSWORD);
    let mut first = server.as_user("anna");
    first
        .call("s.move", json!({"latitude": 52.5, "longitude": 13.4}))
        .unwrap();
    first.call("s.setrange", json!({"radius_m": 500})).unwrap();
    anna.go("#/people/near");
    anna.shows("Nobody within your range");
    let mut bert = server.as_user("bert");
    bert.call("s.setvisibility", json!({"to": "nobody"})).unwrap();
    bert.call("s.move", json!({"latitude": 52.5005, "longitude": 13.4}))
        .unwrap();
    anna.shows("Nobody within your range");
    bert.call("s.setrange", json!({"radius_m": 500})).unwrap();
    bert.call("s.setvisibility", json!({"to": "within_range"})).unwrap();
    anna.shows("bert");
    bert.call("s.move", json!({"latitude": 53.5, "longitude": 13.4}))
        .unwrap();
    anna.hides("bert");
    anna.is_well();
}

#[test]
fn who_is_kicked_is_told_and_comes_back_by_their_own_wish() {
    let server = Server::start();
    let browser = Browser::start();
    let (anna, mona) = (browser.person(), browser.person());
    anna.sign_in(server.http(), "anna", PASSWORD);
    mona.sign_in(server.http(), "mona", PASSWORD);
    mona.go("#/clients");
    mona.press_by("anna", "Kick");
    mona.press("Yes");
    anna.shows("The server ended this connection.");
    anna.press("Connect again");
    anna.until("!document.querySelector('.bar .chip.warn')");
    mona.is_well();
}

#[test]
fn the_page_comes_back_by_itself_when_the_server_restarts() {
    let server = Server::start();
    let browser = Browser::start();
    let anna = browser.person();
    anna.sign_in(server.http(), "anna", PASSWORD);
    anna.go("#/messages");
    anna.shows("No messages.");
    let mut admin = server.as_user("ada");
    // It is asked for twice, so that nobody does it by a slip.
    admin.call("s.restart", json!({})).unwrap();
    admin.call("s.restart", json!({})).unwrap();
    drop(admin);
    anna.shows("Offline, trying again");
    anna.until("!document.querySelector('.bar .chip.warn')");
    // What comes after that is seen again.
    let mut bert = server.as_user("bert");
    bert.call("s.send", json!({"body": "are you there?", "users": ["anna"]}))
        .unwrap();
    anna.shows("are you there?");
}
