//! How many bots there may be, what they may have scheduled, and how long what they said is kept.
//!
//! Figures only; `crate::bot` uses them. Environment: `MOTORPOOL_BOTS__` and the key in upper case.

use super::bound::bounded;

bounded! {
    /// The section `bots`.
    BotsConfig {
        /// Bots that may be registered; one more is refused with `not_now`.
        bots_max: usize = 1_000, 1, 100_000;
        /// Schedules of one bot; one more is refused with `not_now`.
        schedules_per_bot: usize = 8, 1, 1_000;
        /// Schedules of all bots; one more is refused with `not_now`.
        schedules_max: usize = 1_000, 1, 100_000;
        /// Shortest time between two runs of a schedule, in seconds.
        schedule_seconds_min: u32 = 10, 1, 86_400;
        /// Milliseconds between two looks at which schedules are due, by which a run is late at most.
        schedule_ms: u64 = 1_000, 50, 60_000;
        /// Days for which what bots said is kept; 0 keeps it for ever.
        message_days: u64 = 90, 0, 36_500;
    }
}
