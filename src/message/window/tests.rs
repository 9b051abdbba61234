//! What a window promises, against a store, a session and a client that are a few numbers.

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
                self.window.more_behind();
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
