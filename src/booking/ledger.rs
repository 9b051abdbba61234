//! The ledger: every car's schedule and every live booking, with the holds of changes that are not yet on disk.
//!
//! Pure: no await, no clock, no store. Invariant: what is held here includes everything that is on disk or on
//! its way there, so two callers can never be promised the same time.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::limits::check_open_bookings;
use super::offers::Changes;
use super::refusal::{BookingError, Party};
use super::store::NamedBooking;
use super::{Booking, BookingId, BookingState, CarId, Interval, Policy, ReturnReport, Schedule, UserId};
use crate::fleet::{Car, CarRef, Condition};
use crate::runtime::planted::Planted;

pub(super) struct Entry {
    pub(super) car: Car,
    pub(super) schedule: Schedule,
}

pub(super) struct Live {
    pub(super) booking: Booking,
    pub(super) user: String,
    is_changing: bool,
    due_at: Option<Timestamp>,
}

/// All of it.
pub struct Ledger {
    pub(super) policy: Policy,
    pub(super) cars: HashMap<CarId, Entry>,
    names: HashMap<String, CarId>,
    pub(super) live: HashMap<BookingId, Live>,
    open_by_user: HashMap<UserId, usize>,
    /// How many live bookings have the car out; counted along, as it is asked for after every change.
    pub(super) out: usize,
    due: BTreeSet<(Timestamp, BookingId)>,
    /// Bookings whose car is being opened: by how many, and until when at the latest.
    opening: HashMap<BookingId, (usize, Timestamp)>,
    next_id: i64,
    /// Counted whenever what is free may be something else.
    pub(super) changes: Changes,
}

impl Ledger {
    /// From what the store holds.
    pub fn new(policy: Policy, cars: Vec<Car>, live: Vec<NamedBooking>, last_id: i64, changes: Changes) -> Self {
        let mut ledger = Self {
            policy,
            cars: HashMap::new(),
            names: HashMap::new(),
            live: HashMap::new(),
            open_by_user: HashMap::new(),
            out: 0,
            due: BTreeSet::new(),
            opening: HashMap::new(),
            next_id: last_id.saturating_add(1),
            changes,
        };
        for car in cars {
            ledger.put_car(car);
        }
        for one in live {
            ledger.insert(one.booking, one.user);
        }
        ledger
    }

    /// Takes in a car as it now is.
    pub fn put_car(&mut self, car: Car) {
        self.changes.note();
        if let Some(old) = self.cars.get(&car.id) {
            self.names.remove(&old.car.name);
        }
        self.names.insert(car.name.clone(), car.id);
        let schedule = self
            .cars
            .remove(&car.id)
            .map(|entry| entry.schedule)
            .unwrap_or_default();
        self.cars.insert(car.id, Entry { car, schedule });
    }

    /// A car by name or id.
    pub fn car(&self, wanted: &CarRef) -> Result<&Car, BookingError> {
        self.entry(wanted).map(|entry| &entry.car)
    }

    pub(super) fn entry(&self, wanted: &CarRef) -> Result<&Entry, BookingError> {
        let named = |name: &str| self.names.get(name).copied();
        let numbered = |id: CarId| self.cars.contains_key(&id).then_some(id);
        let id = match wanted {
            CarRef::Name(name) => named(name).or_else(|| numbered(CarId(name.parse().ok()?))),
            // A text call cannot tell a name of digits from a number.
            CarRef::Id(id) => numbered(*id).or_else(|| named(&id.to_string())),
        };
        id.and_then(|id| self.cars.get(&id))
            .ok_or_else(|| BookingError::UnknownCar(wanted.clone()))
    }

    /// Holds the time for a new booking. Saved or withdrawn by the caller.
    pub fn reserve(
        &mut self,
        wanted: &CarRef,
        (user, username): (UserId, &str),
        interval: Interval,
        now: Timestamp,
    ) -> Result<NamedBooking, BookingError> {
        let entry = self.entry(wanted)?;
        usable(&entry.car)?;
        let planned = entry.schedule.plan(now, &self.policy, interval, None);
        if !Planted::OverlapUnchecked.is_here() {
            planned?;
        }
        check_open_bookings(self.open_by_user.get(&user).copied().unwrap_or_default(), &self.policy)?;
        let id = BookingId(self.next_id);
        let booking = Booking::reserve(id, entry.car.id, user, interval, entry.car.rate_per_hour, now)?;
        let car = entry.car.name.clone();
        self.next_id = self.next_id.saturating_add(1);
        self.insert(booking.clone(), username.to_owned());
        Ok(NamedBooking {
            booking,
            car,
            user: username.to_owned(),
        })
    }

    fn insert(&mut self, booking: Booking, user: String) {
        self.changes.note();
        let (id, rider) = (booking.id, booking.user);
        if let Some(entry) = self.cars.get_mut(&booking.car) {
            entry.schedule.put(&booking);
        }
        *self.open_by_user.entry(rider).or_default() += 1;
        self.out += usize::from(booking.state.is_out());
        self.live.insert(
            id,
            Live {
                booking,
                user,
                is_changing: false,
                due_at: None,
            },
        );
        self.plan_due(id);
    }

    /// Lets go of a booking: it could not be saved, or it has ended.
    pub fn withdraw(&mut self, id: BookingId) {
        let Some(live) = self.live.remove(&id) else { return };
        self.changes.note();
        self.opening.remove(&id);
        self.out -= usize::from(live.booking.state.is_out());
        if let Some(entry) = self.cars.get_mut(&live.booking.car) {
            entry.schedule.remove(id);
        }
        if let Some(due_at) = live.due_at {
            self.due.remove(&(due_at, id));
        }
        if let Some(count) = self.open_by_user.get_mut(&live.booking.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.open_by_user.remove(&live.booking.user);
            }
        }
    }

    fn plan_due(&mut self, id: BookingId) {
        let Some(live) = self.live.get_mut(&id) else { return };
        if let Some(old) = live.due_at.take() {
            self.due.remove(&(old, id));
        }
        let Some(entry) = self.cars.get(&live.booking.car) else {
            return;
        };
        live.due_at = live.booking.next_due_at(&entry.schedule, &self.policy);
        if let Some(due_at) = live.due_at {
            self.due.insert((due_at, id));
        }
    }

    fn find(&self, id: BookingId) -> Result<(&Live, &Entry), BookingError> {
        let live = self.live.get(&id).ok_or(BookingError::UnknownBooking(id))?;
        let entry = self
            .cars
            .get(&live.booking.car)
            .ok_or(BookingError::UnknownBooking(id))?;
        if live.is_changing {
            return Err(BookingError::Changing(id));
        }
        Ok((live, entry))
    }

    /// Plans an extension and holds the longer of both times until it is saved.
    pub fn extend(
        &mut self,
        id: BookingId,
        end: Timestamp,
        party: &Party,
        now: Timestamp,
    ) -> Result<NamedBooking, BookingError> {
        let (live, entry) = self.find(id)?;
        party.may_change(&live.booking)?;
        let changed = live.booking.extend(end, &entry.schedule, now, &self.policy)?;
        Ok(self.hold(changed))
    }

    /// Plans a cancellation; the time stays held until it is saved.
    pub fn cancel(&mut self, id: BookingId, party: &Party, now: Timestamp) -> Result<NamedBooking, BookingError> {
        let (live, _) = self.find(id)?;
        party.may_change(&live.booking)?;
        self.check_not_opening(id, now)?;
        let changed = live.booking.cancel(now)?;
        Ok(self.hold(changed))
    }

    /// The car is about to be opened for it. Until that has ended, or its time is over, the booking is neither
    /// given up nor returned nor ended by time: else a car would be open for nobody.
    pub fn open(&mut self, id: BookingId, until: Timestamp) -> Result<(), BookingError> {
        self.find(id)?;
        let (count, latest) = self.opening.entry(id).or_insert((0, until));
        *count += 1;
        *latest = until.max(*latest);
        Ok(())
    }

    /// It is known whether the car was opened, or will not be known soon.
    pub fn opened(&mut self, id: BookingId) {
        let Some((count, _)) = self.opening.get_mut(&id) else {
            return;
        };
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.opening.remove(&id);
            self.plan_due(id);
        }
    }

    fn opening_until(&self, id: BookingId, now: Timestamp) -> Option<Timestamp> {
        self.opening
            .get(&id)
            .map(|(_, until)| *until)
            .filter(|until| now < *until)
    }

    fn check_not_opening(&self, id: BookingId, now: Timestamp) -> Result<(), BookingError> {
        match self.opening_until(id, now) {
            Some(_) => Err(BookingError::Opening(id)),
            None => Ok(()),
        }
    }

    /// Plans the first unlock. `None`: it has begun already.
    pub fn begin(&mut self, id: BookingId, now: Timestamp) -> Result<Option<NamedBooking>, BookingError> {
        let (live, _) = self.find(id)?;
        if live.booking.state.is_out() {
            return Ok(None);
        }
        let changed = live.booking.begin(now)?;
        Ok(Some(self.hold(changed)))
    }

    /// Plans a return.
    pub fn finish(
        &mut self,
        id: BookingId,
        party: &Party,
        report: ReturnReport,
        now: Timestamp,
    ) -> Result<NamedBooking, BookingError> {
        let (live, entry) = self.find(id)?;
        party.may_return(&live.booking)?;
        self.check_not_opening(id, now)?;
        if let (Some(got), Some(known)) = (report.odometer_km, entry.car.odometer_km)
            && got < known
        {
            let text = format!("got odometer_km {got}, the car had {known} km before");
            return Err(BookingError::BadReport(text));
        }
        let changed = live.booking.finish(now, report, &self.policy)?;
        Ok(self.hold(changed))
    }

    /// Marks a booking as changing; the schedule keeps whatever of both times is longer.
    fn hold(&mut self, changed: Booking) -> NamedBooking {
        self.changes.note();
        let mut user = String::new();
        if let Some(live) = self.live.get_mut(&changed.id) {
            live.is_changing = true;
            user.clone_from(&live.user);
            if changed.state.is_live() && changed.interval.end() > live.booking.interval.end() {
                let held = Booking {
                    interval: changed.interval,
                    ..live.booking.clone()
                };
                if let Some(entry) = self.cars.get_mut(&changed.car) {
                    entry.schedule.put(&held);
                }
            }
        }
        let car = self.cars.get(&changed.car).map(|entry| entry.car.name.clone());
        NamedBooking {
            car: car.unwrap_or_default(),
            user,
            booking: changed,
        }
    }

    /// The change is on disk.
    pub fn apply(&mut self, changed: Booking) {
        self.changes.note();
        let id = changed.id;
        let Some(entry) = self.cars.get_mut(&changed.car) else {
            return;
        };
        // An ended one too: the schedule remembers when the car came back.
        entry.schedule.put(&changed);
        let on_car: Vec<BookingId> = entry.schedule.live().map(|(id, _)| id).collect();
        if changed.state.is_live() {
            if let Some(live) = self.live.get_mut(&id) {
                live.is_changing = false;
                self.out += usize::from(changed.state.is_out());
                self.out -= usize::from(live.booking.state.is_out());
                live.booking = changed;
            }
        } else {
            if changed.state == BookingState::Finished {
                self.park(&changed);
            }
            self.withdraw(id);
        }
        // How long a rider may wait follows from when the car came back before.
        for id in on_car {
            self.plan_due(id);
        }
    }

    /// The change is not on disk: everything is as before.
    pub fn restore(&mut self, id: BookingId) {
        let Some(live) = self.live.get_mut(&id) else { return };
        self.changes.note();
        live.is_changing = false;
        if let Some(entry) = self.cars.get_mut(&live.booking.car) {
            entry.schedule.put(&live.booking);
        }
        self.plan_due(id);
    }

    fn park(&mut self, finished: &Booking) {
        let (Some(entry), Some(report)) = (self.cars.get_mut(&finished.car), &finished.returned) else {
            return;
        };
        entry.car.position = report.position;
        entry.car.place = report.place.clone().unwrap_or_default();
        entry.car.odometer_km = report.odometer_km.or(entry.car.odometer_km);
        entry.car.fuel_percent = report.fuel_percent.or(entry.car.fuel_percent);
    }

    /// Changes that only time brought, each now held.
    pub fn due(&mut self, now: Timestamp) -> Vec<NamedBooking> {
        let mut passed = Vec::new();
        while let Some((at, id)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, id));
            if let Some(live) = self.live.get_mut(&id) {
                live.due_at = None;
            }
            if let Some(until) = self.opening_until(id, now) {
                if let Some(live) = self.live.get_mut(&id) {
                    live.due_at = Some(until);
                    self.due.insert((until, id));
                }
                continue;
            }
            // One that is changing is looked at again when that change has ended.
            let Ok((live, entry)) = self.find(id) else { continue };
            if let Some(transition) = live.booking.due(&entry.schedule, now, &self.policy) {
                let changed = live.booking.pass(transition);
                passed.push(self.hold(changed));
            }
        }
        passed
    }
}

pub(super) fn usable(car: &Car) -> Result<(), BookingError> {
    if car.condition == Condition::Usable {
        return Ok(());
    }
    Err(BookingError::NotUsable {
        car: car.name.clone(),
        condition: car.condition,
    })
}
