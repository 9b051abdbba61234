//! What the tables and the pragmas promise.

use std::sync::{Arc, Barrier};

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, sql_query};
use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert, outside_latest_id, outside_list_after};
use crate::store::request::{RequestKey, request_find, request_prune};
use crate::store::schema::{self, booking};

#[derive(Debug, PartialEq, QueryableByName)]
struct Pragmas {
    #[diesel(sql_type = Text)]
    journal_mode: String,
    #[diesel(sql_type = BigInt)]
    synchronous: i64,
    #[diesel(sql_type = BigInt)]
    foreign_keys: i64,
    #[diesel(sql_type = BigInt)]
    timeout: i64,
    #[diesel(sql_type = BigInt)]
    query_only: i64,
}

fn pragmas(conn: &mut AnyConn) -> Result<Pragmas, StoreError> {
    Ok(sql_query(
        "SELECT * FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_busy_timeout, pragma_query_only",
    )
    .get_result(conn)?)
}

#[test]
fn the_pragmas_hold_on_every_connection() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let wanted = |query_only| Pragmas {
        journal_mode: "wal".to_owned(),
        synchronous: 2,
        foreign_keys: 1,
        timeout: 5_000,
        query_only,
    };
    assert_eq!(store.write_blocking(pragmas).unwrap(), wanted(0));
    // All readers at once, so that each is another connection.
    let together = Arc::new(Barrier::new(4));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, together) = (store.clone(), Arc::clone(&together));
            std::thread::spawn(move || {
                store.read_blocking(|conn| {
                    together.wait();
                    pragmas(conn)
                })
            })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.join().unwrap().unwrap(), wanted(1));
    }
}

#[test]
fn every_column_of_the_schema_is_in_the_database() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    macro_rules! read_all {
        ($conn:ident, $($table:ident),+) => {
            $($conn.transaction(|conn| schema::$table::table.select(schema::$table::all_columns).execute(conn))?;)+
        };
    }
    store
        .read_blocking(|conn| {
            read_all!(
                conn,
                role,
                users,
                car,
                booking,
                car_command,
                repair,
                engineer_sign,
                request,
                audit_event,
                device_key,
                session_token,
                known_source,
                outside_change,
                user_group,
                sanction,
                setting,
                face_consent_text,
                face_consent,
                face_template,
                face_erasure,
                presence,
                bot,
                bot_schedule,
                bot_message,
                webhook,
                webhook_delivery,
                file,
                upload,
                file_offer,
                message,
                message_waiting,
                inbox,
                inbox_line,
                inbox_cursor,
                block,
                room,
                room_member,
                room_door,
                notice,
                notice_receipt,
                building,
                person_position,
                person_visibility,
                movement
            );
            Ok(())
        })
        .unwrap();
}

fn add_booking(
    conn: &mut AnyConn,
    car_id: i64,
    user_id: i64,
    span: (i64, i64),
    state: &str,
) -> Result<i64, StoreError> {
    conn.transaction(|conn| {
        Ok(diesel::insert_into(booking::table)
            .values((
                booking::car_id.eq(car_id),
                booking::user_id.eq(user_id),
                booking::start_at.eq(span.0),
                booking::end_at.eq(span.1),
                booking::state.eq(state),
                booking::rate_per_hour.eq(1_i64),
                booking::price.eq(1_i64),
                booking::currency.eq("EUR"),
                booking::created_at.eq(0_i64),
            ))
            .returning(booking::id)
            .get_result(conn)?)
    })
}

fn change_booking(conn: &mut AnyConn, id: i64, span: (i64, i64), state: &str) -> Result<(), StoreError> {
    conn.transaction(|conn| {
        diesel::update(booking::table.find(id))
            .set((
                booking::start_at.eq(span.0),
                booking::end_at.eq(span.1),
                booking::state.eq(state),
            ))
            .execute(conn)?;
        Ok(())
    })
}

fn is_overlap<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    match result {
        Ok(_) => false,
        Err(StoreError::Conflict { what }) if what == "booking_overlap" => true,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn live_bookings_of_a_car_never_overlap_and_may_touch() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store
        .write_blocking(|conn| {
            let (car, other_car, user) = (add_car(conn, "a")?, add_car(conn, "b")?, add_user(conn, "ada")?);
            add_booking(conn, car, user, (100, 200), "ongoing")?;
            let moving = add_booking(conn, car, user, (900, 950), "reserved")?;
            for span in [
                (50, 101),
                (199, 300),
                (120, 150),
                (50, 300),
                (100, 200),
                (100, 150),
                (150, 200),
            ] {
                assert!(
                    is_overlap(add_booking(conn, car, user, span, "reserved")),
                    "insert {span:?}"
                );
                assert!(
                    is_overlap(change_booking(conn, moving, span, "reserved")),
                    "update {span:?}"
                );
                assert!(
                    !is_overlap(add_booking(conn, car, user, span, "cancelled")),
                    "cancelled {span:?}"
                );
            }
            for span in [(50, 100), (200, 300)] {
                assert!(
                    !is_overlap(change_booking(conn, moving, span, "reserved")),
                    "touching update {span:?}"
                );
            }
            assert!(
                !is_overlap(add_booking(conn, car, user, (50, 100), "overdue")),
                "touching insert"
            );
            assert!(
                !is_overlap(add_booking(conn, other_car, user, (100, 200), "reserved")),
                "another car"
            );
            let gone = add_booking(conn, car, user, (120, 130), "no_show")?;
            assert!(
                is_overlap(change_booking(conn, gone, (120, 130), "reserved")),
                "back to life"
            );
            Ok(())
        })
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Against the plainest model: a list of live spans, every pair compared.
    #[test]
    fn the_database_forbids_exactly_the_overlaps(
        steps in prop::collection::vec((any::<bool>(), 0..8_usize, 0..40_i64, 1..12_i64, any::<bool>()), 1..40)
    ) {
        let folder = tempdir().unwrap();
        let store = open(&folder);
        let (got, wanted) = store.write_blocking(move |conn| {
            let (car, user) = (add_car(conn, "a")?, add_user(conn, "ada")?);
            let mut model: Vec<(i64, i64, i64, bool)> = Vec::new();
            let (mut got, mut wanted) = (Vec::new(), Vec::new());
            for (is_update, which, start, length, is_live) in steps {
                let (span, state) = ((start, start + length), if is_live { "reserved" } else { "cancelled" });
                let changed = is_update.then(|| model.get(which).copied()).flatten().map(|(id, ..)| id);
                let hits = |(id, from, to, live): &(i64, i64, i64, bool)| {
                    Some(*id) != changed && *live && *from < span.1 && span.0 < *to
                };
                let overlaps = is_live && model.iter().any(hits);
                wanted.push(overlaps);
                match changed {
                    Some(id) => {
                        got.push(is_overlap(change_booking(conn, id, span, state)));
                        if !overlaps {
                            model.retain(|row| row.0 != id);
                            model.push((id, span.0, span.1, is_live));
                        }
                    }
                    None => {
                        let added = add_booking(conn, car, user, span, state);
                        if let Ok(id) = &added {
                            model.push((*id, span.0, span.1, is_live));
                        }
                        got.push(is_overlap(added));
                    }
                }
            }
            Ok((got, wanted))
        }).unwrap();
        prop_assert_eq!(got, wanted);
    }
}

#[test]
fn a_conflict_names_the_columns_and_foreign_keys_hold() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store.write_blocking(|conn| add_car(conn, "a")).unwrap();
    let twice = store.write_blocking(|conn| add_car(conn, "a"));
    assert!(
        matches!(&twice, Err(StoreError::Conflict { what }) if what == "car.name" || what == "car.plate"),
        "{twice:?}"
    );
    let orphan = store.write_blocking(|conn| add_booking(conn, 77, 88, (1, 2), "cancelled"));
    assert!(matches!(orphan, Err(StoreError::Database(_))), "{orphan:?}");
    let missing = store.read_blocking(|conn| Ok(booking::table.find(9).select(booking::id).first::<i64>(conn)?));
    assert!(matches!(missing, Err(StoreError::Missing)));
}

#[test]
fn a_change_its_event_and_its_answer_stand_or_fall_together() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let key = RequestKey {
        who: "user:7".to_owned(),
        request_id: "r1".to_owned(),
        call_hash: vec![1, 2],
    };
    let change = Change {
        at: Timestamp::UNIX_EPOCH,
        who: "user:7".to_owned(),
        what: "s.book".to_owned(),
        request: Some(key),
    };
    let found = || {
        store
            .read_blocking(|conn| Ok((request_find(conn, "user:7", "r1")?, noted(conn)?.len())))
            .unwrap()
    };
    let undone = store.write_blocking({
        let change = change.clone();
        move |conn| {
            change.record(conn, "booking:1", "ok", None, Some(b"answer"))?;
            Err::<(), _>(StoreError::refused("no"))
        }
    });
    assert!(undone.is_err());
    assert_eq!(found(), (None, 0));

    let record = move |change: Change| {
        store.write_blocking(move |conn| change.record(conn, "booking:1", "ok", None, Some(b"answer")))
    };
    record(change.clone()).unwrap();
    let twice = record(change);
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
    let store = open(&folder);
    let (remembered, events) = store
        .read_blocking(|conn| Ok((request_find(conn, "user:7", "r1")?, noted(conn)?.len())))
        .unwrap();
    let remembered = remembered.unwrap();
    assert_eq!(
        (remembered.call_hash, remembered.answer, events),
        (vec![1, 2], b"answer".to_vec(), 1)
    );
}

#[test]
fn old_answers_are_forgotten_a_few_at_a_time() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store
        .write_blocking(|conn| {
            for at in 0..10 {
                let key = RequestKey {
                    who: "w".to_owned(),
                    request_id: at.to_string(),
                    call_hash: vec![],
                };
                crate::store::request::request_insert(conn, &key, b"", at)?;
            }
            assert_eq!(request_prune(conn, 5, 3)?, 3);
            assert_eq!(request_prune(conn, 5, 3)?, 2);
            assert_eq!(request_prune(conn, 5, 3)?, 0);
            assert!(request_find(conn, "w", "4")?.is_none());
            assert!(request_find(conn, "w", "5")?.is_some());
            Ok(())
        })
        .unwrap();
}

#[test]
fn changes_from_outside_are_read_on_from_the_last_one_seen() {
    let folder = tempdir().unwrap();
    let (server, tool) = (open(&folder), open(&folder));
    assert_eq!(server.read_blocking(outside_latest_id).unwrap(), 0);
    tool.write_blocking(|conn| outside_insert(conn, OutsideSubject::Car, 3, 1))
        .unwrap();
    let seen = server.read_blocking(outside_latest_id).unwrap();
    tool.write_blocking(|conn| outside_insert(conn, OutsideSubject::User, 7, 2))
        .unwrap();
    let news = server
        .read_blocking(move |conn| outside_list_after(conn, seen))
        .unwrap();
    assert_eq!(
        news.iter()
            .map(|news| (news.subject, news.subject_id))
            .collect::<Vec<_>>(),
        [(Some(OutsideSubject::User), 7)]
    );
}
