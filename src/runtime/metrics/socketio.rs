//! Figures of Socket.IO beside those of every connection.

use super::{install, names};

/// Counts a transport or a request that was refused: `origin`, `address`, `connections` or `not_theirs`.
pub fn socketio_refused(cause: &'static str) {
    drop(install());
    ::metrics::counter!(names::SOCKETIO_REFUSED, "cause" => cause).increment(1);
}
