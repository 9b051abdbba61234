//! The figures that the booking rules go by, each with what it means and its default.
//!
//! The rules take a `Policy` as an argument; where it comes from is the configuration's business.

use jiff::SignedDuration;

/// What may be booked, and how long a right lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Time that a car stays free between two bookings. Default: none, touching bookings are fine.
    pub buffer: SignedDuration,
    /// How long before its start a booking already opens the car. Default: 5 minutes.
    pub grace_before: SignedDuration,
    /// How long after its end a booking still opens the car. Default: 15 minutes.
    pub grace_after: SignedDuration,
    /// How far in the past a booking may start, for slow people and slow clocks. Default: 5 minutes.
    pub start_past_max: SignedDuration,
    /// How many live bookings one person may have. Default: 10.
    pub open_bookings_per_user: usize,
    /// How long after its start a booking that nobody used is a no-show, at the latest at its end. Default: 30 minutes.
    pub no_show_after: SignedDuration,
    /// The longest booking, extensions included. Default: 30 days.
    pub booking_length_max: SignedDuration,
    /// How far ahead a booking may start. Default: 365 days.
    pub horizon_max: SignedDuration,
    /// How long from now an offer behind a car that is late begins, so that it still stands when it is
    /// taken up. Default: 5 minutes.
    pub late_offer_after: SignedDuration,
    /// Whether a car returned early costs only the time until then. Default: no.
    pub early_return_refund: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            buffer: SignedDuration::ZERO,
            grace_before: SignedDuration::from_mins(5),
            grace_after: SignedDuration::from_mins(15),
            start_past_max: SignedDuration::from_mins(5),
            open_bookings_per_user: 10,
            no_show_after: SignedDuration::from_mins(30),
            booking_length_max: SignedDuration::from_hours(30 * 24),
            horizon_max: SignedDuration::from_hours(365 * 24),
            late_offer_after: SignedDuration::from_mins(5),
            early_return_refund: false,
        }
    }
}
