//! What was free for a time, kept as it was told, for whoever asks the same while it is still so.
//!
//! The ledger counts each change of what is free before anybody hears of the change. What was found under the count of now is
//! so now, unless it depends on the moment, which it does only shortly before its start. Who may ask is not decided here.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use super::Interval;
use crate::place::Position;
use crate::runtime::metrics::OfferMeters;

/// Answers that are kept.
const KEPT_MAX: usize = 128;
/// Longest answer that is kept.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// Counts what may have changed what is free; clones count together, and outlive the engine.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<AtomicU64>);

impl Changes {
    /// Something changed. To be called before anybody hears of it.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// How much has changed.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What somebody asks for; numbers by their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    interval: Interval,
    from: Option<(u64, u64)>,
    radius_m: Option<u64>,
}

impl Wanted {
    /// Cars free for this time, near there.
    pub(crate) fn new(interval: Interval, near: Option<(Position, Option<f64>)>) -> Self {
        Self {
            interval,
            from: near.map(|(from, _)| (from.latitude().to_bits(), from.longitude().to_bits())),
            radius_m: near.and_then(|(_, radius_m)| radius_m).map(f64::to_bits),
        }
    }
}

/// Since when and until when something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The count under which it was found.
    pub changes: u64,
    /// The first instant at which the moment matters.
    pub until: Timestamp,
}

/// The answers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Offers {
    changes: Changes,
    kept: Arc<Mutex<HashMap<Wanted, (Validity, Bytes)>>>,
    meters: OfferMeters,
}

impl Offers {
    /// None yet, under the count of that engine.
    pub(crate) fn new(changes: Changes) -> Self {
        Self {
            changes,
            kept: Arc::default(),
            meters: OfferMeters::new(),
        }
    }

    /// The answer, if it is known and still so.
    pub(crate) fn find(&self, wanted: &Wanted, now: Timestamp) -> Option<Bytes> {
        let found = self.look(wanted, now);
        self.meters.asked(found.is_some());
        found
    }

    fn look(&self, wanted: &Wanted, now: Timestamp) -> Option<Bytes> {
        let kept = self.lock();
        let (validity, answer) = kept.get(wanted)?;
        // The count is read last: an answer found under an older one is never taken for this one's.
        (now < validity.until && validity.changes == self.changes.count()).then(|| answer.clone())
    }

    /// Keeps an answer, unless it is not so for a moment or too long.
    pub(crate) fn keep(&self, wanted: Wanted, validity: Validity, answer: &Bytes, now: Timestamp) {
        if now >= validity.until || answer.len() > KEPT_BYTES_MAX {
            return;
        }
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX && !kept.contains_key(&wanted) {
            let changes = self.changes.count();
            kept.retain(|_, (validity, _)| now < validity.until && validity.changes == changes);
            // More is asked than is kept: what is asked most is soon here again.
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
        }
        kept.insert(wanted, (validity, answer.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Wanted, (Validity, Bytes)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use iso_currency::Currency;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::super::fixture::{at, report, span};
    use super::super::ledger::Ledger;
    use super::super::refusal::Party;
    use super::super::store::NamedBooking;
    use super::super::{BookingId, CarId, Money, Policy, UserId};
    use super::*;
    use crate::fleet::{Car, CarRef, Condition};

    /// What happens to two cars, whose bookings are named by their order.
    #[derive(Debug, Clone)]
    enum Step {
        Wait(i64),
        Book {
            car: i64,
            ahead: i64,
            length: i64,
        },
        Begin(usize),
        Extend {
            which: usize,
            by: i64,
        },
        Cancel(usize),
        Return(usize),
        Due,
        /// The last plan is on the disk, or is not.
        Saved(bool),
        /// A car is like this now: its id, whether it can be used, its rate.
        Car(i64, bool, i64),
        Ask {
            ahead: i64,
            length: i64,
            radius_m: Option<f64>,
        },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let which = 0..6_usize;
        let step = prop_oneof![
            2 => (1..40_i64).prop_map(Step::Wait),
            3 => (1..3_i64, -5..120_i64, 10..90_i64).prop_map(|(car, ahead, length)| Step::Book { car, ahead, length }),
            3 => which.clone().prop_map(Step::Begin),
            1 => (which.clone(), 1..60_i64).prop_map(|(which, by)| Step::Extend { which, by }),
            1 => which.clone().prop_map(Step::Cancel),
            2 => which.prop_map(Step::Return),
            2 => Just(Step::Due),
            4 => any::<bool>().prop_map(Step::Saved),
            1 => (1..3_i64, any::<bool>(), 1..3_i64)
                .prop_map(|(car, is_usable, rate)| Step::Car(car, is_usable, rate)),
            16 => (-1..3_i64, prop_oneof![Just(None), Just(Some(1.0))])
                .prop_map(|(ahead, radius_m)| Step::Ask { ahead: ahead * 40, length: 30, radius_m }),
        ];
        prop::collection::vec(step, 1..120)
    }

    fn car(id: i64, is_usable: bool, rate: i64) -> Car {
        Car {
            id: CarId(id),
            name: format!("car{id}"),
            plate: format!("P{id}"),
            make: String::new(),
            model: String::new(),
            body_type: String::new(),
            colour: String::new(),
            seats: 4,
            position: Position::new(52.5, 13.0).unwrap(),
            place: String::new(),
            rate_per_hour: Money::new(rate * 100, Currency::EUR),
            odometer_km: None,
            fuel_percent: None,
            condition: if is_usable {
                Condition::Usable
            } else {
                Condition::Repair
            },
            created_at: at(0),
        }
    }

    struct Model {
        now: i64,
        ledger: Ledger,
        offers: Offers,
        /// Planned and not known to be saved, and whether it is a new booking.
        planned: Vec<(NamedBooking, bool)>,
        bookings: Vec<BookingId>,
        hits: usize,
    }

    impl Model {
        fn new() -> Self {
            let changes = Changes::default();
            let cars = vec![car(1, true, 1), car(2, true, 1)];
            Self {
                now: 0,
                ledger: Ledger::new(Policy::default(), cars, Vec::new(), 0, changes.clone()),
                offers: Offers::new(changes),
                planned: Vec::new(),
                bookings: Vec::new(),
                hits: 0,
            }
        }

        fn step(&mut self, step: &Step) {
            let now = at(self.now);
            let operator = Party {
                user: None,
                car: None,
                is_operator: true,
            };
            let named = |which: &usize| self.bookings.get(*which).copied().unwrap_or(BookingId(0));
            let planned = match step {
                Step::Wait(minutes) => {
                    self.now += minutes;
                    None
                }
                Step::Book { car, ahead, length } => {
                    let interval = span(self.now + ahead, self.now + ahead + length);
                    let reserved = self
                        .ledger
                        .reserve(&CarRef::Id(CarId(*car)), (UserId(*car), "x"), interval, now);
                    self.bookings.extend(reserved.iter().map(|held| held.booking.id));
                    reserved.ok().map(|held| (held, true))
                }
                Step::Begin(which) => self
                    .ledger
                    .begin(named(which), now)
                    .ok()
                    .flatten()
                    .map(|held| (held, false)),
                Step::Extend { which, by } => {
                    let held = self.ledger.extend(named(which), at(self.now + by), &operator, now);
                    held.ok().map(|held| (held, false))
                }
                Step::Cancel(which) => self
                    .ledger
                    .cancel(named(which), &operator, now)
                    .ok()
                    .map(|held| (held, false)),
                Step::Return(which) => {
                    let held = self.ledger.finish(named(which), &operator, report(), now);
                    held.ok().map(|held| (held, false))
                }
                Step::Due => {
                    let due = self.ledger.due(now).into_iter().map(|held| (held, false));
                    self.planned.extend(due);
                    None
                }
                Step::Saved(is_saved) => {
                    match self.planned.pop() {
                        Some((held, true)) if !is_saved => self.ledger.withdraw(held.booking.id),
                        Some((held, false)) if !is_saved => self.ledger.restore(held.booking.id),
                        Some((held, false)) => self.ledger.apply(held.booking),
                        Some((_, true)) | None => {}
                    }
                    None
                }
                Step::Car(id, is_usable, rate) => {
                    self.change_car(*id, *is_usable, *rate);
                    None
                }
                Step::Ask {
                    ahead,
                    length,
                    radius_m,
                } => {
                    self.ask(*ahead, *length, *radius_m);
                    None
                }
            };
            self.planned.extend(planned);
        }

        /// In each of the ways that there are.
        fn change_car(&mut self, id: i64, is_usable: bool, rate: i64) {
            let changed = car(id, is_usable, rate);
            match (is_usable, rate) {
                (false, 2) => drop(self.ledger.retire(changed.id)),
                (_, 1) => self.ledger.set_condition(changed.id, changed.condition),
                _ => self.ledger.put_car(changed),
            }
        }

        /// What is found is what the ledger says at this moment.
        fn ask(&mut self, ahead: i64, length: i64, radius_m: Option<f64>) {
            // The same times are asked for again and again.
            let start = (self.now / 60 + 1) * 60 + ahead;
            let (interval, now) = (span(start, start + length), at(self.now));
            let near = radius_m.map(|radius_m| (Position::new(52.5, 13.4).unwrap(), Some(radius_m)));
            let wanted = Wanted::new(interval, near);
            let found = self.offers.find(&wanted, now);
            let told = self.ledger.availability(interval, near, now).map(|offers| {
                let shown = offers
                    .iter()
                    .map(|offer| format!("{} {} {:?}", offer.car.name, offer.price, offer.distance_m));
                Bytes::from(shown.collect::<Vec<_>>().join("\n"))
            });
            if let Some(found) = found {
                self.hits += 1;
                assert_eq!(Some(&found), told.as_ref().ok(), "{wanted:?} at minute {}", self.now);
            }
            if let Ok(told) = told {
                self.offers.keep(wanted, self.ledger.validity(interval), &told, now);
            }
        }
    }

    /// Whatever happens to bookings, cars and time: who is told what was kept is told what the ledger would say.
    #[test]
    fn what_is_kept_is_what_is_so() {
        let hits = Cell::new(0);
        let mut runner = TestRunner::new(Config::with_cases(512));
        let ran = runner.run(&steps(), |steps| {
            let mut model = Model::new();
            for step in &steps {
                model.step(step);
            }
            hits.set(hits.get() + model.hits);
            Ok(())
        });
        ran.unwrap();
        assert!(hits.get() > 500, "only {} answers were known", hits.get());
    }

    fn validity(changes: u64, minute: i64) -> Validity {
        Validity {
            changes,
            until: at(minute),
        }
    }

    #[test]
    fn an_answer_is_found_until_something_changes_or_its_moment_comes() {
        let (changes, wanted) = (Changes::default(), Wanted::new(span(60, 120), None));
        let offers = Offers::new(changes.clone());
        let answer = Bytes::from_static(b"x");
        offers.keep(wanted, validity(0, 50), &answer, at(0));
        assert_eq!(offers.find(&wanted, at(0)), Some(answer.clone()));
        assert_eq!(offers.find(&Wanted::new(span(60, 121), None), at(0)), None);
        assert_eq!(offers.find(&wanted, at(50)), None);
        changes.note();
        assert_eq!(offers.find(&wanted, at(0)), None);
        // Found before the change and kept after it: never told.
        offers.keep(wanted, validity(0, 50), &answer, at(0));
        assert_eq!(offers.find(&wanted, at(0)), None);
    }

    #[test]
    fn only_so_many_and_so_long_answers_are_kept() {
        let offers = Offers::new(Changes::default());
        let at_minute = |minute: i64| Wanted::new(span(minute, minute + 10), None);
        for minute in 0..1_000 {
            offers.keep(at_minute(minute), validity(0, 2_000), &Bytes::from_static(b"x"), at(0));
            assert!(offers.lock().len() <= KEPT_MAX);
            assert!(offers.find(&at_minute(minute), at(0)).is_some());
        }
        let long = Bytes::from(vec![0; KEPT_BYTES_MAX + 1]);
        offers.keep(at_minute(1_000), validity(0, 2_000), &long, at(0));
        assert_eq!(offers.find(&at_minute(1_000), at(0)), None);
    }
}
