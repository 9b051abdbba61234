//! One picture against a million templates on one core: the exact scan of the vault.
//!
//! `cargo bench --bench gallery`. The templates are random, of the length that faces have. Each answer is compared with
//! a scan that reads everything to its end in double precision.

mod common;

use std::hint::black_box;
use std::time::Instant;

use common::figures::{at_most, machine, median, rounds};
use common::{Fault, check};
use motorpool::face::EMBEDDING_FLOATS;
use motorpool::face::vault::gallery::{Near, nearest};

const TEMPLATES: u32 = 1_000_000;
const GOAL_MS: f64 = 100.0;
/// As `s.searchface` asks: five people of at most twenty templates each, and the most it may.
const BEST: [usize; 2] = [100, 400];

fn main() -> Result<(), Fault> {
    println!("gallery: {TEMPLATES} templates, one thread, on {}", machine());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut templates = Vec::new();
    for _ in 0..TEMPLATES {
        templates.extend_from_slice(&numbers.face());
    }
    for best in BEST {
        let mut took = Vec::new();
        for round in 0..rounds(15) {
            // A face that is near one that is there, as one that is searched for is.
            let wanted = numbers.near(&templates, round);
            let began = Instant::now();
            let found = nearest(black_box(&templates), black_box(&wanted), best);
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
            if round < 2 {
                is_right(&templates, &wanted, best, &found)?;
            }
        }
        println!("  the best {best}: median {}", at_most(median(&took), GOAL_MS, "ms"));
    }
    Ok(())
}

fn is_right(templates: &[f32], wanted: &[f32; EMBEDDING_FLOATS], best: usize, found: &[Near]) -> Result<(), Fault> {
    let (templates, _) = templates.as_chunks::<EMBEDDING_FLOATS>();
    let squared = |template: &[f32; EMBEDDING_FLOATS]| -> f64 {
        let apart = template
            .iter()
            .zip(wanted)
            .map(|(one, two)| f64::from(*one) - f64::from(*two));
        apart.map(|apart| apart * apart).sum()
    };
    let mut all: Vec<(f64, usize)> = templates.iter().map(squared).zip(0..).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    check(found.len() == best, || format!("{} instead of {best}", found.len()))?;
    for (near, (exact, _)) in found.iter().zip(&all) {
        let is_near = (f64::from(near.squared) - exact).abs() < exact * 1e-5;
        check(is_near, || format!("{} instead of {exact}", near.squared))?;
    }
    check(
        found.first().map(|near| near.place) == all.first().map(|(_, place)| *place),
        || "another one is nearest".to_owned(),
    )
}

/// A small generator; the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    /// From -0.5 to 0.5.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let [a, b, ..] = self.0.to_le_bytes();
        f32::from(u16::from_le_bytes([a, b])) / f32::from(u16::MAX) - 0.5
    }

    /// Numbers of length 1.4, which two people's distances of about 0.8 to 2 follow from.
    fn face(&mut self) -> [f32; EMBEDDING_FLOATS] {
        let mut face = [0.0; EMBEDDING_FLOATS];
        face.iter_mut().for_each(|number| *number = self.next());
        let length = face.iter().map(|number| number * number).sum::<f32>().sqrt();
        face.iter_mut().for_each(|number| *number *= 1.4 / length);
        face
    }

    /// One that is there, a little different.
    fn near(&mut self, templates: &[f32], round: usize) -> [f32; EMBEDDING_FLOATS] {
        let (templates, _) = templates.as_chunks::<EMBEDDING_FLOATS>();
        let mut face = templates.get(round * 997).copied().unwrap_or([0.0; EMBEDDING_FLOATS]);
        face.iter_mut().for_each(|number| *number += self.next() * 0.05);
        face
    }
}
