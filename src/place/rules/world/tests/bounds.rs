//! What is kept of people is bounded, and what waits for the store is neither lost nor written twice.

use super::*;

#[test]
fn people_and_movements_are_bounded() {
    let mut world = World::new(Standards {
        people_max: 2,
        movements_max: 2,
        ..world().standards
    });
    world.put_building(circle("a", north(0.0), 50.0));
    let fix = |metres: f64| Fix {
        position: north(metres),
        accuracy_m: None,
        at: second(0),
    };
    assert!(world.say(ANNA, "anna", fix(0.0)).is_ok());
    assert!(world.say(BERT, "bert", fix(0.0)).is_ok());
    assert_eq!(world.say(ANNA, "anna", fix(500.0)), Err(Full::Movements(2)));
    world.take_movements(1);
    assert_eq!(world.say(CARL, "carl", fix(500.0)), Err(Full::People(2)));
    assert!(world.say(ANNA, "anna", fix(500.0)).is_ok());
}

#[test]
fn what_is_to_be_written_is_taken_once_and_comes_again_when_it_was_not_taken() {
    let mut world = world();
    say(&mut world, ANNA, north(0.0));
    say(&mut world, ANNA, north(1.0));
    say(&mut world, BERT, north(2.0));
    let taken: BTreeSet<i64> = world.take_unwritten(10).iter().map(|said| said.user.0).collect();
    assert_eq!(taken, BTreeSet::from([1, 2]));
    assert!(world.take_unwritten(10).is_empty());
    world.give_back([ANNA].into_iter());
    say(&mut world, ANNA, north(3.0));
    let again = world.take_unwritten(10);
    assert_eq!((again.len(), again[0].fix.position), (1, north(3.0)));
    world.put_building(circle("a", north(3.0), 5.0));
    say(&mut world, ANNA, north(3.0));
    let movements: Vec<Arc<Movement>> = world.take_movements(10).into_iter().map(Arc::new).collect();
    world.give_back_movements(movements.clone());
    say(&mut world, ANNA, north(300.0));
    let again = world.take_movements(10);
    assert_eq!((again.len(), &again[0]), (2, &*movements[0]));
}
