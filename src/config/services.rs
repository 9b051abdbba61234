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
        /// Seconds after which `metadata` asks a client again what it says of itself.
        metadata_seconds: u64 = 300, 1, 86_400;
        /// Clients that `metadata` asks at the same time.
        metadata_in_flight: usize = 32, 1, 1_024;
        /// Whether `backup` is on until an operator switches it.
        backup: bool = false, false, true;
        /// Minutes between two copies that `backup` makes.
        backup_minutes: u64 = 1_440, 1, 525_600;
        /// Copies that `backup` keeps; the oldest beyond them go.
        backup_keep: usize = 7, 1, 1_000;
        /// Seconds between two rounds of `retention`.
        retention_seconds: u64 = 60, 1, 86_400;
        /// Days for which audit events are kept; 0 keeps them for ever.
        audit_days: u64 = 0, 0, 36_500;
        /// Days for which it is kept who signed in and out; 0 keeps it for ever.
        sign_in_days: u64 = 365, 0, 36_500;
    }
}
