//! What the ledger can be asked without changing it: rights at this moment, free cars, what is out.
//!
//! Pure, as the ledger is.

use std::collections::HashMap;

use jiff::Timestamp;

use super::calendar::{FreeTime, Held, Taken, Viewer, taken};
use super::interval::earlier;
use super::ledger::{Entry, Ledger, Live, usable};
use super::limits::check_when;
use super::offers::Validity;
use super::refusal::{BookingError, Party};
use super::{BookingId, BookingState, CarId, Interval, Money, Right, UserId, right_to_operate};
use crate::fleet::{Car, CarRef, Condition};
use crate::place::Position;

/// Most cars of one page of the calendar.
pub const CALENDAR_CARS_MAX: usize = 100;
/// Most stretches of one page, as many as fit into a frame.
pub const CALENDAR_STRETCHES_MAX: usize = 250;

/// What a calendar is asked for.
#[derive(Debug, Clone)]
pub struct Wished {
    /// This time.
    pub window: Interval,
    /// Of this car alone.
    pub car: Option<CarRef>,
    /// Of cars with numbers above this one.
    pub after: CarId,
    /// Who asks.
    pub party: Party,
}

/// A car, and what is taken of its time.
#[derive(Debug, Clone)]
pub struct CarTime {
    /// Which.
    pub car: Car,
    /// By start.
    pub taken: Vec<Taken>,
}

/// A car that is free for the asked time.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Which.
    pub car: Car,
    /// What that time costs.
    pub price: Money,
    /// How far away, when asked from somewhere.
    pub distance_m: Option<f64>,
}

impl Ledger {
    /// The cars that are out, each with its rider.
    pub fn cars_out(&self) -> HashMap<CarId, UserId> {
        let out = self.live.values().filter(|live| live.booking.state.is_out());
        out.map(|live| (live.booking.car, live.booking.user)).collect()
    }

    /// Which booking a return is for, its car and its rider.
    pub fn to_return(
        &self,
        named: Option<BookingId>,
        party: &Party,
    ) -> Result<(BookingId, CarId, UserId), BookingError> {
        let id = named.map_or_else(|| self.out_for(party), Ok)?;
        let live = self.live.get(&id).ok_or(BookingError::UnknownBooking(id))?;
        party.may_return(&live.booking)?;
        Ok((id, live.booking.car, live.booking.user))
    }

    /// The booking a return is for when none is named: the one that has the unit's car, or the rider's only one that is out.
    fn out_for(&self, party: &Party) -> Result<BookingId, BookingError> {
        let mut found = self.live.values().filter(|live| {
            let is_theirs = match party.car {
                Some(car) => live.booking.car == car,
                None => party.user == Some(live.booking.user),
            };
            is_theirs && live.booking.state.is_out()
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.booking.id),
            (None, _) if party.car.is_some() => Err(BookingError::NothingToReturn("this car is not being rented")),
            (None, _) => Err(BookingError::NothingToReturn("you have no car out")),
            (Some(_), Some(_)) => Err(BookingError::NothingToReturn(
                "you have more than one car out: name the booking",
            )),
        }
    }

    /// The right to operate the car of a booking, at this moment.
    pub fn right(&self, id: BookingId, party: &Party, now: Timestamp) -> Result<(Right, BookingState), BookingError> {
        let live = self.live.get(&id).ok_or(BookingError::UnknownBooking(id))?;
        party.may_change(&live.booking)?;
        self.right_of(live, now)
    }

    fn right_of(&self, live: &Live, now: Timestamp) -> Result<(Right, BookingState), BookingError> {
        let booking = &live.booking;
        let entry = self
            .cars
            .get(&booking.car)
            .ok_or(BookingError::UnknownBooking(booking.id))?;
        let opens = match entry.car.condition {
            Condition::Usable | Condition::Reported => true,
            // Who has it must be able to lock it, and to bring it back.
            Condition::OutOfService => booking.state.is_out(),
            Condition::Repair | Condition::Retired => false,
        };
        if !opens {
            usable(&entry.car)?;
        }
        let right = right_to_operate(&entry.schedule, booking, now, &self.policy)?;
        Ok((right, booking.state))
    }

    /// The right of a person standing at a car: that of the live booking which opens it now, or why none does.
    pub fn right_at(&self, car: CarId, user: UserId, now: Timestamp) -> Result<Option<Right>, BookingError> {
        let mut refused = None;
        let Some(entry) = self.cars.get(&car) else {
            return Ok(None);
        };
        let on_car = entry.schedule.live().filter_map(|(id, _)| self.live.get(&id));
        for live in on_car.filter(|live| live.booking.user == user) {
            match self.right_of(live, now) {
                Ok((right, _)) => return Ok(Some(right)),
                Err(err) => refused = refused.or(Some(err)),
            }
        }
        refused.map_or(Ok(None), Err)
    }

    /// Who may open a car now: at most one person, as only the first live booking gives a right.
    pub fn riders_at(&self, car: CarId, now: Timestamp) -> Vec<UserId> {
        let Some(entry) = self.cars.get(&car) else {
            return Vec::new();
        };
        let on_car = entry.schedule.live().filter_map(|(id, _)| self.live.get(&id));
        let rights = on_car.filter_map(|live| self.right_of(live, now).ok());
        rights.map(|(right, _)| right.user).collect()
    }

    /// Cars free for the whole interval, nearest first when asked from somewhere, else by name.
    pub fn availability(
        &self,
        interval: Interval,
        near: Option<(Position, Option<f64>)>,
        now: Timestamp,
    ) -> Result<Vec<Offer>, BookingError> {
        check_when(now, &self.policy, interval)?;
        let mut offers = Vec::new();
        for entry in self.cars.values().filter(|entry| usable(&entry.car).is_ok()) {
            if entry.schedule.check_free(now, &self.policy, interval, None).is_err() {
                continue;
            }
            let distance_m = near.map(|(from, _)| from.distance_m(entry.car.position));
            let radius_m = near.and_then(|(_, radius_m)| radius_m).unwrap_or(f64::INFINITY);
            if distance_m.is_none_or(|distance_m| distance_m <= radius_m) {
                offers.push(Offer {
                    car: entry.car.clone(),
                    price: entry.car.rate_per_hour.per_hour_for(interval.length())?,
                    distance_m,
                });
            }
        }
        offers.sort_by(|one, other| {
            let by_distance = one.distance_m.partial_cmp(&other.distance_m);
            let by_distance = by_distance.unwrap_or(std::cmp::Ordering::Equal);
            by_distance.then_with(|| one.car.name.cmp(&other.car.name))
        });
        Ok(offers)
    }

    /// What is taken of the time of cars, by number; retired ones are for operators. A page ends before it is too large.
    pub fn calendar(&self, wished: &Wished, now: Timestamp) -> Result<Vec<CarTime>, BookingError> {
        let is_operator = wished.party.is_operator;
        let is_there = |entry: &&Entry| is_operator || entry.car.condition != Condition::Retired;
        let cars = match &wished.car {
            Some(car) => {
                let entry = Some(self.entry(car)?).filter(is_there);
                vec![entry.ok_or_else(|| BookingError::UnknownCar(car.clone()))?]
            }
            None => {
                let above = self.cars.values().filter(|entry| entry.car.id.0 > wished.after.0);
                let mut above: Vec<&Entry> = above.filter(is_there).collect();
                above.sort_unstable_by_key(|entry| entry.car.id.0);
                above.truncate(CALENDAR_CARS_MAX);
                above
            }
        };
        let viewer = match wished.party {
            Party {
                user,
                is_operator: true,
                ..
            } => Viewer::Operator(user),
            Party { user, .. } => Viewer::Rider(user),
        };
        let (mut page, mut stretches) = (Vec::with_capacity(cars.len()), 0);
        for entry in cars {
            let held = self.held(entry, wished.window, now);
            let is_usable = usable(&entry.car).is_ok();
            let taken = taken(&held, viewer, wished.window, self.policy.buffer, is_usable);
            stretches += taken.len();
            if stretches > CALENDAR_STRETCHES_MAX && page.is_empty() {
                return Err(BookingError::TooMuchTaken(CALENDAR_STRETCHES_MAX));
            }
            if stretches > CALENDAR_STRETCHES_MAX {
                break;
            }
            let car = entry.car.clone();
            page.push(CarTime { car, taken });
        }
        Ok(page)
    }

    fn held(&self, entry: &Entry, window: Interval, now: Timestamp) -> Vec<Held> {
        let away = entry.schedule.away_within(window, &self.policy, now).into_iter();
        let named = away.filter_map(|away| {
            let live = self.live.get(&away.id)?;
            Some(Held {
                booking: away.id,
                user: live.booking.user,
                username: live.user.clone(),
                state: away.state,
                start: away.start,
                end: away.end,
            })
        });
        named.collect()
    }

    /// When cars are free next; those that cannot be booked now are not there.
    pub fn free_times(&self, cars: &[CarId], now: Timestamp) -> HashMap<CarId, FreeTime> {
        let entries = cars.iter().filter_map(|car| self.cars.get(car));
        let bookable = entries.filter(|entry| usable(&entry.car).is_ok());
        bookable
            .map(|entry| (entry.car.id, entry.schedule.free_time(now, &self.policy)))
            .collect()
    }

    /// How long what is free for a time stays known. A car that is out past its end is taken until now and the buffer behind it: what
    /// begins later than that does not depend on the moment, and neither has begun too long ago nor is over.
    pub fn validity(&self, interval: Interval) -> Validity {
        Validity {
            changes: self.changes.count(),
            until: earlier(interval.start(), self.policy.buffer),
        }
    }

    /// Cars, live bookings, and those of them that are out.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.cars.len(), self.live.len(), self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::super::fixture::{at, car, span};
    use super::super::offers::Changes;
    use super::*;

    /// So many bookings of a car, each of ten minutes, with as much between.
    fn fill(ledger: &mut Ledger, car: i64, count: i64) {
        let wish = CarRef::Id(CarId(car));
        for number in 0..count {
            let times = span(10 + number * 20, 20 + number * 20);
            ledger.reserve(&wish, (UserId(7), "anna"), times, at(0)).unwrap();
        }
    }

    fn page(ledger: &Ledger, until: i64, after: i64, is_operator: bool) -> Result<Vec<i64>, String> {
        let wished = Wished {
            window: span(0, until),
            car: None,
            after: CarId(after),
            party: Party {
                is_operator,
                ..Party::default()
            },
        };
        let page = ledger.calendar(&wished, at(0)).map_err(|err| err.to_string())?;
        Ok(page.iter().map(|time| time.car.id.0).collect())
    }

    #[test]
    fn a_page_of_the_calendar_ends_before_it_is_too_large() {
        let policy = Policy {
            open_bookings_per_user: 1_000,
            ..Policy::default()
        };
        let mut ledger = Ledger::new(policy, (1..=150).map(car).collect(), Vec::new(), 0, Changes::default());
        let all = |from: i64, to: i64| Ok((from..=to).collect::<Vec<i64>>());
        assert_eq!(page(&ledger, 9_000, 0, true), all(1, 100));
        assert_eq!(page(&ledger, 9_000, 100, true), all(101, 150));
        assert_eq!(page(&ledger, 9_000, 150, true), Ok(vec![]));
        fill(&mut ledger, 1, 200);
        fill(&mut ledger, 2, 51);
        assert_eq!(page(&ledger, 9_000, 0, true), all(1, 1));
        assert_eq!(page(&ledger, 9_000, 1, true), all(2, 101));
        let mut full = Ledger::new(policy, vec![car(1), car(2)], Vec::new(), 0, Changes::default());
        fill(&mut full, 1, 250);
        assert_eq!(page(&full, 9_000, 0, true), all(1, 2));
        let wish = (UserId(7), "anna");
        full.reserve(&CarRef::Id(CarId(1)), wish, span(6_000, 6_010), at(0))
            .unwrap();
        assert!(
            page(&full, 9_000, 0, true)
                .unwrap_err()
                .starts_with("more than 250 stretches")
        );
        assert_eq!(page(&full, 6_000, 0, true), all(1, 2));
    }

    #[test]
    fn a_retired_car_is_in_the_calendar_of_operators_alone() {
        let mut ledger = Ledger::new(
            Policy::default(),
            (1..=3).map(car).collect(),
            Vec::new(),
            0,
            Changes::default(),
        );
        ledger.set_condition(CarId(2), Condition::Retired);
        assert_eq!(page(&ledger, 60, 0, false), Ok(vec![1, 3]));
        assert_eq!(page(&ledger, 60, 0, true), Ok(vec![1, 2, 3]));
        let free = ledger.free_times(&[CarId(1), CarId(2), CarId(9)], at(0));
        assert_eq!(free.keys().copied().collect::<Vec<_>>(), [CarId(1)]);
    }
}
