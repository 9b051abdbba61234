//! What is promised of ids that come again, tried against a client that remembers everything.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

const MUCH: usize = usize::MAX;

/// A change that was done, by its number: it runs until its answer has bytes.
#[derive(Debug, Clone)]
struct Run(usize, Rc<Cell<Option<usize>>>);

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Run {}

impl End for Run {
    fn bytes(&self) -> Option<usize> {
        self.1.get()
    }
}

fn run(number: usize) -> Run {
    Run(number, Rc::default())
}

fn ended(number: usize, bytes: usize) -> Run {
    Run(number, Rc::new(Cell::new(Some(bytes))))
}

fn asked<'a>(life: u64, lane: &'a Lane, id: u64, hash: &'a [u8]) -> Asked<'a> {
    Asked {
        life,
        lane,
        id,
        hash,
        fades: false,
        at: Duration::ZERO,
    }
}

#[test]
fn a_change_is_known_over_any_number_of_connections() {
    let mut repeats = Repeats::new(8);
    assert_eq!(repeats.ask(asked(1, &None, 7, b"x"), &run(1), MUCH), Verdict::New);
    for _ in 0..20 {
        let life = repeats.begin();
        assert_eq!(
            repeats.ask(asked(life, &None, 7, b"x"), &run(2), MUCH),
            Verdict::Again(run(1))
        );
        assert_eq!(
            repeats.ask(asked(life, &None, 7, b"x"), &run(2), MUCH),
            Verdict::Again(run(1))
        );
    }
}

#[test]
fn on_one_connection_an_id_is_free_again() {
    let mut repeats = Repeats::new(8);
    for number in 0..3 {
        assert_eq!(
            repeats.ask(asked(1, &None, 7, b"x"), &ended(number, 1), MUCH),
            Verdict::New
        );
    }
    let life = repeats.begin();
    assert_eq!(
        repeats.ask(asked(life, &None, 7, b"x"), &run(9), MUCH),
        Verdict::Again(run(2)),
        "the last"
    );
}

#[test]
fn who_counts_anew_meets_none_of_its_old_ids() {
    let mut repeats = Repeats::new(8);
    let lane = Some(Arc::from("Maindata"));
    for (id, hash) in [(1, b"a"), (2, b"b"), (3, b"c")] {
        repeats.ask(asked(1, &None, id, hash), &ended(1, 1), MUCH);
        repeats.ask(asked(1, &lane, id, hash), &ended(2, 1), MUCH);
    }
    let life = repeats.begin();
    assert!(
        repeats.look(life, &None, 9),
        "an id that stood for nothing says nothing"
    );
    assert_eq!(
        repeats.ask(asked(life, &None, 1, b"other"), &run(3), MUCH),
        Verdict::New
    );
    assert_eq!(repeats.ask(asked(life, &None, 2, b"b"), &run(4), MUCH), Verdict::New);
    assert_eq!(
        repeats.ask(asked(life, &lane, 2, b"b"), &run(5), MUCH),
        Verdict::Again(run(2)),
        "another lane"
    );
    assert!(!repeats.look(life, &lane, 3), "asked for something that only looks");
    assert_eq!(repeats.ask(asked(life, &lane, 2, b"b"), &run(6), MUCH), Verdict::New);
}

#[test]
fn a_connection_that_was_replaced_asks_for_nothing() {
    let mut repeats = Repeats::new(8);
    repeats.begin();
    assert_eq!(repeats.ask(asked(1, &None, 1, b"x"), &run(1), MUCH), Verdict::Replaced);
    assert_eq!(repeats.ask(asked(2, &None, 1, b"x"), &run(1), MUCH), Verdict::New);
}

#[test]
fn what_was_true_of_a_moment_is_not_said_long_after() {
    let at = |seconds: u64, life: u64| Asked {
        fades: true,
        at: Duration::from_secs(seconds),
        ..asked(life, &None, 1, b"unlock")
    };
    let mut repeats = Repeats::new(8);
    let first = run(1);
    repeats.ask(at(0, 1), &first, MUCH);
    let life = repeats.begin();
    assert_eq!(
        repeats.ask(at(61, life), &run(2), MUCH),
        Verdict::Again(run(1)),
        "it still runs"
    );
    first.1.set(Some(10));
    assert_eq!(repeats.ask(at(60, life), &run(2), MUCH), Verdict::Again(run(1)));
    assert_eq!(repeats.ask(at(61, life), &run(2), MUCH), Verdict::Faded);
}

#[test]
fn as_many_as_run_are_kept_and_one_more_is_refused() {
    let mut repeats = Repeats::new(3);
    let runs: Vec<Run> = (0..3).map(run).collect();
    for (id, run) in (0..).zip(&runs) {
        assert_eq!(
            repeats.ask(asked(1, &None, id, b"x"), run, 0),
            Verdict::New,
            "room in bytes is for answers"
        );
    }
    assert_eq!(repeats.ask(asked(1, &None, 3, b"x"), &run(3), MUCH), Verdict::Full);
    runs[1].1.set(Some(1));
    assert_eq!(repeats.ask(asked(1, &None, 3, b"x"), &run(3), MUCH), Verdict::New);
    let life = repeats.begin();
    let known: Vec<bool> = (0..4)
        .map(|id| repeats.earlier(&None, id).is_some_and(|kept| kept.life < life))
        .collect();
    assert_eq!(known, [true, false, true, true]);
}

/// What a client does next.
#[derive(Debug, Clone)]
enum Step {
    /// Wants something; half of it has been wanted before, word for word.
    Want { lane: bool, what: u8 },
    /// Some change ends.
    End { which: usize },
    /// The connection is cut and the client comes again, with what is open under its ids.
    Resume,
    /// Asks once more for something of an earlier connection.
    Repeat { which: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<bool>(), 0..4u8).prop_map(|(lane, what)| Step::Want { lane, what }),
        3 => (0..50usize).prop_map(|which| Step::End { which }),
        2 => Just(Step::Resume),
        3 => (0..50usize).prop_map(|which| Step::Repeat { which }),
    ];
    prop::collection::vec(step, 1..60)
}

/// One wish of the client and the run that is its own.
struct Wish {
    life: u64,
    lane: Lane,
    id: u64,
    hash: Vec<u8>,
    run: Run,
}

proptest! {
    /// A client whose ids go on: whatever is cut and asked again, each wish is done once and hears its own end.
    #[test]
    fn each_wish_is_done_once_and_hears_its_own_end(steps in steps()) {
        let mut repeats = Repeats::new(64);
        let (mut life, mut wishes) = (1, Vec::<Wish>::new());
        for step in steps {
            match step {
                Step::Want { lane, what } => {
                    let lane: Lane = lane.then(|| Arc::from("Maindata"));
                    let number = wishes.len();
                    let id = u64::try_from(number).unwrap();
                    let run = run(number);
                    let verdict = repeats.ask(asked(life, &lane, id, &[what]), &run, MUCH);
                    prop_assert_eq!(verdict, Verdict::New);
                    wishes.push(Wish { life, lane, id, hash: vec![what], run });
                }
                Step::End { which } if !wishes.is_empty() => wishes[which % wishes.len()].run.1.set(Some(which)),
                Step::Resume => life = repeats.begin(),
                Step::Repeat { which } if !wishes.is_empty() => {
                    let wish = &wishes[which % wishes.len()];
                    if wish.life < life {
                        let verdict = repeats.ask(asked(life, &wish.lane, wish.id, &wish.hash), &run(999), MUCH);
                        prop_assert_eq!(verdict, Verdict::Again(wish.run.clone()));
                    }
                }
                Step::End { .. } | Step::Repeat { .. } => {}
            }
        }
    }

    /// A client that counts from 1 on each connection and says no two things alike: everything is done, once.
    #[test]
    fn who_counts_from_one_on_each_connection_is_never_taken_for_its_past(
        lives in prop::collection::vec(1..12u64, 1..12),
        calls_max in 1..40usize,
    ) {
        let mut repeats = Repeats::new(calls_max);
        let (mut life, mut said) = (1, 0u32);
        for count in lives {
            for id in 1..=count {
                said += 1;
                let verdict = repeats.ask(asked(life, &None, id, &said.to_be_bytes()), &ended(0, 9), 4_000);
                prop_assert_eq!(verdict, Verdict::New);
            }
            life = repeats.begin();
        }
    }

    /// Whatever is asked: what is kept stays within its bounds and is counted, and no other end is ever heard.
    #[test]
    fn what_is_kept_is_bounded_counted_and_never_anothers(
        asks in prop::collection::vec((0..6u64, 0..3u8, 0..400usize, 0..8u8), 1..120),
    ) {
        let (mut repeats, bytes_max) = (Repeats::new(5), 2_000);
        let (mut life, mut done) = (1, HashMap::new());
        for (number, (id, what, bytes, other)) in asks.into_iter().enumerate() {
            match other {
                0 => life = repeats.begin(),
                1 => repeats.trim(bytes_max / 2),
                2 => drop(repeats.look(life, &None, id)),
                _ => match repeats.ask(asked(life, &None, id, &[what]), &ended(number, bytes), bytes_max) {
                    Verdict::New => drop(done.insert(number, (id, what))),
                    Verdict::Again(run) => prop_assert_eq!(done[&run.0], (id, what)),
                    verdict => prop_assert!(false, "{:?}", verdict),
                },
            }
            let counted: usize = repeats.kept.iter().map(Kept::bytes).sum();
            prop_assert_eq!(repeats.bytes(), counted);
            // Room is made for the next one: the answer of the last is beyond it until then.
            prop_assert!(counted <= bytes_max + 400 && repeats.kept.len() <= 5);
            let ids: HashSet<u64> = repeats.kept.iter().map(|kept| kept.id).collect();
            prop_assert_eq!(ids.len(), repeats.kept.len());
        }
    }
}
