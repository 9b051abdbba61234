//! How bookings behave here: buffers, graces, how far ahead, what an early return costs.
//!
//! Figures only; `crate::booking` decides with them. Environment: `MOTORPOOL_BOOKING__` and the
//! key in upper case.

use super::bound::bounded;

/// A year and a day, in minutes: no booking figure is longer.
const YEAR_MINUTES: u32 = 366 * 24 * 60;

bounded! {
    /// The section `booking`.
    BookingConfig {
        /// Minutes a car rests between two bookings.
        buffer_minutes: u32 = 0, 0, 1_440;
        /// Minutes before the start from which the rider may open the car.
        grace_before_minutes: u32 = 5, 0, 1_440;
        /// Minutes after the end until which the rider may open the car.
        grace_after_minutes: u32 = 15, 0, 1_440;
        /// Minutes the start may lie in the past when a booking is made.
        start_past_minutes: u32 = 5, 0, 1_440;
        /// Minutes after the start at which a booking nobody used becomes a no-show; 0 waits until the booking's end.
        no_show_minutes: u32 = 0, 0, YEAR_MINUTES;
        /// Longest booking, extensions included.
        duration_minutes_max: u32 = 44_640, 1, YEAR_MINUTES;
        /// Days ahead that a booking may start.
        ahead_days_max: u32 = 365, 1, 3_660;
        /// Whether the unused time of an early return is not charged.
        early_return_refund: bool = false, false, true;
    }
}
