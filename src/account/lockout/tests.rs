//! The lock-out rules by cases, and against a model that remembers every guess.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn unknown(account: &str) -> Bucket {
    Bucket::new(Guess::Password, account, None)
}

fn known(account: &str) -> Bucket {
    Bucket::new(Guess::Password, account, Some("ip:192.0.2.7"))
}

fn guess_wrong(lockout: &mut LockOut, bucket: Bucket, times: usize, second: i64) {
    for _ in 0..times {
        assert_eq!(lockout.reserve(bucket, at(second)), Entry::Reserved);
        lockout.failed(bucket, at(second));
    }
}

#[test]
fn ten_wrong_guesses_are_heard_and_the_eleventh_is_told_when_to_return() {
    let mut lockout = LockOut::default();
    guess_wrong(&mut lockout, unknown("ada"), 10, 0);
    assert_eq!(
        lockout.reserve(unknown("ada"), at(1)),
        Entry::LockedOut { retry_at: at(900) }
    );
    assert_eq!(
        lockout.reserve(unknown("ada"), at(899)),
        Entry::LockedOut { retry_at: at(900) }
    );
    assert_eq!(lockout.reserve(unknown("ada"), at(900)), Entry::Reserved);
}

#[test]
fn five_wrong_pins_are_enough() {
    let mut lockout = LockOut::default();
    let bucket = Bucket::new(Guess::Pin, "ada", None);
    guess_wrong(&mut lockout, bucket, PIN_FAILURES_MAX, 0);
    assert!(matches!(lockout.reserve(bucket, at(1)), Entry::LockedOut { .. }));
    assert_eq!(
        lockout.reserve(unknown("ada"), at(1)),
        Entry::Reserved,
        "the password is not locked by it"
    );
}

#[test]
fn the_owner_at_a_known_source_gets_in_while_a_guesser_is_locked_out() {
    let mut lockout = LockOut::default();
    guess_wrong(&mut lockout, unknown("ada"), 10, 0);
    assert_eq!(lockout.reserve(known("ada"), at(1)), Entry::Reserved);
    lockout.succeeded(known("ada"));
    assert!(matches!(
        lockout.reserve(unknown("ada"), at(2)),
        Entry::LockedOut { .. }
    ));
}

#[test]
fn the_case_of_a_name_makes_no_new_bucket() {
    assert_eq!(unknown("Ada"), unknown("aDA"));
    assert_ne!(unknown("ada"), unknown("ada1"));
    assert_ne!(unknown("ada"), known("ada"));
}

#[test]
fn guesses_being_checked_take_places_and_the_next_waits_for_them() {
    let mut lockout = LockOut::default();
    for _ in 0..10 {
        assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Reserved);
    }
    assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Wait);
    lockout.given_back(unknown("ada"));
    assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Reserved);
    for _ in 0..10 {
        lockout.failed(unknown("ada"), at(5));
    }
    assert_eq!(
        lockout.reserve(unknown("ada"), at(6)),
        Entry::LockedOut { retry_at: at(905) }
    );
}

#[test]
fn a_success_forgives_its_own_source_only() {
    let mut lockout = LockOut::default();
    guess_wrong(&mut lockout, known("ada"), 9, 0);
    assert_eq!(lockout.reserve(known("ada"), at(1)), Entry::Reserved);
    lockout.succeeded(known("ada"));
    assert!(lockout.is_empty());

    guess_wrong(&mut lockout, unknown("ada"), 9, 0);
    assert_eq!(lockout.reserve(unknown("ada"), at(1)), Entry::Reserved);
    lockout.succeeded(unknown("ada"));
    guess_wrong(&mut lockout, unknown("ada"), 1, 2);
    assert!(matches!(
        lockout.reserve(unknown("ada"), at(3)),
        Entry::LockedOut { .. }
    ));
}

#[test]
fn a_full_map_forgets_the_least_guessed_and_keeps_the_locked() {
    let mut lockout = LockOut::new(32);
    guess_wrong(&mut lockout, unknown("victim"), 10, 0);
    for n in 1..32 {
        guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, n);
    }
    assert_eq!((lockout.len(), lockout.forgotten()), (32, 0));
    for n in 32..400 {
        guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, n);
        assert!(lockout.len() <= 32);
    }
    assert!(lockout.forgotten() >= 368, "{}", lockout.forgotten());
    assert!(matches!(
        lockout.reserve(unknown("victim"), at(400)),
        Entry::LockedOut { .. }
    ));
}

#[test]
fn a_full_map_first_forgets_what_has_run_out() {
    let mut lockout = LockOut::new(4);
    for n in 0..4 {
        guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, 0);
    }
    guess_wrong(&mut lockout, unknown("late"), 1, 900);
    assert_eq!((lockout.len(), lockout.forgotten()), (1, 0));
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(usize),
    Fail(usize),
    Succeed(usize),
    GiveBack(usize),
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0usize..3).prop_map(Step::Reserve),
        6 => (0usize..3).prop_map(Step::Fail),
        1 => (0usize..3).prop_map(Step::Succeed),
        1 => (0usize..3).prop_map(Step::GiveBack),
        2 => (1i64..600).prop_map(Step::Pass),
    ]
}

proptest! {
    /// The model keeps every guess ever made and looks back one window at each new one.
    #[test]
    fn never_more_than_ten_wrong_guesses_a_window_reach_the_hasher(steps in prop::collection::vec(step(), 1..400)) {
        let buckets = [unknown("ada"), known("ada"), unknown("bob")];
        let mut lockout = LockOut::new(8);
        let mut in_flight = [0usize; 3];
        let mut wrong: [Vec<i64>; 3] = Default::default();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Reserve(n) => {
                    let recent = wrong[n].iter().filter(|at| **at + 900 > now).count();
                    let entry = lockout.reserve(buckets[n], at(now));
                    let free = recent + in_flight[n] < 10;
                    prop_assert_eq!(entry == Entry::Reserved, free, "{:?} with {} and {}", entry, recent, in_flight[n]);
                    if free {
                        in_flight[n] += 1;
                    } else if let Entry::LockedOut { retry_at } = entry {
                        let oldest = wrong[n].iter().find(|at| **at + 900 > now).unwrap();
                        prop_assert_eq!(retry_at, at(oldest + 900));
                    }
                }
                Step::Fail(n) if in_flight[n] > 0 => {
                    in_flight[n] -= 1;
                    wrong[n].push(now);
                    lockout.failed(buckets[n], at(now));
                }
                Step::Succeed(n) if in_flight[n] > 0 => {
                    in_flight[n] -= 1;
                    if n == 1 {
                        wrong[n].clear();
                    }
                    lockout.succeeded(buckets[n]);
                }
                Step::GiveBack(n) if in_flight[n] > 0 => {
                    in_flight[n] -= 1;
                    lockout.given_back(buckets[n]);
                }
                Step::Pass(seconds) => now += seconds,
                _ => {}
            }
        }
    }
}
