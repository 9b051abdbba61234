//! The exact search through all templates: contiguous numbers, squared distances, the best few.
//!
//! Pure. Reads every template that could still be among the best; never an approximation. Sixteen sums run side by side,
//! so that the compiler uses the machine's vectors.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::embedding::EMBEDDING_FLOATS;

/// Sums that run side by side.
const LANES: usize = 16;
/// Numbers after which a template may be given up: two lines of the processor's cache.
const STRIDE: usize = 32;

/// One of the best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Which template, counted from 0.
    pub place: usize,
    /// Squared Euclidean distance.
    pub squared: f32,
}

/// Worse is greater: farther, and of two as far the later.
impl Eq for Near {}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        let farther = self.squared.total_cmp(&other.squared);
        farther.then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The `best` templates that are nearest, nearest first; of two as far the earlier first. `templates` holds one after
/// the other; what is left over at its end is no template.
#[must_use]
pub fn nearest(templates: &[f32], wanted: &[f32; EMBEDDING_FLOATS], best: usize) -> Vec<Near> {
    let mut heap: BinaryHeap<Near> = BinaryHeap::with_capacity(best.saturating_add(1).min(1_024));
    let mut limit = f32::INFINITY;
    if best == 0 {
        return Vec::new();
    }
    let (templates, _) = templates.as_chunks::<EMBEDDING_FLOATS>();
    for (place, template) in templates.iter().enumerate() {
        let Some(squared) = squared_within(template, wanted, limit) else {
            continue;
        };
        let near = Near { place, squared };
        if heap.len() < best {
            heap.push(near);
        } else if let Some(mut worst) = heap.peek_mut()
            && near < *worst
        {
            *worst = near;
        }
        if heap.len() == best {
            limit = heap.peek().map_or(f32::INFINITY, |worst| worst.squared);
        }
    }
    heap.into_sorted_vec()
}

/// The squared distance, or nothing as soon as it is certain to be more than `limit`.
///
/// No sum ever falls, as squares are added, and rounding keeps the order of what is rounded: the total of the sums at one
/// moment is never more than their total at the end. Giving up therefore never drops one of the best.
#[inline]
fn squared_within(one: &[f32; EMBEDDING_FLOATS], other: &[f32; EMBEDDING_FLOATS], limit: f32) -> Option<f32> {
    let mut sums = [0.0_f32; LANES];
    let (one, _) = one.as_chunks::<STRIDE>();
    let (other, _) = other.as_chunks::<STRIDE>();
    let mut total = 0.0;
    for (one, other) in one.iter().zip(other) {
        let (one, _) = one.as_chunks::<LANES>();
        let (other, _) = other.as_chunks::<LANES>();
        for (one, other) in one.iter().zip(other) {
            for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
                let apart = one - other;
                *sum += apart * apart;
            }
        }
        total = total_of(&sums);
        if total > limit {
            return None;
        }
    }
    Some(total)
}

/// Always in the same order, whatever the sums.
#[inline]
fn total_of(sums: &[f32; LANES]) -> f32 {
    let (halves, _) = sums.as_chunks::<8>();
    let mut eight = [0.0_f32; 8];
    for half in halves {
        for (sum, part) in eight.iter_mut().zip(half) {
            *sum += part;
        }
    }
    let (halves, _) = eight.as_chunks::<4>();
    let mut four = [0.0_f32; 4];
    for half in halves {
        for (sum, part) in four.iter_mut().zip(half) {
            *sum += part;
        }
    }
    let [a, b, c, d] = four;
    (a + c) + (b + d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All of them, each to the end, in double precision, sorted.
    fn naive(templates: &[f32], wanted: &[f32; EMBEDDING_FLOATS], best: usize) -> Vec<(usize, f64)> {
        let all = templates.chunks_exact(EMBEDDING_FLOATS).enumerate();
        let mut all: Vec<(usize, f64)> = all
            .map(|(place, template)| {
                let squares = template
                    .iter()
                    .zip(wanted)
                    .map(|(one, other)| f64::from(*one) - f64::from(*other));
                (place, squares.map(|apart| apart * apart).sum())
            })
            .collect();
        all.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
        all.truncate(best);
        all
    }

    /// Whole numbers are exact in both, ties included.
    fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec((-8_i8..8).prop_map(f32::from), count)
    }

    proptest! {
        #[test]
        fn the_scan_finds_what_a_naive_one_finds_ties_in_order(
            (templates, wanted) in (0_usize..40).prop_flat_map(|rows| (numbers(rows * EMBEDDING_FLOATS), numbers(EMBEDDING_FLOATS))),
            best in 0_usize..50,
        ) {
            let wanted: [f32; EMBEDDING_FLOATS] = wanted.try_into().unwrap();
            let found = nearest(&templates, &wanted, best);
            let found: Vec<(usize, f64)> = found.iter().map(|near| (near.place, f64::from(near.squared))).collect();
            prop_assert_eq!(found, naive(&templates, &wanted, best));
        }

        #[test]
        fn distances_are_as_close_as_single_precision_gets(
            templates in prop::collection::vec(-0.4_f32..0.4, 20 * EMBEDDING_FLOATS),
            wanted in prop::collection::vec(-0.4_f32..0.4, EMBEDDING_FLOATS),
        ) {
            let wanted: [f32; EMBEDDING_FLOATS] = wanted.try_into().unwrap();
            for (near, (_, exact)) in nearest(&templates, &wanted, 5).iter().zip(naive(&templates, &wanted, 5)) {
                prop_assert!((f64::from(near.squared) - exact).abs() < exact * 1e-5, "{} {exact}", near.squared);
            }
        }
    }

    #[test]
    fn nothing_among_nobody_and_what_is_cut_short_is_no_template() {
        let wanted = [0.0; EMBEDDING_FLOATS];
        assert_eq!(nearest(&[], &wanted, 3), []);
        assert_eq!(nearest(&[0.0; EMBEDDING_FLOATS - 1], &wanted, 3), []);
        assert_eq!(nearest(&[0.0; EMBEDDING_FLOATS + 1], &wanted, 3).len(), 1);
    }
}
