//! Who hears what is said to a place, against a look at everybody with a ruler.

use super::*;
use crate::place::rules::world::Audience;

/// Somebody of the model; places are metres along a line.
#[derive(Debug, Clone)]
struct Somebody {
    at: Option<i32>,
    choice: Choice,
    range_m: i32,
}

/// Buildings of the model: middles and the metres around them.
const BUILDINGS: [(&str, i32, i32); 2] = [("a", 0, 50), ("b", 120, 50)];

fn in_building(at: i32) -> Option<&'static str> {
    let inside = BUILDINGS
        .iter()
        .find(|(_, middle, reach)| (at - middle).abs() <= *reach);
    inside.map(|(id, _, _)| *id)
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let named = proptest::collection::btree_set((1..=6_i64).prop_map(UserId), 0..3);
    let choice = (any::<bool>(), any::<bool>(), named).prop_map(|(same_building, within_range, named)| Choice {
        same_building,
        within_range,
        named,
        blur_m: None,
    });
    (proptest::option::weighted(0.9, 0..180), choice, 1..150).prop_map(|(at, choice, range_m)| Somebody {
        at,
        choice,
        range_m,
    })
}

struct Model {
    people: Vec<(UserId, Somebody)>,
    blocks: BTreeSet<(UserId, UserId)>,
}

impl Model {
    fn find(&self, user: UserId) -> &Somebody {
        &self.people.iter().find(|(id, _)| *id == user).unwrap().1
    }

    fn are_strangers(&self, one: UserId, other: UserId) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    fn sees(&self, viewer: UserId, seen: UserId) -> bool {
        let (own, other) = (self.find(viewer), self.find(seen));
        let Some(at) = other.at else { return false };
        let is_beside = own
            .at
            .is_some_and(|own| in_building(own).is_some() && in_building(own) == in_building(at));
        let is_near = own.at.is_some_and(|own| (own - at).abs() <= other.range_m);
        !self.are_strangers(viewer, seen)
            && (other.choice.named.contains(&viewer)
                || other.choice.same_building && is_beside
                || other.choice.within_range && is_near)
    }

    fn others(&self, speaker: UserId) -> impl Iterator<Item = (UserId, i32)> {
        let there = self
            .people
            .iter()
            .filter_map(|(user, somebody)| Some((*user, somebody.at?)));
        there.filter(move |(user, _)| *user != speaker)
    }

    fn in_building(&self, speaker: UserId, building: &str) -> Audience {
        let there = self
            .others(speaker)
            .filter(|(_, at)| in_building(*at) == Some(building));
        let people: BTreeSet<UserId> = there
            .map(|(user, _)| user)
            .filter(|user| !self.are_strangers(speaker, *user))
            .collect();
        let seen = people
            .iter()
            .copied()
            .filter(|user| self.sees(speaker, *user))
            .collect();
        Audience { people, seen }
    }

    fn around(&self, speaker: UserId, radius_m: i32) -> Audience {
        let own = self.find(speaker).at;
        let there = self
            .others(speaker)
            .filter(|(_, at)| own.is_some_and(|own| (own - at).abs() <= radius_m));
        let people: BTreeSet<UserId> = there
            .map(|(user, _)| user)
            .filter(|user| self.sees(speaker, *user))
            .collect();
        Audience {
            seen: people.clone(),
            people,
        }
    }

    fn world(&self) -> World {
        let mut world = world();
        for (id, middle, reach) in BUILDINGS {
            world.put_building(circle(id, north(f64::from(middle)), f64::from(reach) + 0.5));
        }
        for (user, somebody) in &self.people {
            if let Some(at) = somebody.at {
                say(&mut world, *user, north(f64::from(at)));
            }
            let visibility = Visibility::default().with(somebody.choice.clone(), None);
            let range_m = Some(f64::from(somebody.range_m) + 0.5);
            world
                .settle((*user, "name"), 1, visibility, range_m, second(0))
                .unwrap();
        }
        for (by, blocked) in &self.blocks {
            world.set_blocked(*by, *blocked, true);
        }
        world
    }
}

fn in_building_by_pages(world: &World, speaker: UserId, building: &str, page: usize) -> Audience {
    let (mut audience, mut after) = (Audience::default(), UserId(i64::MIN));
    while let Some(next) = world.hear_in(&mut audience, (speaker, building), (after, page), second(0)) {
        after = next;
    }
    audience
}

fn around_by_pages(world: &World, speaker: UserId, radius_m: f64, page: usize) -> Audience {
    let (mut audience, mut after) = (Audience::default(), None);
    while let Some(next) = world.hear_around(&mut audience, (speaker, radius_m), (after, page), second(0)) {
        after = Some(next);
    }
    audience
}

proptest! {
    #[test]
    fn a_building_hears_whole_and_a_range_as_far_as_the_speaker_sees(
        people in proptest::collection::vec(somebody(), 6),
        blocks in proptest::collection::btree_set((1..=6_i64, 1..=6_i64), 0..4),
        speaker in 1..=6_i64,
        radius_m in 1..200,
        page in 1..4_usize,
    ) {
        let model = Model {
            people: (1..).map(UserId).zip(people).collect(),
            blocks: blocks.into_iter().map(|(by, blocked)| (UserId(by), UserId(blocked))).collect(),
        };
        let (world, speaker) = (model.world(), UserId(speaker));
        for (building, ..) in BUILDINGS {
            let heard = in_building_by_pages(&world, speaker, building, page);
            prop_assert_eq!(&heard, &model.in_building(speaker, building));
            prop_assert!(heard.seen.is_subset(&heard.people));
        }
        let heard = around_by_pages(&world, speaker, f64::from(radius_m) + 0.5, page);
        prop_assert_eq!(heard, model.around(speaker, radius_m));
    }

    /// Whoever hides may come and go: what the speaker hears is the same.
    #[test]
    fn what_a_speaker_is_told_does_not_change_with_who_hides(
        people in proptest::collection::vec(somebody(), 5),
        hidden_at in proptest::option::of(0..180),
        radius_m in 1..200,
    ) {
        let hidden = |at| Somebody { at, choice: Choice::default(), range_m: 10 };
        let told = |at| {
            let everybody = people.iter().cloned().chain([hidden(at)]);
            let world = Model { people: (1..).map(UserId).zip(everybody).collect(), blocks: BTreeSet::new() }.world();
            let in_buildings = BUILDINGS.map(|(id, ..)| in_building_by_pages(&world, ANNA, id, 100).seen);
            (in_buildings, around_by_pages(&world, ANNA, f64::from(radius_m) + 0.5, 100))
        };
        prop_assert_eq!(told(hidden_at), told(None));
    }
}
