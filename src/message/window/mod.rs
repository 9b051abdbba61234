//! How far one session has the inbox of its person: what may be pushed now, what comes again, what was acknowledged.
//!
//! Pure: time is what has passed since some fixed instant. Lines of an inbox are known by `seq`, pushes on this
//! connection by the numbers of events. Invariant: the numbers and the `seq`s of what is on its way both rise.

use std::collections::VecDeque;
use std::time::Duration;

use crate::registry::undelivered::{AGAIN_FIRST, AGAIN_MAX};

/// Lines on their way to one session that it has not acknowledged; the rest waits in the store.
pub(crate) const WINDOW_MAX: usize = 64;

/// The next lines to be read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// Behind this one.
    pub(crate) after: u64,
    /// At most so many.
    pub(crate) lines: usize,
}

/// What is to be done for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Look up how far it is.
    Open,
    /// Push a page.
    Push(Page),
}

/// A push that is not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sent {
    number: u64,
    seq: u64,
}

/// What is known of a session whose place was looked up.
#[derive(Debug, Default)]
struct Open {
    /// Everything up to it has arrived.
    acked: u64,
    /// Everything up to it was pushed, or is to be pushed again behind it.
    pushed: u64,
    on_the_way: VecDeque<Sent>,
    again_at: Duration,
    pause: Duration,
}

/// The window of one session over the inbox of its person.
#[derive(Debug, Default)]
pub(crate) struct Window {
    open: Option<Open>,
    /// Whether the session is there to be pushed to.
    is_there: bool,
    /// Whether somebody pushes now.
    is_busy: bool,
    /// Whether the store may hold more than was pushed.
    has_more: bool,
    /// Whether it did when it was last looked: then a look into it waits until there is room worth one.
    is_behind: bool,
    /// The place as it was last saved.
    saved: Option<u64>,
}

impl Window {
    /// A session that has just come; its place is still to be looked up.
    pub(crate) fn arriving() -> Self {
        Self {
            is_there: true,
            has_more: true,
            ..Self::default()
        }
    }

    /// A session that was there a moment ago and had everything up to `acked`.
    pub(crate) fn returning(acked: u64) -> Self {
        let mut window = Self::arriving();
        window.opened(acked, false);
        window
    }

    /// There may be more in the store than was pushed.
    pub(crate) fn more(&mut self) {
        self.has_more = true;
    }

    /// There is more in the store than one page holds.
    pub(crate) fn more_behind(&mut self) {
        self.has_more = true;
        self.is_behind = true;
    }

    /// Whether there is something to do and nobody who does it: then whoever asked has to, until [`turn`](Self::turn)
    /// gives nothing or [`rest`](Self::rest) was said.
    pub(crate) fn begin(&mut self, now: Duration) -> bool {
        let begins = self.is_there && !self.is_busy && self.wants(now).is_some();
        self.is_busy |= begins;
        begins
    }

    /// What to do next; with nothing to do, whoever asked has ended.
    pub(crate) fn turn(&mut self, now: Duration) -> Option<Turn> {
        let wants = if self.is_there { self.wants(now) } else { None };
        match wants {
            Some(Turn::Push(page)) => {
                self.has_more = false;
                self.is_behind = false;
                if let Some(open) = &mut self.open
                    && page.after < open.pushed
                {
                    open.pushed = page.after;
                    open.pause = open.pause.saturating_mul(2).min(AGAIN_MAX);
                    open.again_at = now.saturating_add(open.pause);
                }
            }
            Some(Turn::Open) => self.has_more = false,
            None => self.is_busy = false,
        }
        wants
    }

    /// Whoever pushed gives up for now; what it was about is still to be done, by whoever begins next.
    pub(crate) fn rest(&mut self) {
        self.is_busy = false;
        self.has_more = true;
    }

    fn wants(&self, now: Duration) -> Option<Turn> {
        let Some(open) = &self.open else {
            return Some(Turn::Open);
        };
        let waiting = open.on_the_way.len();
        if waiting > 0 && open.again_at <= now {
            // One more may be on its way than a page has: the end of a gap goes on top.
            return Some(Turn::Push(Page {
                after: open.acked,
                lines: waiting.min(WINDOW_MAX),
            }));
        }
        // A rewound window goes on where it was; else there must be room worth a look into the store.
        let again = open.on_the_way.iter().filter(|sent| sent.seq > open.pushed).count();
        let has_room = waiting <= if self.is_behind { WINDOW_MAX / 2 } else { WINDOW_MAX - 1 };
        (self.has_more && (again > 0 || has_room)).then(|| {
            Turn::Push(Page {
                after: open.pushed,
                lines: if again > 0 {
                    again.min(WINDOW_MAX)
                } else {
                    WINDOW_MAX - waiting
                },
            })
        })
    }

    /// Its place: everything up to `acked` has arrived. `is_saved` when the store knows that.
    pub(crate) fn opened(&mut self, acked: u64, is_saved: bool) {
        self.open = Some(Open {
            acked,
            pushed: acked,
            pause: AGAIN_FIRST,
            ..Open::default()
        });
        self.saved = is_saved.then_some(acked);
    }

    /// Everything up to this line has arrived, as far as is known.
    pub(crate) fn place(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.acked)
    }

    /// Behind which line the next push goes.
    pub(crate) fn pushed_to(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.pushed)
    }

    /// The number under which everything up to this line was pushed before on this connection.
    pub(crate) fn number_of(&self, seq: u64) -> Option<u64> {
        let open = self.open.as_ref()?;
        let found = open.on_the_way.iter().find(|sent| sent.seq == seq)?;
        Some(found.number)
    }

    /// Everything up to a line was pushed, under a number. Says whether it had been before.
    pub(crate) fn sent(&mut self, number: u64, seq: u64, now: Duration) -> bool {
        let Some(open) = &mut self.open else { return false };
        let is_again = open.on_the_way.iter().any(|sent| sent.number == number);
        if open.on_the_way.is_empty() {
            open.again_at = now.saturating_add(open.pause);
        }
        if !is_again {
            open.on_the_way.push_back(Sent { number, seq });
        }
        open.pushed = open.pushed.max(seq);
        is_again
    }

    /// Everything pushed up to this number has arrived.
    pub(crate) fn acknowledge(&mut self, number: u64, now: Duration) {
        let Some(open) = &mut self.open else { return };
        while let Some(first) = open.on_the_way.front().filter(|first| first.number <= number) {
            open.acked = first.seq;
            open.on_the_way.pop_front();
            open.pause = AGAIN_FIRST;
            open.again_at = now.saturating_add(AGAIN_FIRST);
        }
        open.pushed = open.pushed.max(open.acked);
    }

    /// The session is gone; nothing more is pushed.
    pub(crate) fn close(&mut self) {
        self.is_there = false;
    }

    /// Its place, when the store does not know it yet.
    pub(crate) fn unsaved(&self) -> Option<u64> {
        let acked = self.open.as_ref()?.acked;
        (self.saved != Some(acked)).then_some(acked)
    }

    /// The store knows its place; that of a session that is gone is forgotten here.
    pub(crate) fn saved(&mut self, acked: u64, is_gone: bool) {
        self.saved = Some(acked);
        if is_gone {
            self.is_there = false;
            self.open = None;
        }
    }
}

#[cfg(test)]
mod tests;
