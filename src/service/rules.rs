//! When a repeating service does its next round, and which word says how it is.
//!
//! Takes figures, gives durations and words. It never looks at a clock and rolls no dice.

use std::time::Duration;

/// The first round comes within this time, however long the interval.
const FIRST_WITHIN: Duration = Duration::from_secs(60);

/// A full throw of the dice that [`first_after`] and [`next_after`] take.
const DICE_MAX: u64 = 0xffff_ffff;

/// How a service is, in one word or two.
pub(super) const RUNNING: &str = "running";
/// It failed and comes back after a pause.
pub(super) const RESTARTING: &str = "restarting";
/// An operator or the configuration switched it off.
pub(super) const DISABLED: &str = "disabled";
/// It failed too often.
pub(super) const GAVE_UP: &str = "disabled: gave up";
/// All repeating services are off.
pub(super) const ALL_OFF: &str = "disabled: all are off";

/// What is known about a repeating service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether a life of it runs.
    pub(super) is_up: bool,
    /// Its own switch.
    pub(super) is_enabled: bool,
    /// The switch of all together.
    pub(super) all_enabled: bool,
    /// Whether it failed too often.
    pub(super) gave_up: bool,
}

impl Facts {
    /// The word for it. What the service did comes before what was done to it.
    pub(super) fn state(self) -> &'static str {
        match self {
            Self { gave_up: true, .. } => GAVE_UP,
            Self { is_enabled: false, .. } => DISABLED,
            Self { all_enabled: false, .. } => ALL_OFF,
            Self { is_up: false, .. } => RESTARTING,
            _ => RUNNING,
        }
    }

    /// Whether it does rounds by itself, or will after a pause.
    pub(super) fn is_on(self) -> bool {
        self.is_enabled && self.all_enabled && !self.gave_up
    }
}

/// The pause before the first round of a life: a share of the interval, so that services do not start as one.
pub(super) fn first_after(every: Duration, dice: u32) -> Duration {
    share(every.min(FIRST_WITHIN), dice)
}

/// The pause between two rounds: the interval, give or take a twentieth, so that many servers do not beat as one.
pub(super) fn next_after(every: Duration, dice: u32) -> Duration {
    let spread = every / 10;
    (every - spread / 2).saturating_add(share(spread, dice))
}

fn share(of: Duration, dice: u32) -> Duration {
    let micros = u64::try_from(of.as_micros()).unwrap_or(u64::MAX) / DICE_MAX;
    let rest = u64::try_from(of.as_micros()).unwrap_or(u64::MAX) % DICE_MAX;
    let dice = u64::from(dice);
    let part = rest.saturating_mul(dice) / DICE_MAX;
    Duration::from_micros(micros.saturating_mul(dice).saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_within_their_bounds_at_both_ends_of_the_dice() {
        for every in [1, 1_000, 60_000, 86_400_000].map(Duration::from_millis) {
            assert_eq!(first_after(every, 0), Duration::ZERO);
            assert_eq!(first_after(every, u32::MAX), every.min(FIRST_WITHIN));
            assert_eq!(next_after(every, 0), every - every / 10 / 2);
            let longest = next_after(every, u32::MAX);
            assert!(longest >= every && longest <= every + every / 10, "{longest:?}");
        }
        let half = next_after(Duration::from_secs(100), u32::MAX / 2);
        assert!((99_900..100_100).contains(&half.as_millis()), "{half:?}");
    }

    #[test]
    fn the_state_says_first_what_the_service_did_itself() {
        let facts = |is_up, is_enabled, all_enabled, gave_up| Facts {
            is_up,
            is_enabled,
            all_enabled,
            gave_up,
        };
        for (facts, state, is_on) in [
            (facts(true, true, true, false), RUNNING, true),
            (facts(false, true, true, false), RESTARTING, true),
            (facts(true, false, true, false), DISABLED, false),
            (facts(true, true, false, false), ALL_OFF, false),
            (facts(false, false, false, false), DISABLED, false),
            (facts(false, true, true, true), GAVE_UP, false),
            (facts(false, false, false, true), GAVE_UP, false),
        ] {
            assert_eq!((facts.state(), facts.is_on()), (state, is_on), "{facts:?}");
        }
    }
}
