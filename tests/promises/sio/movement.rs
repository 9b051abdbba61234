//! `new_movement`: to those whom it concerns, at sign-in, sign-out and a change of building, and to nobody else.

use serde_json::{Value, json};

use super::original::page;
use crate::harness::{Raw, Server, Sio, metric, until};
use crate::places::{HERE, circle, go, north};

/// Time after which somebody is gone, short for those who wait for it.
const GRACE: (&str, &str) = ("MOTORPOOL_LIMITS__PRESENCE_GRACE_MS", "100");
/// Farther than anybody's range.
const FAR_M: f64 = 300.0;

fn with_buildings() -> Server {
    let server = Server::with(&[GRACE]);
    let mut mona = server.as_user("mona");
    for (id, metres) in [("civil", 0.0), ("tower", FAR_M), ("clock", 5_000.0)] {
        mona.call("s.addbuilding", circle(id, north(metres), 54.0)).unwrap();
    }
    server
}

/// A page of the first system on which this person is.
fn page_of(server: &Server, person: &str) -> Sio {
    let (sio, said) = page(
        server,
        "new_client",
        json!({"id": person, "token": server.token_of(person)}),
    );
    assert!(said.is_ok(), "{said:?}");
    sio
}

fn stand(sio: &mut Sio, (latitude, longitude): (f64, f64)) {
    sio.call("s.move", json!([latitude, longitude])).unwrap();
}

/// Somebody whom nobody sees and who goes in and out: what happened before is told before that.
struct Clock {
    sio: Sio,
    is_in: bool,
}

impl Clock {
    fn start(server: &Server) -> Self {
        let mut sio = page_of(server, "rider-03");
        sio.call("s.setvisibility", json!(["nobody"])).unwrap();
        Self { sio, is_in: false }
    }

    fn tick(&mut self) {
        self.is_in = !self.is_in;
        stand(&mut self.sio, north(if self.is_in { 5_000.0 } else { 9_000.0 }));
        // It says nothing, and wants nothing.
        assert_eq!(self.sio.event("new_movement"), (Value::Null, None));
    }

    /// How many it heard since this was asked last.
    fn heard(&mut self, sio: &mut Sio) -> usize {
        self.tick();
        sio.events_so_far("new_movement")
    }
}

fn online(server: &Server, people: f64) {
    until("so many people online", || {
        (metric(server.http(), "motorpool_people_online", &[]) == people).then_some(())
    });
}

fn goes(server: &Server, raw: &Raw, left: f64) {
    raw.hang_up();
    online(server, left);
}

fn comes(server: &Server, person: &str, there: f64) -> Raw {
    let raw = server.as_user(person);
    online(server, there);
    raw
}

#[test]
fn who_is_in_the_same_building_hears_of_each_coming_and_going_and_who_is_elsewhere_of_none() {
    let server = with_buildings();
    let mut clock = Clock::start(&server);
    let (mut anna, mut stranger) = (page_of(&server, "anna"), page_of(&server, "rider-01"));
    stand(&mut anna, HERE);
    stand(&mut stranger, north(FAR_M));
    // Somebody without a position sees nobody.
    let mut nowhere = page_of(&server, "rider-02");
    online(&server, 4.0);
    let mut bert = comes(&server, "bert", 5.0);
    for sio in [&mut anna, &mut stranger, &mut nowhere] {
        clock.heard(sio);
    }
    go(&mut bert, north(10.0));
    assert_eq!(clock.heard(&mut anna), 1, "into her building");
    goes(&server, &bert, 4.0);
    assert_eq!(clock.heard(&mut anna), 1, "signed out");
    bert = comes(&server, "bert", 5.0);
    assert_eq!(clock.heard(&mut anna), 1, "signed in");
    server.as_user("bert").hang_up();
    assert_eq!(clock.heard(&mut anna), 0, "a second session and its end");
    for metres in [20.0, 5.0, 15.0] {
        go(&mut bert, north(metres));
    }
    assert_eq!(clock.heard(&mut anna), 0, "about the building");
    go(&mut bert, north(1_000.0));
    assert_eq!(clock.heard(&mut anna), 1, "out of it");
    goes(&server, &bert, 4.0);
    bert = comes(&server, "bert", 5.0);
    go(&mut bert, north(1_100.0));
    assert_eq!(clock.heard(&mut anna), 0, "elsewhere");
    assert_eq!(anna.events_so_far("event"), 0, "it hears what it knows");
    for sio in [&mut stranger, &mut nowhere] {
        assert_eq!(sio.events_so_far("new_movement"), 0, "a stranger");
    }
}

#[test]
fn who_may_not_see_somebody_hears_nothing_and_who_watches_them_hears_what_they_may() {
    let server = with_buildings();
    let mut clock = Clock::start(&server);
    let (mut anna, mut emil) = (page_of(&server, "anna"), page_of(&server, "emil"));
    stand(&mut anna, HERE);
    stand(&mut emil, HERE);
    online(&server, 3.0);
    let mut bert = comes(&server, "bert", 4.0);
    bert.call("s.setvisibility", json!({"to": "nobody", "people": ["emil"]}))
        .unwrap();
    for sio in [&mut anna, &mut emil] {
        clock.heard(sio);
    }
    go(&mut bert, HERE);
    assert_eq!(clock.heard(&mut emil), 1, "into his building");
    goes(&server, &bert, 3.0);
    assert_eq!(clock.heard(&mut emil), 1, "signed out");
    bert = comes(&server, "bert", 4.0);
    assert_eq!(clock.heard(&mut emil), 1, "signed in");
    go(&mut bert, north(FAR_M));
    assert_eq!(clock.heard(&mut emil), 1, "out of it");
    assert_eq!(anna.events_so_far("new_movement"), 0, "he is not for her to see");
    // Whoever watches him hears of him as far as he lets them.
    for sio in [&mut anna, &mut emil] {
        sio.call("s.watchpeople", json!({"users": ["bert"]})).unwrap();
    }
    goes(&server, &bert, 3.0);
    emil.event("new_movement");
    assert_eq!(clock.heard(&mut anna), 0, "watching shows her no more");
}
