//! The map against a brute look at everybody, and what each may know of the others.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::place::rules::building::Shape;
use crate::place::rules::earth::Point;

mod bounds;
mod hearing;

const ANNA: UserId = UserId(1);
const BERT: UserId = UserId(2);
const CARL: UserId = UserId(3);

fn at(latitude: f64, longitude: f64) -> Position {
    Position::new(latitude, longitude).unwrap()
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn world() -> World {
    World::new(Standards {
        choice: choice(true, true, &[]),
        range_m: 50.0,
        people_max: 100,
        movements_max: 1_000,
    })
}

fn choice(same_building: bool, within_range: bool, named: &[UserId]) -> Choice {
    Choice {
        same_building,
        within_range,
        named: named.iter().copied().collect(),
        blur_m: None,
    }
}

fn circle(id: &str, position: Position, radius_m: f64) -> Arc<Building> {
    let shape = Shape::Circle {
        centre: position,
        radius_m,
    };
    Arc::new(Building::new(id, id, shape).unwrap())
}

fn say(world: &mut World, user: UserId, position: Position) -> Option<String> {
    let fix = Fix {
        position,
        accuracy_m: None,
        at: second(0),
    };
    let building = world.say(user, &format!("user-{user}"), fix).unwrap();
    building.map(|building| building.id.to_string())
}

fn settle(world: &mut World, user: UserId, change: u64, choice: Choice) {
    let visibility = Visibility::default().with(choice, None);
    world
        .settle((user, "name"), change, visibility, None, second(0))
        .unwrap();
}

fn near(world: &World, viewer: UserId, radius_m: f64, now: i64) -> Vec<UserId> {
    let ask = Near {
        from: None,
        radius_m: Some(radius_m),
        after: None,
        page: 100,
    };
    let people = world.near(viewer, &ask, |_| true, second(now));
    people.seen.iter().map(|seen| seen.user).collect()
}

fn here(world: &World, viewer: UserId) -> Vec<UserId> {
    let people = world.here(viewer, UserId(i64::MIN), 100, |_| true, second(0));
    people.seen.iter().map(|seen| seen.user).collect()
}

/// So many metres north of a corner.
fn north(metres: f64) -> Position {
    at(38.7 + metres / 111_195.08, -9.1)
}

#[test]
fn who_is_seen_depends_on_their_own_range_and_not_on_how_far_somebody_looks() {
    let mut world = world();
    for (user, metres) in [(ANNA, 0.0), (BERT, 40.0), (CARL, 60.0)] {
        say(&mut world, user, north(metres));
    }
    assert_eq!(near(&world, ANNA, 10_000.0, 0), [BERT]);
    assert_eq!(near(&world, ANNA, 30.0, 0), []);
    assert_eq!(near(&world, BERT, 100.0, 0), [CARL, ANNA]);
    world
        .settle((CARL, "carl"), 1, Visibility::default(), Some(70.0), second(0))
        .unwrap();
    assert_eq!(near(&world, ANNA, 100.0, 0), [BERT, CARL]);
    // Carl's own range says how far he looks unless he says otherwise.
    assert_eq!(world.range_of(CARL), 70.0);
}

#[test]
fn looking_from_elsewhere_shows_nobody_more() {
    let mut world = world();
    say(&mut world, ANNA, north(10_000.0));
    say(&mut world, BERT, north(0.0));
    let ask = Near {
        from: Some(Point::of(north(0.0))),
        radius_m: Some(1_000.0),
        after: None,
        page: 100,
    };
    assert!(world.near(ANNA, &ask, |_| true, second(0)).seen.is_empty());
    settle(&mut world, BERT, 1, choice(false, false, &[ANNA]));
    assert_eq!(world.near(ANNA, &ask, |_| true, second(0)).seen[0].user, BERT);
    // Who never said where they are sees those alone who named them.
    assert!(world.near(CARL, &ask, |_| true, second(0)).seen.is_empty());
    assert_eq!(near(&world, CARL, 1_000.0, 0), []);
}

#[test]
fn a_movement_is_noted_once_and_people_are_in_one_building() {
    let mut world = world();
    world.put_building(circle("a", north(0.0), 50.0));
    world.put_building(circle("b", north(60.0), 50.0));
    assert_eq!(say(&mut world, ANNA, north(0.0)).as_deref(), Some("a"));
    assert_eq!(say(&mut world, ANNA, north(10.0)).as_deref(), Some("a"));
    assert_eq!(say(&mut world, BERT, north(35.0)).as_deref(), Some("b"));
    assert_eq!(here(&world, ANNA), []);
    assert_eq!(say(&mut world, ANNA, north(31.0)).as_deref(), Some("b"));
    assert_eq!((here(&world, ANNA), here(&world, BERT)), (vec![BERT], vec![ANNA]));
    assert_eq!(say(&mut world, ANNA, north(500.0)), None);
    assert_eq!(here(&world, ANNA), []);
    let noted: Vec<(UserId, Option<String>, Option<String>)> = world
        .take_movements(100)
        .into_iter()
        .map(|movement| {
            let text = |id: Option<Arc<str>>| id.map(|id| id.to_string());
            (movement.user, text(movement.from), text(movement.to))
        })
        .collect();
    let (a, b) = (Some("a".to_owned()), Some("b".to_owned()));
    assert_eq!(
        noted,
        [
            (ANNA, None, a.clone()),
            (BERT, None, b.clone()),
            (ANNA, a, b.clone()),
            (ANNA, b, None)
        ]
    );
    assert!(world.take_movements(100).is_empty());
}

#[test]
fn a_building_that_changes_takes_and_loses_its_people() {
    let mut world = world();
    for (user, metres) in [(ANNA, 0.0), (BERT, 40.0), (CARL, 400.0)] {
        say(&mut world, user, north(metres));
    }
    let look = |world: &mut World| while world.look_again(0, 100, second(1)).unwrap().is_some() {};
    let members = |world: &World, id: &str| -> Vec<UserId> {
        let members = world.members(id, UserId(i64::MIN), 100);
        members.iter().map(|person| person.user).collect()
    };
    world.put_building(circle("a", north(0.0), 50.0));
    look(&mut world);
    assert_eq!(members(&world, "a"), [ANNA, BERT]);
    world.put_building(circle("a", north(0.0), 30.0));
    look(&mut world);
    assert_eq!(members(&world, "a"), [ANNA]);
    world.put_building(circle("b", north(400.0), 10.0));
    world.remove_building("a");
    look(&mut world);
    assert_eq!((members(&world, "a"), members(&world, "b")), (vec![], vec![CARL]));
    assert_eq!(world.take_movements(100).len(), 5);
    // Steps of one person go through everybody too.
    world.put_building(circle("c", north(20.0), 1_000.0));
    let mut from = 0;
    while let Some(next) = world.look_again(from, 1, second(2)).unwrap() {
        from = next;
    }
    assert_eq!(members(&world, "c"), [ANNA, BERT]);
}

#[test]
fn hidden_people_are_not_found_and_blur_moves_what_is_shown() {
    let mut world = world();
    for user in [ANNA, BERT] {
        say(&mut world, user, north(0.0));
    }
    settle(&mut world, BERT, 1, Choice::default());
    assert_eq!(near(&world, ANNA, 100.0, 0), []);
    assert!(!world.may_see(ANNA, BERT, second(0)) && world.may_see(BERT, BERT, second(0)));
    let blurred = Choice {
        blur_m: Some(1_000),
        ..choice(false, false, &[ANNA])
    };
    settle(&mut world, BERT, 2, blurred.clone());
    let ask = Near {
        from: None,
        radius_m: Some(2_000.0),
        after: None,
        page: 100,
    };
    let seen = world.near(ANNA, &ask, |_| true, second(0)).seen;
    assert_eq!(
        (seen[0].position, seen[0].blur_m),
        (blurred.shown(north(0.0)), Some(1_000))
    );
    let apart = Point::of(north(0.0)).metres_to(Point::of(seen[0].position));
    assert!((seen[0].distance_m - apart).abs() < 0.001 && apart > 1.0);
    // An older change that comes late changes nothing.
    settle(&mut world, BERT, 1, choice(true, true, &[]));
    assert_eq!(world.near(ANNA, &ask, |_| true, second(0)).seen[0].blur_m, Some(1_000));
}

#[test]
fn a_choice_for_a_while_ends_by_the_clock_and_never_shows_more_in_between() {
    let mut world = world();
    for user in [ANNA, BERT] {
        say(&mut world, user, north(0.0));
    }
    let hidden = Visibility::default().with(Choice::default(), Some(second(10)));
    world.settle((BERT, "bert"), 1, hidden, None, second(0)).unwrap();
    assert_eq!(near(&world, ANNA, 100.0, 9), []);
    assert_eq!(world.expire(second(9)), 0);
    assert_eq!(world.expire(second(10)), 1);
    assert_eq!(near(&world, ANNA, 100.0, 10), [BERT]);
    // Precise for a while, blurred afterwards: between the end and the sweep nothing is shown at all.
    let blurred = Choice {
        blur_m: Some(500),
        ..choice(false, false, &[ANNA])
    };
    let precise = choice(false, false, &[ANNA]);
    let visibility = Visibility::default()
        .with(blurred, None)
        .with(precise, Some(second(30)));
    world.settle((BERT, "bert"), 2, visibility, None, second(20)).unwrap();
    assert_eq!(near(&world, ANNA, 2_000.0, 29), [BERT]);
    assert_eq!(near(&world, ANNA, 2_000.0, 30), []);
    world.expire(second(30));
    assert_eq!(near(&world, ANNA, 2_000.0, 30), [BERT]);
}

#[test]
fn a_movement_is_told_to_those_who_see_it_and_of_the_side_they_see() {
    let mut world = world();
    world.put_building(circle("a", north(0.0), 50.0));
    world.put_building(circle("b", north(200.0), 50.0));
    let dora = UserId(4);
    for (user, metres) in [(ANNA, 0.0), (BERT, 200.0), (CARL, 0.0), (dora, 5_000.0)] {
        say(&mut world, user, north(metres));
    }
    world.take_movements(10);
    let told = |world: &mut World| -> Vec<(UserId, bool, bool)> {
        say(world, CARL, north(200.0));
        let gone = world.take_movements(10);
        let told = world.witnesses(&gone[0], second(0)).into_iter();
        let told = told
            .map(|witness| (witness.viewer, witness.saw_leave, witness.sees))
            .collect();
        say(world, CARL, north(0.0));
        world.take_movements(10);
        told
    };
    assert_eq!(
        told(&mut world),
        [(ANNA, true, false), (BERT, false, true), (CARL, true, true)]
    );
    settle(&mut world, CARL, 1, Choice::default());
    assert_eq!(told(&mut world), [(CARL, true, true)]);
    settle(&mut world, CARL, 2, choice(false, false, &[dora, BERT]));
    assert_eq!(
        told(&mut world),
        [(BERT, true, true), (CARL, true, true), (dora, true, true)]
    );
    world.set_blocked(CARL, dora, true);
    assert_eq!(told(&mut world), [(BERT, true, true), (CARL, true, true)]);
    // Out of all buildings: those who saw it hear that it was left.
    settle(&mut world, CARL, 3, choice(true, true, &[]));
    say(&mut world, CARL, north(1_000.0));
    let gone = world.take_movements(10);
    let told = world.witnesses(&gone[0], second(0));
    assert_eq!(
        told.iter().map(|witness| witness.viewer).collect::<Vec<_>>(),
        [ANNA, CARL]
    );
    assert!(told.iter().all(|witness| witness.saw_leave && !witness.sees));
}

#[test]
fn blocked_people_do_not_see_each_other_whatever_they_chose() {
    let mut world = world();
    for user in [ANNA, BERT] {
        say(&mut world, user, north(0.0));
        settle(&mut world, user, 1, choice(true, true, &[ANNA, BERT]));
    }
    for (one, other) in [(ANNA, BERT), (BERT, ANNA)] {
        world.set_blocked(one, other, true);
        assert_eq!(
            (near(&world, ANNA, 100.0, 0), near(&world, BERT, 100.0, 0)),
            (vec![], vec![])
        );
        assert!(!world.may_see(ANNA, BERT, second(0)));
        // Both did; one of them no longer.
        world.set_blocked(other, one, true);
        world.set_blocked(one, other, false);
        assert!(!world.may_see(ANNA, BERT, second(0)) && !world.may_see(BERT, ANNA, second(0)));
        world.set_blocked(other, one, false);
        assert_eq!(near(&world, ANNA, 100.0, 0), [BERT]);
    }
}

#[test]
fn who_is_forgotten_is_nowhere() {
    let mut world = world();
    world.put_building(circle("a", north(0.0), 50.0));
    for user in [ANNA, BERT] {
        say(&mut world, user, north(0.0));
    }
    world.forget(BERT);
    assert_eq!((near(&world, ANNA, 100.0, 0), here(&world, ANNA)), (vec![], vec![]));
    assert!(world.person(BERT).unwrap().fix.is_none());
    say(&mut world, BERT, north(0.0));
    assert_eq!(near(&world, ANNA, 100.0, 0), [BERT]);
}

proptest! {
    #[test]
    fn nobody_sees_who_may_not_be_seen_and_all_others_are_seen(
        steps in proptest::collection::vec((1..8_i64, 0.0..300.0_f64), 1..40),
        choices in proptest::collection::btree_map(
            1..8_i64,
            (any::<bool>(), any::<bool>(), proptest::collection::btree_set(1..8_i64, 0..3), proptest::option::of(100..400_u32)),
            0..8,
        ),
        radius_m in 1.0..400.0_f64,
    ) {
        let mut world = world();
        world.put_building(circle("a", north(50.0), 60.0));
        world.put_building(circle("b", north(150.0), 60.0));
        let mut last = BTreeMap::new();
        for (user, metres) in steps {
            say(&mut world, UserId(user), north(metres));
            last.insert(user, north(metres));
        }
        for (change, (user, (same_building, within_range, named, blur_m))) in (1..).zip(&choices) {
            let named: Vec<UserId> = named.iter().map(|user| UserId(*user)).collect();
            let choice = Choice { blur_m: *blur_m, ..choice(*same_building, *within_range, &named) };
            settle(&mut world, UserId(*user), change, choice);
        }
        for (viewer, own) in &last {
            let own = Point::of(*own);
            let mut brute = Vec::new();
            for (seen, position) in &last {
                let (same, within, named, blur_m) = choices.get(seen).cloned().unwrap_or((true, true, BTreeSet::new(), None));
                let shown = Choice { blur_m, ..Choice::default() }.shown(*position);
                let apart = own.metres_to(Point::of(shown));
                let building = |user: &i64| world.buildings.at(last[user]).map(|building| building.id.clone());
                let is_seen = viewer != seen
                    && (named.contains(viewer)
                        || (same && building(viewer).is_some() && building(viewer) == building(seen))
                        || (within && apart <= 50.0));
                prop_assert_eq!(viewer != seen && world.may_see(UserId(*viewer), UserId(*seen), second(0)), is_seen);
                if is_seen && apart <= radius_m {
                    brute.push(UserId(*seen));
                }
            }
            let mut found = near(&world, UserId(*viewer), radius_m, 0);
            found.sort_unstable();
            prop_assert_eq!(found, brute);
        }
    }
}
