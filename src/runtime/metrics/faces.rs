//! Figures of the faces: what became of pictures, how long each stage took, how the worker fares.

use std::fmt;
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{install, names};

/// Stages of an analysis, in their order; `total` is from the question to the answer, waits included.
const STAGES: [&str; 5] = ["decode", "detect", "landmarks", "encode", "total"];

/// Handles made once.
#[derive(Clone)]
pub struct FaceMeters {
    up: Gauge,
    detected: Counter,
    stages: [Histogram; 5],
}

impl FaceMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            up: gauge!(names::FACE_WORKER_UP),
            detected: counter!(names::FACES_DETECTED),
            stages: STAGES.map(|stage| histogram!(names::FACE_STAGE_DURATION, "stage" => stage)),
        }
    }

    /// Whether the worker runs.
    pub fn up(&self, is_up: bool) {
        self.up.set(if is_up { 1.0 } else { 0.0 });
    }

    /// It failed and is started again.
    pub fn restarted(&self, cause: &'static str) {
        counter!(names::FACE_WORKER_RESTARTS, "cause" => cause).increment(1);
    }

    /// A sender is left alone because of what its pictures did to the worker.
    pub fn shut_out(&self) {
        counter!(names::FACE_SENDERS_SHUT_OUT).increment(1);
    }

    /// What became of a picture: `ok` or a fixed word.
    pub fn ended(&self, outcome: &'static str) {
        counter!(names::FACE_ANALYSES, "outcome" => outcome).increment(1);
    }

    /// A picture was looked at: so many faces, and how long the stages took, in the order of their metric.
    pub fn looked_at(&self, faces: usize, took: [Duration; 5]) {
        self.detected.increment(u64::try_from(faces).unwrap_or(u64::MAX));
        for (stage, took) in self.stages.iter().zip(took) {
            stage.record(took);
        }
    }
}

impl Default for FaceMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FaceMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceMeters").finish_non_exhaustive()
    }
}
