//! `s.peoplein(building, after?)`: everybody in a building, for operators.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists everybody whose building this is, by number, whatever they chose. That you looked is kept in the audit log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleIn {
    /// Its id.
    building: String,
    /// Only those with a higher number.
    after: Option<i64>,
}

/// Somebody who is there.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct There {
    #[schemars(with = "String")]
    user: SmolStr,
    user_id: i64,
    /// Whether they are connected.
    online: bool,
}

/// A page of people.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PeopleThere {
    people: Vec<There>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

impl Command for PeopleIn {
    const NAME: &'static str = "s.peoplein";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::Manager;
    type Reply = PeopleThere;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let building = house.places.building(&self.building)?;
        super::audit_look(caller, house, format!("building:{}", building.id)).await?;
        let after = UserId(self.after.unwrap_or(i64::MIN));
        let there = house.places.members(&building.id, after, super::PAGE);
        let people: Vec<There> = there
            .into_iter()
            .map(|(user, name)| There {
                user: name,
                user_id: user.0,
                online: house.presence.is_online(user),
            })
            .collect();
        let last = people.last().filter(|_| people.len() >= super::PAGE);
        Ok(PeopleThere {
            next: last.map(|there| there.user_id),
            people,
        })
    }
}
