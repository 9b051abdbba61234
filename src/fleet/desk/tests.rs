//! What the repair desk promises, on a real SQLite file.

use super::*;
use crate::fleet::Condition;
use crate::fleet::fixture::{Yard, change};
use crate::fleet::repairs::{PRIORITY_DEFAULT, RepairState};
use crate::store::request::request_find;

fn fault(car: CarId) -> NewRepair {
    NewRepair {
        car,
        fault: "flat tyre".into(),
        priority: PRIORITY_DEFAULT,
        reported_by: "user:7".into(),
    }
}

async fn condition(yard: &Yard, car: CarId) -> Condition {
    yard.write(move |conn| store::car_by_id(conn, car))
        .await
        .unwrap()
        .condition
}

async fn reported(yard: &Yard) -> Repair {
    report(&yard.store, fault(yard.a), change(None), |_| None)
        .await
        .unwrap()
}

async fn stepped(yard: &Yard, repair: i64, steps: Vec<Step>) -> Result<Repair, DeskError> {
    step(&yard.store, repair, steps, None, change(None), |_| None).await
}

#[actix::test]
async fn the_car_follows_its_repair_to_the_end() {
    let yard = Yard::new().await;
    let ada = yard.user("ada", "engineer").await;
    let repair = reported(&yard).await;
    assert_eq!(condition(&yard, yard.a).await, Condition::Reported);
    for (next, wanted) in [
        (Step::Assign(ada), Condition::Reported),
        (Step::Take, Condition::Repair),
        (Step::Finish(Some("patched".into())), Condition::Usable),
    ] {
        stepped(&yard, repair.id, vec![next]).await.unwrap();
        assert_eq!(condition(&yard, yard.a).await, wanted);
    }
    assert_eq!(condition(&yard, yard.b).await, Condition::Usable);
    let results: Vec<String> = yard
        .audited("repair:1")
        .await
        .into_iter()
        .map(|event| event.result)
        .collect();
    assert_eq!(results, ["finished", "taken", "assigned", "reported"]);
}

#[actix::test]
async fn a_cancelled_repair_leaves_the_car_as_its_other_faults_do() {
    let yard = Yard::new().await;
    let ada = yard.user("ada", "engineer").await;
    let (one, other) = (reported(&yard).await, reported(&yard).await);
    stepped(&yard, one.id, vec![Step::Assign(ada), Step::Take])
        .await
        .unwrap();
    assert_eq!(condition(&yard, yard.a).await, Condition::Repair);
    stepped(&yard, one.id, vec![Step::Cancel(None)]).await.unwrap();
    assert_eq!(condition(&yard, yard.a).await, Condition::Reported);
    stepped(&yard, other.id, vec![Step::Cancel(None)]).await.unwrap();
    assert_eq!(condition(&yard, yard.a).await, Condition::Usable);
}

#[actix::test]
async fn a_refused_step_leaves_nothing_behind() {
    let yard = Yard::new().await;
    let (ada, bob) = (yard.user("ada", "engineer").await, yard.user("bob", "engineer").await);
    let repair = reported(&yard).await;
    stepped(&yard, repair.id, vec![Step::Assign(ada)]).await.unwrap();
    let by_bob = step(
        &yard.store,
        repair.id,
        vec![Step::Take],
        Some(bob),
        change(None),
        |_| None,
    )
    .await;
    assert!(
        matches!(by_bob, Err(DeskError::Repair(RepairError::NotYours { .. }))),
        "{by_bob:?}"
    );
    let too_far = stepped(&yard, repair.id, vec![Step::Take, Step::Take]).await;
    assert!(
        matches!(too_far, Err(DeskError::Repair(RepairError::NotNow { .. }))),
        "{too_far:?}"
    );
    let none = stepped(&yard, 99, vec![Step::Take]).await;
    assert!(matches!(none, Err(DeskError::NoSuchRepair(99))), "{none:?}");
    assert_eq!(condition(&yard, yard.a).await, Condition::Reported);
    let after = yard
        .write(move |conn| store::repair_by_id(conn, repair.id))
        .await
        .unwrap();
    assert_eq!((after.state, after.engineer), (RepairState::Assigned, Some(ada)));
}

#[actix::test]
async fn a_car_has_its_bound_of_open_faults_and_no_more() {
    let yard = Yard::new().await;
    for _ in 0..OPEN_PER_CAR_MAX {
        reported(&yard).await;
    }
    let refused = report(&yard.store, fault(yard.a), change(None), |_| None).await;
    assert!(
        matches!(refused, Err(DeskError::Repair(RepairError::TooMany))),
        "{refused:?}"
    );
    stepped(&yard, 1, vec![Step::Cancel(None)]).await.unwrap();
    reported(&yard).await;
}

#[actix::test]
async fn the_answer_is_kept_beside_the_change() {
    let yard = Yard::new().await;
    let keep: Keep = |repair| Some(repair.id.to_le_bytes().to_vec());
    let repair = report(&yard.store, fault(yard.a), change(Some("r1")), keep)
        .await
        .unwrap();
    let kept = yard.write(|conn| request_find(conn, "user:7", "r1")).await.unwrap();
    assert_eq!(kept.answer, repair.id.to_le_bytes());
}
