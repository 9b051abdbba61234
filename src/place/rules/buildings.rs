//! All buildings, and which of them is *the* building of a position: of those that contain it the one whose centre is
//! nearest; of two as near the one whose id comes first.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};

use super::building::Building;
use super::earth::Point;
use crate::place::Position;

/// A box around a building.
type Around = GeomWithData<Rectangle<[f64; 3]>, Arc<str>>;

/// Every building. Invariant: `tree` has the boxes of those in `by_id` and no other.
#[derive(Debug, Default)]
pub(crate) struct Buildings {
    by_id: BTreeMap<Arc<str>, Arc<Building>>,
    tree: RTree<Around>,
}

impl Buildings {
    /// Puts a building in the place of the one with its id, which is given back.
    pub(crate) fn put(&mut self, building: Arc<Building>) -> Option<Arc<Building>> {
        let before = self.remove(&building.id);
        self.tree.insert(around(&building));
        self.by_id.insert(building.id.clone(), building);
        before
    }

    /// Takes a building out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Building>> {
        let before = self.by_id.remove(id)?;
        self.tree.remove(&around(&before));
        Some(before)
    }

    /// The building of that id.
    pub(crate) fn find(&self, id: &str) -> Option<&Arc<Building>> {
        self.by_id.get(id)
    }

    /// At most so many, by id, behind this one.
    pub(crate) fn list(&self, after: Option<&str>, limit: usize) -> Vec<Arc<Building>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let listed = self.by_id.range::<str, _>((from, Bound::Unbounded));
        listed.take(limit).map(|(_, building)| building.clone()).collect()
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The building of a position.
    pub(crate) fn at(&self, position: Position) -> Option<&Arc<Building>> {
        if self.by_id.is_empty() {
            return None;
        }
        let near = self.tree.locate_all_at_point(Point::of(position).xyz());
        let containing = near.filter_map(|around| {
            let building = self.by_id.get(&around.data)?;
            Some((building.contains(position)?, building))
        });
        let nearest = containing.min_by(|(one, a), (other, b)| one.total_cmp(other).then_with(|| a.id.cmp(&b.id)));
        nearest.map(|(_, building)| building)
    }
}

/// A way through the earth is never longer than the way over the ground.
fn around(building: &Building) -> Around {
    let [x, y, z] = Point::of(building.centre()).xyz();
    let reach = building.reach_m() + 0.01;
    let corners = Rectangle::from_corners([x - reach, y - reach, z - reach], [x + reach, y + reach, z + reach]);
    Around::new(corners, building.id.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::building::Shape;
    use super::super::polygon::Polygon;
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).unwrap()
    }

    fn campus() -> impl Strategy<Value = Position> {
        (38.735..38.739_f64, -9.142..-9.136_f64).prop_map(|(latitude, longitude)| at(latitude, longitude))
    }

    fn shape() -> impl Strategy<Value = Shape> {
        prop_oneof![
            (campus(), 1.0..200.0_f64).prop_map(|(centre, radius_m)| Shape::Circle { centre, radius_m }),
            (campus(), 0.000_1..0.002_f64).prop_map(|(corner, size)| {
                let (south, west) = (corner.latitude(), corner.longitude());
                let ring = vec![
                    at(south, west),
                    at(south, west + size),
                    at(south + size, west + size),
                    at(south + size, west),
                ];
                Shape::Polygon(Polygon::new(&[ring]).unwrap())
            }),
        ]
    }

    proptest! {
        #[test]
        fn the_building_is_the_nearest_of_all_that_contain_the_position(
            edits in proptest::collection::vec((0..8_u8, proptest::option::weighted(0.8, shape())), 1..40),
            looks in proptest::collection::vec(campus(), 1..20),
        ) {
            let (mut buildings, mut all) = (Buildings::default(), BTreeMap::new());
            for (number, shape) in edits {
                let id = number.to_string();
                match shape {
                    Some(shape) => {
                        let building = Arc::new(Building::new(&id, "a name", shape).unwrap());
                        let before = all.insert(id, building.clone());
                        prop_assert_eq!(buildings.put(building), before);
                    }
                    None => prop_assert_eq!(buildings.remove(&id), all.remove(&id)),
                }
            }
            prop_assert_eq!(buildings.len(), all.len());
            prop_assert_eq!(buildings.tree.size(), all.len());
            for position in looks {
                let containing = all.values().filter_map(|building| Some((building.contains(position)?, building)));
                let brute = containing.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, building)| &building.id);
                prop_assert_eq!(buildings.at(position).map(|building| &building.id), brute);
            }
        }
    }

    #[test]
    fn of_two_as_near_the_first_id_wins_and_a_list_goes_on_behind_an_id() {
        let mut buildings = Buildings::default();
        for id in ["b", "a", "c"] {
            let shape = Shape::Circle {
                centre: at(1.0, 1.0),
                radius_m: 10.0,
            };
            buildings.put(Arc::new(Building::new(id, id, shape).unwrap()));
        }
        assert_eq!(&*buildings.at(at(1.0, 1.0)).unwrap().id, "a");
        let ids = |after, limit| -> Vec<String> {
            let listed = buildings.list(after, limit);
            listed.iter().map(|building| building.id.to_string()).collect()
        };
        assert_eq!(ids(None, 2), ["a", "b"]);
        assert_eq!(ids(Some("b"), 2), ["c"]);
    }
}
