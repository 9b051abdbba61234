//! What the rules of presence promise: a table of small stories, and a model of sessions under random steps.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::people::*;
use super::*;

const GRACE: Duration = Duration::from_secs(5);

fn people() -> People {
    People::new(Bounds {
        grace: GRACE,
        leaving: 4,
        marks: 3,
    })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn secs(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn changed(people: &mut People) -> Vec<i64> {
    people.take_changed().into_keys().map(|user| user.0).collect()
}

#[test]
fn a_person_is_online_from_the_first_session_to_the_last_and_a_grace_longer() {
    let (mut people, anna) = (people(), UserId(7));
    people.enter(anna, "anna", at(0));
    assert_eq!(changed(&mut people), [7]);
    people.enter(anna, "anna", at(1));
    people.leave(anna, at(2), secs(2));
    assert_eq!((changed(&mut people), people.find(anna).unwrap().sessions), (vec![], 1));
    people.leave(anna, at(3), secs(3));
    people.expire(secs(7));
    assert_eq!(people.find(anna).unwrap().sessions, 0, "may come again");
    assert_eq!(changed(&mut people), Vec::<i64>::new());
    people.expire(secs(8));
    assert_eq!(people.find(anna), None);
    assert_eq!(changed(&mut people), [7]);
    let mark = people.unwritten(anna).unwrap();
    assert_eq!(
        (mark.seen_at, mark.is_online),
        (at(3), false),
        "seen at the end of the last session"
    );
}

#[test]
fn who_comes_again_within_the_grace_never_left() {
    let (mut people, anna) = (people(), UserId(7));
    people.enter(anna, "anna", at(0));
    changed(&mut people);
    for round in 0..10 {
        people.leave(anna, at(round), secs(round.unsigned_abs()));
        people.enter(anna, "anna", at(round));
        people.expire(secs(round.unsigned_abs() + 4));
    }
    people.expire(secs(100));
    assert_eq!(
        (changed(&mut people), people.find(anna).unwrap().since),
        (vec![], at(0))
    );
    assert!(people.unwritten(anna).unwrap().is_online);
}

#[test]
fn more_who_may_come_again_than_the_bound_are_gone_the_first_first() {
    let mut people = people();
    for number in 1..=5 {
        people.enter(UserId(number), "x", at(0));
    }
    changed(&mut people);
    for number in 1..=4 {
        people.leave(UserId(number), at(0), secs(number.unsigned_abs()));
    }
    assert_eq!((changed(&mut people), people.len()), (vec![], 5), "at the bound");
    people.leave(UserId(5), at(0), secs(5));
    assert_eq!((changed(&mut people), people.len()), (vec![1], 4), "one more");
}

#[test]
fn an_end_without_a_beginning_changes_nothing() {
    let mut people = people();
    people.leave(UserId(1), at(0), secs(0));
    people.enter(UserId(1), "x", at(0));
    people.leave(UserId(1), at(1), secs(1));
    people.leave(UserId(1), at(2), secs(2));
    assert_eq!(people.unwritten(UserId(1)).unwrap().seen_at, at(1));
}

#[test]
fn what_could_not_be_written_is_taken_again_unless_something_newer_came() {
    let mut people = people();
    people.enter(UserId(1), "x", at(1));
    people.enter(UserId(2), "y", at(1));
    assert_eq!(people.take_marks(1).len(), 1);
    people.leave(UserId(1), at(2), secs(2));
    people.written(false);
    assert_eq!(people.unwritten(UserId(1)).unwrap().seen_at, at(2));
    assert_eq!(people.take_marks(10).len(), 2);
    people.written(true);
    assert_eq!((people.unwritten(UserId(1)), people.take_marks(10).len()), (None, 0));
}

#[test]
fn marks_beyond_the_bound_go_but_never_those_of_people_who_are_online() {
    let mut people = people();
    for number in 1..=4 {
        people.enter(UserId(number), "x", at(0));
    }
    assert_eq!(people.trim(), 0, "all are online");
    people.leave(UserId(2), at(0), secs(0));
    assert_eq!(people.trim(), 1);
    assert_eq!((people.trim(), people.unwritten(UserId(2))), (0, None));
}

proptest! {
    /// Whoever has a session is online, whoever has had none for the grace is not, and a change is told exactly when
    /// what others see differs from what they saw.
    #[test]
    fn sessions_decide_and_nothing_else(steps in prop::collection::vec((0..3u8, 1..6i64), 1..300)) {
        let mut people = People::new(Bounds { grace: GRACE, leaving: 100, marks: 100 });
        let (mut open, mut ended): (BTreeMap<i64, u32>, BTreeMap<i64, u64>) = Default::default();
        let (mut now, mut seen) = (0u64, BTreeSet::new());
        for (step, figure) in steps {
            let user = UserId(figure);
            match step {
                0 => {
                    people.enter(user, "x", at(now.cast_signed()));
                    *open.entry(figure).or_default() += 1;
                }
                1 => {
                    people.leave(user, at(now.cast_signed()), secs(now));
                    if let Some(count) = open.get_mut(&figure).filter(|count| **count > 0) {
                        *count -= 1;
                        ended.insert(figure, now);
                    }
                }
                _ => {
                    now += figure.unsigned_abs();
                    people.expire(secs(now));
                }
            }
            let before = seen.clone();
            for user in people.take_changed().into_keys() {
                if people.find(user).is_some() { seen.insert(user.0) } else { seen.remove(&user.0) };
            }
            for number in 1..6 {
                let sessions = open.get(&number).copied().unwrap_or(0);
                let online = people.find(UserId(number));
                prop_assert_eq!(online.map_or(0, |online| online.sessions), sessions);
                if sessions > 0 { prop_assert!(seen.contains(&number)); }
                prop_assert_eq!(online.is_some(), seen.contains(&number), "told what is so");
                if sessions == 0 && step == 2 && ended.get(&number).is_some_and(|ended| ended + 5 <= now) {
                    prop_assert!(online.is_none());
                }
            }
            prop_assert!(before.len().abs_diff(seen.len()) <= 5);
        }
    }
}
