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
            return Some(Turn::Push(Page {
                after: open.acked,
                lines: waiting,
            }));
        }
        // A rewound window goes on where it was; else there must be room worth a look into the store.
        let again = open.on_the_way.iter().filter(|sent| sent.seq > open.pushed).count();
        let has_room = waiting <= WINDOW_MAX / 2;
        (self.has_more && (again > 0 || has_room)).then(|| {
            Turn::Push(Page {
                after: open.pushed,
                lines: if again > 0 { again } else { WINDOW_MAX - waiting },
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    /// A session, its window and a store with lines 1 to `last` but those that were let go.
    struct Model {
        window: Window,
        last: u64,
        gone: Vec<u64>,
        numbers: u64,
        /// What the client has got, as numbers and the lines up to which they stand.
        got: Vec<(u64, u64)>,
        now: u64,
    }

    impl Model {
        fn new(acked: u64) -> Self {
            let mut window = Window::arriving();
            assert!(window.begin(at(0)));
            assert_eq!(window.turn(at(0)), Some(Turn::Open));
            window.opened(acked, true);
            let mut model = Self {
                window,
                last: acked,
                gone: Vec::new(),
                numbers: 0,
                got: Vec::new(),
                now: 0,
            };
            model.go_on(usize::MAX);
            model
        }

        /// Does what is to be done, at most so many pushes.
        fn go_on(&mut self, mut pushes: usize) {
            while let Some(turn) = self.window.turn(at(self.now)) {
                let Turn::Push(page) = turn else { panic!("opened twice") };
                assert!(page.lines > 0 && page.lines <= WINDOW_MAX);
                let there: Vec<u64> = (page.after + 1..=self.last)
                    .filter(|seq| !self.gone.contains(seq))
                    .collect();
                let more = there.len() > page.lines;
                let mut lines: Vec<u64> = there.into_iter().take(page.lines).collect();
                if !more && lines.last().copied().unwrap_or(page.after) < self.last {
                    lines.push(self.last);
                }
                for seq in lines {
                    if pushes == 0 {
                        self.window.rest();
                        return;
                    }
                    pushes -= 1;
                    let number = self.window.number_of(seq).unwrap_or_else(|| {
                        self.numbers += 1;
                        self.numbers
                    });
                    self.window.sent(number, seq, at(self.now));
                    self.got.push((number, seq));
                }
                if more {
                    self.window.more();
                }
            }
        }

        fn news(&mut self, lines: u64) {
            self.last += lines;
            self.window.more();
            if self.window.begin(at(self.now)) {
                self.go_on(usize::MAX);
            }
        }

        fn acknowledge(&mut self, number: u64) {
            self.window.acknowledge(number, at(self.now));
            if self.window.begin(at(self.now)) {
                self.go_on(usize::MAX);
            }
        }

        fn pass(&mut self, seconds: u64) {
            self.now += seconds;
            if self.window.begin(at(self.now)) {
                self.go_on(usize::MAX);
            }
        }
    }

    #[test]
    fn no_more_is_on_its_way_than_the_window_holds() {
        let mut model = Model::new(0);
        model.news(1_000);
        assert_eq!(model.got.len(), WINDOW_MAX);
        model.acknowledge(1);
        assert_eq!(model.got.len(), WINDOW_MAX, "not a look into the store for each one");
        model.acknowledge(32);
        assert_eq!(model.got.len(), WINDOW_MAX + 32);
        assert_eq!(model.got.last(), Some(&(96, 96)));
    }

    #[test]
    fn what_is_not_acknowledged_comes_again_after_5_seconds_then_doubling_to_60() {
        let mut model = Model::new(7);
        model.news(1);
        let mut seconds = Vec::new();
        for second in 1..=300 {
            let before = model.got.len();
            model.pass(1);
            if model.got.len() > before {
                seconds.push(second);
            }
        }
        assert_eq!(seconds, [5, 15, 35, 75, 135, 195, 255]);
        assert!(model.got.iter().all(|got| *got == (1, 8)), "under the same number");
        model.acknowledge(1);
        model.pass(1_000);
        assert_eq!(model.window.unsaved(), Some(8));
        assert_eq!(model.got.len(), 8);
    }

    #[test]
    fn a_session_that_is_away_is_not_pushed_to() {
        let mut model = Model::new(0);
        model.window.close();
        model.news(3);
        assert_eq!(model.got, []);
    }

    #[test]
    fn a_place_is_saved_once() {
        let mut model = Model::new(3);
        assert_eq!(model.window.unsaved(), None);
        model.news(2);
        model.acknowledge(2);
        assert_eq!(model.window.unsaved(), Some(5));
        model.window.saved(5, false);
        assert_eq!((model.window.unsaved(), model.window.place()), (None, Some(5)));
        model.window.saved(5, true);
        assert_eq!(model.window.place(), None, "forgotten with the session");
        model.news(1);
        assert_eq!(model.got.len(), 2);
    }

    proptest! {
        /// Whatever happens: the client gets every line that is there, in order at its first coming, under one number,
        /// and an acknowledgement never counts for what was not pushed.
        #[test]
        fn nothing_is_lost_or_out_of_order(steps in prop::collection::vec((0..6_u8, 0..80_u64), 1..120)) {
            let mut model = Model::new(0);
            let mut acked_number = 0;
            for (step, figure) in steps {
                match step {
                    0 | 1 => model.news(figure % 9),
                    2 => {
                        acked_number = acked_number.max(model.got.iter().map(|got| got.0).max().unwrap_or(0).saturating_sub(figure % 5));
                        model.acknowledge(acked_number);
                    }
                    3 => model.pass(figure),
                    4 => {
                        // Only part of it goes out before the peer is too slow.
                        model.last += figure % 5;
                        model.window.more();
                        if model.window.begin(at(model.now)) {
                            model.go_on(usize::try_from(figure % 3).unwrap());
                        }
                    }
                    _ => {
                        let seq = figure + 1;
                        if seq <= model.last {
                            model.gone.push(seq);
                        }
                    }
                }
            }
            // The end: everything is taken.
            for _ in 0..model.last + 2 {
                model.pass(61);
                let latest = model.got.iter().map(|got| got.0).max().unwrap_or(0);
                model.acknowledge(latest);
            }
            let mut first = Vec::new();
            for got in &model.got {
                if !first.iter().any(|(number, _)| *number == got.0) {
                    first.push(*got);
                }
            }
            prop_assert!(first.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
            let seen: Vec<u64> = model.got.iter().map(|got| got.1).collect();
            for seq in 1..=model.last {
                prop_assert!(seen.contains(&seq) || model.gone.contains(&seq), "{seq} of {} is lost", model.last);
            }
            prop_assert_eq!(model.window.unsaved().unwrap_or(0), model.last);
        }
    }
}
