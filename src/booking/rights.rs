//! Who may open and close a car when: the right that a booking mints.
//!
//! It is looked up at the moment of use and never kept. It is for exactly the booked car and the
//! commands `unlock` and `lock`. Invariant: at no instant do two bookings of one car hold a right, because
//! only the first live one can.

use jiff::Timestamp;

use super::interval::{earlier, later};
use super::{Booking, BookingId, BookingState, CarId, Policy, Schedule, UserId};

/// The commands that a right covers.
pub const RIGHT_COMMANDS: [&str; 2] = ["unlock", "lock"];

/// A right that holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The booking it follows from.
    pub booking: BookingId,
    /// The only car it is for.
    pub car: CarId,
    /// Who has it.
    pub user: UserId,
    /// Since when: the start less the grace before it.
    pub from: Timestamp,
    /// Until when, unless the booking ends sooner: the end and the grace after it.
    pub until: Timestamp,
}

impl Right {
    /// Whether it allows this command on this car at this instant.
    pub fn covers(&self, car: CarId, command: &str, at: Timestamp) -> bool {
        car == self.car && RIGHT_COMMANDS.contains(&command) && self.from <= at && at < self.until
    }
}

/// Why a booking gives no right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RightRefusal {
    /// It is too early.
    #[error("booking {booking} opens the car from {from}, it is {now} now")]
    NotYet {
        /// The booking.
        booking: BookingId,
        /// When its right starts.
        from: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// The booking before it has not ended.
    #[error("booking {booking} has to wait, the one before it (until {until}) has not ended")]
    CarNotBack {
        /// The booking.
        booking: BookingId,
        /// The one that it waits for.
        predecessor: BookingId,
        /// When that one should end, or should have ended.
        until: Timestamp,
    },
    /// It is too late.
    #[error("the right of booking {booking} ended at {at}")]
    Expired {
        /// The booking.
        booking: BookingId,
        /// When its right ended.
        at: Timestamp,
    },
    /// The booking is not live.
    #[error("booking {booking} is {state} and opens nothing")]
    Ended {
        /// The booking.
        booking: BookingId,
        /// What became of it.
        state: BookingState,
    },
}

/// The right that `booking` gives at `now`. `schedule` is that of its car.
pub fn right_to_operate(
    schedule: &Schedule,
    booking: &Booking,
    now: Timestamp,
    policy: &Policy,
) -> Result<Right, RightRefusal> {
    let id = booking.id;
    if !booking.state.is_live() {
        return Err(RightRefusal::Ended {
            booking: id,
            state: booking.state,
        });
    }
    let from = earlier(booking.interval.start(), policy.grace_before);
    if now < from {
        return Err(RightRefusal::NotYet { booking: id, from, now });
    }
    if booking.state == BookingState::Reserved && now >= schedule.no_show_at(booking.interval, policy) {
        return Err(RightRefusal::Ended {
            booking: id,
            state: BookingState::NoShow,
        });
    }
    let until = later(booking.interval.end(), policy.grace_after);
    if now >= until {
        return Err(RightRefusal::Expired { booking: id, at: until });
    }
    // One that nobody came for has ended even if that is not recorded yet; it can get no right either.
    let holds_car = |state, interval| state != BookingState::Reserved || now < schedule.no_show_at(interval, policy);
    match schedule
        .before(booking)
        .find(|slot| holds_car(slot.state, slot.interval))
    {
        Some(slot) => Err(RightRefusal::CarNotBack {
            booking: id,
            predecessor: slot.id,
            until: slot.interval.end(),
        }),
        None => Ok(Right {
            booking: id,
            car: booking.car,
            user: booking.user,
            from,
            until,
        }),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::fixture::{at, booking, report, span};
    use super::*;

    fn schedule(bookings: &[&Booking]) -> Schedule {
        let mut schedule = Schedule::default();
        bookings.iter().for_each(|booking| schedule.put(booking));
        schedule
    }

    fn ask(schedule: &Schedule, booking: &Booking, now: Timestamp) -> Result<Right, RightRefusal> {
        right_to_operate(schedule, booking, now, &Policy::default())
    }

    #[test]
    fn a_right_lasts_from_the_grace_before_to_the_grace_after() {
        let own = booking(1, span(60, 120)).begin(at(55)).unwrap();
        let schedule = schedule(&[&own]);
        let micro = SignedDuration::from_micros(1);
        let right = Right {
            booking: own.id,
            car: own.car,
            user: own.user,
            from: at(55),
            until: at(135),
        };
        let early = |now| {
            Err(RightRefusal::NotYet {
                booking: own.id,
                from: at(55),
                now,
            })
        };
        let late = Err(RightRefusal::Expired {
            booking: own.id,
            at: at(135),
        });
        for (now, answer) in [
            (at(55) - micro, early(at(55) - micro)),
            (at(55), Ok(right)),
            (at(135) - micro, Ok(right)),
            (at(135), late),
        ] {
            assert_eq!(ask(&schedule, &own, now), answer, "{now}");
        }
    }

    #[test]
    fn a_right_is_for_its_car_and_two_commands() {
        let own = booking(1, span(60, 120));
        let right = ask(&schedule(&[&own]), &own, at(60)).unwrap();
        for (car, command, when, covered) in [
            (own.car, "unlock", at(60), true),
            (own.car, "lock", at(60), true),
            (own.car, "immobilise", at(60), false),
            (own.car, "honk", at(60), false),
            (CarId(own.car.0 + 1), "unlock", at(60), false),
            (own.car, "unlock", at(54), false),
            (own.car, "unlock", at(135), false),
        ] {
            assert_eq!(right.covers(car, command, when), covered, "{car} {command} {when}");
        }
    }

    #[test]
    fn nothing_is_left_of_a_right_when_its_booking_has_ended() {
        let reserved = booking(1, span(60, 120));
        let cancelled = reserved.cancel(at(60)).unwrap();
        let ongoing = reserved.begin(at(60)).unwrap();
        let finished = ongoing.finish(at(70), report(), &Policy::default()).unwrap();
        for ended in [cancelled, finished] {
            let answer = ask(&schedule(&[&ended]), &ended, at(70));
            assert_eq!(
                answer,
                Err(RightRefusal::Ended {
                    booking: ended.id,
                    state: ended.state
                })
            );
        }
        let no_show = Err(RightRefusal::Ended {
            booking: reserved.id,
            state: BookingState::NoShow,
        });
        assert!(ask(&schedule(&[&reserved]), &reserved, at(89)).is_ok());
        assert_eq!(ask(&schedule(&[&reserved]), &reserved, at(90)), no_show);
    }

    #[test]
    fn the_next_rider_waits_until_the_car_is_back() {
        let policy = Policy::default();
        let first = booking(1, span(0, 60)).begin(at(0)).unwrap();
        let next = booking(2, span(60, 120));
        let mut schedule = schedule(&[&first, &next]);
        let waits = Err(RightRefusal::CarNotBack {
            booking: next.id,
            predecessor: first.id,
            until: at(60),
        });
        assert_eq!(ask(&schedule, &next, at(57)), waits);
        assert_eq!(ask(&schedule, &next, at(70)), waits);
        assert!(ask(&schedule, &first, at(70)).is_ok());
        schedule.put(&first.finish(at(71), report(), &policy).unwrap());
        assert!(ask(&schedule, &next, at(71)).is_ok());
    }

    #[test]
    fn a_rider_who_never_came_keeps_nobody_waiting_longer_than_needed() {
        let first = booking(1, span(0, 20));
        let next = booking(2, span(20, 60));
        let schedule = schedule(&[&first, &next]);
        let waits = Err(RightRefusal::CarNotBack {
            booking: next.id,
            predecessor: first.id,
            until: at(20),
        });
        assert_eq!(ask(&schedule, &next, at(19)), waits);
        assert!(ask(&schedule, &next, at(20)).is_ok());
        assert!(ask(&schedule, &first, at(20)).is_err());
    }
}
