//! Between which bounds a rate may lie when so many errors were seen in so many trials.
//!
//! Pure. The bounds are those of Clopper and Pearson, solved for and not approximated, so that they hold for few errors
//! and for none: there the upper bound is about 3.7 divided by the trials.

use serde::Serialize;
use statrs::function::beta::checked_beta_reg;

/// How sure the bounds are: 95 of 100 such intervals hold the true rate, or more.
pub const CONFIDENCE: f64 = 0.95;

/// Halvings of the search for a bound: what remains is below what a float tells apart.
const HALVINGS: u32 = 60;

/// Bounds of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The rate is at least this.
    pub low: f64,
    /// The rate is at most this.
    pub high: f64,
}

impl Interval {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { low: 0.0, high: 1.0 };
}

/// The interval of Clopper and Pearson. Neither number need be whole: units that were weighted are not.
#[must_use]
pub fn clopper_pearson(errors: f64, trials: f64) -> Interval {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    if trials <= 0.0 || !trials.is_finite() || !errors.is_finite() {
        return Interval::UNKNOWN;
    }
    let errors = errors.clamp(0.0, trials);
    let low = if errors > 0.0 {
        quantile(errors, trials - errors + 1.0, tail)
    } else {
        0.0
    };
    let high = if errors < trials {
        quantile(errors + 1.0, trials - errors, 1.0 - tail)
    } else {
        1.0
    };
    Interval { low, high }
}

/// What a rate may still be when no error was seen: the rule of three, 3 divided by the trials.
#[must_use]
pub fn rule_of_three(trials: f64) -> f64 {
    if trials > 0.0 { (3.0 / trials).min(1.0) } else { 1.0 }
}

/// How many trials without an error it takes before the upper bound is as low as `rate`.
#[must_use]
pub fn trials_for(rate: f64) -> f64 {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    (tail.ln() / (1.0 - rate).ln()).ceil()
}

/// With which probability at least one of so many comparisons errs.
#[must_use]
pub fn at_least_one(rate: f64, comparisons: f64) -> f64 {
    1.0 - (1.0 - rate).powf(comparisons)
}

/// Where the beta distribution has so much below it. Its distribution function only grows, so halving finds it.
fn quantile(one: f64, two: f64, wanted: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        // Both shapes are above 0 here, so there always is a value.
        if checked_beta_reg(one, two, middle).is_ok_and(|below| below < wanted) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(got: f64, wanted: f64) {
        assert!((got - wanted).abs() < 5e-5, "got {got}, wanted {wanted}");
    }

    #[test]
    fn the_intervals_are_those_of_the_tables() {
        for (errors, trials, low, high) in [
            (0.0, 10.0, 0.0, 0.3085),
            (1.0, 10.0, 0.0025, 0.4450),
            (5.0, 10.0, 0.1871, 0.8129),
            (10.0, 10.0, 0.6915, 1.0),
            (0.0, 1.0, 0.0, 0.975),
            (1.0, 1.0, 0.025, 1.0),
            (3.0, 100.0, 0.0062, 0.0852),
            (50.0, 100.0, 0.3983, 0.6017),
        ] {
            let interval = clopper_pearson(errors, trials);
            near(interval.low, low);
            near(interval.high, high);
        }
    }

    #[test]
    fn without_trials_nothing_is_known() {
        for (errors, trials) in [(0.0, 0.0), (1.0, -1.0), (0.0, f64::NAN), (f64::NAN, 5.0)] {
            assert_eq!(clopper_pearson(errors, trials), Interval::UNKNOWN);
        }
        near(rule_of_three(0.0), 1.0);
        near(rule_of_three(2.0), 1.0);
    }

    #[test]
    fn no_error_in_so_many_trials_is_what_the_rules_say() {
        near(rule_of_three(300.0), 0.01);
        let trials = trials_for(0.01);
        assert!(clopper_pearson(0.0, trials).high <= 0.01);
        assert!(clopper_pearson(0.0, trials - 1.0).high > 0.01);
    }

    #[test]
    fn a_search_through_many_finds_somebody_for_a_stranger() {
        near(at_least_one(5e-4, 5_000.0), 0.91796);
        near(at_least_one(5e-4, 20.0), 0.00995);
        near(at_least_one(0.0, 5_000.0), 0.0);
    }

    /// The probability of at most so many errors, added up by hand.
    fn at_most(errors: u32, trials: u32, rate: f64) -> f64 {
        let mut sum = 0.0;
        let mut ways = 1.0;
        for seen in 0..=errors {
            let (seen_f, left) = (f64::from(seen), f64::from(trials - seen));
            sum += ways * rate.powf(seen_f) * (1.0 - rate).powf(left);
            ways *= left / (seen_f + 1.0);
        }
        sum
    }

    proptest! {
        #[test]
        fn the_bounds_are_where_the_seen_becomes_unlikely(trials in 1_u32..60, share in 0.0_f64..1.0) {
            let errors = (0..=trials).find(|errors| f64::from(*errors) >= share * f64::from(trials)).unwrap();
            let interval = clopper_pearson(f64::from(errors), f64::from(trials));
            prop_assert!(interval.low <= f64::from(errors) / f64::from(trials));
            prop_assert!(interval.high >= f64::from(errors) / f64::from(trials));
            if errors < trials {
                prop_assert!((at_most(errors, trials, interval.high) - 0.025).abs() < 1e-6);
            }
            if errors > 0 {
                prop_assert!((1.0 - at_most(errors - 1, trials, interval.low) - 0.025).abs() < 1e-6);
            }
        }

        #[test]
        fn more_trials_never_widen_and_more_errors_never_lower_the_bounds(errors in 0_u32..40, trials in 40_u32..400) {
            let (errors, trials) = (f64::from(errors), f64::from(trials));
            let (interval, more) = (clopper_pearson(errors, trials), clopper_pearson(errors + 1.0, trials));
            prop_assert!(more.low >= interval.low && more.high >= interval.high);
            prop_assert!(clopper_pearson(errors, trials * 2.0).high <= interval.high);
        }
    }
}
