//! How well faces are told apart on pictures that somebody sorted by person: rates of error with honest bounds.
//!
//! Pure. All pictures of one person are compared with each other and with all of everybody else. Each rate has two
//! intervals: one as if every pair were a trial of its own, which it is not, since one person is in many pairs; and one
//! in which people are the trials (Hoeffding 1963: a mean over pairs of people is as sure as one over half as many
//! people). The truth is between the two, and whoever decides looks at the wide one.

pub mod distances;
pub mod intervals;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::Embedding;
pub use distances::{Distances, Threshold};
pub use intervals::{CONFIDENCE, Interval, at_least_one, clopper_pearson, rule_of_three, trials_for};

/// Thresholds that are told of.
pub const THRESHOLDS: [Threshold; 13] = [
    Threshold(300),
    Threshold(325),
    Threshold(350),
    Threshold(375),
    Threshold(400),
    Threshold(425),
    Threshold(450),
    Threshold(475),
    Threshold(500),
    Threshold(525),
    Threshold(550),
    Threshold(575),
    Threshold(600),
];

/// All pairs of all pictures.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Two pictures of one person.
    pub same: Distances,
    /// Pictures of two people.
    pub different: Distances,
    /// People with a picture.
    pub people: usize,
    /// Pictures.
    pub pictures: usize,
    /// People with two pictures or more, each counted less the more pairs a few others bring.
    same_units: f64,
    /// Pairs of people of whom none is in two, counted in the same way.
    different_units: f64,
}

/// One rate of error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// Pairs that were told wrongly.
    pub errors: u64,
    /// Pairs.
    pub pairs: u64,
    /// One divided by the other; absent without pairs.
    pub rate: Option<f64>,
    /// As if every pair were a trial of its own: too narrow.
    pub by_pairs: Interval,
    /// With people as the trials: wide.
    pub by_people: Interval,
}

/// The rates at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Where.
    pub threshold: Threshold,
    /// Pictures of two people that match.
    pub false_match: Rate,
    /// Pictures of one person that do not.
    pub false_non_match: Rate,
}

/// Where both rates are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualError {
    /// The rate there.
    pub rate: f64,
    /// The lowest threshold at which it is so.
    pub from: Threshold,
    /// The highest.
    pub to: Threshold,
}

/// Whether the pictures say which threshold to take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Advice {
    /// The highest threshold at which false matches are rare enough even by the wide interval.
    Take(Row),
    /// There are too few people: so many would do, if none of them matched another.
    TooFew {
        /// People.
        people_wanted: f64,
    },
    /// There are people enough, and too many of them match each other.
    TooAlike,
}

impl Comparison {
    /// Compares everybody with everybody. `step` hears of every person that is done.
    #[must_use]
    pub fn of(people: &[Vec<Embedding>], mut step: impl FnMut()) -> Self {
        let mut compared = Self::default();
        let mut seen: Vec<f64> = Vec::with_capacity(people.len());
        let mut paired: Vec<f64> = Vec::with_capacity(people.len());
        for (place, own) in people.iter().enumerate() {
            for (number, one) in own.iter().enumerate() {
                for two in own.iter().skip(number + 1) {
                    compared.same.add(one.distance(two));
                }
                for two in people.iter().skip(place + 1).flatten() {
                    compared.different.add(one.distance(two));
                }
            }
            let pictures = float(count(own.len()));
            seen.push(pictures);
            paired.push(pictures * (pictures - 1.0).max(0.0) / 2.0);
            compared.pictures += own.len();
            compared.people += usize::from(!own.is_empty());
            step();
        }
        compared.same_units = units(&paired);
        compared.different_units = (units(&seen) / 2.0)
            .floor()
            .max(if compared.people > 1 { 1.0 } else { 0.0 });
        compared
    }

    /// The rates at one threshold.
    #[must_use]
    pub fn row(&self, threshold: Threshold) -> Row {
        let missed = self.same.pairs() - self.same.below(threshold);
        Row {
            threshold,
            false_match: rate(
                self.different.below(threshold),
                self.different.pairs(),
                self.different_units,
            ),
            false_non_match: rate(missed, self.same.pairs(), self.same_units),
        }
    }

    /// The rates at every threshold that is told of.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        THRESHOLDS.map(|threshold| self.row(threshold)).to_vec()
    }

    /// Where both rates are equal; `None` while a kind of pairs is missing.
    #[must_use]
    pub fn equal_error(&self) -> Option<EqualError> {
        if self.same.pairs() == 0 || self.different.pairs() == 0 {
            return None;
        }
        let at = |threshold| {
            (
                self.different.share_below(threshold),
                1.0 - self.same.share_below(threshold),
            )
        };
        let apart = |threshold| {
            let (false_match, missed) = at(threshold);
            (false_match - missed).abs()
        };
        // The one only grows and the other only falls, so the thresholds that are nearest to equal are neighbours.
        let nearest = Distances::thresholds().map(apart).fold(f64::INFINITY, f64::min);
        let equal: Vec<Threshold> = Distances::thresholds()
            .filter(|threshold| apart(*threshold) <= nearest)
            .collect();
        let (from, to) = (*equal.first()?, *equal.last()?);
        let (false_match, missed) = at(from);
        Some(EqualError {
            rate: f64::midpoint(false_match, missed),
            from,
            to,
        })
    }

    /// Which threshold to take so that at most `false_match_max` of different people match.
    #[must_use]
    pub fn advice(&self, false_match_max: f64) -> Advice {
        let rows = self.rows();
        let rare = rows
            .iter()
            .rev()
            .find(|row| row.false_match.by_people.high <= false_match_max);
        let wanted = trials_for(false_match_max);
        match rare {
            Some(row) => Advice::Take(*row),
            None if self.different_units < wanted => Advice::TooFew {
                people_wanted: wanted * 2.0,
            },
            None => Advice::TooAlike,
        }
    }
}

/// How many trials of equal weight tell as much as these do (Kish).
fn units(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

fn rate(errors: u64, pairs: u64, units: f64) -> Rate {
    let seen = share(errors, pairs);
    Rate {
        errors,
        pairs,
        rate: (pairs > 0).then_some(seen),
        by_pairs: clopper_pearson(float(errors), float(pairs)),
        by_people: clopper_pearson(seen * units, units),
    }
}

/// One count divided by another; 0 of nothing.
fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { float(part) / float(of) }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Exact up to 4 thousand million, which no folder that is taken reaches.
fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
