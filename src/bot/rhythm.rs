//! When a schedule runs: every so many seconds, or by a cron pattern in a time zone.
//!
//! Pure: the time comes in. Runs that were missed are counted and not made up for: the next run is the first one after now.

use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Longest pause between two runs, in seconds: a year.
pub(crate) const EVERY_S_MAX: i64 = 366 * 24 * 3_600;
/// Longest cron pattern, in characters.
pub(crate) const CRON_LETTERS_MAX: usize = 100;
/// Longest name of a time zone, in characters.
pub(crate) const ZONE_LETTERS_MAX: usize = 64;
/// Missed runs of a cron pattern that are counted one by one.
const MISSED_COUNTED_MAX: i64 = 10_000;

/// When something is said again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// Every so many seconds, from the first run on.
    Every {
        /// Seconds from run to run.
        seconds: i64,
    },
    /// At times of day.
    Cron {
        /// Minute, hour, day of the month, month, day of the week.
        pattern: String,
        /// IANA name of the time zone.
        zone: String,
    },
}

/// Why there is no such rhythm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RhythmError {
    /// Neither or both were given.
    #[error("wanted one of `every_s` and `cron`")]
    Choice,
    /// A zone without a pattern.
    #[error("`zone` goes with `cron`")]
    ZoneAlone,
    /// Too often, or too seldom.
    #[error("`every_s` is {got}, wanted {min} to {EVERY_S_MAX}")]
    Seconds {
        /// What was given.
        got: i64,
        /// The least.
        min: i64,
    },
    /// A pattern that is none.
    #[error("`cron` is no pattern of five fields such as `30 12 * * MON-FRI`: {0}")]
    Pattern(String),
    /// A pattern that runs too often.
    #[error("`cron` runs again after {got} seconds, wanted {min} at least")]
    Often {
        /// The shortest of its next pauses.
        got: i64,
        /// The least.
        min: i64,
    },
    /// A pattern that never runs.
    #[error("`cron` never runs")]
    Never,
    /// A time zone that nobody knows.
    #[error("`zone` is {0:?}, wanted a time zone such as `Europe/Lisbon`")]
    Zone(String),
}

impl Rhythm {
    /// From what was given; `seconds_min` is the shortest pause, looked at from `now` on.
    pub(crate) fn new(
        every_s: Option<i64>,
        cron: Option<String>,
        zone: Option<String>,
        seconds_min: i64,
        now: Timestamp,
    ) -> Result<Self, RhythmError> {
        match (every_s, cron) {
            (Some(seconds), None) => {
                if zone.is_some() {
                    return Err(RhythmError::ZoneAlone);
                }
                if !(seconds_min..=EVERY_S_MAX).contains(&seconds) {
                    return Err(RhythmError::Seconds {
                        got: seconds,
                        min: seconds_min,
                    });
                }
                Ok(Self::Every { seconds })
            }
            (None, Some(pattern)) => {
                let zone = zone.unwrap_or_else(|| "UTC".to_owned());
                let rhythm = Self::Cron { pattern, zone };
                rhythm.pauses_check(seconds_min, now)?;
                Ok(rhythm)
            }
            _ => Err(RhythmError::Choice),
        }
    }

    /// As it is kept: seconds, pattern, zone.
    pub(crate) fn parts(&self) -> (Option<i64>, Option<&str>, Option<&str>) {
        match self {
            Self::Every { seconds } => (Some(*seconds), None, None),
            Self::Cron { pattern, zone } => (None, Some(pattern), Some(zone)),
        }
    }

    /// From how it was kept.
    pub(crate) fn kept(every_s: Option<i64>, cron: Option<String>, zone: Option<String>) -> Self {
        match cron {
            Some(pattern) => Self::Cron {
                pattern,
                zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            },
            None => Self::Every {
                seconds: every_s.unwrap_or(EVERY_S_MAX),
            },
        }
    }

    /// The first run after `now` where one was due at `due`, and how many between the two are missed.
    pub(crate) fn after(&self, due: Timestamp, now: Timestamp) -> Result<(Timestamp, i64), RhythmError> {
        match self {
            Self::Every { seconds } => Ok(every_after(*seconds, due, now)),
            Self::Cron { pattern, zone } => {
                let (cron, zone) = (parsed(pattern)?, known(zone)?);
                let mut missed = 0;
                let mut at = next(&cron, &zone, due)?;
                while at <= now {
                    missed += 1;
                    if missed >= MISSED_COUNTED_MAX {
                        at = next(&cron, &zone, now)?;
                        break;
                    }
                    at = next(&cron, &zone, at)?;
                }
                Ok((at, missed))
            }
        }
    }

    /// The first run of all: at once for an interval, at the next time of day for a pattern.
    pub(crate) fn first(&self, now: Timestamp) -> Result<Timestamp, RhythmError> {
        match self {
            Self::Every { .. } => Ok(now),
            Self::Cron { pattern, zone } => next(&parsed(pattern)?, &known(zone)?, now),
        }
    }

    /// A pattern of five fields cannot run more than once a minute; where that is too often its next runs are looked at.
    fn pauses_check(&self, seconds_min: i64, now: Timestamp) -> Result<(), RhythmError> {
        const LOOKED_AT: usize = 64;
        let mut at = self.first(now)?;
        for _ in 0..LOOKED_AT {
            let (later, _) = match self.after(at, at) {
                Err(RhythmError::Never) => return Ok(()),
                found => found?,
            };
            let got = later.duration_since(at).as_secs();
            if got < seconds_min {
                return Err(RhythmError::Often { got, min: seconds_min });
            }
            at = later;
        }
        Ok(())
    }
}

fn every_after(seconds: i64, due: Timestamp, now: Timestamp) -> (Timestamp, i64) {
    let late = now.duration_since(due).as_secs().max(0);
    let seconds = seconds.max(1);
    let missed = late / seconds;
    let ahead = seconds.saturating_mul(missed.saturating_add(1));
    let at = due.saturating_add(SignedDuration::from_secs(ahead));
    (at.unwrap_or(Timestamp::MAX), missed)
}

fn parsed(pattern: &str) -> Result<Cron, RhythmError> {
    let refused = |why: &dyn std::fmt::Display| RhythmError::Pattern(why.to_string());
    if pattern.chars().count() > CRON_LETTERS_MAX {
        return Err(refused(&format!("it has more than {CRON_LETTERS_MAX} characters")));
    }
    if pattern.contains('@') || pattern.split_whitespace().count() != 5 {
        return Err(refused(&"it has another number of fields"));
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed);
    parser.build().parse(pattern).map_err(|err| refused(&err))
}

fn known(zone: &str) -> Result<TimeZone, RhythmError> {
    let shown = || RhythmError::Zone(zone.chars().take(ZONE_LETTERS_MAX).collect());
    if zone.is_empty() || zone.chars().count() > ZONE_LETTERS_MAX {
        return Err(shown());
    }
    if zone == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(zone).map_err(|_| shown())
}

fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Result<Timestamp, RhythmError> {
    let after = after.to_zoned(zone.clone());
    cron.find_next_occurrence(&after, false)
        .map(|at| at.timestamp())
        .map_err(|_| RhythmError::Never)
}

/// An instant from its text.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron(pattern: &str, zone: &str) -> Result<Rhythm, RhythmError> {
        let now = at("2026-03-01T00:00:00Z");
        Rhythm::new(None, Some(pattern.to_owned()), Some(zone.to_owned()), 10, now)
    }

    #[test]
    fn an_interval_is_taken_at_its_ends_and_refused_beyond_them() {
        let now = at("2026-03-01T00:00:00Z");
        for (seconds, is_fine) in [
            (9, false),
            (10, true),
            (EVERY_S_MAX, true),
            (EVERY_S_MAX + 1, false),
            (-1, false),
        ] {
            assert_eq!(
                Rhythm::new(Some(seconds), None, None, 10, now).is_ok(),
                is_fine,
                "{seconds}"
            );
        }
        let both = Rhythm::new(Some(60), Some("* * * * *".to_owned()), None, 10, now);
        assert_eq!(both, Err(RhythmError::Choice));
        assert_eq!(Rhythm::new(None, None, None, 10, now), Err(RhythmError::Choice));
        let alone = Rhythm::new(Some(60), None, Some("UTC".to_owned()), 10, now);
        assert_eq!(alone, Err(RhythmError::ZoneAlone));
    }

    #[test]
    fn a_pattern_has_five_fields_a_known_zone_and_some_day_to_run_on() {
        for good in ["* * * * *", "30 12 * * MON-FRI", "*/5 8-18 1 1,7 *", "0 0 29 2 *"] {
            assert!(cron(good, "Europe/Lisbon").is_ok(), "{good}");
        }
        for bad in [
            "",
            "*",
            "* * * *",
            "0 * * * * *",
            "61 * * * *",
            "@daily",
            "x y z a b",
            &"*".repeat(101),
        ] {
            assert!(matches!(cron(bad, "UTC"), Err(RhythmError::Pattern(_))), "{bad}");
        }
        assert_eq!(cron("0 0 31 2 *", "UTC"), Err(RhythmError::Never));
        for bad in ["", "Atlantis/Centre", "../../etc/passwd", &"x".repeat(65)] {
            assert!(matches!(cron("* * * * *", bad), Err(RhythmError::Zone(_))), "{bad}");
        }
        let hourly = Rhythm::new(
            None,
            Some("0,1 * * * *".to_owned()),
            None,
            120,
            at("2026-03-01T00:00:00Z"),
        );
        assert_eq!(hourly, Err(RhythmError::Often { got: 60, min: 120 }));
    }

    #[test]
    fn noon_is_noon_on_both_sides_of_daylight_saving() {
        let noon = cron("0 12 * * *", "Europe/Lisbon").unwrap();
        let first = noon.first(at("2026-03-28T06:00:00Z")).unwrap();
        assert_eq!(first, at("2026-03-28T12:00:00Z"));
        assert_eq!(noon.after(first, first).unwrap(), (at("2026-03-29T11:00:00Z"), 0));
    }

    #[test]
    fn what_was_missed_is_counted_and_not_made_up_for() {
        let noon = cron("0 12 * * *", "UTC").unwrap();
        let (due, now) = (at("2026-03-01T12:00:00Z"), at("2026-03-04T13:00:00Z"));
        assert_eq!(noon.after(due, now).unwrap(), (at("2026-03-05T12:00:00Z"), 3));
        let often = Rhythm::Every { seconds: 60 };
        assert_eq!(often.after(due, due).unwrap(), (at("2026-03-01T12:01:00Z"), 0));
        assert_eq!(
            often.after(due, at("2026-03-01T12:05:30Z")).unwrap(),
            (at("2026-03-01T12:06:00Z"), 5)
        );
        // After years the count stops and the next run does not.
        let minutely = cron("* * * * *", "UTC").unwrap();
        let (next, missed) = minutely.after(due, at("2036-03-01T12:00:30Z")).unwrap();
        assert_eq!((next, missed), (at("2036-03-01T12:01:00Z"), MISSED_COUNTED_MAX));
    }

    proptest! {
        /// The next run is after now, in step with the first, and less than one pause away.
        #[test]
        fn runs_stay_in_step(seconds in 1..100_000_i64, late in 0..10_000_000_i64) {
            let due = at("2026-03-01T12:00:00Z");
            let now = due + SignedDuration::from_secs(late);
            let (next, missed) = every_after(seconds, due, now);
            prop_assert!(next > now);
            prop_assert!(next.duration_since(now).as_secs() <= seconds);
            prop_assert_eq!(next.duration_since(due).as_secs(), seconds * (missed + 1));
        }
    }
}
