//! What the rows of the fleet promise, on a real SQLite file.

use diesel::prelude::*;
use iso_currency::Currency;

use super::*;
use crate::booking::{BookingId, CarId, Money};
use crate::fleet::command_state::CommandState;
use crate::fleet::fixture::{Yard, new_car};
use crate::fleet::repairs::RepairState;
use crate::fleet::{CarCommand, Condition, NewCar, Purpose};
use crate::place::Position;
use crate::store::schema::booking;
use crate::store::{AnyConn, StoreError};

/// A booking of a car in a state, as plain as the table allows.
fn book(conn: &mut AnyConn, car: CarId, user: i64, state: &str) -> Result<BookingId, StoreError> {
    let id: i64 = diesel::insert_into(booking::table)
        .values((
            booking::id.eq(42),
            booking::car_id.eq(car.0),
            booking::user_id.eq(user),
            booking::start_at.eq(10),
            booking::end_at.eq(20),
            booking::state.eq(state),
            booking::rate_per_hour.eq(1),
            booking::price.eq(1),
            booking::currency.eq("EUR"),
            booking::created_at.eq(1),
        ))
        .returning(booking::id)
        .get_result(conn)?;
    Ok(BookingId(id))
}

fn moved() -> NewCar {
    NewCar {
        colour: "red".into(),
        place: "Harbour".into(),
        position: Position::new(1.0, 2.0).unwrap(),
        rate_per_hour: Money::new(900, Currency::JPY),
        ..new_car("a")
    }
}

#[actix::test]
async fn a_car_reads_back_as_it_was_written() {
    let yard = Yard::new().await;
    let a = yard.a;
    let (car, by_name, none) = yard
        .write(move |conn| Ok((car_by_id(conn, a)?, car_by_name(conn, "a")?, car_by_name(conn, "A")?)))
        .await;
    let car = car.unwrap();
    assert_eq!(Some(&car), by_name.as_ref());
    assert_eq!(none, None);
    let wanted = new_car("a");
    assert_eq!(
        (car.name, car.plate, car.seats),
        (wanted.name, wanted.plate, wanted.seats)
    );
    assert_eq!(
        (car.position, car.rate_per_hour, car.condition),
        (wanted.position, wanted.rate_per_hour, Condition::Usable)
    );
}

#[actix::test]
async fn a_name_and_a_plate_are_one_cars() {
    let yard = Yard::new().await;
    for (new, what) in [
        (
            NewCar {
                plate: "P-c".into(),
                ..new_car("a")
            },
            "car.name",
        ),
        (
            NewCar {
                plate: "P-a".into(),
                ..new_car("c")
            },
            "car.plate",
        ),
    ] {
        let refused = yard.store.write(move |conn| car_insert(conn, &new, 1)).await;
        assert!(
            matches!(&refused, Err(StoreError::Conflict { what: told }) if told == what),
            "{refused:?}"
        );
    }
}

#[actix::test]
async fn importing_a_car_again_keeps_its_number_and_takes_the_rest() {
    let yard = Yard::new().await;
    let a = yard.a;
    let (done, car) = yard
        .write(move |conn| {
            car_set_condition(conn, a, Condition::Reported)?;
            let done = car_upsert_by_name(conn, &moved(), 5)?;
            Ok((done, car_by_id(conn, a)?.unwrap()))
        })
        .await;
    assert_eq!(
        done,
        Upserted {
            car: a,
            is_new: false,
            position_kept: false
        }
    );
    assert_eq!((car.colour.as_str(), car.place.as_str()), ("red", "Harbour"));
    assert_eq!(
        (car.position, car.rate_per_hour),
        (moved().position, moved().rate_per_hour)
    );
    assert_eq!(
        car.condition,
        Condition::Reported,
        "a file does not know what is broken"
    );
    let new = yard.write(|conn| car_upsert_by_name(conn, &new_car("c"), 5)).await;
    assert!(new.is_new && new.car != a);
}

#[actix::test]
async fn a_car_that_is_booked_stays_where_its_riders_were_told() {
    let yard = Yard::new().await;
    let rider = yard.user("ada", "customer").await.0;
    let a = yard.a;
    for (state, kept) in [("reserved", true), ("finished", false)] {
        let (done, car) = yard
            .write(move |conn| {
                diesel::delete(booking::table).execute(conn)?;
                book(conn, a, rider, state)?;
                let done = car_upsert_by_name(conn, &moved(), 5)?;
                Ok((done, car_by_id(conn, a)?.unwrap()))
            })
            .await;
        assert_eq!(done.position_kept, kept, "{state}");
        assert_eq!(car.place, if kept { "Mitte" } else { "Harbour" });
        assert_eq!(car.colour, "red");
    }
}

#[actix::test]
async fn parking_forgets_no_figure_that_the_car_did_not_tell() {
    let yard = Yard::new().await;
    let a = yard.a;
    let parked = |place: Option<&str>, odometer_km, fuel_percent| Parked {
        position: moved().position,
        place: place.map(str::to_owned),
        odometer_km,
        fuel_percent,
    };
    let (first, second) = (
        parked(Some("Harbour"), Some(10.5), Some(80.0)),
        parked(None, None, Some(70.0)),
    );
    let car = yard
        .write(move |conn| {
            car_park(conn, a, &first)?;
            car_park(conn, a, &second)?;
            Ok(car_by_id(conn, a)?.unwrap())
        })
        .await;
    assert_eq!((car.odometer_km, car.fuel_percent), (Some(10.5), Some(70.0)));
    assert_eq!((car.place.as_str(), car.position), ("", moved().position));
    let parked = parked(None, None, None);
    let refused = yard.store.write(move |conn| car_park(conn, CarId(99), &parked)).await;
    assert!(matches!(refused, Err(StoreError::Missing)));
}

#[actix::test]
async fn cars_come_in_pages() {
    let yard = Yard::new().await;
    let (a, b) = (yard.a, yard.b);
    let (first, second, third) = yard
        .write(move |conn| {
            Ok((
                car_list(conn, CarId(0), 1)?,
                car_list(conn, a, 1)?,
                car_list(conn, b, 1)?,
            ))
        })
        .await;
    let ids = |page: Vec<crate::fleet::Car>| page.into_iter().map(|car| car.id).collect::<Vec<_>>();
    assert_eq!((ids(first), ids(second), ids(third)), (vec![a], vec![b], vec![]));
}

fn command(id: i64, car: CarId) -> NewCommand {
    NewCommand {
        id,
        car,
        name: CarCommand::Unlock,
        purpose: Purpose::Operations,
        nonce: format!("n{id}"),
        who: "user:7".into(),
        accepted_at: 100,
        expires_at: 200,
        failed: None,
    }
}

fn settlement(id: i64, car: CarId, state: CommandState) -> Settlement {
    Settlement {
        id,
        car,
        state,
        reason: None,
        at: 150,
    }
}

#[actix::test]
async fn a_settled_command_stays_settled_whoever_comes_later() {
    let yard = Yard::new().await;
    let a = yard.a;
    let (first, second) = yard
        .write(move |conn| {
            command_insert(conn, &command(1, a))?;
            command_send(conn, 1)?;
            Ok((
                command_settle(conn, &settlement(1, a, CommandState::Done))?,
                command_settle(conn, &settlement(1, a, CommandState::Unknown))?,
            ))
        })
        .await;
    let Settled::Now(row) = first else { panic!("{first:?}") };
    assert_eq!(
        (row.state, row.settled_at, row.car_name.as_str()),
        (CommandState::Done, Some(150), "a")
    );
    assert_eq!(second, Settled::Before(row));
}

#[actix::test]
async fn another_car_settles_nothing() {
    let yard = Yard::new().await;
    let (a, b) = (yard.a, yard.b);
    yard.write(move |conn| {
        command_insert(conn, &command(1, a))?;
        command_send(conn, 1)
    })
    .await;
    let refused = yard
        .store
        .write(move |conn| command_settle(conn, &settlement(1, b, CommandState::Done)))
        .await;
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
}

#[actix::test]
async fn nothing_is_sent_twice() {
    let yard = Yard::new().await;
    let a = yard.a;
    let refused = yard
        .store
        .write(move |conn| {
            command_insert(conn, &command(1, a))?;
            command_send(conn, 1)?;
            command_send(conn, 1)
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Missing)));
}

#[actix::test]
async fn commands_are_listed_newest_first_by_car_and_state() {
    let yard = Yard::new().await;
    let (a, b) = (yard.a, yard.b);
    let (all, of_a, failed, page, last) = yard
        .write(move |conn| {
            command_insert(conn, &command(1, a))?;
            command_insert(conn, &command(2, b))?;
            let failed = NewCommand {
                failed: Some("not connected".into()),
                ..command(3, a)
            };
            command_insert(conn, &failed)?;
            let list = |conn: &mut AnyConn, filter| {
                let rows = command_list(conn, filter, LIST_MAX)?;
                Ok::<_, StoreError>(rows.into_iter().map(|row| row.id).collect::<Vec<_>>())
            };
            let all = CommandFilter::default();
            let of_a = CommandFilter { car: Some(a), ..all };
            let failed = CommandFilter {
                state: Some(CommandState::Failed),
                ..all
            };
            let page = CommandFilter { before: Some(3), ..all };
            Ok((
                list(conn, all)?,
                list(conn, of_a)?,
                list(conn, failed)?,
                list(conn, page)?,
                command_last_id(conn)?,
            ))
        })
        .await;
    assert_eq!(all, [3, 2, 1]);
    assert_eq!(of_a, [3, 1]);
    assert_eq!(failed, [3]);
    assert_eq!(page, [2, 1]);
    assert_eq!(last, 3);
}

#[actix::test]
async fn repairs_are_listed_open_first_by_urgency() {
    let yard = Yard::new().await;
    let (a, b) = (yard.a, yard.b);
    let (open, finished, of_b) = yard
        .write(move |conn| {
            let report = |conn: &mut AnyConn, car, priority| {
                let new = NewRepair {
                    car,
                    fault: "x".into(),
                    priority,
                    reported_by: "user:7".into(),
                };
                repair_insert(conn, &new, 1)
            };
            let mut done = report(conn, a, 1)?;
            report(conn, a, 3)?;
            report(conn, b, 2)?;
            done.state = RepairState::Finished;
            done.note = Some("new bulb".into());
            repair_update(conn, &done)?;
            let list = |conn: &mut AnyConn, filter| {
                let repairs = repair_list(conn, filter, LIST_MAX)?;
                Ok::<_, StoreError>(repairs.into_iter().map(|repair| repair.id).collect::<Vec<_>>())
            };
            let all = RepairFilter::default();
            let finished = RepairFilter {
                state: Some(RepairState::Finished),
                ..all
            };
            let of_b = RepairFilter { car: Some(b), ..all };
            Ok((list(conn, all)?, list(conn, finished)?, list(conn, of_b)?))
        })
        .await;
    assert_eq!((open, finished, of_b), (vec![3, 2], vec![1], vec![3]));
}
