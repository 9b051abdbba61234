//! A stretch of a log that is read backwards: within a time, and behind the place where the page before ended.
//!
//! Every table with `at` and `id` is read the same way: newest first, of one instant the highest number first.

/// Which rows of one table. Instants are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From this instant on.
    pub since: i64,
    /// Before this instant.
    pub until: i64,
    /// Older than this instant, or of it with a smaller number.
    pub behind: (i64, i64),
}

impl Stretch {
    /// All there is.
    pub const ALL: Self = Self {
        since: i64::MIN,
        until: i64::MAX,
        behind: (i64::MAX, i64::MAX),
    };

    /// Before this instant, and it is the least that says so: an index by time begins here.
    #[must_use]
    pub fn before(self) -> i64 {
        self.until.min(self.behind.0.saturating_add(1))
    }
}

/// The condition that a row with this instant and this number is in a stretch.
macro_rules! within {
    ($at:expr, $id:expr, $stretch:expr) => {{
        let stretch: $crate::store::stretch::Stretch = $stretch;
        let (at, id) = stretch.behind;
        diesel::BoolExpressionMethods::and(
            diesel::BoolExpressionMethods::and(
                diesel::ExpressionMethods::ge($at, stretch.since),
                diesel::ExpressionMethods::lt($at, stretch.before()),
            ),
            diesel::BoolExpressionMethods::or(
                diesel::ExpressionMethods::lt($at, at),
                diesel::ExpressionMethods::lt($id, id),
            ),
        )
    }};
}
pub(crate) use within;
