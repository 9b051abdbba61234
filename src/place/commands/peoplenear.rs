//! `s.peoplenear(radius_m?, latitude?, longitude?, after?, away?, positions?)`: who is near.

use std::cell::OnceCell;

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{PeopleSeen, PersonSeen};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::rules::person::Seen;
use crate::place::rules::world::Near;
use crate::registry::permissions::Permission;

/// Lists the people within your range who let you see them, nearest first. You see who is within your range *and* lets you:
/// that depends on where you are, not on where you look.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleNear {
    /// Metres around; your range unless said.
    radius_m: Option<f64>,
    /// Where from, degrees WGS 84; where you are unless said.
    latitude: Option<f64>,
    /// Where from, degrees WGS 84.
    longitude: Option<f64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// True lists those too who are not connected now, where they were last.
    away: Option<bool>,
    /// True tells where they are, and when they said so.
    positions: Option<bool>,
}

impl Command for PeopleNear {
    const NAME: &'static str = "s.peoplenear";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = PeopleSeen;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let from = super::from(self.latitude, self.longitude)?;
        let radius_m = self.radius_m.map(|metres| super::range("radius_m", metres, house));
        let ask = Near {
            from,
            radius_m: radius_m.transpose()?,
            after: super::cursor(self.after.as_deref())?,
            page: super::PAGE,
        };
        // Asked once the map is, and once for all.
        let online = OnceCell::new();
        let is_online = |user| online.get_or_init(|| house.presence.look()).is_online(user);
        let with_away = self.away.unwrap_or_default();
        let wanted = |user| with_away || is_online(user);
        let page = house.places.near(user, &ask, wanted)?;
        let with_positions = self.positions.unwrap_or_default();
        let view = |seen: Seen| {
            let online = is_online(seen.user);
            PersonSeen::new(seen, online, with_positions)
        };
        let people = page.seen.into_iter();
        Ok(PeopleSeen {
            people: people.map(view).collect(),
            next: page.next.map(super::shown),
        })
    }
}
