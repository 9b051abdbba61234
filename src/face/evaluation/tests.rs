//! The rates on people made of numbers, where every distance is known.

use proptest::prelude::*;

use super::*;
use crate::face::EMBEDDING_FLOATS;

/// A face at a place on a line: the distance of two is that of their places.
fn face(place: f32) -> Embedding {
    let mut floats = Box::new([0.0; EMBEDDING_FLOATS]);
    floats[0] = place;
    Embedding::new(floats).unwrap()
}

fn compared(people: &[&[f32]]) -> Comparison {
    let people: Vec<Vec<Embedding>> = people
        .iter()
        .map(|places| places.iter().map(|place| face(*place)).collect())
        .collect();
    Comparison::of(&people, || {})
}

#[test]
fn every_pair_is_counted_once_and_on_the_right_side() {
    let compared = compared(&[&[0.0, 0.2, 0.4], &[0.5, 0.6], &[]]);
    assert_eq!((compared.people, compared.pictures), (2, 5));
    assert_eq!((compared.same.pairs(), compared.different.pairs()), (4, 6));
    let row = compared.row(Threshold(350));
    // 0.0 and 0.4 are one person's and too far apart; 0.4 is near to both of the other's, 0.2 to one of them.
    assert_eq!((row.false_non_match.errors, row.false_match.errors), (1, 3));
    assert_eq!(row.false_non_match.rate, Some(0.25));
}

#[test]
fn the_interval_with_people_as_trials_is_the_wide_one() {
    let people: Vec<Vec<f32>> = (0..20_u8)
        .map(|person| {
            (0..5_u8)
                .map(|shot| f32::from(person) + f32::from(shot) / 100.0)
                .collect()
        })
        .collect();
    let people: Vec<&[f32]> = people.iter().map(Vec::as_slice).collect();
    let row = compared(&people).row(Threshold(450));
    assert_eq!((row.false_match.pairs, row.false_match.errors), (4_750, 0));
    assert_eq!(row.false_match.by_pairs, clopper_pearson(0.0, 4_750.0));
    assert_eq!(row.false_match.by_people, clopper_pearson(0.0, 10.0));
    assert_eq!(row.false_non_match.by_people, clopper_pearson(0.0, 20.0));
}

#[test]
fn a_person_with_most_of_the_pictures_counts_as_hardly_more_than_one() {
    let many: Vec<f32> = (0..100_u8).map(|shot| f32::from(shot) / 1000.0).collect();
    let compared = compared(&[&many, &[5.0, 5.1], &[9.0, 9.1]]);
    assert!(compared.same_units < 1.001, "{}", compared.same_units);
    assert!((compared.different_units - 1.0).abs() < 1e-9);
}

#[test]
fn people_who_are_far_apart_have_no_equal_error_but_a_gap() {
    let equal = compared(&[&[0.0, 0.1], &[1.0, 1.1]]).equal_error().unwrap();
    assert_eq!(
        (equal.rate, equal.from, equal.to),
        (0.0, Threshold(101), Threshold(900))
    );
    assert_eq!(compared(&[&[0.0, 0.1]]).equal_error(), None);
    assert_eq!(compared(&[&[0.0], &[1.0]]).equal_error(), None);
    // Half of the same are farther apart than half of the different.
    let mixed = compared(&[&[0.0, 0.5], &[0.1, 0.15]]).equal_error().unwrap();
    assert!((mixed.rate - 0.5).abs() < 0.26, "{mixed:?}");
}

#[test]
fn two_people_carry_no_advice_and_enough_of_them_do() {
    let two = compared(&[&[0.0, 0.1], &[1.0, 1.1]]);
    assert_eq!(two.advice(0.01), Advice::TooFew { people_wanted: 736.0 });
    let people: Vec<Vec<f32>> = (0..80_u8).map(|person| vec![f32::from(person); 2]).collect();
    let apart: Vec<&[f32]> = people.iter().map(Vec::as_slice).collect();
    let Advice::Take(row) = compared(&apart).advice(0.1) else {
        panic!("80 people carry 10 %");
    };
    assert_eq!(row.threshold, Threshold(600));
    let alike = vec![&[0.0_f32, 0.0][..]; 80];
    assert_eq!(compared(&alike).advice(0.1), Advice::TooAlike);
}

#[test]
fn without_people_or_pairs_nothing_is_claimed() {
    for people in [&[][..], &[&[][..]], &[&[0.0][..]]] {
        let compared = compared(people);
        let row = compared.row(Threshold(450));
        for rate in [row.false_match, row.false_non_match] {
            assert_eq!((rate.errors, rate.pairs, rate.rate), (0, 0, None));
            assert_eq!((rate.by_pairs, rate.by_people), (Interval::UNKNOWN, Interval::UNKNOWN));
        }
        assert!(matches!(compared.advice(0.01), Advice::TooFew { .. }));
    }
}

proptest! {
    #[test]
    fn rates_lie_in_both_intervals_and_follow_the_threshold(
        drawn in proptest::collection::vec(proptest::collection::vec(0.0_f32..1.5, 0..5), 0..8),
    ) {
        let people: Vec<&[f32]> = drawn.iter().map(Vec::as_slice).collect();
        let compared = compared(&people);
        let rows = compared.rows();
        for row in &rows {
            for rate in [row.false_match, row.false_non_match] {
                let seen = rate.rate.unwrap_or(0.5);
                for interval in [rate.by_pairs, rate.by_people] {
                    prop_assert!(interval.low <= seen + 1e-9 && seen <= interval.high + 1e-9, "{rate:?}");
                }
                prop_assert!(rate.by_people.high >= rate.by_pairs.high - 1e-9);
            }
        }
        for two in rows.windows(2) {
            prop_assert!(two[0].false_match.errors <= two[1].false_match.errors);
            prop_assert!(two[0].false_non_match.errors >= two[1].false_non_match.errors);
        }
    }
}
