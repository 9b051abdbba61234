//! The latest changing calls of each client, shared by its connections: a resumed one that sends a call again hears
//! its first answer.
//!
//! What is an old call and what a new one is decided in [`repeats`](super::repeats); here are the lock, the clock, the
//! room for all clients together and the figures. Kept in memory: nothing of it outlives the process.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::repeats::{self, End, Lane, Repeats, Verdict};
use crate::error::Error;
use crate::runtime::metrics::RecentMeters;
use crate::wire::ErrorCode;

/// Fewest changes that are kept of one client; twice as many as it may have open, if that is more.
const CALLS_MAX: usize = 128;
/// Bytes that are kept of one client.
const CLIENT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of all clients together, from which on each keeps but little.
const TOTAL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// That little.
const CLIENT_BYTES_MIN: usize = 4 * 1024;

/// What a call ended with: CBOR of its reply, or the refusal.
pub(crate) type Outcome = Result<Bytes, Error>;

/// A call that is running or has ended.
pub(crate) type Running = watch::Receiver<Option<Outcome>>;

impl End for Running {
    fn bytes(&self) -> Option<usize> {
        let bytes = |outcome: &Outcome| outcome.as_ref().map_or_else(|err| err.message().len(), Bytes::len);
        // A call that died has ended too: nobody will hear more of it.
        let is_dead = || self.has_changed().is_err().then_some(0);
        self.borrow().as_ref().map(bytes).or_else(is_dead)
    }
}

/// The room for what is kept of all clients; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Arc<Room>);

#[derive(Debug)]
struct Room {
    calls_max: usize,
    bytes: AtomicUsize,
    meters: RecentMeters,
}

impl Memory {
    /// For clients that may each have so many calls open on a connection.
    pub(crate) fn new(in_flight_per_session: usize) -> Self {
        Self(Arc::new(Room {
            calls_max: in_flight_per_session.saturating_mul(2).max(CALLS_MAX),
            bytes: AtomicUsize::new(0),
            meters: RecentMeters::new(),
        }))
    }

    /// Nothing yet, of a client that comes for the first time.
    pub(crate) fn client(&self) -> Recent {
        let shared = Shared {
            repeats: Mutex::new(Repeats::new(self.0.calls_max)),
            began: Instant::now(),
            memory: self.clone(),
        };
        Recent {
            shared: Arc::new(shared),
            sends: Arc::default(),
            life: 1,
            may_meet: Arc::default(),
        }
    }

    /// What one client may keep at the moment.
    fn share(&self) -> usize {
        if self.0.bytes.load(Ordering::Relaxed) < TOTAL_BYTES_MAX {
            CLIENT_BYTES_MAX
        } else {
            CLIENT_BYTES_MIN
        }
    }

    fn grew(&self, before: usize, after: usize) {
        if after >= before {
            self.0.bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.0.bytes.fetch_sub(before - after, Ordering::Relaxed);
        }
        self.0.meters.kept(self.0.bytes.load(Ordering::Relaxed));
    }
}

/// What is kept of one client.
#[derive(Debug)]
struct Shared {
    repeats: Mutex<Repeats<Running>>,
    began: Instant,
    memory: Memory,
}

impl Shared {
    fn repeats(&self) -> MutexGuard<'_, Repeats<Running>> {
        self.repeats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let bytes = self.repeats().bytes();
        self.memory.grew(bytes, 0);
    }
}

/// The same, as the connections of one life of the client have it.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    shared: Arc<Shared>,
    sends: Arc<tokio::sync::Mutex<()>>,
    life: u64,
    /// Whether there may be anything of an earlier life: most clients have none, and their calls need no look.
    may_meet: Arc<AtomicBool>,
}

impl Default for Recent {
    fn default() -> Self {
        Memory::new(0).client()
    }
}

impl Recent {
    /// The client is back: what its earlier connections still send is refused from now on.
    pub(crate) fn again(&self) -> Self {
        let mut repeats = self.shared.repeats();
        let life = repeats.begin();
        Self {
            shared: self.shared.clone(),
            sends: self.sends.clone(),
            life,
            may_meet: Arc::new(AtomicBool::new(repeats.has_earlier())),
        }
    }

    /// Held while a message is on its way to the writer: they are stored in the order in which they were said, over
    /// reconnects too.
    pub(crate) fn sends(&self) -> Arc<tokio::sync::Mutex<()>> {
        self.sends.clone()
    }

    /// The client left: what has no room is let go. Says whether anything is left.
    pub(crate) fn park(&self) -> bool {
        let mut repeats = self.shared.repeats();
        let before = repeats.bytes();
        repeats.trim(self.shared.memory.share());
        self.shared.memory.grew(before, repeats.bytes());
        !repeats.is_empty()
    }

    fn ask(&self, lane: &Lane, id: u64, hash: &[u8], running: &Running, fades: bool) -> Verdict<Running> {
        let (shared, memory) = (&self.shared, &self.shared.memory);
        let asked = repeats::Asked {
            life: self.life,
            lane,
            id,
            hash,
            fades,
            at: shared.began.elapsed(),
        };
        let mut repeats = shared.repeats();
        let before = repeats.bytes();
        let verdict = repeats.ask(asked, running, memory.share());
        memory.grew(before, repeats.bytes());
        verdict
    }

    fn look(&self, lane: &Lane, id: u64) {
        if self.may_meet.load(Ordering::Relaxed) {
            let mut repeats = self.shared.repeats();
            let before = repeats.bytes();
            let may_meet = repeats.look(self.life, lane, id);
            self.shared.memory.grew(before, repeats.bytes());
            self.may_meet.store(may_meet, Ordering::Relaxed);
        }
    }
}

/// The id of a call, where the client gave one and may come again with it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a>(Option<(&'a Recent, &'a Lane, u64)>);

impl<'a> Asked<'a> {
    /// On this connection of its client.
    pub(crate) fn on(recent: &'a Recent, lane: &'a Lane, id: u64) -> Self {
        Self(Some((recent, lane, id)))
    }

    /// By somebody who gave none, or who cannot come again.
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    /// Whether this change is to be done: `None`, and then it is kept. Else the one that it repeats, or why not.
    pub(crate) fn changes(self, hash: &[u8], running: &Running, fades: bool) -> Result<Option<Running>, Error> {
        let Some((recent, lane, id)) = self.0 else {
            return Ok(None);
        };
        let meters = &recent.shared.memory.0.meters;
        match recent.ask(lane, id, hash, running, fades) {
            Verdict::New => Ok(None),
            Verdict::Again(first) => {
                meters.repeated("again");
                Ok(Some(first))
            }
            Verdict::Faded => {
                meters.repeated("faded");
                let message = format!(
                    "{id} was asked more than {} s ago and its answer is no longer true; to ask anew use another id",
                    repeats::FADES_AFTER.as_secs()
                );
                Err(Error::new(ErrorCode::Conflict, message))
            }
            Verdict::Full => {
                meters.repeated("full");
                let message = "as many changes of this client run as may, on its earlier connections too";
                Err(Error::new(ErrorCode::Busy, message))
            }
            Verdict::Replaced => {
                let message = "this client is back on another connection";
                Err(Error::new(ErrorCode::Unavailable, message))
            }
        }
    }

    /// Something that changes nothing is asked under it.
    pub(crate) fn looks(self) {
        if let Some((recent, lane, id)) = self.0 {
            recent.look(lane, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(bytes: usize) -> Running {
        watch::channel(Some(Ok(Bytes::from(vec![0; bytes])))).1
    }

    #[tokio::test]
    async fn what_is_kept_of_all_clients_is_counted_and_given_back() {
        let memory = Memory::new(64);
        let kept = || memory.0.bytes.load(Ordering::Relaxed);
        let first = memory.client();
        for id in 0..4 {
            assert!(
                Asked::on(&first, &None, id)
                    .changes(b"h", &ended(1_000), false)
                    .unwrap()
                    .is_none()
            );
        }
        assert!(first.park(), "there is something to come back for");
        assert!((4_000..5_000).contains(&kept()), "{}", kept());
        let back = first.again();
        drop(first);
        let repeated = Asked::on(&back, &None, 3).changes(b"h", &ended(0), false).unwrap();
        assert_eq!(
            repeated.unwrap().borrow().as_ref().unwrap().as_ref().unwrap().len(),
            1_000
        );
        drop(back);
        assert_eq!(kept(), 0);
    }

    #[tokio::test]
    async fn when_all_together_have_much_each_keeps_little() {
        let memory = Memory::new(64);
        let clients: Vec<Recent> = (0..3).map(|_| memory.client()).collect();
        let fill = |recent: &Recent| {
            for id in 0..100 {
                drop(
                    Asked::on(recent, &None, id)
                        .changes(b"h", &ended(1_000), false)
                        .unwrap(),
                );
            }
            recent.park();
            recent.shared.repeats().bytes()
        };
        let usual = fill(&clients[0]);
        assert!((CLIENT_BYTES_MAX / 2..=CLIENT_BYTES_MAX).contains(&usual), "{usual}");
        memory.0.bytes.fetch_add(TOTAL_BYTES_MAX, Ordering::Relaxed);
        let little = fill(&clients[1]);
        assert!((1..=CLIENT_BYTES_MIN).contains(&little), "{little}");
        assert!(clients[0].park() && clients[0].shared.repeats().bytes() <= CLIENT_BYTES_MIN);
        assert!(!clients[2].park(), "nothing was asked");
    }

    #[tokio::test]
    async fn an_earlier_connection_asks_for_nothing_any_more() {
        let first = Memory::new(64).client();
        let back = first.again();
        let refused = Asked::on(&first, &None, 1).changes(b"h", &ended(1), false).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Unavailable);
        assert!(
            Asked::on(&back, &None, 1)
                .changes(b"h", &ended(1), false)
                .unwrap()
                .is_none()
        );
    }
}
