//! What real Python and numpy wrote, mutated pickles, and the law that what is written is read.

mod fuzz;
mod hostile;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: 16_384,
    items: 1_024,
    depth: 16,
    memo: 1_024,
};

/// Samples by name and protocol, made by `tests/data/pickles/make.py`.
fn samples(file: &str) -> BTreeMap<(String, u8), Vec<u8>> {
    let lines = file.lines().map(|line| {
        let mut words = line.split(' ');
        let (name, protocol) = (words.next().unwrap(), words.next().unwrap());
        let pickle = data_encoding::BASE64.decode(words.next().unwrap().as_bytes()).unwrap();
        ((name.to_owned(), protocol.parse().unwrap()), pickle)
    });
    lines.collect()
}

fn all() -> BTreeMap<(String, u8), Vec<u8>> {
    let files = [
        ("", include_str!("../../../../tests/data/pickles/plain.txt")),
        ("numpy1 ", include_str!("../../../../tests/data/pickles/numpy1.txt")),
        ("numpy2 ", include_str!("../../../../tests/data/pickles/numpy2.txt")),
    ];
    let named = files.into_iter().flat_map(|(prefix, file)| {
        let samples = samples(file).into_iter();
        samples.map(move |((name, protocol), pickle)| ((format!("{prefix}{name}"), protocol), pickle))
    });
    named.collect()
}

fn plain() -> Pickle {
    let int = Pickle::Int;
    let shared = Pickle::List(vec!["a".into(), "b".into()]);
    dict([
        ("type", 1.into()),
        ("username", "anna".into()),
        ("password", "correct horse".into()),
        ("carId", 5.into()),
        ("none", Pickle::None),
        ("yes", Pickle::Bool(true)),
        ("no", Pickle::Bool(false)),
        ("float", Pickle::Float(0.25)),
        ("big", (1 << 40).into()),
        ("negative", (-3).into()),
        ("lowest", i64::MIN.into()),
        ("text", "Zoë \u{20ac} \u{1f697} \\ \n".into()),
        (
            "tuple",
            Pickle::Tuple(vec![
                int(1),
                Pickle::Tuple(vec![int(2)]),
                Pickle::Tuple(vec![int(1), int(2), int(3), int(4)]),
                Pickle::Tuple(vec![]),
            ]),
        ),
        (
            "list",
            Pickle::List(vec![
                int(1),
                Pickle::List(vec![int(2), Pickle::List(vec![])]),
                Pickle::Dict(vec![]),
            ]),
        ),
        ("twice", Pickle::List(vec![shared.clone(), shared])),
        ("long", "x".repeat(300).into()),
    ])
}

fn numbers() -> Vec<f64> {
    (0..128).map(|i| f64::from((i * 37) % 256 - 128) / 512.0).collect()
}

#[test]
fn what_python_writes_is_read_in_every_protocol() {
    let mut seen = 0;
    for ((name, protocol), bytes) in all() {
        let read = read(&bytes, &BOUNDS);
        match name.as_str() {
            "plain" => assert_eq!(read.unwrap(), plain(), "{protocol}"),
            "bytes" => {
                let wanted = Pickle::Bytes(b"\x00\xff<$SEP$>".to_vec());
                assert_eq!(read.unwrap().field("bytes"), Some(&wanted), "{protocol}");
            }
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 12);
}

#[test]
fn arrays_and_scalars_of_numpy_1_and_2_are_built_and_other_arrays_refused() {
    let (mut built, mut refused) = (0, 0);
    for ((name, protocol), bytes) in all() {
        let Some((_, kind)) = name.split_once(' ') else {
            continue;
        };
        let read = read(&bytes, &BOUNDS);
        if ["integers", "objects"].contains(&kind) {
            assert!(
                matches!(read, Err(PickleError::NotPlain(_))),
                "{name} {protocol}: {read:?}"
            );
            refused += 1;
            continue;
        }
        let read = read.unwrap_or_else(|err| panic!("{name} {protocol}: {err}"));
        assert_eq!(
            read.field("encoding").unwrap().floats(),
            Some(numbers()),
            "{name} {protocol}"
        );
        built += 1;
    }
    assert_eq!((built, refused), (60, 24));
}

#[test]
fn the_end_is_found_at_its_last_byte_and_two_in_one_buffer_are_two() {
    for ((name, protocol), bytes) in all() {
        let mut extent = Extent::default();
        for length in 0..bytes.len() {
            match extent.find(&bytes[..length], &BOUNDS) {
                Ok(found) => assert_eq!(found, None, "{name} {protocol} at {length}"),
                Err(err) => panic!("{name} {protocol} at {length}: {err}"),
            }
        }
        assert_eq!(extent.find(&bytes, &BOUNDS), Ok(Some(bytes.len())), "{name} {protocol}");
        let two = [bytes.as_slice(), bytes.as_slice()].concat();
        assert_eq!(Extent::default().find(&two, &BOUNDS), Ok(Some(bytes.len())));
        let followed = read(&two, &BOUNDS);
        assert_eq!(followed, Err(PickleError::Broken("something follows its end")));
    }
}

fn any_pickle() -> impl Strategy<Value = Pickle> {
    let leaf = prop_oneof![
        Just(Pickle::None),
        any::<bool>().prop_map(Pickle::Bool),
        any::<i64>().prop_map(Pickle::Int),
        (-1e300_f64..1e300).prop_map(Pickle::Float),
        ".{0,20}".prop_map(Pickle::Text),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Pickle::Bytes),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Pickle::List),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Pickle::Tuple),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(Pickle::Dict),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in any_pickle()) {
        prop_assert_eq!(read(&write(&value), &BOUNDS), Ok(value));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = read(&bytes, &BOUNDS) {
            prop_assert!(weight(&value) <= BOUNDS.items);
        }
    }
}

/// How many values a tree has.
fn weight(value: &Pickle) -> usize {
    1 + match value {
        Pickle::List(items) | Pickle::Tuple(items) => items.iter().map(weight).sum(),
        Pickle::Dict(fields) => fields.iter().map(|(key, field)| weight(key) + weight(field)).sum(),
        _ => 0,
    }
}

/// Numbers that are the same in every run with the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// The same bytes with some of them changed, left out, doubled or moved.
fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(4) {
        if bytes.is_empty() {
            break;
        }
        let (at, other) = (dice.roll(bytes.len()), dice.roll(bytes.len()));
        match dice.roll(5) {
            0 => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(at, bytes[other]),
            3 => bytes.truncate(at),
            _ => {
                let piece = bytes[at.min(other)..at.max(other)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes
}

#[test]
fn ten_thousand_mutated_pickles_cost_little_and_never_more_than_the_bounds() {
    let seed = getrandom::u64().unwrap();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let samples: Vec<Vec<u8>> = all().into_values().collect();
    let (mut read_well, mut slowest) = (0, Duration::ZERO);
    for _ in 0..10_000 {
        let bytes = mutated(&samples[dice.roll(samples.len())], &mut dice);
        let began = Instant::now();
        let outcome = read(&bytes, &BOUNDS);
        slowest = slowest.max(began.elapsed());
        if let Ok(value) = outcome {
            assert!(weight(&value) <= BOUNDS.items, "seed {seed}");
            read_well += 1;
        }
        if let Ok((nodes, _)) = machine::run(&bytes, &BOUNDS) {
            assert!(nodes.len() <= BOUNDS.items, "seed {seed}");
        }
    }
    // Most are broken, some are still data; none took longer than a busy machine makes a millisecond.
    assert!(read_well > 100, "only {read_well} were read, seed {seed}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}, seed {seed}");
}
