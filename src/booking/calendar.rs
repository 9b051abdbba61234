//! What is taken of a car's time, for a time line: whose booking it is to those who may know, to others only that it is.
//!
//! Pure. Promise: within the time that is asked for, what touches no taken stretch can be booked, and what touches one
//! cannot. A stretch without a booking shows neither how many bookings it is made of nor where one ends.

use jiff::{SignedDuration, Timestamp};

use super::interval::{earlier, later};
use super::{BookingId, BookingState, Interval, UserId};

/// A live booking of the car, with the time for which it keeps the car away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub booking: BookingId,
    /// Whose it is.
    pub user: UserId,
    /// The name of that account.
    pub username: String,
    /// What has become of it.
    pub state: BookingState,
    /// From when the car is away.
    pub start: Timestamp,
    /// Until when it is, as far as is known now.
    pub end: Timestamp,
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Sees whose every booking is.
    Operator(Option<UserId>),
    /// Sees their own; a guest has none.
    Rider(Option<UserId>),
}

impl Viewer {
    fn account(self) -> Option<UserId> {
        match self {
            Self::Operator(user) | Self::Rider(user) => user,
        }
    }

    /// What this viewer may know of a booking beside its being there.
    fn shown(self, held: &Held) -> Option<Shown> {
        let is_own = self.account() == Some(held.user);
        let is_operator = matches!(self, Self::Operator(_));
        (is_own || is_operator).then(|| Shown {
            booking: held.booking,
            user: is_operator.then(|| held.username.clone()),
            state: held.state,
            is_own,
        })
    }
}

/// A booking as a viewer may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub booking: BookingId,
    /// Whose it is, for operators.
    pub user: Option<String>,
    /// What has become of it.
    pub state: BookingState,
    /// Whether it is the viewer's own.
    pub is_own: bool,
}

/// A stretch of time in which the car cannot be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// The booking it is, where the viewer may know; without one it is any bookings, and what stays free around them.
    pub by: Option<Shown>,
}

/// When a car is free next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeTime {
    /// From when, where it is not free now.
    pub from: Option<Timestamp>,
    /// Until when then, where somebody has booked it later.
    pub until: Option<Timestamp>,
}

/// What is taken within `window`, by start. Bookings that are shown keep their own ends, all else is cut to the window.
/// A car that nobody can book now is taken all the time.
pub fn taken(held: &[Held], viewer: Viewer, window: Interval, buffer: SignedDuration, is_usable: bool) -> Vec<Taken> {
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    if !is_usable {
        hidden.push((window.start(), window.end()));
    }
    for one in held {
        let around = (earlier(one.start, buffer), later(one.end, buffer));
        let Some(by) = viewer.shown(one) else {
            hidden.push(around);
            continue;
        };
        hidden.push((around.0, one.start));
        hidden.push((one.end, around.1));
        if one.start < window.end() && window.start() < one.end {
            shown.push(Taken {
                start: one.start,
                end: one.end,
                by: Some(by),
            });
        }
    }
    shown.extend(merged(hidden, window));
    shown.sort_by_key(|taken| (taken.start, taken.end));
    shown
}

/// Stretches cut to the window, those that touch made one.
fn merged(mut stretches: Vec<(Timestamp, Timestamp)>, window: Interval) -> Vec<Taken> {
    stretches.sort_unstable();
    let mut whole: Vec<Taken> = Vec::new();
    for (start, end) in stretches {
        let (start, end) = (start.max(window.start()), end.min(window.end()));
        if start >= end {
            continue;
        }
        match whole.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => whole.push(Taken { start, end, by: None }),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{at, booking, span};
    use super::super::{Policy, Schedule};
    use super::*;

    fn policy(buffer_minutes: i64) -> Policy {
        Policy {
            buffer: SignedDuration::from_mins(buffer_minutes),
            ..Policy::default()
        }
    }

    /// What the schedule holds, as the ledger would say it: the user has the number of the booking.
    fn held(schedule: &Schedule, policy: &Policy, window: Interval, now: i64) -> Vec<Held> {
        let away = schedule.away_within(window, policy, at(now));
        let named = away.into_iter().map(|away| Held {
            booking: away.id,
            user: UserId(away.id.0),
            username: format!("rider-{}", away.id),
            state: away.state,
            start: away.start,
            end: away.end,
        });
        named.collect()
    }

    fn plain(taken: &[Taken]) -> Vec<(Timestamp, Timestamp, Option<i64>)> {
        let plain = |one: &Taken| (one.start, one.end, one.by.as_ref().map(|by| by.booking.0));
        taken.iter().map(plain).collect()
    }

    #[test]
    fn a_rider_sees_that_time_is_taken_and_only_their_own_by_name() {
        let mut schedule = Schedule::default();
        for (id, from, to) in [(1, 60, 120), (2, 120, 180), (3, 240, 300)] {
            schedule.put(&booking(id, span(from, to)));
        }
        let (policy, window) = (policy(0), span(90, 400));
        let held = held(&schedule, &policy, window, 0);
        let see = |viewer| taken(&held, viewer, window, policy.buffer, true);
        // Two that touch are one, cut to what was asked for.
        let guest = see(Viewer::Rider(None));
        assert_eq!(plain(&guest), [(at(90), at(180), None), (at(240), at(300), None)]);
        let second = see(Viewer::Rider(Some(UserId(2))));
        assert_eq!(
            plain(&second),
            [
                (at(90), at(120), None),
                (at(120), at(180), Some(2)),
                (at(240), at(300), None)
            ]
        );
        let own = second[1].by.as_ref().unwrap();
        assert!(own.is_own && own.user.is_none());
        let operator = see(Viewer::Operator(Some(UserId(9))));
        assert_eq!(
            plain(&operator),
            [
                (at(60), at(120), Some(1)),
                (at(120), at(180), Some(2)),
                (at(240), at(300), Some(3))
            ]
        );
        let first = operator[0].by.as_ref().unwrap();
        assert_eq!((first.user.as_deref(), first.is_own), (Some("rider-1"), false));
    }

    #[test]
    fn what_stays_free_around_bookings_is_taken_and_belongs_to_nobody() {
        let mut schedule = Schedule::default();
        schedule.put(&booking(1, span(60, 120)));
        let (policy, window) = (policy(10), span(0, 200));
        let held = held(&schedule, &policy, window, 0);
        let own = taken(&held, Viewer::Rider(Some(UserId(1))), window, policy.buffer, true);
        assert_eq!(
            plain(&own),
            [
                (at(50), at(60), None),
                (at(60), at(120), Some(1)),
                (at(120), at(130), None)
            ]
        );
        let other = taken(&held, Viewer::Rider(None), window, policy.buffer, true);
        assert_eq!(plain(&other), [(at(50), at(130), None)]);
        let broken = taken(&held, Viewer::Rider(None), window, policy.buffer, false);
        assert_eq!(plain(&broken), [(at(0), at(200), None)]);
    }

    proptest! {
        #[test]
        fn a_time_is_refused_exactly_where_it_touches_what_is_taken(
            wishes in prop::collection::vec((0..600_i64, 1..90_i64), 0..20),
            (is_first_out, now, buffer) in (any::<bool>(), 0..500_i64, 0..30_i64),
            (from, length) in (0..400_i64, 1..300_i64),
            (viewer, probe, probe_length) in (0..3_usize, 0..400_i64, 1..60_i64),
        ) {
            let policy = policy(buffer);
            let mut schedule = Schedule::default();
            for (id, (start, length)) in (1..).zip(&wishes) {
                let wanted = span(*start, start + length);
                if schedule.check_free(at(0), &policy, wanted, None).is_ok() {
                    schedule.put(&booking(id, wanted));
                }
            }
            let first = schedule.live().next();
            if let Some((id, interval)) = first.filter(|_| is_first_out) {
                let opened_at = earlier(interval.start(), SignedDuration::from_mins(5));
                schedule.put(&booking(id.0, interval).begin(opened_at).unwrap());
            }
            let window = span(from, from + length);
            let held = held(&schedule, &policy, window, now);
            let viewer = [Viewer::Operator(None), Viewer::Rider(None), Viewer::Rider(Some(UserId(2)))][viewer];
            let taken = taken(&held, viewer, window, policy.buffer, true);
            for pair in taken.windows(2) {
                prop_assert!(pair[0].start <= pair[1].start);
            }
            prop_assert!(matches!(viewer, Viewer::Operator(_))
                || taken.iter().filter_map(|one| one.by.as_ref()).all(|by| by.is_own && by.user.is_none()));
            let start = from + probe % length;
            let wanted = span(start, (start + probe_length).min(from + length));
            let touches = taken.iter().any(|one| one.start < wanted.end() && wanted.start() < one.end);
            let refused = schedule.check_free(at(now), &policy, wanted, None).is_err();
            prop_assert_eq!(touches, refused, "{:?} {:?}", wanted, taken);
        }
    }
}
