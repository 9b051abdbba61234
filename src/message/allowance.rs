//! How many messages a sender may send: a bucket each, filled at a steady rate.
//!
//! Pure: time is what has passed since some fixed instant. Only buckets that are not full are kept, so what is held is
//! bounded by what was sent lately; at the bound of senders the fullest bucket is forgotten.

use std::collections::HashMap;
use std::time::Duration;

/// Senders whose buckets are kept.
const SENDERS_MAX: usize = 100_000;

/// How much a sender may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// At once, after a rest.
    pub(crate) burst: u32,
    /// Each minute from then on.
    pub(crate) per_minute: u32,
}

impl Rate {
    /// The time in which one more may be sent.
    fn step(self) -> Duration {
        Duration::from_secs(60) / self.per_minute.max(1)
    }

    /// The time in which an empty bucket fills.
    fn depth(self) -> Duration {
        self.step().saturating_mul(self.burst.max(1))
    }
}

/// The buckets. Each is the instant at which it will be full again.
#[derive(Debug)]
pub(crate) struct Allowance {
    rate: Rate,
    full_at: HashMap<String, Duration>,
}

impl Allowance {
    /// Everybody's bucket is full.
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            full_at: HashMap::new(),
        }
    }

    /// Takes one out of a sender's bucket, or says how long it has to wait.
    pub(crate) fn take(&mut self, sender: &str, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.get(sender).copied().unwrap_or(now).max(now);
        let wanted = full_at.saturating_add(self.rate.step());
        let bound = now.saturating_add(self.rate.depth());
        if wanted > bound {
            return Err(wanted.saturating_sub(bound));
        }
        if self.full_at.len() >= SENDERS_MAX && !self.full_at.contains_key(sender) {
            self.make_room(now);
        }
        self.full_at.insert(sender.to_owned(), wanted);
        Ok(())
    }

    fn make_room(&mut self, now: Duration) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() < SENDERS_MAX {
            return;
        }
        let fullest = self.full_at.iter().min_by_key(|(_, full_at)| **full_at);
        if let Some(sender) = fullest.map(|(sender, _)| sender.clone()) {
            self.full_at.remove(&sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        per_minute: 60,
    };

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_then_one_each_step_and_who_is_refused_hears_when() {
        let mut allowance = Allowance::new(RATE);
        for _ in 0..3 {
            assert_eq!(allowance.take("user:1", at(0)), Ok(()));
        }
        assert_eq!(allowance.take("user:1", at(0)), Err(at(1_000)));
        assert_eq!(allowance.take("user:1", at(400)), Err(at(600)));
        assert_eq!(allowance.take("user:2", at(400)), Ok(()), "each has their own");
        assert_eq!(allowance.take("user:1", at(1_000)), Ok(()));
        assert_eq!(allowance.take("user:1", at(1_000)), Err(at(1_000)));
        for _ in 0..3 {
            assert_eq!(allowance.take("user:1", at(60_000)), Ok(()), "full again and no fuller");
        }
        assert_eq!(allowance.take("user:1", at(60_000)), Err(at(1_000)));
    }

    #[test]
    fn the_senders_kept_are_bounded_and_full_buckets_go_first() {
        let mut allowance = Allowance::new(RATE);
        for sender in 0..SENDERS_MAX {
            allowance.take(&format!("user:{sender}"), at(0)).unwrap();
        }
        allowance.take("user:0", at(0)).unwrap();
        allowance.take("one more", at(10)).unwrap();
        assert_eq!(allowance.full_at.len(), SENDERS_MAX);
        assert!(
            allowance.full_at.contains_key("user:0"),
            "the emptiest is not the one that goes"
        );
        allowance.take("later", at(1_000)).unwrap();
        assert_eq!(allowance.full_at.len(), 3);
    }

    proptest! {
        #[test]
        fn in_any_stretch_of_time_no_more_than_the_burst_and_the_rate(waits in prop::collection::vec(0..3_000_u64, 1..200)) {
            let mut allowance = Allowance::new(RATE);
            let (mut now, mut taken) = (0, Vec::new());
            for wait in waits {
                now += wait;
                match allowance.take("s", at(now)) {
                    Ok(()) => taken.push(now),
                    Err(again) => {
                        prop_assert!(again > Duration::ZERO && again <= at(1_000));
                        let mut later = Allowance { rate: RATE, full_at: allowance.full_at.clone() };
                        prop_assert_eq!(later.take("s", at(now) + again), Ok(()), "it may when it was told");
                    }
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (count, to) in taken[first..].iter().enumerate() {
                    let most = 3 + (to - from) / 1_000;
                    prop_assert!(u64::try_from(count).unwrap() < most + 1, "{count} and one in {} ms", to - from);
                }
            }
        }
    }
}
