//! Rules of rates: how much came in the last ten seconds. Pure: the second comes in as an argument.

/// Seconds that a rate is taken over, the running one included.
pub(crate) const RATE_SECONDS: u64 = 10;

#[derive(Debug, Clone, Copy, Default)]
struct Second {
    number: u64,
    frames: u64,
    bytes: u64,
}

/// What came a second, lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rate {
    /// Frames a second, rounded up.
    pub(crate) frames: u64,
    /// Bytes a second, rounded up.
    pub(crate) bytes: u64,
}

/// Sums of the last seconds; memory of a fixed size.
#[derive(Debug, Default)]
pub(crate) struct Rates([Second; 10]);

impl Rates {
    /// Counts what came in that second.
    pub(crate) fn count(&mut self, second: u64, frames: u64, bytes: u64) {
        let place = usize::try_from(second % RATE_SECONDS).unwrap_or_default();
        let Some(sum) = self.0.get_mut(place) else { return };
        if sum.number < second {
            *sum = Second {
                number: second,
                ..Second::default()
            };
        }
        sum.frames = sum.frames.saturating_add(frames);
        sum.bytes = sum.bytes.saturating_add(bytes);
    }

    /// The rate as it is in that second.
    pub(crate) fn at(&self, second: u64) -> Rate {
        let lately = |sum: &&Second| sum.number <= second && second - sum.number < RATE_SECONDS;
        let sums = self
            .0
            .iter()
            .filter(lately)
            .fold((0_u64, 0_u64), |(frames, bytes), sum| {
                (frames.saturating_add(sum.frames), bytes.saturating_add(sum.bytes))
            });
        Rate {
            frames: sums.0.div_ceil(RATE_SECONDS),
            bytes: sums.1.div_ceil(RATE_SECONDS),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_ten_seconds_and_silence_ends_it() {
        let mut rates = Rates::default();
        assert_eq!(rates.at(0), Rate::default());
        for second in 100..110 {
            rates.count(second, 2, 50);
        }
        for (second, frames, bytes) in [(109, 2, 50), (114, 1, 25), (118, 1, 5), (119, 0, 0), (1_000, 0, 0)] {
            assert_eq!(rates.at(second), Rate { frames, bytes }, "{second}");
        }
        rates.count(119, 1, 1);
        assert_eq!(rates.at(119), Rate { frames: 1, bytes: 1 });
    }

    proptest! {
        #[test]
        fn a_rate_is_the_sum_of_what_a_list_of_everything_says(
            steps in proptest::collection::vec((0..4_u64, 0..1_000_u64), 1..200),
        ) {
            let (mut rates, mut all, mut now) = (Rates::default(), Vec::new(), 0);
            for (step, bytes) in steps {
                now += step;
                rates.count(now, 1, bytes);
                all.push((now, bytes));
                let lately: Vec<_> = all.iter().filter(|(at, _)| now - at < RATE_SECONDS).collect();
                let sum: u64 = lately.iter().map(|(_, bytes)| bytes).sum();
                let count = u64::try_from(lately.len()).unwrap();
                let wanted = Rate { frames: count.div_ceil(RATE_SECONDS), bytes: sum.div_ceil(RATE_SECONDS) };
                prop_assert_eq!(rates.at(now), wanted);
            }
        }
    }
}
