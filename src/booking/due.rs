//! What only the time brings: a booking that nobody used becomes a no-show, a car that is not back overdue.
//!
//! The engine asks for what is due before it decides anything else about a car, and sets its timer to the
//! next instant at which something can be.

use jiff::Timestamp;

use super::{Booking, BookingState, Policy, Schedule};

/// A change that only the time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Nobody came until `at`.
    NoShow {
        /// When that was certain.
        at: Timestamp,
    },
    /// The car was not back `at` the end.
    Overdue {
        /// The end.
        at: Timestamp,
    },
}

impl Booking {
    /// What the time has brought by `now`, if anything. `schedule` is that of the booked car.
    pub fn due(&self, schedule: &Schedule, now: Timestamp, policy: &Policy) -> Option<Transition> {
        let at = self.next_due_at(schedule, policy).filter(|at| *at <= now)?;
        Some(match self.state {
            BookingState::Reserved => Transition::NoShow { at },
            _ => Transition::Overdue { at },
        })
    }

    /// When the time will next change the booking, if nobody does before. For one that waits behind another
    /// this may change when that one ends.
    pub fn next_due_at(&self, schedule: &Schedule, policy: &Policy) -> Option<Timestamp> {
        match self.state {
            BookingState::Reserved => Some(schedule.no_show_at(self.interval, policy)),
            BookingState::Ongoing => Some(self.interval.end()),
            _ => None,
        }
    }

    /// The booking after a transition that `due` named.
    pub fn pass(&self, transition: Transition) -> Self {
        match transition {
            Transition::NoShow { at } => Self {
                state: BookingState::NoShow,
                ended_at: Some(at),
                ..self.clone()
            },
            Transition::Overdue { .. } => Self {
                state: BookingState::Overdue,
                ..self.clone()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, booking, free, in_state, report, span};
    use super::*;

    #[test]
    fn time_turns_unused_bookings_into_no_shows_and_late_ones_overdue() {
        use BookingState::{Ongoing, Overdue, Reserved};
        let policy = Policy::default();
        let no_show = |minute| Some(Transition::NoShow { at: at(minute) });
        let overdue = |minute| Some(Transition::Overdue { at: at(minute) });
        for (state, end, now, due) in [
            (Reserved, 120, 89, None),
            (Reserved, 120, 90, no_show(90)),
            (Reserved, 70, 69, None),
            (Reserved, 70, 200, no_show(70)),
            (Ongoing, 120, 119, None),
            (Ongoing, 120, 120, overdue(120)),
            (Overdue, 120, 500, None),
        ] {
            let own = Booking {
                state,
                ..booking(1, span(60, end))
            };
            assert_eq!(
                own.due(&free(&own), at(now), &policy),
                due,
                "{state} until {end} at {now}"
            );
        }
        let passed = in_state(Reserved).pass(Transition::NoShow { at: at(90) });
        assert_eq!((passed.state, passed.ended_at), (BookingState::NoShow, Some(at(90))));
        assert_eq!(
            in_state(Ongoing).pass(Transition::Overdue { at: at(120) }).state,
            Overdue
        );
    }

    #[test]
    fn a_rider_kept_waiting_by_a_late_car_is_no_no_show() {
        let policy = Policy::default();
        let first = booking(1, span(0, 60)).begin(at(0)).unwrap();
        let next = booking(2, span(60, 180));
        let mut schedule = free(&first);
        schedule.put(&next);
        assert_eq!(next.due(&schedule, at(100), &policy), None);
        schedule.put(&first.finish(at(100), report(), &policy).unwrap());
        assert_eq!(next.due(&schedule, at(129), &policy), None);
        assert_eq!(
            next.due(&schedule, at(130), &policy),
            Some(Transition::NoShow { at: at(130) })
        );
    }
}
