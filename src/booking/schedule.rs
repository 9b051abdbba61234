//! The live bookings of one car, and whether a wanted interval fits between them.
//!
//! Answers with the booking in the way and the next free interval. It knows instants and ids, not
//! people. Apply what is due (see `lifecycle`) before asking, or a booking that nobody came for still counts.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};

use super::calendar::FreeTime;
use super::interval::{earlier, later, micros_up};
use super::limits::check_when;
use super::{Booking, BookingId, BookingState, Interval, Policy, Refusal};

/// A live booking as the schedule sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) id: BookingId,
    pub(super) interval: Interval,
    pub(super) state: BookingState,
    /// Earlier than the interval when the car was opened in the grace before it.
    taken_from: Timestamp,
}

impl Slot {
    /// The time for which the car is away: at least until `back_at` when the rider has it.
    fn taken(&self, back_at: Timestamp) -> (Timestamp, Timestamp) {
        let end = self.interval.end();
        (
            self.taken_from,
            if self.state.is_out() { end.max(back_at) } else { end },
        )
    }
}

/// A time for which a booking keeps the car away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Away {
    pub(super) id: BookingId,
    pub(super) state: BookingState,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// The live bookings of one car, disjoint, by start.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    slots: BTreeMap<(Timestamp, BookingId), Slot>,
    starts: BTreeMap<BookingId, Timestamp>,
    /// The booking that has the car; there is one at most.
    out: Option<BookingId>,
    /// When the car last came back, as far as is known.
    back_at: Option<Timestamp>,
}

impl Schedule {
    /// Takes in a booking as it now is: kept while it is live, forgotten when it is not, but that a finished
    /// one brought the car back is remembered.
    pub fn put(&mut self, booking: &Booking) {
        self.remove(booking.id);
        if !booking.state.is_live() {
            if booking.state == BookingState::Finished {
                self.back_at = self.back_at.max(booking.ended_at);
            }
            return;
        }
        let start = booking.interval.start();
        let slot = Slot {
            id: booking.id,
            interval: booking.interval,
            state: booking.state,
            taken_from: booking.started_at.map_or(start, |started_at| started_at.min(start)),
        };
        if booking.state.is_out() {
            self.out = Some(booking.id);
        }
        self.starts.insert(booking.id, start);
        self.slots.insert((start, booking.id), slot);
    }

    /// Forgets a booking, such as one that could not be saved. Returns whether it was there.
    pub fn remove(&mut self, id: BookingId) -> bool {
        let Some(start) = self.starts.remove(&id) else {
            return false;
        };
        if self.out == Some(id) {
            self.out = None;
        }
        self.slots.remove(&(start, id)).is_some()
    }

    /// How many live bookings the car has.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the car has no live booking.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The live bookings, by start.
    pub fn live(&self) -> impl Iterator<Item = (BookingId, Interval)> + '_ {
        self.slots.values().map(|slot| (slot.id, slot.interval))
    }

    /// Whether the car may be booked for `wanted`. `except` is the booking that would be replaced.
    pub fn plan(
        &self,
        now: Timestamp,
        policy: &Policy,
        wanted: Interval,
        except: Option<BookingId>,
    ) -> Result<(), Refusal> {
        check_when(now, policy, wanted)?;
        self.check_free(now, policy, wanted, except)
    }

    /// Whether the car is free for `wanted`, whenever that is. O(log n) when it is.
    pub fn check_free(
        &self,
        now: Timestamp,
        policy: &Policy,
        wanted: Interval,
        except: Option<BookingId>,
    ) -> Result<(), Refusal> {
        let now = micros_up(now);
        let Some(slot) = self.in_the_way(now, policy, wanted, except) else {
            return Ok(());
        };
        let (start, end) = slot.taken(now);
        Err(Refusal::Conflict {
            in_the_way: Interval::new(start, end)?,
            next_free: self.next_free(now, policy, wanted, except),
        })
    }

    /// The first free interval as long as `wanted` that starts neither before it nor before `now`.
    pub fn next_free(&self, now: Timestamp, policy: &Policy, wanted: Interval, except: Option<BookingId>) -> Interval {
        let out_late = self.out_slot().filter(|slot| slot.interval.end() <= now);
        let back_at = if out_late.is_some() {
            later(now, policy.late_offer_after)
        } else {
            now
        };
        let mut offer = wanted.moved_to(wanted.start().max(now));
        // Each round moves past one more booking, so there are as many rounds as bookings at most.
        while let Some(slot) = self.in_the_way(back_at, policy, offer, except) {
            offer = offer.moved_to(later(slot.taken(back_at).1, policy.buffer));
        }
        offer
    }

    /// When a reserved booking of this car that nobody uses becomes a no-show: some time after its start, or
    /// after the car was there if that was later, and at its end at the latest.
    pub fn no_show_at(&self, interval: Interval, policy: &Policy) -> Timestamp {
        let (start, end) = (interval.start(), interval.end());
        // A rider whom a late car keeps waiting has not failed to come.
        if self.out_slot().is_some_and(|slot| slot.interval.start() < start) {
            return end;
        }
        let there_at = self.back_at.map_or(start, |back_at| back_at.max(start));
        later(there_at, policy.no_show_after).min(end)
    }

    /// Live bookings of the car that start before `booking`, nearest first.
    pub(super) fn before(&self, booking: &Booking) -> impl Iterator<Item = &Slot> + '_ {
        let own = (booking.interval.start(), booking.id);
        self.slots.range(..own).rev().map(|(_, slot)| slot)
    }

    /// When the car is free next, however short that is.
    pub(super) fn free_time(&self, now: Timestamp, policy: &Policy) -> FreeTime {
        let now = micros_up(now);
        let next = later(now, SignedDuration::from_micros(1));
        // At the end of time nothing is free.
        let Ok(moment) = Interval::new(now, next) else {
            return FreeTime {
                from: None,
                until: Some(now),
            };
        };
        // A late car could be booked from now on, but it is not there.
        let is_free = self.out.is_none() && self.in_the_way(now, policy, moment, None).is_none();
        let from = (!is_free).then(|| self.next_free(now, policy, moment, None).start());
        let begins = (from.unwrap_or(now), BookingId(i64::MIN));
        let until = self.slots.range(begins..).next().map(|(_, slot)| slot.interval.start());
        FreeTime {
            from,
            until: until.map(|start| earlier(start, policy.buffer)),
        }
    }

    /// Live bookings that keep the car away within `window`, or come nearer to it than the buffer.
    pub(super) fn away_within(&self, window: Interval, policy: &Policy, now: Timestamp) -> Vec<Away> {
        let now = micros_up(now);
        let touches = |slot: &&Slot| {
            let (start, end) = slot.taken(now);
            start < later(window.end(), policy.buffer) && window.start() < later(end, policy.buffer)
        };
        let last = (later(window.end(), policy.buffer), BookingId(i64::MAX));
        // One that is out may reach further than those behind it; of the others none that is earlier ends later.
        let in_hand = self.slots.range(..=last).rev().map(|(_, slot)| slot);
        let in_hand = in_hand.filter(|slot| Some(slot.id) != self.out);
        let ends_behind = |slot: &&Slot| window.start() < later(slot.interval.end(), policy.buffer);
        let near = in_hand.take_while(ends_behind).filter(touches);
        let out = self.out_slot().filter(touches);
        let away = near.chain(out).map(|slot| {
            let (start, end) = slot.taken(now);
            Away {
                id: slot.id,
                state: slot.state,
                start,
                end,
            }
        });
        away.collect()
    }

    fn out_slot(&self) -> Option<&Slot> {
        let id = self.out?;
        self.slots.get(&(*self.starts.get(&id)?, id))
    }

    /// A booking that overlaps `wanted`, or comes nearer to it than the buffer. Bookings are disjoint, so that
    /// besides the one that is out only the last that starts by then and the first that starts after can.
    fn in_the_way(
        &self,
        back_at: Timestamp,
        policy: &Policy,
        wanted: Interval,
        except: Option<BookingId>,
    ) -> Option<&Slot> {
        let at_start = (wanted.start(), BookingId(i64::MAX));
        let others = |slot: &&Slot| Some(slot.id) != except;
        let earlier_one = self.slots.range(..=at_start).rev().map(|(_, slot)| slot).find(others);
        let later_one = self
            .slots
            .range((Bound::Excluded(at_start), Bound::Unbounded))
            .map(|(_, slot)| slot)
            .find(others);
        let clashes = |slot: &&Slot| {
            let (start, end) = slot.taken(back_at);
            start < later(wanted.end(), policy.buffer) && wanted.start() < later(end, policy.buffer)
        };
        self.out_slot()
            .filter(others)
            .into_iter()
            .chain(earlier_one)
            .chain(later_one)
            .find(clashes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, booking, span};
    use super::*;

    fn conflict(in_the_way: Interval, next_free: Interval) -> Result<(), Refusal> {
        Err(Refusal::Conflict { in_the_way, next_free })
    }

    fn schedule(bookings: &[Booking]) -> Schedule {
        let mut schedule = Schedule::default();
        bookings.iter().for_each(|booking| schedule.put(booking));
        schedule
    }

    #[test]
    fn a_gap_is_filled_to_the_brim_and_not_beyond() {
        let schedule = schedule(&[booking(1, span(60, 120)), booking(2, span(180, 240))]);
        let micro = SignedDuration::from_micros(1);
        let by = |early, late| Interval::new(at(120) - early, at(180) + late).unwrap();
        let none = SignedDuration::ZERO;
        for (wanted, answer) in [
            (span(120, 180), Ok(())),
            (span(0, 60), Ok(())),
            (span(240, 300), Ok(())),
            (span(60, 120), conflict(span(60, 120), span(120, 180))),
            (span(130, 200), conflict(span(180, 240), span(240, 310))),
            (span(0, 400), conflict(span(60, 120), span(240, 640))),
            (
                by(micro, none),
                conflict(span(60, 120), by(none, micro).moved_to(at(240))),
            ),
            (
                by(none, micro),
                conflict(span(180, 240), by(none, micro).moved_to(at(240))),
            ),
        ] {
            let policy = Policy::default();
            assert_eq!(schedule.plan(at(0), &policy, wanted, None), answer, "{wanted:?}");
        }
    }

    #[test]
    fn the_buffer_is_kept_on_both_sides() {
        let policy = Policy {
            buffer: SignedDuration::from_mins(10),
            ..Policy::default()
        };
        let schedule = schedule(&[booking(1, span(60, 120))]);
        for (wanted, answer) in [
            (span(0, 50), Ok(())),
            (span(130, 140), Ok(())),
            (span(0, 51), conflict(span(60, 120), span(130, 181))),
            (span(129, 140), conflict(span(60, 120), span(130, 141))),
        ] {
            assert_eq!(schedule.plan(at(0), &policy, wanted, None), answer, "{wanted:?}");
        }
    }

    #[test]
    fn a_late_car_is_taken_until_now_and_offered_a_little_later() {
        let policy = Policy::default();
        let out = booking(1, span(0, 60)).begin(at(0)).unwrap();
        let schedule = schedule(&[out, booking(2, span(110, 120))]);
        let now = at(90) + SignedDuration::from_nanos(1);
        let until_now = Interval::new(at(0), at(90) + SignedDuration::from_micros(1)).unwrap();
        let offer = span(95, 105).moved_to(at(95) + SignedDuration::from_micros(1));
        for (wanted, answer) in [
            (span(90, 100), conflict(until_now, offer)),
            (span(88, 108), conflict(until_now, span(120, 140))),
            (span(91, 101), Ok(())),
        ] {
            assert_eq!(schedule.plan(now, &policy, wanted, None), answer, "{wanted:?}");
        }
    }

    #[test]
    fn a_car_opened_early_is_taken_from_then() {
        let policy = Policy::default();
        let schedule = schedule(&[booking(1, span(60, 120)).begin(at(56)).unwrap()]);
        let answer = schedule.plan(at(57), &policy, span(57, 60), None);
        assert_eq!(answer, conflict(span(56, 120), span(120, 123)));
        assert_eq!(schedule.check_free(at(57), &policy, span(50, 56), None), Ok(()));
    }

    #[test]
    fn an_offer_is_never_in_the_past() {
        let policy = Policy::default();
        let schedule = schedule(&[booking(1, span(50, 58))]);
        let answer = schedule.plan(at(60), &policy, span(56, 66), None);
        assert_eq!(answer, conflict(span(50, 58), span(60, 70)));
    }

    #[test]
    fn a_booking_does_not_stand_in_its_own_way_and_is_forgotten_when_it_ends() {
        let policy = Policy::default();
        let own = booking(1, span(60, 120));
        let mut schedule = schedule(&[own.clone(), booking(2, span(130, 140))]);
        let plan = |schedule: &Schedule, except| schedule.plan(at(0), &policy, span(60, 130), except);
        assert_eq!(plan(&schedule, Some(own.id)), Ok(()));
        assert!(plan(&schedule, None).is_err());
        schedule.put(&own.cancel(at(1)).unwrap());
        assert_eq!(plan(&schedule, None), Ok(()));
        assert_eq!(schedule.live().collect::<Vec<_>>(), [(BookingId(2), span(130, 140))]);
        assert!(schedule.remove(BookingId(2)) && !schedule.remove(BookingId(2)));
        assert!(schedule.is_empty());
    }

    #[test]
    fn a_car_is_free_from_now_or_from_the_next_gap_until_the_next_booking() {
        let policy = Policy {
            buffer: SignedDuration::from_mins(10),
            ..Policy::default()
        };
        let free = |schedule: &Schedule, now| {
            let free = schedule.free_time(at(now), &policy);
            (free.from, free.until)
        };
        let mut schedule = schedule(&[
            booking(1, span(60, 120)),
            booking(2, span(130, 200)),
            booking(3, span(300, 310)),
        ]);
        assert_eq!(free(&schedule, 0), (None, Some(at(50))));
        assert_eq!(free(&schedule, 55), (Some(at(210)), Some(at(290))));
        assert_eq!(free(&schedule, 100), (Some(at(210)), Some(at(290))));
        assert_eq!(free(&schedule, 400), (None, None));
        assert_eq!(free(&Schedule::default(), 0), (None, None));
        // A late car is offered a little later.
        schedule.put(&booking(3, span(300, 310)).begin(at(300)).unwrap());
        assert_eq!(free(&schedule, 320), (Some(at(335)), None));
    }

    #[test]
    fn a_plan_at_the_end_of_time_ends() {
        let policy = Policy::default();
        let last = Interval::new(at(0), Timestamp::MAX).unwrap();
        let schedule = schedule(&[booking(1, last)]);
        assert!(schedule.plan(at(0), &policy, span(0, 10), None).is_err());
    }
}
