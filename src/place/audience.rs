//! Whom a person may be visible to, as it travels.

use crate::wire::names::names;

names! {
    /// Who sees somebody.
    VisibleTo as "visibility" {
        /// Nobody, or those alone who are named.
        Nobody = "nobody",
        /// Those in the same building.
        SameBuilding = "same_building",
        /// Those within the range of the one who is seen.
        WithinRange = "within_range",
        /// Those in the same building and those within range.
        Near = "near",
    }
}

names! {
    /// What is watched.
    WatchedKind as "kind" {
        /// People who let themselves be seen.
        People = "people",
        /// Cars that are not out with somebody else.
        Cars = "cars",
        /// Both.
        Both = "both",
    }
}
