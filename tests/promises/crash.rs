//! kill -9 in the middle of booking clients, again and again: nothing acknowledged is lost, nothing overlaps.
//!
//! Each client keeps a ledger outside the server's folder: what it meant to do before, what it heard after.
//! The seed is printed; `PROMISES_SEED` runs the same again, as far as the machine's timing allows.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use motorpool::booking::store::{NamedBooking, Wanted, booking_list};
use motorpool::booking::{BookingId, BookingState};
use motorpool::store::{DatabaseUrl, Store, StoreOptions};
use serde_json::{Value, json};

use crate::harness::{CARS, Dice, RIDERS, Raw, Refused, Server, hour, instant};

/// Kills.
const ROUNDS: u64 = 20;
/// Hours of each car that the clients fight for; few enough to collide now and then.
const HOURS: u64 = 6_000;
/// Shortest time a server works before it is killed, and how much longer it may.
const LIFE_MS: (u64, u64) = (40, 260);

/// One intent: written down before it is sent.
#[derive(Clone)]
struct Intent {
    args: Value,
    /// What was heard of it; nothing yet, or never.
    heard: Option<Result<Value, Refused>>,
    /// Whether a cancellation was sent, and then whether it was acknowledged.
    cancelled: Option<bool>,
}

#[derive(Default)]
struct Ledger {
    intents: Vec<Intent>,
}

/// Settles what the last crash left in doubt, then books and cancels until the server is gone.
fn client(raw: &mut Raw, ledger: &mut Ledger, dice: &mut Dice, acks: &AtomicUsize, over: &AtomicBool) {
    let mut id = 1;
    let doubtful = ledger.intents.iter_mut().filter(|intent| intent.heard.is_none());
    for intent in doubtful {
        // The retry is the same call with the same request id.
        let Some(heard) = raw.try_call(id, "s.book", &intent.args) else {
            return;
        };
        intent.heard = Some(heard);
        id += 1;
    }
    while !over.load(Ordering::Relaxed) {
        let start = i64::try_from(dice.below(HOURS)).unwrap();
        let car = CARS[usize::try_from(dice.below(4)).unwrap()].0;
        let length = i64::try_from(1 + dice.below(3)).unwrap();
        let request = format!("r-{}", ledger.intents.len());
        let args = json!({"car": car, "start": hour(start), "end": hour(start + length), "request_id": request});
        let intent = Intent {
            args: args.clone(),
            heard: None,
            cancelled: None,
        };
        ledger.intents.push(intent);
        let intent = ledger.intents.last_mut().unwrap();
        let Some(heard) = raw.try_call(id, "s.book", &args) else {
            return;
        };
        id += 1;
        intent.heard = Some(heard.clone());
        acks.fetch_add(1, Ordering::Relaxed);
        let Ok(booked) = heard else { continue };
        if dice.below(4) == 0 {
            intent.cancelled = Some(false);
            let cancel = json!({"booking": booked["booking"]});
            let Some(heard) = raw.try_call(id, "s.cancel", &cancel) else {
                return;
            };
            id += 1;
            heard.unwrap();
            intent.cancelled = Some(true);
        }
    }
}

/// All bookings on disk, read beside the server.
fn on_disk(server: &Server) -> Vec<NamedBooking> {
    let url = DatabaseUrl::sqlite(server.folder().join("motorpool.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let all = Wanted {
        state: None,
        user: None,
        car: None,
        before: None,
        limit: 1_000_000,
    };
    let listed = store.read_blocking(|conn| booking_list(conn, &all)).unwrap();
    store.close();
    listed
}

/// Every acknowledgement is on disk exactly once, what was never acknowledged at most once, and nothing overlaps.
fn check(round: u64, ledgers: &[Ledger], kept: &[NamedBooking]) {
    let by_id: HashMap<BookingId, &NamedBooking> = kept.iter().map(|one| (one.booking.id, one)).collect();
    assert_eq!(by_id.len(), kept.len(), "round {round}: a booking is there twice");
    let mut known = HashSet::new();
    let mut doubtful = 0;
    for (number, ledger) in ledgers.iter().enumerate() {
        let rider = format!("rider-{number:02}");
        for intent in &ledger.intents {
            let (from, to) = (instant(&intent.args["start"]), instant(&intent.args["end"]));
            let Some(heard) = &intent.heard else {
                doubtful += 1;
                continue;
            };
            let Ok(booked) = heard else { continue };
            let id = BookingId(booked["booking"].as_i64().unwrap());
            let one = by_id
                .get(&id)
                .unwrap_or_else(|| panic!("round {round}: {id} was acknowledged and is lost"));
            assert!(known.insert(id), "round {round}: {id} was given to two");
            assert_eq!(
                (&one.user, one.car.as_str()),
                (&rider, intent.args["car"].as_str().unwrap()),
                "round {round}"
            );
            assert_eq!(
                (one.booking.interval.start(), one.booking.interval.end()),
                (from, to),
                "round {round}"
            );
            match intent.cancelled {
                None => assert_eq!(one.booking.state, BookingState::Reserved, "round {round}: {id}"),
                Some(true) => assert_eq!(one.booking.state, BookingState::Cancelled, "round {round}: {id}"),
                Some(false) => {}
            }
        }
    }
    let unheard = kept.len() - known.len();
    assert!(
        unheard <= doubtful,
        "round {round}: {unheard} bookings nobody heard of, {doubtful} in doubt"
    );
    for (car, _) in CARS {
        let mut spans: Vec<_> = kept
            .iter()
            .filter(|one| one.car == car && one.booking.state.is_live())
            .map(|one| (one.booking.interval.start(), one.booking.interval.end(), one.booking.id))
            .collect();
        spans.sort_unstable_by_key(|span| span.0);
        for pair in spans.windows(2) {
            assert!(
                pair[0].1 <= pair[1].0,
                "round {round}: {} overlaps {} of {car}",
                pair[0].2,
                pair[1].2
            );
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_overlaps_at_twenty_kills() {
    let since = Instant::now();
    let mut dice = Dice::thrown();
    let mut server = Server::with(&[("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "10000")]);
    let mut ledgers: Vec<Ledger> = (0..RIDERS).map(|_| Ledger::default()).collect();
    let tokens: Vec<&str> = (0..RIDERS)
        .map(|number| server.token_of(&format!("rider-{number:02}")))
        .collect();
    let acks = AtomicUsize::new(0);
    for round in 0..ROUNDS {
        let mut sockets: Vec<Raw> = tokens
            .iter()
            .map(|token| Raw::resume(server.address(), token))
            .collect();
        let over = AtomicBool::new(false);
        let life = Duration::from_millis(LIFE_MS.0 + dice.below(LIFE_MS.1));
        let before = acks.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for (raw, ledger) in sockets.iter_mut().zip(&mut ledgers) {
                let mut dice = dice.fork();
                let (acks, over) = (&acks, &over);
                scope.spawn(move || client(raw, ledger, &mut dice, acks, over));
            }
            // In the middle: some have been acknowledged, and all go on.
            crate::harness::until("acknowledgements", || {
                (acks.load(Ordering::Relaxed) > before + RIDERS).then_some(())
            });
            std::thread::park_timeout(life);
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
        server.start_again();
        check(round, &ledgers, &on_disk(&server));
    }
    let acks = acks.load(Ordering::Relaxed);
    println!("{acks} acknowledgements in {ROUNDS} lives, {:?}", since.elapsed());
    assert!(acks > 64 * 20, "only {acks} acknowledgements: the kills met nobody");
}
