//! What the engine promises: no time is promised twice, nothing is answered before it is kept, and a panic
//! costs nothing but a moment.

use std::time::Duration;

use actix_rt::Arbiter;
use jiff::Timestamp;

use super::*;
use crate::account::store::{NewUser, user_insert};
use crate::booking::refusal::Party;
use crate::booking::{Interval, Money, Refusal, UserId, money};
use crate::fleet::store::car_insert;
use crate::fleet::{CarRef, NewCar};
use crate::place::Position;
use crate::runtime::{RestartPolicy, Service, ServiceError, ServiceSpec, supervise};
use crate::store::{DatabaseUrl, StoreOptions};

/// Break on purpose.
#[derive(Message)]
#[rtype(result = "()")]
struct Break;

impl Handler<Break> for Bookings {
    type Result = ();

    fn handle(&mut self, _: Break, _ctx: &mut Self::Context) {
        panic!("broken on purpose")
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    engine: Service<Bookings>,
    user: UserId,
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn hour(start_minute: i64) -> Interval {
    Interval::new(at(start_minute), at(start_minute + 60)).unwrap()
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("test.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let user = store.write(seed).await.unwrap();
        let clock = Clock::fixed(at(0));
        let engine = start(&store, &clock).await;
        Self {
            _folder: folder,
            store,
            clock,
            engine,
            user,
        }
    }

    fn change(&self) -> Change {
        Change {
            at: self.clock.now(),
            who: format!("user:{}", self.user),
            what: "test".to_owned(),
            request: None,
        }
    }

    fn book(&self, interval: Interval) -> Book {
        Book {
            car: CarRef::Name("ada".to_owned()),
            interval,
            user: self.user,
            username: "rider".to_owned(),
            change: self.change(),
            keep: |_| None,
        }
    }

    async fn rows(&self) -> Vec<NamedBooking> {
        let wanted = store::Wanted {
            limit: 1_000,
            ..store::Wanted::default()
        };
        self.store
            .read(move |conn| store::booking_list(conn, &wanted))
            .await
            .unwrap()
    }
}

async fn start(store: &Store, clock: &Clock) -> Service<Bookings> {
    let policy = Policy {
        open_bookings_per_user: 1_000,
        ..Policy::default()
    };
    let spec = ServiceSpec {
        permits: 1_024,
        policy: RestartPolicy {
            pause_first: Duration::from_millis(1),
            ..RestartPolicy::default()
        },
        ..ServiceSpec::vital("bookings-under-test")
    };
    let (store, clock) = (store.clone(), clock.clone());
    let (engine, monitor) = supervise(spec, &Arbiter::current(), move || {
        Bookings::load(
            store.clone(),
            clock.clone(),
            policy,
            News::new(|_, _| {}),
            Changes::default(),
        )
    });
    drop(tokio::spawn(monitor));
    engine.wait_up().await.unwrap();
    engine
}

fn seed(conn: &mut AnyConn) -> Result<UserId, StoreError> {
    let euro = money::currency("EUR").unwrap();
    let car = NewCar {
        name: "ada".to_owned(),
        plate: "AA-01".to_owned(),
        make: "Make".to_owned(),
        model: "Model".to_owned(),
        body_type: "SUV".to_owned(),
        colour: "blue".to_owned(),
        seats: 4,
        position: Position::new(38.7, -9.1).unwrap(),
        place: "Yard".to_owned(),
        rate_per_hour: Money::new(1_300, euro),
    };
    car_insert(conn, &car, 0)?;
    let user = NewUser {
        username: "rider".to_owned(),
        first_name: "R".to_owned(),
        last_name: "D".to_owned(),
        email: "r@example.org".to_owned(),
        role: "customer".to_owned(),
        password_hash: None,
    };
    user_insert(conn, &user, 0)
}

#[actix::test]
async fn of_many_who_want_the_same_hour_one_gets_it_and_the_others_hear_which_is_free() {
    let bench = Bench::new().await;
    let asked = (0..64).map(|_| bench.engine.ask(bench.book(hour(10))));
    let answers: Vec<_> = futures_util::future::join_all(asked).await;
    let (mut won, mut lost) = (0, 0);
    for answer in answers {
        match answer.unwrap() {
            Ok(_) => won += 1,
            Err(BookingError::Refused(Refusal::Conflict { in_the_way, next_free })) => {
                assert_eq!(in_the_way, hour(10));
                assert_eq!(next_free, hour(70));
                lost += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won, lost), (1, 63));
    assert_eq!(bench.rows().await.len(), 1);
}

#[actix::test]
async fn what_is_answered_is_in_the_store_with_its_audit_event() {
    let bench = Bench::new().await;
    let booked = bench.engine.ask(bench.book(hour(10))).await.unwrap().unwrap();
    assert_eq!(booked.booking.price.to_string(), "13.00");
    let rows = bench.rows().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].booking, booked.booking);
    let subject = Some(format!("booking:{}", booked.booking.id));
    let filter = crate::store::audit::AuditFilter {
        on_what: subject,
        ..Default::default()
    };
    let events = bench
        .store
        .read(move |conn| crate::store::audit::audit_list(conn, &filter, 10))
        .await
        .unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].result, "reserved");
}

#[actix::test]
async fn a_panic_brings_back_everything_that_was_answered() {
    let bench = Bench::new().await;
    let booked = bench.engine.ask(bench.book(hour(10))).await.unwrap().unwrap();
    let broken = bench.engine.ask(Break).await;
    assert!(matches!(broken, Err(ServiceError::Down { .. })), "{broken:?}");
    bench.engine.wait_up().await.unwrap();
    let again = bench.engine.ask(bench.book(hour(30))).await.unwrap();
    assert!(
        matches!(again, Err(BookingError::Refused(Refusal::Conflict { .. }))),
        "{again:?}"
    );
    let next = bench.engine.ask(bench.book(hour(70))).await.unwrap().unwrap();
    assert!(next.booking.id > booked.booking.id, "numbers are not given twice");
    let figures = crate::runtime::metrics::install().render();
    assert!(
        figures.contains(r#"motorpool_service_restarts_total{service="bookings-under-test",cause="panicked"}"#),
        "the counter shows it"
    );
}

#[actix::test]
async fn a_hold_whose_commit_failed_is_let_go() {
    let bench = Bench::new().await;
    // Somebody else's row, which the engine does not know, makes the database refuse.
    let foreign = bench.engine.ask(bench.book(hour(10))).await.unwrap().unwrap();
    let other = start(&bench.store, &bench.clock).await;
    let cancel = Cancel {
        booking: foreign.booking.id,
        party: Party {
            is_operator: true,
            ..Party::default()
        },
        change: bench.change(),
        keep: |_| None,
    };
    bench.engine.ask(cancel).await.unwrap().unwrap();
    let taken = bench.engine.ask(bench.book(hour(200))).await.unwrap();
    assert!(taken.is_ok());
    // The second engine holds an older picture: the database forbids what it would allow.
    let refused = other.ask(bench.book(hour(200))).await.unwrap();
    assert!(matches!(refused, Err(BookingError::Store(_))), "{refused:?}");
    let free = other.ask(Availability {
        interval: hour(200),
        near: None,
    });
    assert_eq!(free.await.unwrap().unwrap().offers.len(), 1, "the hold is gone");
}

#[actix::test]
async fn a_booking_nobody_came_for_is_a_no_show_and_frees_the_car() {
    let bench = Bench::new().await;
    bench.engine.ask(bench.book(hour(0))).await.unwrap().unwrap();
    bench.clock.set(at(61));
    assert_eq!(bench.engine.ask(Sweep).await.unwrap().unwrap(), 1);
    let state: BookingsState = bench.engine.observe().await.unwrap();
    assert_eq!((state.live, state.out), (0, 0));
    assert_eq!(
        bench.engine.ask(Sweep).await.unwrap().unwrap(),
        0,
        "nothing is due twice"
    );
    assert_eq!(bench.rows().await[0].booking.state, BookingState::NoShow);
}

#[actix::test]
async fn a_booking_whose_car_is_being_opened_is_kept_until_that_has_ended_or_its_time_is_over() {
    let bench = Bench::new().await;
    let booking = bench.engine.ask(bench.book(hour(0))).await.unwrap().unwrap().booking.id;
    let cancel = || Cancel {
        booking,
        party: Party {
            is_operator: true,
            ..Party::default()
        },
        change: bench.change(),
        keep: |_| None,
    };
    let open = |minute| Open {
        booking,
        until: at(minute),
    };
    for minute in [58, 62] {
        bench.engine.ask(open(minute)).await.unwrap().unwrap();
    }
    bench.engine.ask(Opened(booking)).await.unwrap();
    bench.clock.set(at(61));
    bench.engine.ask(Sweep).await.unwrap().unwrap();
    let refused = bench.engine.ask(cancel()).await.unwrap().unwrap_err();
    assert!(matches!(refused, BookingError::Opening(_)), "{refused}");
    // Nobody said that the other one ended, and its time is over.
    bench.clock.set(at(62));
    let cancelled = bench.engine.ask(cancel()).await.unwrap().unwrap();
    assert_eq!(cancelled.booking.state, BookingState::Cancelled);
}

#[actix::test]
async fn an_unlock_that_was_acknowledged_before_a_crash_begins_its_booking_at_the_next_start() {
    let bench = Bench::new().await;
    let booked = bench.engine.ask(bench.book(hour(0))).await.unwrap().unwrap().booking;
    let opened = crate::fleet::store::NewCommand {
        id: 1,
        car: booked.car,
        purpose: crate::fleet::Purpose::Booking(booked.id),
        name: crate::fleet::CarCommand::Unlock,
        nonce: "n".to_owned(),
        who: "user:1".to_owned(),
        accepted_at: at(1).as_microsecond(),
        expires_at: at(2).as_microsecond(),
        failed: None,
    };
    let settlement = crate::fleet::store::Settlement {
        id: 1,
        car: booked.car,
        state: crate::fleet::command_state::CommandState::Done,
        reason: None,
        at: at(1).as_microsecond(),
    };
    let done = bench.store.write(move |conn| {
        crate::fleet::store::command_insert(conn, &opened)?;
        crate::fleet::store::command_send(conn, 1)?;
        crate::fleet::store::command_settle(conn, &settlement)
    });
    done.await.unwrap();
    let restarted = start(&bench.store, &bench.clock).await;
    let state: BookingsState = restarted.observe().await.unwrap();
    assert_eq!((state.live, state.out), (1, 1));
    let row = &bench.rows().await[0].booking;
    assert_eq!((row.state, row.started_at), (BookingState::Ongoing, Some(at(1))));
}
