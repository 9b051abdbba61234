//! Where events may be delivered to, how long a receiver may take, and when it is given up.
//!
//! Figures and a path only; `crate::webhook` uses them. Environment: `MOTORPOOL_WEBHOOKS__` and the key in upper case.

use std::path::PathBuf;

use super::bound::bounded;

bounded! {
    /// The section `webhooks`.
    WebhooksConfig {
        /// Whether events may be delivered to this machine itself, also without TLS.
        loopback: bool = false, false, true;
        /// Webhooks that there may be; one more is refused with `not_now`.
        hooks_max: usize = 256, 1, 10_000;
        /// Webhooks of one owner; one more is refused with `not_now`.
        hooks_per_owner: usize = 8, 1, 1_000;
        /// Milliseconds between two looks at what is to be delivered.
        look_ms: u64 = 1_000, 50, 60_000;
        /// Time in which a receiver must answer, connecting included.
        timeout_ms: u64 = 5_000, 100, 30_000;
        /// Receivers that are called at the same time.
        in_flight: usize = 16, 1, 256;
        /// Failures in a row that a receiver is forgiven; one more and its webhook is disabled until its owner enables it.
        failures_max: i32 = 12, 0, 1_000;
        /// Pause after the first failure; doubled with each further one.
        pause_ms_first: u64 = 5_000, 10, 3_600_000;
        /// Longest pause after a failure.
        pause_ms_max: u64 = 3_600_000, 10, 86_400_000;
        besides
        /// File with certificates of authorities that are believed besides those of the system, in PEM.
        authorities: Option<PathBuf>;
    }
}
