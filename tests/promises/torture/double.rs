//! Very many who want the same few cars, over sockets and over HTTP: a car is never given to two, and who loses hears why.
//!
//! Times touch each other and lie around a change of the clocks, written with the offset of the place. What was given
//! is judged by when it surely was: from its acknowledgement until somebody asked to change it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use motorpool::runtime::clock;
use serde_json::{Value, json};

use super::count;
use crate::harness::{CARS, Dice, FIFTH_CAR, Raw, Refused, Reply, Rest, Server, Tally, instant};

/// Who tries, over which door.
const SOCKETS: usize = 64;
const WEB_CLIENTS: usize = 16;
/// Quarters of an hour around the change of the clocks, in which all bookings lie.
const QUARTERS: u64 = 96;
const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// Longest booking, in quarters.
const LENGTH_MAX: u64 = 6;

/// A booking as it surely was for some time.
#[derive(Debug, Clone)]
struct Held {
    booking: i64,
    car: &'static str,
    start: Timestamp,
    end: Timestamp,
    from: Instant,
    /// When somebody asked to change it; `None` in the end.
    until: Option<Instant>,
}

impl Held {
    fn overlaps(&self, other: &Self) -> bool {
        self.car == other.car && self.start < other.end && other.start < self.end
    }

    /// Whether there was a moment at which both surely were.
    fn was_beside(&self, other: &Self) -> bool {
        let before = |one: &Self, other: &Self| other.until.is_none_or(|until| one.from < until);
        before(self, other) && before(other, self)
    }
}

/// A socket or an HTTP client, which hear the same.
enum Door {
    Socket(Raw),
    Web(Rest),
}

impl Door {
    fn book(&mut self, car: &str, start: &str, end: &str) -> Result<Value, Refused> {
        let args = json!({"car": car, "start": start, "end": end});
        match self {
            Self::Socket(raw) => raw.call("s.book", args),
            Self::Web(rest) => answer(&rest.post("/api/v1/bookings", &args)),
        }
    }

    fn extend(&mut self, booking: i64, end: &str) -> Result<Value, Refused> {
        match self {
            Self::Socket(raw) => raw.call("s.extend", json!({"booking": booking, "end": end})),
            Self::Web(rest) => {
                let body = json!({"end": end}).to_string();
                answer(&rest.ask("PATCH", &format!("/api/v1/bookings/{booking}"), "", Some(&body)))
            }
        }
    }

    fn cancel(&mut self, booking: i64) -> Result<Value, Refused> {
        match self {
            Self::Socket(raw) => raw.call("s.cancel", json!({"booking": booking})),
            Self::Web(rest) => answer(&rest.ask("DELETE", &format!("/api/v1/bookings/{booking}"), "", None)),
        }
    }
}

fn answer(reply: &Reply) -> Result<Value, Refused> {
    if reply.status < 300 {
        let is_silent = reply.body.is_empty();
        return Ok(if is_silent { Value::Null } else { reply.json() });
    }
    let problem = reply.json();
    Err(Refused {
        code: reply.code(),
        message: problem["detail"].as_str().unwrap().to_owned(),
        detail: problem["info"].clone(),
    })
}

/// The bookings of one client, and what it was told wrongly.
struct Client {
    door: Door,
    zone: TimeZone,
    first: Timestamp,
    dice: Dice,
    held: Vec<Held>,
    past: Vec<Held>,
    wrong: Vec<String>,
    lost: usize,
}

impl Client {
    /// An instant as it is written there: the same hour twice, or never, apart from its offset.
    fn written(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    }

    fn quarters(&mut self, from: u64, below: u64) -> SignedDuration {
        QUARTER * i32::try_from(from + self.dice.below(below)).unwrap()
    }

    fn try_once(&mut self) {
        match self.dice.below(8) {
            0 if !self.held.is_empty() => self.cancel(),
            1 if !self.held.is_empty() => self.extend(),
            _ => self.book(),
        }
    }

    fn book(&mut self) {
        let which = usize::try_from(self.dice.below(5)).unwrap();
        let car = CARS.get(which).map_or(FIFTH_CAR, |(car, _)| car);
        let start = self.first + self.quarters(0, QUARTERS);
        let end = start + self.quarters(1, LENGTH_MAX);
        let (from, to) = (self.written(start), self.written(end));
        match self.door.book(car, &from, &to) {
            Ok(booked) => {
                if (instant(&booked["start"]), instant(&booked["end"])) != (start, end) {
                    self.wrong.push(format!("{from} to {to} became {booked}"));
                }
                self.held.push(Held {
                    booking: booked["booking"].as_i64().unwrap(),
                    car,
                    start,
                    end,
                    from: Instant::now(),
                    until: None,
                });
            }
            Err(refused) => self.lose(&refused, start, end),
        }
    }

    /// Who loses hears what is in the way, which is in the way, and what is free next.
    fn lose(&mut self, refused: &Refused, start: Timestamp, end: Timestamp) {
        self.lost += 1;
        let (taken, free) = (&refused.detail["in_the_way"], &refused.detail["next_free"]);
        let is_told = refused.code == "conflict"
            && taken.is_object()
            && instant(&taken["start"]) < end
            && start < instant(&taken["end"])
            && free.is_object();
        if !is_told || refused.message.contains("locked") {
            self.wrong
                .push(format!("{start} to {end} was refused with {refused:?}"));
        }
    }

    fn any_held(&mut self) -> usize {
        usize::try_from(self.dice.below(u64::try_from(self.held.len()).unwrap())).unwrap()
    }

    fn cancel(&mut self) {
        let which = self.any_held();
        let mut gone = self.held.swap_remove(which);
        gone.until = Some(Instant::now());
        if let Err(refused) = self.door.cancel(gone.booking) {
            self.wrong.push(format!("a cancellation was refused with {refused:?}"));
        }
        self.past.push(gone);
    }

    fn extend(&mut self) {
        let which = self.any_held();
        let mut old = self.held.swap_remove(which);
        let end = old.end + self.quarters(1, 3);
        let text = self.written(end);
        old.until = Some(Instant::now());
        let extended = self.door.extend(old.booking, &text);
        let mut now = Held {
            from: Instant::now(),
            until: None,
            ..old.clone()
        };
        match extended {
            Ok(_) => now.end = end,
            Err(refused) => self.lose(&refused, old.end, end),
        }
        self.past.push(old);
        self.held.push(now);
    }
}

/// The next change of the clocks that is far enough away to be booked around.
fn next_change(zone: &TimeZone) -> Timestamp {
    let soonest = clock::now() + SignedDuration::from_hours(48);
    let mut changes = zone.following(soonest);
    changes.next().expect("clocks change").timestamp()
}

/// No two of one car that overlap were ever there together.
fn judge(all: &[Held], tally: &mut Tally) {
    let mut by_car: HashMap<&str, Vec<&Held>> = HashMap::new();
    for held in all {
        by_car.entry(held.car).or_default().push(held);
    }
    for mut helds in by_car.into_values() {
        helds.sort_by_key(|held| held.start);
        for (place, one) in helds.iter().enumerate() {
            let next = helds[place + 1..].iter().take_while(|other| other.start < one.end);
            let twice = next
                .filter(|other| other.booking != one.booking)
                .find(|other| one.overlaps(other) && one.was_beside(other));
            tally.tried(twice.is_none(), || format!("{one:?} and {twice:?}"));
        }
    }
}

/// What the clients hold in the end is what the server has.
fn compare(clients: &[Client], mona: &mut Raw, tally: &mut Tally) {
    let mut live: HashMap<i64, Value> = HashMap::new();
    let mut before = Value::Null;
    loop {
        let page = mona
            .call("s.bookings", json!({"state": "reserved", "before": before}))
            .unwrap();
        let page = page.as_array().unwrap();
        let Some(last) = page.last() else { break };
        before = last["booking"].clone();
        live.extend(page.iter().map(|one| (one["booking"].as_i64().unwrap(), one.clone())));
    }
    for held in clients.iter().flat_map(|client| &client.held) {
        let one = live.remove(&held.booking);
        let is_same = one.as_ref().is_some_and(|one| {
            one["car"] == held.car && instant(&one["start"]) == held.start && instant(&one["end"]) == held.end
        });
        tally.tried(is_same, || format!("{held:?} is {one:?}"));
    }
    tally.tried(live.is_empty(), || format!("nobody holds {live:?}"));
}

#[test]
fn a_car_is_never_given_to_two_whoever_tries_however_often() {
    let mut dice = Dice::thrown();
    let tries = count("TORTURE_TRIES", 3_000, 100_000);
    let (server, tokens) = Server::crowded(
        SOCKETS + WEB_CLIENTS,
        &[("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "10000")],
    );
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let first = next_change(&zone) - QUARTER * i32::try_from(QUARTERS / 2).unwrap();
    let mut clients: Vec<Client> = tokens
        .iter()
        .enumerate()
        .map(|(number, token)| Client {
            door: if number < SOCKETS {
                Door::Socket(Raw::resume(server.address(), token))
            } else {
                Door::Web(Rest::bearer(server.http(), token))
            },
            zone: zone.clone(),
            first,
            dice: dice.fork(),
            held: Vec::new(),
            past: Vec::new(),
            wrong: Vec::new(),
            lost: 0,
        })
        .collect();
    let mut tally = Tally::of("R3 one car, one booking");
    let begun = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for client in &mut clients {
            let begun = &begun;
            scope.spawn(move || {
                while begun.fetch_add(1, Ordering::Relaxed) < tries {
                    client.try_once();
                }
            });
        }
    });
    let all: Vec<Held> = clients
        .iter()
        .flat_map(|client| client.held.iter().chain(&client.past).cloned())
        .collect();
    let lost: usize = clients.iter().map(|client| client.lost).sum();
    println!(
        "{tries} tries, {} times given, {lost} refused; {:?}",
        all.len(),
        tally.took()
    );
    judge(&all, &mut tally);
    for wrong in clients.iter().flat_map(|client| &client.wrong) {
        tally.tried(false, || wrong.clone());
    }
    for _ in 0..lost {
        tally.tried(true, String::new);
    }
    compare(&clients, &mut server.as_user("mona"), &mut tally);
    assert!(
        lost > tries / 10 && all.len() > tries / 100,
        "they were in each other's way, and some got one"
    );
    tally.settle();
}
