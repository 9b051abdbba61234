//! What the roster promises: one car of a name and of a plate, and nothing half done.

use super::*;
use crate::fleet::fixture::{Yard, change, new_car};
use crate::fleet::store::NewRepair;
use crate::place::Position;
use crate::store::request::request_find;

fn keep(car: &Car) -> Option<Vec<u8>> {
    Some(car.name.clone().into_bytes())
}

async fn audited(yard: &Yard, id: CarId) -> Vec<String> {
    let rows = yard.audited(&format!("car:{id}")).await.into_iter();
    rows.map(|row| row.result).collect()
}

#[actix::test]
async fn a_car_joins_once_and_is_audited_and_its_answer_kept() {
    let yard = Yard::new().await;
    let added = add(&yard.store, new_car("c"), change(Some("r1")), keep).await.unwrap();
    assert_eq!((added.name.as_str(), added.condition), ("c", Condition::Usable));
    assert_eq!(audited(&yard, added.id).await, ["added"]);
    let kept = yard.write(|conn| request_find(conn, "user:7", "r1")).await.unwrap();
    assert_eq!(kept.answer, b"c");
    let again = add(&yard.store, new_car("c"), change(None), keep).await;
    assert!(matches!(again, Err(RosterError::NameTaken(name)) if name == "c"));
    let same_plate = NewCar {
        plate: "P-a".into(),
        ..new_car("d")
    };
    let refused = add(&yard.store, same_plate, change(Some("r2")), keep).await;
    assert!(matches!(refused, Err(RosterError::PlateTaken(plate)) if plate == "P-a"));
    let nothing = yard
        .write(|conn| Ok((car_by_name(conn, "d")?, request_find(conn, "user:7", "r2")?)))
        .await;
    assert_eq!(nothing, (None, None));
    let no_car = NewCar {
        seats: 0,
        ..new_car("d")
    };
    assert!(matches!(
        add(&yard.store, no_car, change(None), keep).await,
        Err(RosterError::Fault(_))
    ));
}

#[actix::test]
async fn a_car_is_changed_as_a_whole_or_not_at_all() {
    let yard = Yard::new().await;
    let both = |plate: &str| CarChanges {
        plate: Some(plate.to_owned()),
        colour: Some("red".into()),
        ..CarChanges::default()
    };
    let refused = alter(&yard.store, yard.a, both("P-b"), change(None), keep).await;
    assert!(matches!(refused, Err(RosterError::PlateTaken(_))));
    let a = yard.a;
    let untouched = yard.write(move |conn| car_by_id(conn, a)).await.unwrap();
    assert_eq!((untouched.plate.as_str(), untouched.colour.as_str()), ("P-a", "blue"));
    let changed = alter(&yard.store, yard.a, both("P-z"), change(None), keep)
        .await
        .unwrap();
    assert_eq!((changed.plate.as_str(), changed.colour.as_str()), ("P-z", "red"));
    let trail = yard.audited(&format!("car:{}", yard.a)).await;
    assert_eq!(trail.len(), 1);
    assert_eq!(
        trail[0].detail.as_deref(),
        Some("plate `P-a` to `P-z`; colour `blue` to `red`")
    );
    let nobody = alter(&yard.store, CarId(99), both("P-q"), change(None), keep).await;
    assert!(matches!(nobody, Err(RosterError::NoSuchCar(CarId(99)))));
}

#[actix::test]
async fn a_car_back_in_use_is_as_its_open_repairs_say() {
    let yard = Yard::new().await;
    let set = |wanted| set_condition(&yard.store, yard.a, wanted, "why".into(), change(None), keep);
    assert_eq!(
        set(Condition::OutOfService).await.unwrap().condition,
        Condition::OutOfService
    );
    assert_eq!(set(Condition::Usable).await.unwrap().condition, Condition::Usable);
    let a = yard.a;
    let fault = NewRepair {
        car: a,
        fault: "noise".into(),
        priority: 3,
        reported_by: "user:7".into(),
    };
    yard.write(move |conn| store::repair_insert(conn, &fault, 0)).await;
    assert_eq!(
        set(Condition::OutOfService).await.unwrap().condition,
        Condition::OutOfService
    );
    assert_eq!(set(Condition::Usable).await.unwrap().condition, Condition::Reported);
    for other in [Condition::Reported, Condition::Repair, Condition::Retired] {
        assert!(matches!(set(other).await, Err(RosterError::NoChoice(got)) if got == other));
    }
    yard.write(move |conn| car_set_condition(conn, a, Condition::Retired))
        .await;
    assert!(matches!(set(Condition::Usable).await, Err(RosterError::Retired(_))));
    let moved = CarChanges {
        position: Some(Position::new(1.0, 1.0).unwrap()),
        ..CarChanges::default()
    };
    let refused = alter(&yard.store, yard.a, moved, change(None), keep).await;
    assert!(matches!(refused, Err(RosterError::Retired(_))));
}
