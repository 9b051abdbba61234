//! When a failed service is started again, when it is given up, when it counts as frozen.
//!
//! Decisions only: durations come in, verdicts go out. The supervisor does what is decided here.

use std::time::Duration;

/// When to restart and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Pause before the first restart; doubles with each failure in a row.
    pub pause_first: Duration,
    /// Longest pause.
    pub pause_max: Duration,
    /// Failures in a row that are forgiven; one more and the service is given up.
    pub failures_max: u32,
    /// A life this long clears the count of failures.
    pub healthy_after: Duration,
    /// A start (loading state included) that takes longer is a failed one.
    pub start_max: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            pause_first: Duration::from_millis(100),
            pause_max: Duration::from_secs(10),
            failures_max: 10,
            healthy_after: Duration::from_secs(60),
            start_max: Duration::from_secs(60),
        }
    }
}

/// When a service that does not answer counts as frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartbeatPolicy {
    /// Time between two questions.
    pub every: Duration,
    /// An answer later than this is a miss.
    pub answer_within: Duration,
    /// Misses in a row that are forgiven; one more and the service is frozen.
    pub misses_max: u32,
}

impl Default for HeartbeatPolicy {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2),
            answer_within: Duration::from_secs(3),
            misses_max: 2,
        }
    }
}

/// How a life of a service ended; the label `cause` of `motorpool_service_restarts_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeEnd {
    /// It stopped by itself.
    Stopped,
    /// A handler panicked.
    Panicked,
    /// It answered no heartbeat and was aborted.
    Frozen,
    /// Its state could not be made, or not in time.
    FailedStart,
}

impl LifeEnd {
    /// The stable word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Panicked => "panicked",
            Self::Frozen => "frozen",
            Self::FailedStart => "failed_start",
        }
    }
}

/// What to do after a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Start again after this pause.
    RestartAfter(Duration),
    /// Never again.
    GiveUp,
}

/// Failures in a row of one service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures(u32);

impl Failures {
    /// Counts a life that lasted `lived`, and decides.
    pub fn after_life(&mut self, policy: &RestartPolicy, lived: Duration) -> Verdict {
        if lived >= policy.healthy_after {
            self.0 = 0;
        }
        self.0 = self.0.saturating_add(1);
        if self.0 > policy.failures_max {
            return Verdict::GiveUp;
        }
        let factor = 2_u32.saturating_pow(self.0 - 1);
        Verdict::RestartAfter(policy.pause_first.saturating_mul(factor).min(policy.pause_max))
    }

    /// How many in a row.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0
    }
}

/// Heartbeats missed in a row by one life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misses(u32);

impl Misses {
    /// Counts one heartbeat, answered or not; true when the service is frozen.
    pub fn after_beat(&mut self, policy: &HeartbeatPolicy, answered: bool) -> bool {
        self.0 = if answered { 0 } else { self.0.saturating_add(1) };
        self.0 > policy.misses_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn policy() -> RestartPolicy {
        RestartPolicy {
            pause_first: MS(100),
            pause_max: MS(1_000),
            failures_max: 6,
            healthy_after: MS(60_000),
            start_max: MS(1_000),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_the_limit_ends_them() {
        let mut failures = Failures::default();
        for pause in [100, 200, 400, 800, 1_000, 1_000] {
            assert_eq!(failures.after_life(&policy(), MS(1)), Verdict::RestartAfter(MS(pause)));
        }
        assert_eq!(failures.after_life(&policy(), MS(1)), Verdict::GiveUp);
    }

    #[test]
    fn a_healthy_life_clears_the_count_and_one_just_short_of_it_does_not() {
        let mut failures = Failures(6);
        assert_eq!(
            failures.after_life(&policy(), MS(60_000)),
            Verdict::RestartAfter(MS(100))
        );
        let mut failures = Failures(6);
        assert_eq!(failures.after_life(&policy(), MS(59_999)), Verdict::GiveUp);
    }

    #[test]
    fn no_count_of_failures_overflows_the_pause() {
        let patient = RestartPolicy {
            failures_max: u32::MAX,
            ..policy()
        };
        let mut failures = Failures(u32::MAX - 1);
        assert_eq!(failures.after_life(&patient, MS(1)), Verdict::RestartAfter(MS(1_000)));
        assert_eq!(failures.after_life(&patient, MS(1)), Verdict::RestartAfter(MS(1_000)));
    }

    #[test]
    fn only_misses_in_a_row_make_a_service_frozen() {
        let policy = HeartbeatPolicy {
            misses_max: 2,
            ..HeartbeatPolicy::default()
        };
        let mut misses = Misses::default();
        let frozen: Vec<bool> = [false, false, true, false, false, false]
            .map(|answered| misses.after_beat(&policy, answered))
            .to_vec();
        assert_eq!(frozen, [false, false, false, false, false, true]);
    }
}
