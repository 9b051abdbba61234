//! How people are seen here who never chose, how far they look, and how long movements are kept.
//!
//! Figures only; `crate::place` uses them. Environment: `MOTORPOOL_PLACES__` and the key in upper case.

use super::bound::bounded;

bounded! {
    /// The section `places`.
    PlacesConfig {
        /// Whether people who never chose are seen by those in the same building and by those within their range; else by nobody.
        shows_near: bool = true, false, true;
        /// Metres that people look around, and are seen from, who never said another range.
        range_m: u32 = 50, 1, 100_000;
        /// Days for which it is kept who went in and out of which building; 0 keeps it for ever.
        movement_days: u64 = 90, 0, 36_500;
    }
}
