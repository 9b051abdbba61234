//! How often the repeating services do their rounds, what they keep, and when one gives up.
//!
//! Figures only; `crate::service` uses them. Environment: `MOTORPOOL_SERVICES__` and the key in upper case.

use super::bound::bounded;

bounded! {
    /// The section `services`.
    ServicesConfig {
        /// Failures in a row that a repeating service is forgiven; one more and it is disabled until an operator enables it.
        failures_max: u32 = 10, 0, 1_000;
        /// Milliseconds between two rounds of `booking-clock`, by which a no-show or a late car is told late at most.
        booking_clock_ms: u64 = 1_000, 100, 60_000;
        /// Seconds between two rounds of `retention`.
        retention_seconds: u64 = 60, 1, 86_400;
        /// Days for which audit events are kept; 0 keeps them for ever.
        audit_days: u64 = 0, 0, 36_500;
    }
}
