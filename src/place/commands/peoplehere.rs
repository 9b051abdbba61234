//! `s.peoplehere(after?, away?, positions?)`: who is in my building.

use std::cell::OnceCell;

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{PeopleSeen, PersonSeen};
use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::rules::person::Seen;
use crate::registry::permissions::Permission;

/// Lists the people in your building who let you see them, by number. Nobody, while you are in none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleHere {
    /// The `next` of the page before.
    after: Option<String>,
    /// True lists those too who are not connected now, where they were last.
    away: Option<bool>,
    /// True tells where they are, and when they said so.
    positions: Option<bool>,
}

impl Command for PeopleHere {
    const NAME: &'static str = "s.peoplehere";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = PeopleSeen;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let after = match self.after {
            Some(text) => UserId(text.parse().map_err(|_| super::not_a_page(&text))?),
            None => UserId(i64::MIN),
        };
        // Asked once the map is, and once for all.
        let online = OnceCell::new();
        let is_online = |user| online.get_or_init(|| house.presence.look()).is_online(user);
        let with_away = self.away.unwrap_or_default();
        let wanted = |user| with_away || is_online(user);
        let page = house.places.here(user, after, super::PAGE, wanted)?;
        let with_positions = self.positions.unwrap_or_default();
        let view = |seen: Seen| {
            let online = is_online(seen.user);
            PersonSeen::new(seen, online, with_positions)
        };
        let people = page.seen.into_iter();
        Ok(PeopleSeen {
            people: people.map(view).collect(),
            next: page.next.map(|next| next.to_string()),
        })
    }
}
