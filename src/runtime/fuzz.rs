//! Bytes that nobody would send, for whatever reads bytes: samples, changed at random, as long as there is time.
//!
//! For tests alone. Samples are those of the test and those kept in `tests/data/fuzz`, one a line in Base64. What makes the reader
//! say something new is changed again, so that changes get deeper. `FUZZ_SECONDS` is the time of each test, a second
//! unless said; `FUZZ_SEED` runs the same changes again; `FUZZ_KEEP=1` adds what was new to the kept samples. A sample on which the reader
//! fails is printed in Base64, to be kept.

use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use data_encoding::BASE64;

/// Longest input.
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Inputs that are changed again.
const SAMPLES_MAX: usize = 1_024;
/// Longest sample that is kept in a file, and most of them.
const KEPT_BYTES_MAX: usize = 1_024;
const KEPT_MAX: usize = 48;
/// No input may take longer, on a machine that does other things too.
const LOOK_MAX: Duration = Duration::from_secs(10);
/// Numbers at which lengths and signs turn over.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// A small generator: xorshift.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `count`, which is not 0.
    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).unwrap()).unwrap()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        let most = (length - from).min(if self.below(4) == 0 { 4_096 } else { 16 });
        from..from + self.below(most + 1)
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn kept_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/fuzz/{name}.txt"))
}

fn kept(name: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(kept_path(name)).unwrap_or_default();
    text.lines()
        .map(|line| BASE64.decode(line.as_bytes()).unwrap())
        .collect()
}

/// Looks at every sample and at changes of them. `words` are what the language is made of. `look` reads an input, panics where a law
/// is broken, and says in a few words what was read; gives how many inputs were looked at.
pub(crate) fn fuzz(name: &str, words: &[&[u8]], samples: Vec<Vec<u8>>, look: impl Fn(&[u8]) -> String) -> usize {
    let lasts = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(1));
    let now = super::clock::now().as_microsecond();
    let seed = number("FUZZ_SEED").unwrap_or_else(|| u64::try_from(now).unwrap());
    let mut dice = Dice(seed | 1);
    let mut known = HashSet::new();
    let (began, mut count) = (Instant::now(), 0);
    let mut looked_at = |input: &[u8]| {
        count += 1;
        known.insert(without_digits(&watched(name, seed, input, &look)))
    };
    let old = kept(name);
    let mut pool: Vec<Vec<u8>> = samples.into_iter().chain(old.iter().cloned()).collect();
    pool.push(Vec::new());
    for sample in &pool {
        looked_at(sample);
    }
    let mut new = Vec::new();
    while began.elapsed() < lasts {
        let input = changed(&pool, words, &mut dice);
        if looked_at(&input) {
            if input.len() <= KEPT_BYTES_MAX {
                new.push(input.clone());
            }
            if pool.len() < SAMPLES_MAX {
                pool.push(input);
            }
        }
    }
    if let Some(seconds) = number("FUZZ_SECONDS") {
        println!(
            "{name}: {count} inputs in {seconds} s, {} outcomes, none failed",
            known.len()
        );
    }
    if number("FUZZ_KEEP").is_some() {
        let lines: Vec<String> = old
            .iter()
            .chain(&new)
            .take(KEPT_MAX)
            .map(|one| BASE64.encode(one))
            .collect();
        fs::write(kept_path(name), lines.join("\n") + "\n").unwrap();
    }
    count
}

/// One look; whatever fails in it is told with its input.
fn watched(name: &str, seed: u64, input: &[u8], look: &impl Fn(&[u8]) -> String) -> String {
    let began = Instant::now();
    let said = catch_unwind(AssertUnwindSafe(|| look(input))).unwrap_or_else(|panic| {
        let (path, input) = (kept_path(name), BASE64.encode(input));
        eprintln!(
            "{name} failed with FUZZ_SEED={seed} on this input; keep it in {}:\n{input}",
            path.display()
        );
        resume_unwind(panic)
    });
    let took = began.elapsed();
    assert!(took < LOOK_MAX, "{name} took {took:?} for {}", BASE64.encode(input));
    said
}

/// What was said, however large the numbers in it: of more than one digit only that they are there.
fn without_digits(said: &str) -> String {
    let mut plain = String::new();
    let mut digits = String::new();
    for letter in said.chars().take(400).chain([' ']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        plain.push_str(if digits.len() > 1 { "#" } else { &digits });
        digits.clear();
        plain.push(letter);
    }
    plain
}

fn changed(pool: &[Vec<u8>], words: &[&[u8]], dice: &mut Dice) -> Vec<u8> {
    let mut input = pool[dice.below(pool.len())].clone();
    for _ in 0..=dice.below(6) {
        change(&mut input, pool, words, dice);
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}

/// One change at a place of its own choice.
fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&[u8]], dice: &mut Dice) {
    let at = dice.below(input.len() + 1);
    let byte = u8::try_from(dice.next() & 0xff).unwrap();
    match dice.below(11) {
        0 | 1 => {
            if let Some(there) = input.get_mut(at) {
                *there ^= 1 << dice.below(8);
            }
        }
        2 => {
            if let Some(there) = input.get_mut(at) {
                *there = byte;
            }
        }
        3 => {
            if let Some(there) = input.get_mut(at) {
                let step = byte % 17;
                *there = if dice.below(2) == 0 {
                    there.wrapping_add(step)
                } else {
                    there.wrapping_sub(step)
                };
            }
        }
        4 => input.insert(at, byte),
        5 => drop(input.drain(dice.range(input.len()))),
        6 => {
            let again = input[dice.range(input.len())].to_vec();
            drop(input.splice(at..at, again));
        }
        7 => {
            let other = &pool[dice.below(pool.len())];
            let part = other[dice.range(other.len())].to_vec();
            let end = (at + if dice.below(2) == 0 { part.len() } else { 0 }).min(input.len());
            drop(input.splice(at..end, part));
        }
        8 => {
            let edge = EDGES[dice.below(EDGES.len())];
            let width = [1, 2, 4, 8][dice.below(4)];
            let bytes = if dice.below(2) == 0 {
                edge.to_be_bytes()[8 - width..].to_vec()
            } else {
                edge.to_le_bytes()[..width].to_vec()
            };
            let end = (at + width).min(input.len());
            drop(input.splice(at..end, bytes));
        }
        9 if !words.is_empty() => {
            let word = words[dice.below(words.len())].to_vec();
            drop(input.splice(at..at, word));
        }
        _ => input.truncate(at),
    }
}

/// All of it, and cut in two at places spread over it: what reads as it comes must say the same.
pub(crate) fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..=length).step_by((length / 16).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_fails_deep_inside_is_found() {
        let reads = |bytes: &[u8]| {
            let depth = bytes
                .iter()
                .zip(b"fuzz")
                .take_while(|(got, wanted)| got == wanted)
                .count();
            assert!(depth < 4, "on purpose");
            format!("as deep as {}", "x".repeat(depth))
        };
        let found = catch_unwind(|| {
            for _ in 0..100 {
                fuzz("nobody", &[], vec![b"seed".to_vec()], reads);
            }
        });
        assert!(found.is_err());
    }

    #[test]
    fn what_is_said_is_the_same_however_large_its_numbers() {
        assert_eq!(without_digits("got 12 of 3456"), without_digits("got 999 of 10"));
        assert_ne!(without_digits("got 12"), without_digits("got none"));
    }
}
