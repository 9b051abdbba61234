//! Which id that comes again is the old wish, and which a new one: the latest changes that one client asked for.
//!
//! Lives as long as the client is known, over any number of its connections. Pure: time is what has passed since some
//! fixed instant, and an end is whatever says how large it is. Bounded in number and in bytes; what runs is never let go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer that is true of a moment only is given again.
pub(crate) const FADES_AFTER: Duration = Duration::from_secs(60);
/// What one change costs beside its answer.
const ENTRY_BYTES: usize = 160;

/// Which connection of a client: its first, or the datasock of that name. Each counts ids of its own.
pub(crate) type Lane = Option<Arc<str>>;

/// The end of a change, which may be still to come.
pub(crate) trait End: Clone {
    /// The bytes of the answer; `None` while it runs.
    fn bytes(&self) -> Option<usize>;
}

/// A change that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Which life of the client the connection belongs to.
    pub(crate) life: u64,
    pub(crate) lane: &'a Lane,
    pub(crate) id: u64,
    /// Tells it from another change under that id.
    pub(crate) hash: &'a [u8],
    /// Whether its answer is true of a moment only.
    pub(crate) fades: bool,
    pub(crate) at: Duration,
}

/// What to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict<E> {
    /// It is new, and kept: do it.
    New,
    /// It is an old one: its end is to be heard.
    Again(E),
    /// It is an old one, and its answer was true only then.
    Faded,
    /// As many run as may.
    Full,
    /// The client is back on another connection: this one asks for nothing any more.
    Replaced,
}

#[derive(Debug)]
struct Kept<E> {
    life: u64,
    lane: Lane,
    id: u64,
    hash: Vec<u8>,
    fades: bool,
    at: Duration,
    end: E,
    /// Bytes of its answer, once it was seen to have ended.
    weighed: Option<usize>,
}

impl<E> Kept<E> {
    fn bytes(&self) -> usize {
        ENTRY_BYTES.saturating_add(self.weighed.unwrap_or(0))
    }
}

/// The latest changes of one client, oldest first; no id is there twice in a lane.
#[derive(Debug)]
pub(crate) struct Repeats<E> {
    /// Counts its connections: each resume begins another life.
    life: u64,
    kept: VecDeque<Kept<E>>,
    bytes: usize,
    calls_max: usize,
}

impl<E: End> Repeats<E> {
    /// Of a client that comes for the first time, with at most so many changes.
    pub(crate) fn new(calls_max: usize) -> Self {
        Self {
            life: 1,
            kept: VecDeque::new(),
            bytes: 0,
            calls_max: calls_max.max(1),
        }
    }

    /// The client is back on a new connection; gives the number of this life.
    pub(crate) fn begin(&mut self) -> u64 {
        self.life = self.life.saturating_add(1);
        self.life
    }

    /// Decides on a change, and keeps it with its end when it is new. `bytes_max` is the room there is at the moment.
    pub(crate) fn ask(&mut self, asked: Asked<'_>, end: &E, bytes_max: usize) -> Verdict<E> {
        if asked.life != self.life {
            return Verdict::Replaced;
        }
        self.weigh();
        if let Some(old) = self.earlier(asked.lane, asked.id) {
            if old.hash == asked.hash {
                let is_over = old.weighed.is_some() && asked.at.saturating_sub(old.at) > FADES_AFTER;
                if old.fades && is_over {
                    return Verdict::Faded;
                }
                return Verdict::Again(old.end.clone());
            }
            self.counts_anew(asked.lane);
        }
        // Answered by now, since the id is used again on the same connection.
        self.forget(|kept| kept.lane == *asked.lane && kept.id == asked.id);
        if !self.make_room(bytes_max) {
            return Verdict::Full;
        }
        self.bytes = self.bytes.saturating_add(ENTRY_BYTES);
        self.kept.push_back(Kept {
            life: asked.life,
            lane: asked.lane.clone(),
            id: asked.id,
            hash: asked.hash.to_owned(),
            fades: asked.fades,
            at: asked.at,
            end: end.clone(),
            weighed: None,
        });
        Verdict::New
    }

    /// Something that changes nothing was asked under this id. Says whether anything is left that could be met.
    pub(crate) fn look(&mut self, life: u64, lane: &Lane, id: u64) -> bool {
        if life == self.life && self.earlier(lane, id).is_some() {
            self.counts_anew(lane);
        }
        self.has_earlier()
    }

    /// Lets go what has no room, the oldest of what has ended first.
    pub(crate) fn trim(&mut self, bytes_max: usize) {
        self.weigh();
        while self.bytes > bytes_max && self.let_go_oldest() {}
    }

    /// What is kept, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is nothing to meet.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there is anything of an earlier connection.
    pub(crate) fn has_earlier(&self) -> bool {
        self.kept.front().is_some_and(|kept| kept.life < self.life)
    }

    fn earlier(&self, lane: &Lane, id: u64) -> Option<&Kept<E>> {
        let old = |kept: &&Kept<E>| kept.life < self.life && kept.id == id && kept.lane == *lane;
        self.kept.iter().rev().find(old)
    }

    /// An id that stood for something else: this client does not go on counting, so none of its ids is an old one.
    fn counts_anew(&mut self, lane: &Lane) {
        let life = self.life;
        self.forget(|kept| kept.life < life && kept.lane == *lane);
    }

    fn forget(&mut self, is_meant: impl Fn(&Kept<E>) -> bool) {
        self.kept.retain(|kept| !is_meant(kept));
        self.bytes = self.kept.iter().map(Kept::bytes).sum();
    }

    fn weigh(&mut self) {
        for kept in self.kept.iter_mut().filter(|kept| kept.weighed.is_none()) {
            kept.weighed = kept.end.bytes();
            self.bytes = self.bytes.saturating_add(kept.weighed.unwrap_or(0));
        }
    }

    /// Room for one more, or not: as many run as may.
    fn make_room(&mut self, bytes_max: usize) -> bool {
        let wanted = |repeats: &Self| {
            let bytes = repeats.bytes.saturating_add(ENTRY_BYTES);
            repeats.kept.len() >= repeats.calls_max || bytes > bytes_max
        };
        while wanted(self) && self.let_go_oldest() {}
        self.kept.len() < self.calls_max
    }

    fn let_go_oldest(&mut self) -> bool {
        let Some(oldest) = self.kept.iter().position(|kept| kept.weighed.is_some()) else {
            return false;
        };
        let gone = self.kept.remove(oldest);
        self.bytes = self.bytes.saturating_sub(gone.map_or(0, |gone| gone.bytes()));
        true
    }
}

#[cfg(test)]
mod tests;
