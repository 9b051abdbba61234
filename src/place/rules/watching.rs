//! What one who watches a range was told, and what is to be told next: who came, who moved, who is gone.
//!
//! A turn compares what is there now with what was told last. Whatever happened in between, a watcher that applies what it
//! is told has what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::booking::{CarId, UserId};
use crate::place::Position;

/// Who or what is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// A person.
    Person(UserId),
    /// A car.
    Car(CarId),
}

/// How somebody looks to a watcher.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sight {
    pub(crate) name: Arc<str>,
    /// What is shown of where they are.
    pub(crate) position: Position,
    /// Tenths of a metre: nobody is told of less.
    pub(crate) distance_m: f64,
    pub(crate) blur_m: Option<u32>,
}

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Somebody is within range now, and may be seen.
    Enter(Who, Sight),
    /// They are elsewhere, or the watcher is.
    Move(Who, Sight),
    /// They are no longer within range, may no longer be seen, or went away; which of these is not told.
    Leave(Who, Arc<str>),
}

/// What one watcher was told.
#[derive(Debug, Default)]
pub(crate) struct Told(BTreeMap<Who, Sight>);

impl Told {
    /// What is to be told, now that these are there.
    pub(crate) fn turn(&mut self, there: Vec<(Who, Sight)>) -> Vec<Change> {
        let there: BTreeMap<Who, Sight> = there.into_iter().collect();
        let gone = self.0.iter().filter(|(who, _)| !there.contains_key(who));
        let mut changes: Vec<Change> = gone
            .map(|(who, sight)| Change::Leave(*who, sight.name.clone()))
            .collect();
        for (who, sight) in &there {
            match self.0.get(who) {
                None => changes.push(Change::Enter(*who, sight.clone())),
                Some(told) if told != sight => changes.push(Change::Move(*who, sight.clone())),
                Some(_) => {}
            }
        }
        self.0 = there;
        changes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sight(distance_m: f64) -> Sight {
        Sight {
            name: "somebody".into(),
            position: Position::new(1.0, 1.0).unwrap(),
            distance_m,
            blur_m: None,
        }
    }

    proptest! {
        #[test]
        fn who_applies_what_is_told_has_what_is_there(
            turns in proptest::collection::vec(proptest::collection::btree_map(0..6_i64, 0..3_u8, 0..6), 1..20),
        ) {
            let (mut told, mut applied) = (Told::default(), BTreeMap::new());
            for there in turns {
                let there: BTreeMap<Who, Sight> = there
                    .into_iter()
                    .map(|(id, distance)| {
                        let who = if id % 2 == 0 { Who::Person(UserId(id)) } else { Who::Car(CarId(id)) };
                        (who, sight(f64::from(distance)))
                    })
                    .collect();
                for change in told.turn(there.clone().into_iter().collect()) {
                    let is_new = match change {
                        Change::Enter(who, sight) => applied.insert(who, sight).is_none(),
                        Change::Move(who, sight) => applied.insert(who, sight.clone()).is_some_and(|before| before != sight),
                        Change::Leave(who, _) => applied.remove(&who).is_some(),
                    };
                    prop_assert!(is_new);
                }
                prop_assert_eq!(&applied, &there);
                prop_assert!(told.turn(there.into_iter().collect()).is_empty());
            }
        }
    }
}
