//! The timing wheel: who is to be looked at when, and what silence means.
//!
//! Pure: moments are milliseconds that come in as arguments. Every member is in exactly one bucket, so the wheel
//! holds as many entries as there are members, whatever comes and goes. A look that comes too early is put off.

/// Buckets of a wheel.
const BUCKETS: usize = 64;
/// Buckets that pass while a member may be silent before it is pinged: the precision of a ping.
const BUCKETS_PER_PING: u64 = 32;

/// When silence is answered, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Silence that leads to a ping.
    pub(crate) ping_ms: u64,
    /// Silence that ends the connection.
    pub(crate) close_ms: u64,
}

/// What is to be done about a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing; look again at this moment.
    Wait {
        /// In milliseconds.
        until: u64,
    },
    /// Ping it, and look again at this moment.
    Ping {
        /// In milliseconds.
        until: u64,
    },
    /// It is gone.
    Close,
}

impl Patience {
    /// Length of a turn of the wheel's hand.
    pub(crate) fn tick_ms(self) -> u64 {
        (self.ping_ms / BUCKETS_PER_PING).max(1)
    }

    /// Judges a member last heard at `heard`, that was pinged since or not.
    pub(crate) fn judge(self, now: u64, heard: u64, is_pinged: bool) -> Verdict {
        let silent = now.saturating_sub(heard);
        let closes_at = heard.saturating_add(self.close_ms);
        if silent >= self.close_ms {
            Verdict::Close
        } else if is_pinged || silent >= self.ping_ms {
            // A round later: who has answered meanwhile is then put in step with its own silence again.
            let until = now.saturating_add(self.ping_ms).min(closes_at);
            if is_pinged {
                Verdict::Wait { until }
            } else {
                Verdict::Ping { until }
            }
        } else {
            let pings_at = heard.saturating_add(self.ping_ms);
            Verdict::Wait {
                until: pings_at.min(closes_at),
            }
        }
    }
}

/// Where a member stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    bucket: usize,
    index: usize,
    due: u64,
}

/// Members by the tick at which they are due. A member is a small number that is free again when it left.
#[derive(Debug)]
pub(crate) struct Wheel {
    tick_ms: u64,
    /// The last tick that was served.
    served: u64,
    buckets: Vec<Vec<usize>>,
    places: Vec<Option<Place>>,
}

impl Wheel {
    /// An empty wheel whose hand moves every so many milliseconds.
    pub(crate) fn new(tick_ms: u64) -> Self {
        Self {
            tick_ms: tick_ms.max(1),
            served: 0,
            buckets: vec![Vec::new(); BUCKETS],
            places: Vec::new(),
        }
    }

    /// The first tick at or after this moment that has not been served.
    fn tick_of(&self, at_ms: u64) -> u64 {
        at_ms.div_ceil(self.tick_ms).max(self.served.saturating_add(1))
    }

    /// Has a member looked at as soon as this moment has passed; an earlier wish of it is forgotten.
    pub(crate) fn put(&mut self, member: usize, at_ms: u64) {
        self.take(member);
        let due = self.tick_of(at_ms);
        let bucket = bucket_of(due);
        let Some(row) = self.buckets.get_mut(bucket) else {
            return;
        };
        let place = Place {
            bucket,
            index: row.len(),
            due,
        };
        row.push(member);
        if self.places.len() <= member {
            self.places.resize(member + 1, None);
        }
        if let Some(kept) = self.places.get_mut(member) {
            *kept = Some(place);
        }
    }

    /// Forgets a member.
    pub(crate) fn take(&mut self, member: usize) {
        let Some(place) = self.places.get_mut(member).and_then(Option::take) else {
            return;
        };
        let Some(row) = self.buckets.get_mut(place.bucket) else {
            return;
        };
        row.swap_remove(place.index);
        // The last one of the row stands where the member stood.
        let moved = row.get(place.index).copied();
        if let Some(moved) = moved
            .and_then(|moved| self.places.get_mut(moved))
            .and_then(Option::as_mut)
        {
            moved.index = place.index;
        }
    }

    /// Everybody due by this moment, taken out of the wheel. A hand that was held up serves all it has missed.
    pub(crate) fn due(&mut self, now_ms: u64) -> Vec<usize> {
        let tick = now_ms / self.tick_ms;
        let missed = tick.saturating_sub(self.served);
        let first = self.served.saturating_add(1);
        self.served = self.served.max(tick);
        let mut due = Vec::new();
        // Once around is everybody.
        for turn in 0..missed.min(u64::try_from(BUCKETS).unwrap_or(u64::MAX)) {
            let row = self.buckets.get(bucket_of(first.saturating_add(turn)));
            let members = row.into_iter().flatten().copied();
            due.extend(members.filter(|member| self.place(*member).is_some_and(|place| place.due <= tick)));
        }
        for member in &due {
            self.take(*member);
        }
        due
    }

    fn place(&self, member: usize) -> Option<Place> {
        self.places.get(member).copied().flatten()
    }
}

fn bucket_of(tick: u64) -> usize {
    let buckets = u64::try_from(BUCKETS).unwrap_or(1);
    usize::try_from(tick % buckets).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Patience = Patience {
        ping_ms: 30_000,
        close_ms: 90_000,
    };

    #[test]
    fn silence_leads_to_one_ping_and_then_to_the_end() {
        let judge = |now, is_pinged| PATIENCE.judge(now, 1_000, is_pinged);
        assert_eq!(judge(1_000, false), Verdict::Wait { until: 31_000 });
        assert_eq!(judge(30_999, false), Verdict::Wait { until: 31_000 });
        assert_eq!(judge(31_000, false), Verdict::Ping { until: 61_000 });
        assert_eq!(judge(61_000, true), Verdict::Wait { until: 91_000 });
        assert_eq!(judge(90_999, true), Verdict::Wait { until: 91_000 });
        assert_eq!(judge(91_000, true), Verdict::Close);
        assert_eq!(judge(91_000, false), Verdict::Close);
    }

    #[test]
    fn the_shortest_patience_still_moves_the_hand() {
        let shortest = Patience {
            ping_ms: 1,
            close_ms: 2,
        };
        assert_eq!(shortest.tick_ms(), 1);
        assert_eq!(PATIENCE.tick_ms(), 937);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Put(usize, u64),
        Take(usize),
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..20_usize, 0..9_000_u64).prop_map(|(member, after)| Step::Put(member, after)),
            (0..20_usize).prop_map(Step::Take),
            (0..3_000_u64).prop_map(Step::Pass),
        ]
    }

    proptest! {
        /// The model: a map from member to moment, searched from end to end.
        #[test]
        fn a_wheel_is_a_map_that_is_searched(steps in prop::collection::vec(step(), 0..200), tick_ms in 1..200_u64) {
            let mut wheel = Wheel::new(tick_ms);
            let mut model = BTreeMap::new();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Put(member, after) => {
                        wheel.put(member, now + after);
                        // Never for a tick that was served.
                        let tick = (now + after).div_ceil(tick_ms).max(now / tick_ms + 1);
                        model.insert(member, tick);
                    }
                    Step::Take(member) => {
                        wheel.take(member);
                        model.remove(&member);
                    }
                    Step::Pass(ms) => {
                        now += ms;
                        let mut due = wheel.due(now);
                        due.sort_unstable();
                        let wanted: Vec<usize> = model
                            .iter()
                            .filter(|(_, tick)| **tick <= now / tick_ms)
                            .map(|(member, _)| *member)
                            .collect();
                        model.retain(|member, _| !wanted.contains(member));
                        prop_assert_eq!(due, wanted);
                    }
                }
                let held: usize = wheel.buckets.iter().map(Vec::len).sum();
                prop_assert_eq!(held, model.len(), "one entry a member");
            }
        }

        /// However the hand moves, nobody who spoke in time is closed, and nobody silent is kept longer than two ticks.
        #[test]
        fn who_is_silent_is_pinged_once_and_gone_in_time(
            pauses in prop::collection::vec(1..400_u64, 1..60),
            speaks in prop::collection::vec(any::<bool>(), 60),
        ) {
            let patience = Patience { ping_ms: 320, close_ms: 960 };
            let tick_ms = patience.tick_ms();
            let mut wheel = Wheel::new(tick_ms);
            let (mut now, mut heard, mut pings) = (0, 0, 0);
            let mut is_open = true;
            wheel.put(0, patience.ping_ms);
            for (pause, speak) in pauses.iter().zip(speaks) {
                now += pause;
                for member in wheel.due(now) {
                    match patience.judge(now, heard, pings > 0) {
                        Verdict::Wait { until } => wheel.put(member, until),
                        Verdict::Ping { until } => {
                            pings += 1;
                            wheel.put(member, until);
                        }
                        Verdict::Close => {
                            prop_assert!(now - heard >= patience.close_ms);
                            is_open = false;
                        }
                    }
                }
                let late = now - heard;
                prop_assert!(pings <= 1);
                prop_assert!(!is_open || late < patience.close_ms + 2 * tick_ms, "silent for {late} ms and still there");
                prop_assert!(!is_open || pings == 1 || late < patience.ping_ms + 2 * tick_ms);
                if !is_open {
                    break;
                }
                if speak {
                    (heard, pings) = (now, 0);
                }
            }
        }
    }
}
