//! Chance that can be had again: one number begins it, and every run says which.

use motorpool::runtime::clock;

/// A small generator (xorshift); good enough to pick moments and bytes.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// From the variable `PROMISES_SEED`, or from the clock. It is printed: the same number runs the same again, as far
    /// as the machine's timing allows.
    pub(crate) fn thrown() -> Self {
        let given = std::env::var("PROMISES_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed: u64 = given.unwrap_or_else(|| u64::try_from(clock::micros(clock::now())).unwrap());
        println!("PROMISES_SEED={seed}");
        Self::of(seed)
    }

    /// From this number.
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A generator of its own, for another thread or task.
    pub(crate) fn fork(&mut self) -> Self {
        Self::of(self.below(u64::MAX))
    }

    /// From 0 to `end`, without it.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
