//! Who may see where somebody is: their own choice, how precise it is, and until when it holds.
//!
//! Concerns being seen, not seeing. What others are shown is decided before anything else is done with a position, so that
//! no list, no distance and no event can tell more than is shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::earth::Grid;
use crate::booking::UserId;
use crate::place::Position;

/// People one may name.
pub(crate) const NAMED_MAX: usize = 100;
/// Finest blur, in metres: less would be no blur.
pub(crate) const BLUR_M_MIN: u32 = 100;
/// Coarsest blur, in metres.
pub(crate) const BLUR_M_MAX: u32 = 10_000;

/// Who sees somebody, and how well.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// Whoever is in the same building.
    pub(crate) same_building: bool,
    /// Whoever is within the range of the one who is seen.
    pub(crate) within_range: bool,
    /// These people, wherever they are.
    pub(crate) named: BTreeSet<UserId>,
    /// Shown is the middle of a square of so many metres; `None` shows the position.
    pub(crate) blur_m: Option<u32>,
}

/// A choice for a while, and what it is put over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visibility {
    /// What holds when nothing else does; `None` is the standard of the house.
    pub(crate) always: Option<Choice>,
    /// Until when something else holds, and what.
    pub(crate) passing: Option<(Timestamp, Choice)>,
}

impl Visibility {
    /// What holds now.
    pub(crate) fn at<'a>(&'a self, now: Timestamp, standard: &'a Choice) -> &'a Choice {
        match &self.passing {
            Some((until, choice)) if now < *until => choice,
            _ => self.always.as_ref().unwrap_or(standard),
        }
    }

    /// Makes a choice, for good or until an instant; one for a while that is still in force is over with it.
    #[must_use]
    pub(crate) fn with(self, choice: Choice, until: Option<Timestamp>) -> Self {
        match until {
            Some(until) => Self {
                passing: Some((until, choice)),
                ..self
            },
            None => Self {
                always: Some(choice),
                passing: None,
            },
        }
    }
}

/// How two people stand to each other, as far as the one who might be seen asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Relation {
    /// The one who looks.
    pub(crate) viewer: UserId,
    /// Both are in the same building.
    pub(crate) is_same_building: bool,
    /// Metres between what is shown of one and where the other is; `None` when the other never said.
    pub(crate) apart_m: Option<f64>,
    /// The range of the one who might be seen.
    pub(crate) range_m: f64,
    /// One of them has blocked the other.
    pub(crate) is_blocked: bool,
}

impl Choice {
    /// Whether somebody is seen by another.
    pub(crate) fn lets_see(&self, relation: &Relation) -> bool {
        !relation.is_blocked
            && (self.named.contains(&relation.viewer)
                || (self.same_building && relation.is_same_building)
                || (self.within_range && relation.apart_m.is_some_and(|apart| apart <= relation.range_m)))
    }

    /// Whether nobody sees them, whoever it is.
    pub(crate) fn hides(&self) -> bool {
        !self.same_building && !self.within_range && self.named.is_empty()
    }

    /// What is shown of a position. The squares are the same for everybody and at any time: however often somebody
    /// looks, there is nothing to average.
    pub(crate) fn shown(&self, position: Position) -> Position {
        match self.blur_m {
            None => position,
            Some(edge_m) => {
                let grid = Grid::of(f64::from(edge_m));
                grid.centre(grid.cell(position))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::earth::Point;
    use super::*;

    const ANNA: UserId = UserId(1);
    const BERT: UserId = UserId(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn choice(same_building: bool, within_range: bool, named: &[UserId]) -> Choice {
        Choice {
            same_building,
            within_range,
            named: named.iter().copied().collect(),
            blur_m: None,
        }
    }

    /// Every choice against every way to stand to each other.
    #[test]
    fn each_choice_lets_exactly_those_see_whom_it_means() {
        let choices = [
            ("nobody", choice(false, false, &[])),
            ("same_building", choice(true, false, &[])),
            ("within_range", choice(false, true, &[])),
            ("near", choice(true, true, &[])),
            ("named", choice(false, false, &[ANNA])),
            ("near and named", choice(true, true, &[ANNA])),
        ];
        for (name, choice) in choices {
            for viewer in [ANNA, BERT] {
                for is_same_building in [false, true] {
                    for (apart_m, is_near) in [
                        (None, false),
                        (Some(0.0), true),
                        (Some(50.0), true),
                        (Some(50.1), false),
                    ] {
                        for is_blocked in [false, true] {
                            let relation = Relation {
                                viewer,
                                is_same_building,
                                apart_m,
                                range_m: 50.0,
                                is_blocked,
                            };
                            let by_name = name.contains("named") && viewer == ANNA;
                            let by_building = (name == "same_building" || name.contains("near")) && is_same_building;
                            let by_range = (name == "within_range" || name.contains("near")) && is_near;
                            let wanted = !is_blocked && (by_name || by_building || by_range);
                            assert_eq!(choice.lets_see(&relation), wanted, "{name}: {relation:?}");
                            assert!(!wanted || !choice.hides());
                        }
                    }
                }
            }
            assert_eq!(choice.hides(), name == "nobody");
        }
    }

    #[test]
    fn a_choice_for_a_while_gives_way_to_the_one_before_it() {
        let (standard, near, named) = (
            choice(true, true, &[]),
            choice(true, false, &[]),
            choice(false, false, &[BERT]),
        );
        let never_chose = Visibility::default();
        assert_eq!(never_chose.at(at(0), &standard), &standard);
        let passing = never_chose.with(named.clone(), Some(at(10)));
        assert_eq!(passing.at(at(9), &standard), &named);
        assert_eq!(passing.at(at(10), &standard), &standard);
        // A second one for a while does not become what is gone back to.
        let chosen = Visibility::default().with(near.clone(), None);
        let twice = chosen.with(named, Some(at(10))).with(Choice::default(), Some(at(20)));
        assert_eq!(twice.at(at(5), &standard), &Choice::default());
        assert_eq!(twice.at(at(20), &standard), &near);
        // One for good ends it.
        let for_good = twice.with(standard.clone(), None);
        assert_eq!(for_good.at(at(5), &near), &standard);
    }

    #[test]
    fn a_choice_is_read_as_it_was_written() {
        let chosen = Visibility::default().with(choice(true, false, &[ANNA]), None).with(
            Choice {
                blur_m: Some(500),
                ..Choice::default()
            },
            Some(at(7)),
        );
        let text = serde_json::to_string(&chosen).unwrap();
        assert_eq!(serde_json::from_str::<Visibility>(&text).unwrap(), chosen);
    }

    proptest! {
        #[test]
        fn blurred_looks_from_one_square_are_all_the_same_and_not_far_off(
            latitude in -89.0..89.0_f64,
            longitude in -180.0..180.0_f64,
            edge_m in BLUR_M_MIN..=BLUR_M_MAX,
            steps in proptest::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 1..20),
        ) {
            let blurred = Choice { blur_m: Some(edge_m), ..choice(true, true, &[]) };
            let here = Position::new(latitude, longitude).unwrap();
            let shown = blurred.shown(here);
            let off = Point::of(here).metres_to(Point::of(shown));
            prop_assert!(off <= f64::from(edge_m), "{off} m with squares of {edge_m} m");
            let grid = Grid::of(f64::from(edge_m));
            for (north, east) in steps {
                let there = Position::new(latitude + north * 0.001, (longitude + east * 0.001).clamp(-180.0, 180.0)).unwrap();
                let same_square = grid.cell(there) == grid.cell(here);
                prop_assert_eq!(blurred.shown(there) == shown, same_square);
            }
            prop_assert_eq!(choice(true, true, &[]).shown(here), here);
        }
    }
}
