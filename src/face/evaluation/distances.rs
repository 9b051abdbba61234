//! How far apart pairs of pictures are: a histogram of thousandths, of the same size however many pairs there are.
//!
//! Pure. A pair matches at a threshold if its distance is below it, as at a car.

/// Thousandths from 0 to 2; unlike faces are about 0.8 apart, none is 2.
const BINS: u16 = 2_000;

/// A distance at which faces count as those of one person, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threshold(pub u16);

impl Threshold {
    /// As a distance.
    #[must_use]
    pub fn distance(self) -> f32 {
        f32::from(self.0) / 1000.0
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.distance())
    }
}

/// Distances, counted.
#[derive(Debug, Clone)]
pub struct Distances {
    /// Where each bin begins.
    starts: Vec<f32>,
    counts: Vec<u64>,
    pairs: u64,
    smallest: f32,
    largest: f32,
}

impl Default for Distances {
    fn default() -> Self {
        let starts: Vec<f32> = (0..=BINS).map(|bin| Threshold(bin).distance()).collect();
        Self {
            counts: vec![0; starts.len()],
            starts,
            pairs: 0,
            smallest: f32::INFINITY,
            largest: 0.0,
        }
    }
}

impl Distances {
    /// Counts one pair. What is beyond the last bin is counted there.
    pub fn add(&mut self, distance: f32) {
        let bin = self
            .starts
            .partition_point(|start| *start <= distance)
            .saturating_sub(1);
        if let Some(count) = self.counts.get_mut(bin) {
            *count += 1;
        }
        self.pairs += 1;
        self.smallest = self.smallest.min(distance);
        self.largest = self.largest.max(distance);
    }

    /// How many pairs there are.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// How many match at a threshold.
    #[must_use]
    pub fn below(&self, threshold: Threshold) -> u64 {
        self.counts.iter().take(usize::from(threshold.0)).sum()
    }

    /// The share that matches at a threshold; 0 without pairs.
    #[must_use]
    pub fn share_below(&self, threshold: Threshold) -> f64 {
        super::share(self.below(threshold), self.pairs)
    }

    /// The smallest and the largest distance, if there is one.
    #[must_use]
    pub fn range(&self) -> Option<(f32, f32)> {
        (self.pairs > 0).then_some((self.smallest, self.largest))
    }

    /// The pairs in steps of so many thousandths, from 0 on: what a picture of them shows.
    #[must_use]
    pub fn in_steps(&self, thousandths: u16) -> Vec<u64> {
        let step = usize::from(thousandths.max(1));
        self.counts.chunks(step).map(|bins| bins.iter().sum()).collect()
    }

    /// Every threshold there is a bin for.
    pub(super) fn thresholds() -> impl Iterator<Item = Threshold> {
        (0..=BINS).map(Threshold)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_at_the_threshold_does_not_match() {
        let mut distances = Distances::default();
        for distance in [0.0, 0.4499, 0.45, 0.4501, 1.9999, 2.0, 9.0] {
            distances.add(distance);
        }
        assert_eq!(distances.below(Threshold(450)), 2);
        assert_eq!(distances.below(Threshold(451)), 4);
        assert_eq!(distances.below(Threshold(2_000)), 5);
        assert_eq!((distances.pairs(), distances.range()), (7, Some((0.0, 9.0))));
        assert_eq!(distances.in_steps(500).iter().sum::<u64>(), 7);
        assert_eq!(Distances::default().range(), None);
    }

    proptest! {
        #[test]
        fn counting_says_what_looking_at_each_says(
            drawn in proptest::collection::vec(0.0_f32..1.5, 0..60),
            threshold in 0_u16..1_500,
        ) {
            let mut distances = Distances::default();
            drawn.iter().for_each(|distance| distances.add(*distance));
            let threshold = Threshold(threshold);
            let looked = drawn.iter().filter(|distance| **distance < threshold.distance()).count();
            prop_assert_eq!(distances.below(threshold), u64::try_from(looked).unwrap());
        }
    }
}
