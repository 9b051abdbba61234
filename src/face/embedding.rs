//! What tells one face from another: 128 numbers, whose distance says how alike two faces are.
//!
//! Pure. The numbers are wiped when they are dropped, and never shown by `Debug`.

use std::fmt;

use zeroize::Zeroize;

/// Numbers of an embedding.
pub const EMBEDDING_FLOATS: usize = 128;

/// One embedding. Lives on the heap, so that moving it leaves no copy behind.
#[derive(Clone, PartialEq)]
pub struct Embedding(Box<[f32; EMBEDDING_FLOATS]>);

impl Embedding {
    /// Takes numbers as they are; `None` if one of them is none.
    #[must_use]
    pub fn new(floats: Box<[f32; EMBEDDING_FLOATS]>) -> Option<Self> {
        floats.iter().all(|float| float.is_finite()).then_some(Self(floats))
    }

    /// The numbers.
    #[must_use]
    pub fn floats(&self) -> &[f32; EMBEDDING_FLOATS] {
        &self.0
    }

    /// Euclidean distance to another: 0 for the same picture, up to about 0.6 for the same person.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f32 {
        let squares = self.0.iter().zip(other.0.iter());
        squares.map(|(one, two)| (one - two) * (one - two)).sum::<f32>().sqrt()
    }
}

impl Drop for Embedding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedding(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(float: f32) -> Option<Embedding> {
        Embedding::new(Box::new([float; EMBEDDING_FLOATS]))
    }

    #[test]
    fn the_distance_is_euclidean_and_debug_shows_nothing() {
        let (zeroes, halves) = (filled(0.0).unwrap(), filled(0.5).unwrap());
        assert!((zeroes.distance(&halves) - 32.0_f32.sqrt()).abs() < 1e-6);
        assert!(halves.distance(&halves).abs() < f32::EPSILON);
        assert_eq!(format!("{halves:?}"), "Embedding(..)");
    }

    #[test]
    fn what_is_no_number_makes_no_embedding() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(filled(bad), None);
        }
    }
}
