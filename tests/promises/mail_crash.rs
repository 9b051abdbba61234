//! kill -9 under people who write to each other and to their building: every acknowledged message arrives, in order, once,
//! under its one number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dice, Raw, Server, frame_of, metric, until};
use crate::place_messages::with_buildings;
use crate::places::{HERE, go};

const ROUNDS: u64 = 8;
/// Each sender writes to one receiver, and two senders to the same.
const SENDERS: usize = 8;
const RECEIVERS: usize = 4;
/// One message in so many is to everybody in the building instead.
const TO_BUILDING: usize = 4;
/// Life of a server after the first acknowledgements: from, and how many more, milliseconds.
const LIFE_MS: (u64, u64) = (20, 150);

/// What one sender sent, and the number it heard.
#[derive(Default)]
struct Ledger(Vec<Option<u64>>);

/// What one receiver got: the number of a message, its line and its body, in order of coming.
#[derive(Default)]
struct Got(Vec<(u64, u64, String)>);

fn name(number: usize) -> String {
    format!("rider-{number:02}")
}

fn receiver_of(sender: usize) -> usize {
    SENDERS + sender % RECEIVERS
}

/// Whether a message of a sender, by its place among theirs, is for everybody in the building.
fn is_to_building(number: usize) -> bool {
    number % TO_BUILDING == 1
}

/// Settles what the last crash left in doubt by the same request, then sends until the server is gone.
fn send(raw: &mut Raw, sender: usize, ledger: &mut Ledger, acks: &AtomicUsize, over: &AtomicBool) {
    let mut number = ledger.0.iter().position(Option::is_none).unwrap_or(ledger.0.len());
    while !over.load(Ordering::Relaxed) {
        if number == ledger.0.len() {
            ledger.0.push(None);
        }
        let mut args = json!({"body": format!("{sender}'s {number}"), "request_id": format!("m-{number}")});
        if is_to_building(number) {
            args["building"] = json!("civil");
        } else {
            args["users"] = json!([name(receiver_of(sender))]);
        }
        let Some(heard) = raw.try_call(u64::try_from(number).unwrap(), "s.send", &args) else {
            return;
        };
        ledger.0[number] = Some(heard.unwrap()["message"].as_u64().unwrap());
        acks.fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
}

/// Takes one message if there is one in time; acknowledges most. `false`: the connection has ended.
fn take(raw: &mut Raw, got: &mut Got, dice: &mut Dice) -> bool {
    let Ok(Some(frame)) = raw.try_read() else { return false };
    let event = &frame["event"];
    assert_ne!(event["name"], "gap", "{event}");
    if event["name"] == "message" {
        let data = &event["data"];
        let figure = |field: &str| data[field].as_u64().unwrap();
        got.0
            .push((figure("id"), figure("seq"), data["body"].as_str().unwrap().to_owned()));
        if dice.below(4) > 0 {
            return raw
                .try_send_bytes(&frame_of(&json!({"ack": {"seq": event["seq"]}})))
                .is_ok();
        }
    }
    true
}

/// Every acknowledged message is there under its number, once as a line, in the order of each sender.
fn check(receiver: usize, ledgers: &[Ledger], got: &Got) {
    let mut lines: HashMap<u64, (u64, &str)> = HashMap::new();
    let mut by_seq: HashMap<u64, u64> = HashMap::new();
    let mut first = Vec::new();
    for (id, seq, body) in &got.0 {
        let known = *lines.entry(*id).or_insert_with(|| {
            first.push((*id, *seq, body.as_str()));
            (*seq, body.as_str())
        });
        assert_eq!(known, (*seq, body.as_str()), "a message that comes again is the same");
        assert_eq!(*by_seq.entry(*seq).or_insert(*id), *id, "one line, one message");
    }
    assert!(first.is_sorted_by(|one, next| one.1 < next.1), "lines come in order");
    let last = first.last().map_or(0, |last| last.1);
    assert_eq!(u64::try_from(first.len()).unwrap(), last, "and dense");
    for (sender, ledger) in ledgers.iter().enumerate() {
        let is_for_them = |number: &usize| is_to_building(*number) || receiver_of(sender) == receiver;
        let meant: Vec<usize> = (0..ledger.0.len()).filter(is_for_them).collect();
        let mine: Vec<(u64, &str)> = first
            .iter()
            .filter(|(_, _, body)| body.starts_with(&format!("{sender}'s ")))
            .map(|(id, _, body)| (*id, *body))
            .collect();
        for (place, number) in meant.iter().enumerate() {
            let Some(id) = ledger.0[*number] else { continue };
            let wanted = (id, &*format!("{sender}'s {number}"));
            assert_eq!(mine.get(place), Some(&wanted), "acknowledged, in its place, once");
        }
        assert!(mine.len() <= meant.len());
    }
}

/// Everybody is in the building, also after a crash.
fn all_in_the_building(server: &Server, tokens: &[&str]) {
    for token in tokens {
        go(&mut Raw::resume(server.address(), token), HERE);
    }
    until("positions to be written", || {
        let written = metric(server.http(), "motorpool_positions_written_total", &[]);
        (written >= f64::from(u32::try_from(tokens.len()).unwrap())).then_some(())
    });
}

#[test]
fn every_acknowledged_message_arrives_in_order_under_one_number_at_eight_kills() {
    let since = Instant::now();
    let mut dice = Dice::thrown();
    let mut server = with_buildings(&[
        ("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000000"),
        ("MOTORPOOL_LIMITS__MESSAGES_PER_MINUTE", "10000000"),
        // A message to the building is served in four pieces.
        ("MOTORPOOL_LIMITS__MESSAGE_RECIPIENTS", "3"),
    ]);
    let tokens: Vec<&str> = (0..SENDERS + RECEIVERS)
        .map(|number| server.token_of(&name(number)))
        .collect();
    all_in_the_building(&server, &tokens);
    let mut ledgers: Vec<Ledger> = (0..SENDERS).map(|_| Ledger::default()).collect();
    let mut gots: Vec<Got> = (0..RECEIVERS).map(|_| Got::default()).collect();
    let acks = AtomicUsize::new(0);
    for _ in 0..ROUNDS {
        let mut sockets: Vec<Raw> = tokens
            .iter()
            .map(|token| Raw::resume(server.address(), token))
            .collect();
        let over = AtomicBool::new(false);
        let life = Duration::from_millis(LIFE_MS.0 + dice.below(LIFE_MS.1));
        let before = acks.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            let (senders, receivers) = sockets.split_at_mut(SENDERS);
            for (sender, (raw, ledger)) in senders.iter_mut().zip(&mut ledgers).enumerate() {
                let (acks, over) = (&acks, &over);
                scope.spawn(move || send(raw, sender, ledger, acks, over));
            }
            for (raw, got) in receivers.iter_mut().zip(&mut gots) {
                let mut dice = dice.fork();
                scope.spawn(move || while take(raw, got, &mut dice) {});
            }
            until("acknowledgements", || {
                (acks.load(Ordering::Relaxed) > before + 2 * SENDERS).then_some(())
            });
            std::thread::park_timeout(life);
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
        server.start_again();
    }
    until("nobody waits for a line any more", || {
        (metric(server.http(), "motorpool_mail_waiting", &[]) == 0.0).then_some(())
    });
    for (number, got) in gots.iter_mut().enumerate() {
        let receiver = SENDERS + number;
        let mut raw = Raw::resume(server.address(), tokens[receiver]);
        let last = raw.call("s.inbox", json!({"limit": 1})).unwrap()["last_seq"]
            .as_u64()
            .unwrap();
        drop(raw);
        let mut raw = Raw::resume(server.address(), tokens[receiver]);
        while got.0.iter().map(|one| one.1).max().unwrap_or(0) < last {
            assert!(take(&mut raw, got, &mut Dice::of(7)), "the rest comes");
        }
        check(receiver, &ledgers, got);
    }
    let acks = acks.load(Ordering::Relaxed);
    println!("{acks} acknowledgements in {ROUNDS} lives, {:?}", since.elapsed());
    assert!(
        acks > 16 * SENDERS,
        "only {acks} acknowledgements: the kills met nobody"
    );
}
