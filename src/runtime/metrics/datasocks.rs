//! Handles for the figures of datasocks, by receiver; the names of receivers are a fixed set of words.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Figures of one receiver on one datasock.
#[derive(Clone)]
pub struct DatasockMeters {
    frames: Counter,
    bytes: Counter,
    panicked: Counter,
    refused: Counter,
}

impl DatasockMeters {
    /// Handles for `receiver`; faults start at 0, so that the first is seen as a rise.
    #[must_use]
    pub fn new(receiver: &'static str) -> Self {
        drop(install());
        let faults = |cause: &'static str| counter!(names::RECEIVER_FAULTS, "receiver" => receiver, "cause" => cause);
        let meters = Self {
            frames: counter!(names::DATASOCK_FRAMES, "receiver" => receiver),
            bytes: counter!(names::DATASOCK_BYTES, "receiver" => receiver),
            panicked: faults("panicked"),
            refused: faults("refused"),
        };
        meters.panicked.increment(0);
        meters.refused.increment(0);
        meters
    }

    pub(crate) fn received(&self, frames: u64, bytes: u64) {
        self.frames.increment(frames);
        self.bytes.increment(bytes);
    }

    pub(crate) fn faulted(&self, is_panic: bool) {
        if is_panic { &self.panicked } else { &self.refused }.increment(1);
    }
}

impl fmt::Debug for DatasockMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatasockMeters").finish_non_exhaustive()
    }
}

/// Counts a datasock that was not opened because there are as many as may be.
pub fn datasocks_refused() {
    drop(install());
    counter!(names::DATASOCKS_REFUSED).increment(1);
}

/// Figures of telemetry.
#[derive(Clone)]
pub struct TelemetryMeters {
    fixes: Counter,
    readings: Counter,
    refused: Counter,
    cars: Gauge,
}

impl TelemetryMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        let taken = |kind: &'static str| counter!(names::TELEMETRY_ROWS, "kind" => kind, "outcome" => "taken");
        Self {
            fixes: taken("fix"),
            readings: taken("reading"),
            refused: counter!(names::TELEMETRY_ROWS, "kind" => "any", "outcome" => "refused"),
            cars: gauge!(names::TELEMETRY_CARS),
        }
    }

    pub(crate) fn taken(&self, fixes: usize, readings: usize, refused: usize, cars: usize) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.fixes.increment(number(fixes));
        self.readings.increment(number(readings));
        self.refused.increment(number(refused));
        self.cars.set(u32::try_from(cars).unwrap_or(u32::MAX));
    }
}

impl Default for TelemetryMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TelemetryMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryMeters").finish_non_exhaustive()
    }
}

/// The bytes of all pictures that wait to be named by a command.
pub fn pictures_waiting(bytes: usize) {
    drop(install());
    gauge!(names::PICTURES_WAITING).set(u32::try_from(bytes).unwrap_or(u32::MAX));
}

/// Counts a picture that was refused, by the code it was refused with.
pub fn pictures_refused(code: &'static str) {
    drop(install());
    counter!(names::PICTURES_REFUSED, "code" => code).increment(1);
}
