//! Figures of faces at the doors of cars: challenges, attempts, misses. Never whose face.

use std::time::Duration;

use ::metrics::{counter, histogram};

use super::{install, names};

/// Counts a challenge by what became of it.
pub fn face_challenges(outcome: &'static str) {
    drop(install());
    counter!(names::FACE_CHALLENGES, "outcome" => outcome).increment(1);
}

/// Counts an attempt by its outcome, and how long the decision took.
pub fn face_attempted(outcome: &'static str, took: Duration) {
    drop(install());
    counter!(names::FACE_UNLOCKS, "outcome" => outcome).increment(1);
    histogram!(names::FACE_DECISION).record(took);
}

/// Counts a miss, and whether faces are now not looked at.
pub fn face_missed(locks: bool) {
    drop(install());
    counter!(names::FACE_MISSES).increment(1);
    if locks {
        counter!(names::FACE_LOCKOUTS).increment(1);
    }
}
