//! What may be booked: the live bookings of one car, and whether a wanted interval fits between them.
//!
//! Answers with the booking in the way and the next free interval. It knows instants and ids, not
//! people. Apply what is due (see `lifecycle`) before asking, or a booking that nobody came for still counts.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};

use super::interval::{earlier, later};
use super::{Booking, BookingId, BookingState, Interval, IntervalError, Policy};

/// Why a booking is not made or extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The end does not come after the start.
    #[error(transparent)]
    BadInterval(#[from] IntervalError),
    /// It would have begun too long ago.
    #[error("the start {start} is in the past, the earliest possible is {earliest}")]
    StartPast {
        /// The start that was wanted.
        start: Timestamp,
        /// The earliest that is possible now.
        earliest: Timestamp,
    },
    /// It would already be over.
    #[error("the end {end} is in the past, it is {now} now")]
    EndPast {
        /// The end that was wanted.
        end: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// Longer than any booking may be.
    #[error("the booking would last {length:#}, the longest possible is {length_max:#}")]
    TooLong {
        /// The length that was wanted.
        length: SignedDuration,
        /// The longest that is possible.
        length_max: SignedDuration,
    },
    /// It would begin later than can be booked today.
    #[error("the start {start} is too far ahead, the latest possible is {latest}")]
    TooFarAhead {
        /// The start that was wanted.
        start: Timestamp,
        /// The latest that is possible now.
        latest: Timestamp,
    },
    /// The person has as many live bookings as one may have.
    #[error("{open} bookings are open, the limit is {limit}")]
    TooManyOpen {
        /// How many the person has.
        open: usize,
        /// How many one may have.
        limit: usize,
    },
    /// Somebody else has the car then.
    #[error("the car is taken from {} to {}", in_the_way.start(), in_the_way.end())]
    Conflict {
        /// A booking that overlaps; a car that is late counts as taken until now.
        in_the_way: Interval,
        /// The first free interval of the same length, not before the wanted start and not in the past.
        next_free: Interval,
    },
}

/// Whether a person with so many live bookings may make one more.
pub fn check_open_bookings(open: usize, policy: &Policy) -> Result<(), Refusal> {
    let limit = policy.open_bookings_per_user;
    if open < limit {
        Ok(())
    } else {
        Err(Refusal::TooManyOpen { open, limit })
    }
}

/// Whether any car could be booked for this interval now.
pub fn check_when(now: Timestamp, policy: &Policy, wanted: Interval) -> Result<(), Refusal> {
    let earliest = earlier(now, policy.start_past_max);
    let latest = later(now, policy.horizon_max);
    if wanted.start() < earliest {
        return Err(Refusal::StartPast {
            start: wanted.start(),
            earliest,
        });
    }
    if wanted.start() > latest {
        return Err(Refusal::TooFarAhead {
            start: wanted.start(),
            latest,
        });
    }
    check_end(now, policy, wanted)
}

/// Whether a booking may last so long and end then, whenever it began.
pub(super) fn check_end(now: Timestamp, policy: &Policy, wanted: Interval) -> Result<(), Refusal> {
    if wanted.end() <= now {
        return Err(Refusal::EndPast {
            end: wanted.end(),
            now,
        });
    }
    let length_max = policy.booking_length_max;
    if wanted.length() > length_max {
        return Err(Refusal::TooLong {
            length: wanted.length(),
            length_max,
        });
    }
    Ok(())
}

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
            if self.state.is_out() {
                end.max(back_at)
            } else {
                end
            },
        )
    }
}

/// The live bookings of one car, disjoint, by start.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    slots: BTreeMap<(Timestamp, BookingId), Slot>,
    starts: BTreeMap<BookingId, Timestamp>,
    /// The booking that has the car; there is one at most.
    out: Option<BookingId>,
}

impl Schedule {
    /// Takes in a booking as it now is: kept while it is live, forgotten when it is not.
    pub fn put(&mut self, booking: &Booking) {
        self.remove(booking.id);
        if !booking.state.is_live() {
            return;
        }
        let start = booking.interval.start();
        let slot = Slot {
            id: booking.id,
            interval: booking.interval,
            state: booking.state,
            taken_from: booking
                .started_at
                .map_or(start, |started_at| started_at.min(start)),
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
    pub fn next_free(
        &self,
        now: Timestamp,
        policy: &Policy,
        wanted: Interval,
        except: Option<BookingId>,
    ) -> Interval {
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

    /// Live bookings of the car that start before `booking`, nearest first.
    pub(super) fn before(&self, booking: &Booking) -> impl Iterator<Item = &Slot> + '_ {
        let own = (booking.interval.start(), booking.id);
        self.slots.range(..own).rev().map(|(_, slot)| slot)
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
        let earlier_one = self
            .slots
            .range(..=at_start)
            .rev()
            .map(|(_, slot)| slot)
            .find(others);
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
