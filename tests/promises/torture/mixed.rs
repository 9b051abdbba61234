//! kill -9 under people who book and write to each other at once: nothing acknowledged is lost, nothing is there twice.
//!
//! Judged through the API alone. What a crash left in doubt is asked again by most under the same `request_id`; some
//! leave it, and then it may be there or not.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::count;
use crate::harness::{CARS, Dice, Entry, Ledger, RIDERS, Raw, Server, Tally, hour, instant, until};

/// Hours of each car that are fought for.
const HOURS: u64 = 6_000;
/// Shortest time a server works before it is killed, and how much longer it may.
const LIFE_MS: (u64, u64) = (20, 260);
/// Kills between two judgements.
const CHECK_EVERY: usize = 10;
/// Ids of a life begin here, so that none comes again: those of the judge are below.
const IDS_OF_A_LIFE: u64 = 1_000_000;

fn name(rider: usize) -> String {
    format!("rider-{rider:02}")
}

/// What one rider asks next: a command and its arguments, the request id aside.
fn wish(rider: usize, named: &str, dice: &mut Dice) -> (&'static str, Value) {
    if dice.below(2) == 0 {
        let start = i64::try_from(dice.below(HOURS)).unwrap();
        let end = start + i64::try_from(1 + dice.below(3)).unwrap();
        let car = CARS[usize::try_from(dice.below(4)).unwrap()].0;
        return ("s.book", json!({"car": car, "start": hour(start), "end": hour(end)}));
    }
    let to = (rider + 1 + usize::try_from(dice.below(3)).unwrap()) % RIDERS;
    ("s.send", json!({"users": [name(to)], "body": named}))
}

/// One rider over all lives of the server.
struct Client {
    rider: usize,
    said: usize,
    /// Asked and not answered.
    doubt: Option<(String, &'static str, Value)>,
    dice: Dice,
}

impl Client {
    /// Asks until the server is gone.
    fn live(&mut self, raw: &mut Raw, mut id: u64, ledger: &Ledger, acks: &AtomicUsize, over: &AtomicBool) {
        if self.dice.below(4) == 0 {
            self.doubt = None;
        }
        while !over.load(Ordering::Relaxed) {
            let (named, command, args) = self.doubt.take().unwrap_or_else(|| {
                let named = format!("{}.{}", self.rider, self.said);
                self.said += 1;
                let (command, mut args) = wish(self.rider, &named, &mut self.dice);
                args["request_id"] = json!(named);
                ledger.intent(&named, &json!({"rider": self.rider, "command": command, "args": args}));
                (named, command, args)
            });
            self.doubt = Some((named.clone(), command, args.clone()));
            let Some(heard) = raw.try_call(id, command, &args) else {
                return;
            };
            id += 1;
            // Nobody knows what became of it; on the next life it is asked again.
            if heard.as_ref().is_err_and(|refused| refused.code == "timeout") {
                return;
            }
            self.doubt = None;
            let heard = heard.map_or_else(|refused| json!({"error": refused.code}), |ok| json!({"ok": ok}));
            ledger.ack(&named, &heard);
            acks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Pages of a list that is asked for below a number.
fn pages(raw: &mut Raw, mut next: impl FnMut(&mut Raw, Option<&Value>) -> Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let page = next(raw, all.last());
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn bookings(mona: &mut Raw) -> HashMap<i64, Value> {
    let listed = pages(mona, |mona, last| {
        let before = last.map_or(Value::Null, |last| last["booking"].clone());
        let page = mona.call("s.bookings", json!({"before": before})).unwrap();
        page.as_array().unwrap().clone()
    });
    let many = listed.len();
    let by_id: HashMap<i64, Value> = listed
        .into_iter()
        .map(|one| (one["booking"].as_i64().unwrap(), one))
        .collect();
    assert_eq!(by_id.len(), many, "a booking is listed twice");
    by_id
}

/// The messages of somebody by their bodies.
fn messages(raw: &mut Raw) -> HashMap<String, u64> {
    let listed = pages(raw, |raw, last| {
        let after = last.map_or(json!(0), |last| last["seq"].clone());
        let page = raw.call("s.inbox", json!({"after": after, "limit": 100})).unwrap();
        page["messages"].as_array().unwrap().clone()
    });
    let mut by_body = HashMap::new();
    for line in &listed {
        let body = line["body"].as_str().unwrap().to_owned();
        let before = by_body.insert(body.clone(), line["id"].as_u64().unwrap());
        assert!(before.is_none(), "{body} is there twice");
    }
    by_body
}

/// No two live bookings of a car overlap.
fn no_overlaps(listed: &HashMap<i64, Value>) {
    let mut by_car: BTreeMap<&str, Vec<(jiff::Timestamp, jiff::Timestamp, i64)>> = BTreeMap::new();
    for (id, one) in listed.iter().filter(|(_, one)| one["state"] == "reserved") {
        let car = one["car"].as_str().unwrap();
        let spans = by_car.entry(car).or_default();
        spans.push((instant(&one["start"]), instant(&one["end"]), *id));
    }
    for (car, mut spans) in by_car {
        spans.sort_unstable();
        for pair in spans.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "{} overlaps {} of {car}", pair[0].2, pair[1].2);
        }
    }
}

/// What is there, as the API tells it; taken from while it is compared.
struct Found {
    bookings: HashMap<i64, Value>,
    inboxes: Vec<HashMap<String, u64>>,
}

impl Found {
    /// Whether the server has this as its asker heard it. A booking leaves the pool when it was found.
    fn agrees(&mut self, entry: &Entry) -> bool {
        let (intent, args) = (&entry.intent, &entry.intent["args"]);
        let is_booking = intent["command"] == "s.book";
        match (&entry.heard, is_booking) {
            (Some(heard), true) => match heard.get("ok") {
                Some(booked) => {
                    let one = self.bookings.remove(&booked["booking"].as_i64().unwrap());
                    one.is_some_and(|one| is_of(&one, intent) && one["state"] == "reserved")
                }
                None => heard["error"] == "conflict",
            },
            (Some(heard), false) => {
                let message = heard["ok"]["message"].as_u64();
                message.is_some() && self.message(args) == message
            }
            // Nobody knows; and if it is there, `rest` finds it.
            (None, _) => true,
        }
    }

    fn message(&self, args: &Value) -> Option<u64> {
        let to = args["users"][0].as_str().unwrap();
        let to: usize = to.trim_start_matches("rider-").parse().unwrap();
        self.inboxes[to].get(args["body"].as_str().unwrap()).copied()
    }
}

/// Whether this booking is what was asked for.
fn is_of(one: &Value, intent: &Value) -> bool {
    let (rider, args) = (
        usize::try_from(intent["rider"].as_u64().unwrap()).unwrap(),
        &intent["args"],
    );
    one["user"] == json!(name(rider))
        && one["car"] == args["car"]
        && instant(&one["start"]) == instant(&args["start"])
        && instant(&one["end"]) == instant(&args["end"])
}

/// Everything that was heard is so, and what is there beside it was asked for by somebody who does not know.
fn check(server: &Server, tokens: &[&str], mona: &str, ledger: &Ledger) -> Tally {
    let mut tally = Tally::of("R1 kill -9 under bookings and messages");
    let entries = ledger.read();
    let listed = bookings(&mut Raw::resume(server.address(), mona));
    no_overlaps(&listed);
    let inboxes = tokens
        .iter()
        .map(|token| messages(&mut Raw::resume(server.address(), token)))
        .collect();
    let mut found = Found {
        bookings: listed,
        inboxes,
    };
    for (named, entry) in &entries {
        tally.tried(found.agrees(entry), || format!("{named}: {entry:?}"));
    }
    let doubts: Vec<&Entry> = entries.values().filter(|entry| entry.heard.is_none()).collect();
    for (id, one) in &found.bookings {
        let is_doubted = doubts
            .iter()
            .any(|entry| entry.intent["command"] == "s.book" && is_of(one, &entry.intent));
        tally.tried(is_doubted, || format!("nobody asked for booking {id}: {one}"));
    }
    for (body, id) in found.inboxes.iter().flatten() {
        tally.tried(entries.contains_key(body), || {
            format!("nobody sent message {id}: {body}")
        });
    }
    tally
}

#[test]
fn kills_under_bookings_and_messages_lose_nothing_that_was_acknowledged() {
    let mut dice = Dice::thrown();
    let kills = count("TORTURE_KILLS", 4, 100);
    let mut server = Server::with(&[
        ("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "10000"),
        ("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000000"),
        ("MOTORPOOL_LIMITS__MESSAGES_PER_MINUTE", "10000000"),
    ]);
    let tokens: Vec<&str> = (0..RIDERS).map(|rider| server.token_of(&name(rider))).collect();
    let mona = server.token_of("mona");
    let (ledger, acks) = (Ledger::new(), AtomicUsize::new(0));
    let since = Instant::now();
    let mut clients: Vec<Client> = (0..RIDERS)
        .map(|rider| Client {
            rider,
            said: 0,
            doubt: None,
            dice: dice.fork(),
        })
        .collect();
    for kill in 1..=kills {
        let mut sockets: Vec<Raw> = tokens
            .iter()
            .map(|token| Raw::resume(server.address(), token))
            .collect();
        let over = AtomicBool::new(false);
        let life = Duration::from_millis(LIFE_MS.0 + dice.below(LIFE_MS.1));
        let (before, ids) = (
            acks.load(Ordering::Relaxed),
            IDS_OF_A_LIFE * u64::try_from(kill).unwrap(),
        );
        std::thread::scope(|scope| {
            for (raw, client) in sockets.iter_mut().zip(&mut clients) {
                let (ledger, acks, over) = (&ledger, &acks, &over);
                scope.spawn(move || client.live(raw, ids, ledger, acks, over));
            }
            until("acknowledgements", || {
                (acks.load(Ordering::Relaxed) > before + RIDERS).then_some(())
            });
            std::thread::park_timeout(life);
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
        server.start_again();
        if kill.is_multiple_of(CHECK_EVERY) {
            check(&server, &tokens, mona, &ledger).hold();
        }
    }
    println!(
        "{kills} kills, {} acknowledgements; {:?}",
        acks.load(Ordering::Relaxed),
        since.elapsed()
    );
    check(&server, &tokens, mona, &ledger).settle();
}
