//! What the book promises, by table and against a model that knows nothing of sources.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const NOBODY: [u64; 0] = [];
const BOUNDS: Bounds = Bounds {
    look: Duration::from_millis(500),
    per_client: 3,
    total: 5,
    looks: 2,
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn client(name: &str) -> Arc<str> {
    Arc::from(name)
}

/// Subscribers that do as they are told.
#[derive(Debug, Default)]
struct Crowd {
    gone: BTreeSet<u64>,
    deaf: BTreeSet<u64>,
    moved: BTreeMap<u64, &'static str>,
    heard: Vec<u64>,
}

impl Crowd {
    fn heard(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.heard)
    }
}

impl Subscribers<&'static str> for Crowd {
    fn stands(&mut self, subscription: u64, source: &&'static str) -> Stands<&'static str> {
        if self.gone.contains(&subscription) {
            return Stands::Gone;
        }
        match self.moved.get(&subscription) {
            Some(key) if key != source => Stands::Elsewhere(key),
            _ => Stands::Fine,
        }
    }

    fn push(&mut self, subscription: u64) -> bool {
        let reads = !self.deaf.contains(&subscription);
        if reads {
            self.heard.push(subscription);
        }
        reads
    }
}

fn value(value: u32) -> Option<Found<u32>> {
    Some(Found { value, is_error: false })
}

fn error(value: u32) -> Option<Found<u32>> {
    Some(Found { value, is_error: true })
}

/// Begins the one look that is due and ends it at once.
fn look(book: &mut Book<&'static str, u32>, crowd: &mut Crowd, now: u64, found: Option<Found<u32>>) -> Vec<u64> {
    let begun = book.begin(ms(now), crowd);
    for (source, _) in begun {
        book.looked(source, Lane::Server, found.clone(), ms(now), crowd);
    }
    crowd.heard()
}

fn book() -> (Book<&'static str, u32>, Crowd) {
    (Book::new(BOUNDS), Crowd::default())
}

#[test]
fn subscribers_of_the_same_share_a_look_and_hear_of_changes_only() {
    let (mut book, mut crowd) = book();
    for (id, who) in [(1, "a"), (2, "b")] {
        book.add(id, client(who), "CLIENTS", Lane::Server, Pace::OnChange, ms(0));
    }
    assert_eq!(book.begin(ms(0), &mut crowd), [(1, 1)], "one look for both");
    assert_eq!(book.next_due(), None, "and not another meanwhile");
    book.looked(1, Lane::Server, value(7), ms(20), &mut crowd);
    assert_eq!(crowd.heard(), [1, 2]);
    assert_eq!(book.next_due(), Some(ms(500)));
    assert_eq!(
        look(&mut book, &mut crowd, 499, value(8)),
        NOBODY,
        "not before its time"
    );
    assert_eq!(look(&mut book, &mut crowd, 500, value(7)), NOBODY, "the same");
    assert_eq!(look(&mut book, &mut crowd, 1_000, value(8)), [1, 2]);
    book.add(3, client("c"), "CLIENTS", Lane::Server, Pace::OnChange, ms(1_100));
    assert_eq!(
        look(&mut book, &mut crowd, 1_500, value(8)),
        [3],
        "a new one hears the present value"
    );
}

#[test]
fn at_an_interval_one_hears_changed_or_not_and_what_came_late_is_not_made_up_for() {
    let (mut book, mut crowd) = book();
    let every = Pace::Every(ms(1_000));
    book.add(1, client("a"), "PING", Lane::Server, every, ms(0));
    assert_eq!(look(&mut book, &mut crowd, 0, value(7)), [1]);
    assert_eq!(book.next_due(), Some(ms(1_000)));
    assert_eq!(look(&mut book, &mut crowd, 999, value(7)), NOBODY);
    assert_eq!(look(&mut book, &mut crowd, 1_030, value(7)), [1]);
    assert_eq!(book.next_due(), Some(ms(2_000)), "the beat does not drift");
    assert_eq!(look(&mut book, &mut crowd, 9_500, value(7)), [1]);
    assert_eq!(book.next_due(), Some(ms(10_500)), "one push for many that were missed");
}

#[test]
fn a_failure_is_told_once_and_again_after_something_else() {
    let (mut book, mut crowd) = book();
    book.add(1, client("a"), "PING", Lane::Server, Pace::OnChange, ms(0));
    book.add(2, client("b"), "PING", Lane::Server, Pace::Every(ms(500)), ms(0));
    assert_eq!(look(&mut book, &mut crowd, 0, error(1)), [1, 2]);
    assert_eq!(look(&mut book, &mut crowd, 500, error(1)), NOBODY);
    assert_eq!(look(&mut book, &mut crowd, 1_000, error(2)), [1, 2]);
    assert_eq!(look(&mut book, &mut crowd, 1_500, value(1)), [1, 2]);
    assert_eq!(look(&mut book, &mut crowd, 2_000, error(1)), [1, 2]);
}

#[test]
fn who_does_not_read_is_passed_over_and_hears_the_newest_value_later() {
    let (mut book, mut crowd) = book();
    book.add(1, client("a"), "PING", Lane::Server, Pace::OnChange, ms(0));
    book.add(2, client("b"), "PING", Lane::Server, Pace::Every(ms(60_000)), ms(0));
    crowd.deaf.extend([1, 2]);
    assert_eq!(look(&mut book, &mut crowd, 0, value(1)), NOBODY);
    assert_eq!(look(&mut book, &mut crowd, 500, value(2)), NOBODY);
    crowd.deaf.clear();
    assert_eq!(look(&mut book, &mut crowd, 1_000, value(2)), [1, 2], "once, not twice");
    assert_eq!(look(&mut book, &mut crowd, 1_500, value(2)), NOBODY);
}

#[test]
fn slow_looks_take_their_places_and_those_at_the_server_go_on() {
    let (mut book, mut crowd) = book();
    for (id, key) in [(1, "x"), (2, "y"), (3, "z")] {
        book.add(id, client("a"), key, Lane::Client, Pace::OnChange, ms(0));
    }
    book.add(4, client("b"), "PING", Lane::Server, Pace::OnChange, ms(0));
    let begun = book.begin(ms(0), &mut crowd);
    assert_eq!(
        begun,
        [(1, 1), (2, 2), (4, 4)],
        "two at clients, as many as may, and one at the server"
    );
    assert_eq!(book.begin(ms(9_000), &mut crowd), Vec::new());
    book.looked(2, Lane::Client, value(1), ms(9_000), &mut crowd);
    assert_eq!(
        book.begin(ms(9_000), &mut crowd),
        [(3, 3)],
        "who waited longest is first"
    );
}

#[test]
fn the_bounds_are_kept_and_what_ended_makes_room() {
    let (mut book, mut crowd) = book();
    for id in 1..=3 {
        assert_eq!(book.room("a"), Ok(()));
        book.add(id, client("a"), "PING", Lane::Server, Pace::OnChange, ms(0));
    }
    assert_eq!(book.room("a"), Err(Full::Client(3)));
    for id in 4..=5 {
        assert_eq!(book.room("b"), Ok(()));
        book.add(id, client("b"), "PING", Lane::Server, Pace::OnChange, ms(0));
    }
    assert_eq!(book.room("b"), Err(Full::Total(5)));
    assert!(book.remove(1) && !book.remove(1));
    assert_eq!(book.room("b"), Ok(()));
    crowd.gone.extend([2, 3, 4, 5]);
    book.sweep(ms(0), &mut crowd);
    assert_eq!(
        (book.len(), book.sources.len(), book.keys.len()),
        (0, 0, 0),
        "nothing is left"
    );
    assert_eq!(book.next_due(), None);
}

#[test]
fn whose_view_changed_hears_the_new_one_and_nothing_of_the_old() {
    let (mut book, mut crowd) = book();
    book.add(1, client("a"), "for users", Lane::Server, Pace::OnChange, ms(0));
    book.add(2, client("b"), "for users", Lane::Server, Pace::OnChange, ms(0));
    assert_eq!(book.begin(ms(0), &mut crowd), [(1, 1)]);
    crowd.moved.insert(2, "for managers");
    book.looked(1, Lane::Server, value(1), ms(10), &mut crowd);
    assert_eq!(crowd.heard(), [1]);
    assert_eq!(look(&mut book, &mut crowd, 10, value(2)), [2]);
    // A look for somebody whose own view changed is nobody's.
    assert_eq!(book.begin(ms(510), &mut crowd).len(), 2);
    book.looked(1, Lane::Server, None, ms(510), &mut crowd);
    assert_eq!(crowd.heard(), NOBODY);
}

/// What may happen to the book.
#[derive(Debug, Clone)]
enum Step {
    Add { key: usize, every: Option<u64> },
    Remove(u64),
    Leave(u64),
    Read { id: u64, reads: bool },
    Change { key: usize, value: u32 },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3usize, prop::option::of(1..2_000u64)).prop_map(|(key, every)| Step::Add { key, every }),
        (1..12u64).prop_map(Step::Remove),
        (1..12u64).prop_map(Step::Leave),
        (1..12u64, any::<bool>()).prop_map(|(id, reads)| Step::Read { id, reads }),
        (0..3usize, 0..3u32).prop_map(|(key, value)| Step::Change { key, value }),
        (1..900u64).prop_map(Step::Wait),
    ]
}

const KEYS: [&str; 3] = ["x", "y", "z"];

/// One subscriber of the model.
struct Reference {
    key: usize,
    every: Option<u64>,
    /// Which of the different values it heard last; 0 for none.
    heard: u64,
    due: u64,
}

proptest! {
    /// Looks end at once here. At each the model knows who must hear: who has not heard since the value became another
    /// one, or whose time it is. Who did not read while it changed and changed back hears it once more.
    #[test]
    fn the_book_tells_whom_the_model_tells(steps in prop::collection::vec(step(), 1..120)) {
        let (mut book, mut crowd) = book();
        let mut model: BTreeMap<u64, Reference> = BTreeMap::new();
        let (mut values, mut now, mut next_id) = ([0u32; 3], 0u64, 1u64);
        let mut looked_at: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut found, mut versions) = ([None; 3], [0u64; 3]);
        for step in steps {
            match step {
                Step::Add { key, every } if book.room("a").is_ok() => {
                    let pace = every.map_or(Pace::OnChange, |every| Pace::Every(ms(every)));
                    book.add(next_id, client("a"), KEYS[key], Lane::Server, pace, ms(now));
                    model.insert(next_id, Reference { key, every, heard: 0, due: now });
                    next_id += 1;
                }
                Step::Add { .. } => prop_assert_eq!(model.len(), BOUNDS.per_client),
                Step::Remove(id) => prop_assert_eq!(book.remove(id), model.remove(&id).is_some()),
                Step::Leave(id) => {
                    if model.remove(&id).is_some() {
                        crowd.gone.insert(id);
                        book.sweep(ms(now), &mut crowd);
                    }
                }
                Step::Read { id, reads: true } => drop(crowd.deaf.remove(&id)),
                Step::Read { id, reads: false } => drop(crowd.deaf.insert(id)),
                Step::Change { key, value } => values[key] = value,
                Step::Wait(wait) => now += wait,
            }
            let begun = book.begin(ms(now), &mut crowd);
            prop_assert!(begun.len() <= BOUNDS.looks);
            for (source, _) in begun {
                let name = *book.key(source).unwrap();
                let key = KEYS.iter().position(|key| *key == name).unwrap();
                if let Some(before) = looked_at.insert(source, now) {
                    prop_assert!(now - before >= 500, "{} was looked at after {} ms", name, now - before);
                }
                if found[key].replace(values[key]) != Some(values[key]) {
                    versions[key] += 1;
                }
                let mut wanted = Vec::new();
                for (id, one) in model.iter_mut().filter(|(_, one)| one.key == key) {
                    let is_turn = one.every.map_or(one.heard != versions[key], |_| one.due <= now);
                    if is_turn && !crowd.deaf.contains(id) {
                        wanted.push(*id);
                        one.heard = versions[key];
                        if let Some(every) = one.every {
                            one.due = if one.due + every > now { one.due + every } else { now + every };
                        }
                    }
                }
                book.looked(source, Lane::Server, value(values[key]), ms(now), &mut crowd);
                let mut heard = crowd.heard();
                heard.sort_unstable();
                prop_assert_eq!(heard, wanted);
            }
            prop_assert_eq!(book.len(), model.len());
            let keys: BTreeSet<usize> = model.values().map(|one| one.key).collect();
            prop_assert_eq!(book.sources.len(), keys.len());
            // What nobody subscribes to any more is forgotten.
            for (key, found) in found.iter_mut().enumerate().filter(|(key, _)| !keys.contains(key)) {
                versions[key] += u64::from(found.take().is_some());
            }
        }
    }
}
