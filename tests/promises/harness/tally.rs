//! How often a promise was tried and how often it was broken, as one line.

use std::time::{Duration, Instant};

/// Failures that are shown; more are counted.
const SHOWN_MAX: usize = 10;

/// The account of one promise.
pub(crate) struct Tally {
    promise: &'static str,
    tried: usize,
    failures: Vec<String>,
    failed: usize,
    since: Instant,
}

impl Tally {
    pub(crate) fn of(promise: &'static str) -> Self {
        Self {
            promise,
            tried: 0,
            failures: Vec::new(),
            failed: 0,
            since: Instant::now(),
        }
    }

    /// One try; what is wrong with it is only made when something is.
    pub(crate) fn tried(&mut self, is_kept: bool, wrong: impl FnOnce() -> String) {
        self.tried += 1;
        if !is_kept {
            self.failed += 1;
            if self.failures.len() < SHOWN_MAX {
                self.failures.push(wrong());
            }
        }
    }

    pub(crate) fn took(&self) -> Duration {
        self.since.elapsed()
    }

    /// Fails when the promise was broken.
    pub(crate) fn hold(&self) {
        let Self {
            promise, tried, failed, ..
        } = self;
        assert!(*tried > 0, "{promise}: nothing was tried");
        assert!(
            *failed == 0,
            "{promise}: {failed} of {tried} failed: {:#?}",
            self.failures
        );
    }

    /// The same, after printing the line. No failure in n tries says, with 95 % confidence, less than 3 in n and no more
    /// than that.
    pub(crate) fn settle(&self) {
        let Self {
            promise, tried, failed, ..
        } = self;
        println!("{promise}: tried {tried}, failed {failed}, bound < 3/{tried} when none failed");
        self.hold();
    }
}
