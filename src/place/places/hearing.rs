//! Who hears what is said to a place, found in steps between which others are let to the map.

use super::{PlaceError, Places};
use crate::booking::UserId;
use crate::place::rules::world::Audience;

/// People looked at in one step.
const STEP: usize = 1_000;
/// Steps of one look around: each may look at more people than it finds.
const STEPS_MAX: usize = 128;
/// People who may hear one thing.
const HEARERS_MAX: usize = 100_000;

impl Places {
    /// Everybody who was last in a building and hears this speaker there.
    pub(crate) async fn hearers_in(&self, speaker: UserId, building: &str) -> Result<Audience, PlaceError> {
        self.loaded()?;
        let (mut audience, mut after) = (Audience::default(), UserId(i64::MIN));
        loop {
            let now = self.0.clock.now();
            let next = self
                .read()
                .hear_in(&mut audience, (speaker, building), (after, STEP), now);
            if audience.people.len() > HEARERS_MAX {
                return Err(PlaceError::Crowd);
            }
            let Some(next) = next else { return Ok(audience) };
            after = next;
            tokio::task::yield_now().await;
        }
    }

    /// Everybody within so many metres of this speaker whom that one may see.
    pub(crate) async fn hearers_around(&self, speaker: UserId, radius_m: f64) -> Result<Audience, PlaceError> {
        self.loaded()?;
        let (mut audience, mut after) = (Audience::default(), None);
        for _ in 0..STEPS_MAX {
            let now = self.0.clock.now();
            let next = self
                .read()
                .hear_around(&mut audience, (speaker, radius_m), (after, STEP), now);
            if next.is_none() {
                return Ok(audience);
            }
            after = next;
            tokio::task::yield_now().await;
        }
        Err(PlaceError::Crowd)
    }

    /// Whether somebody is in the building of that id.
    pub(crate) fn is_in(&self, user: UserId, building: &str) -> bool {
        let world = self.read();
        world
            .person(user)
            .is_some_and(|person| person.building.as_deref() == Some(building))
    }
}
