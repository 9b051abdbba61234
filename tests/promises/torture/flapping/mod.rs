//! A crowd whose connections break at random bytes: what was acknowledged arrives, in order, and what is gone is told.
//!
//! Everybody writes to some who flap as well, and to a few who are away until the end and whose inboxes overflow
//! meanwhile. Nothing has a `request_id`: only the ids of the connections say what is asked again.

mod check;
mod person;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use self::person::Person;
use super::count;
use crate::harness::faults::{Fate, Harm, breaking_wire};
use crate::harness::{Dice, Ledger, Raw, Server, Tally};

/// Lines that an inbox of this server holds: more than anybody gets who is there, fewer than those who are away.
const INBOX_LINES: usize = 150;
/// Most bytes of a connection before it breaks. Half of them are short: the welcome alone has 2,000, and what waits for
/// somebody comes behind it at once.
const BYTES_MAX: [u64; 2] = [5_000, 32_000];
/// One message in so many is for somebody who is away.
const AWAY_EVERY: usize = 4;
/// Longest the whole may take for each thousand messages, and at least.
const PER_THOUSAND: Duration = Duration::from_secs(30);
const AT_LEAST: Duration = Duration::from_secs(120);

/// Who is there and what is to happen; the same for everybody.
struct Crowd {
    tokens: Vec<String>,
    /// The last so many are away until the others are done.
    away: usize,
    /// Messages of each of the others.
    quota: usize,
    ledger: Ledger,
    acknowledged: AtomicUsize,
    /// How far each has everything, to say who is late.
    covered: Vec<AtomicU64>,
    /// The others are done.
    done: Notify,
    /// What was too much for the inboxes is gone.
    is_overflown: watch::Sender<bool>,
}

impl Crowd {
    fn people(&self) -> usize {
        self.tokens.len()
    }

    /// Those who write.
    fn writers(&self) -> usize {
        self.people() - self.away
    }

    fn messages(&self) -> usize {
        self.writers() * self.quota
    }

    /// Whom message `number` of this writer is for.
    fn receiver(&self, writer: usize, number: usize) -> usize {
        if number.is_multiple_of(AWAY_EVERY) {
            self.writers() + (writer + number / AWAY_EVERY) % self.away
        } else {
            (writer + 1 + 7 * (number % AWAY_EVERY)) % self.writers()
        }
    }

    /// How many messages are for each.
    fn expected(&self) -> Vec<u64> {
        let mut expected = vec![0; self.people()];
        for writer in 0..self.writers() {
            for number in 0..self.quota {
                expected[self.receiver(writer, number)] += 1;
            }
        }
        expected
    }

    fn acknowledge(&self) {
        let acknowledged = self.acknowledged.fetch_add(1, Ordering::AcqRel) + 1;
        if acknowledged == self.messages() {
            self.done.notify_waiters();
        }
    }

    /// Once everything was sent the server lets go of what is too much for the inboxes of those who are away.
    async fn overflow(&self, address: SocketAddr, ada: &'static str) {
        self.settled().await;
        let tidy = move || {
            Raw::resume(address, ada)
                .call("s.runservice", json!(["retention"]))
                .unwrap()
        };
        tokio::task::spawn_blocking(tidy).await.unwrap();
        self.is_overflown.send_replace(true);
    }

    /// Waits until every message has been acknowledged.
    async fn settled(&self) {
        let done = self.done.notified();
        tokio::pin!(done);
        // Listening before looking: the last one may come in between.
        done.as_mut().enable();
        if self.acknowledged.load(Ordering::Acquire) < self.messages() {
            done.await;
        }
    }
}

/// Sockets of clients, of both sides of the proxy, and of the server, which inherits the bound.
fn allow_files() {
    let limits = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limits.maximum,
        maximum: limits.maximum,
    };
    setrlimit(Resource::Nofile, most).unwrap();
}

/// Lets everybody live through their connections until they have sent and got everything.
async fn live(crowd: &Arc<Crowd>, server: &Server, dice: &mut Dice, within: Duration) -> (Vec<Person>, Arc<Harm>) {
    let (wire, harm) = breaking_wire(server.address(), dice.fork(), |dice| {
        let bytes_max = BYTES_MAX[usize::try_from(dice.below(2)).unwrap()];
        Fate::within(bytes_max, dice)
    })
    .await;
    let expected = crowd.expected();
    let mut lives = JoinSet::new();
    for (number, expected) in expected.into_iter().enumerate() {
        let person = Person::new(crowd.clone(), number, expected, dice.fork());
        lives.spawn(person.live(wire));
    }
    let (settled, address, token) = (crowd.clone(), server.address(), server.token_of("ada"));
    let overflow = tokio::spawn(async move { settled.overflow(address, token).await });
    let all = tokio::time::timeout(within, lives.join_all()).await;
    drop(overflow);
    let all = all.unwrap_or_else(|_| {
        let acknowledged = crowd.acknowledged.load(Ordering::Relaxed);
        let covered = crowd.covered.iter().map(|covered| covered.load(Ordering::Relaxed));
        let late: Vec<(usize, u64, u64)> = covered
            .zip(crowd.expected())
            .enumerate()
            .filter(|(_, (covered, expected))| covered < expected)
            .map(|(number, (covered, expected))| (number, covered, expected))
            .collect();
        panic!(
            "{acknowledged} of {} acknowledged, and not all arrived within {within:?}: {late:?}",
            crowd.messages()
        )
    });
    (all, harm)
}

#[test]
fn who_flaps_gets_everything_that_was_acknowledged_in_order_and_hears_what_is_gone() {
    let mut dice = Dice::thrown();
    let people = count("TORTURE_PEOPLE", 100, 2_000);
    let quota = count("TORTURE_MESSAGES", 16, 40);
    let lines = INBOX_LINES.to_string();
    allow_files();
    let (server, tokens) = Server::crowded(
        people,
        &[
            ("MOTORPOOL_LIMITS__INBOX_LINES", &lines),
            ("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000000"),
            ("MOTORPOOL_LIMITS__MESSAGES_PER_MINUTE", "10000000"),
        ],
    );
    let crowd = Arc::new(Crowd {
        away: (people * quota / AWAY_EVERY / (2 * INBOX_LINES)).max(1),
        tokens,
        quota,
        ledger: Ledger::new(),
        acknowledged: AtomicUsize::new(0),
        covered: (0..people).map(|_| AtomicU64::new(0)).collect(),
        done: Notify::new(),
        is_overflown: watch::Sender::new(false),
    });
    let thousands = u32::try_from(crowd.messages().div_ceil(1_000)).unwrap();
    let within = (PER_THOUSAND * thousands).max(AT_LEAST);
    let tally = Tally::of("R4 messages on connections that break");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (lived, harm) = runtime.block_on(live(&crowd, &server, &mut dice, within));
    let figure = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    println!(
        "{people} people, {} of them away, {} messages, {} connections: {} cut, {} reset, {} gone silent; {} lines twice, {} gaps; {:?}",
        crowd.away,
        crowd.messages(),
        figure(&harm.connections),
        figure(&harm.closed),
        figure(&harm.reset),
        figure(&harm.silenced),
        lived.iter().map(|person| person.again).sum::<usize>(),
        lived.iter().map(|person| person.gaps.len()).sum::<usize>(),
        tally.took(),
    );
    assert!(
        figure(&harm.closed) + figure(&harm.reset) > people,
        "the wire broke for nobody"
    );
    assert!(lived.iter().any(|person| person.again > 0), "nothing came twice");
    check::check(&crowd, &server, &lived, tally);
}
