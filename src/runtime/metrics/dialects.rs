//! Figures of the ports for clients of older systems, beside those of every connection.

use super::{install, names};

/// Counts a message of a client of an older system: `ok` or an error code.
pub fn dialect_asked(dialect: &'static str, outcome: &'static str) {
    drop(install());
    ::metrics::counter!(names::DIALECT_REQUESTS, "dialect" => dialect, "outcome" => outcome).increment(1);
}

/// Counts a connection that was not let in: `crowded`, `address_crowded` or `busy`.
pub fn dialect_refused(dialect: &'static str, cause: &'static str) {
    drop(install());
    ::metrics::counter!(names::DIALECT_REFUSED, "dialect" => dialect, "cause" => cause).increment(1);
}
