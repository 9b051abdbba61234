//! `s.whereis(user?)`: where somebody is: oneself, or anybody for operators.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::view::to_second;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Tells where you said you are. Operators may ask for anybody, whatever they chose; that is kept in the audit log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereIs {
    /// Their user name; yourself unless said.
    user: Option<String>,
}

/// Where somebody said they are.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Whereabouts {
    #[schemars(with = "String")]
    user: SmolStr,
    user_id: i64,
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<f64>,
    /// When they said so.
    at: String,
    /// The id of their building; absent outside of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    building: Option<Arc<str>>,
    /// How far they look, and from how far they are seen within range.
    range_m: f64,
    /// Whether they are connected.
    online: bool,
}

impl Command for WhereIs {
    const NAME: &'static str = "s.whereis";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = Whereabouts;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let own = caller.standing.user;
        let user = match self.user {
            Some(name) if caller.standing.username.as_ref() != Some(&name) => {
                if !caller.is_operator() {
                    let message = "only operators may ask where somebody else is; see s.peoplenear and s.peoplehere";
                    return Err(Error::new(ErrorCode::Forbidden, message));
                }
                house.accounts.user_by_name(&name).await?.id
            }
            _ => caller.user()?,
        };
        if own != Some(user) {
            super::audit_look(caller, house, format!("user:{user}")).await?;
        }
        let known = house.places.person(user)?;
        let never_said = || Error::new(ErrorCode::NotFound, "they never said where they are");
        let (fix, person) = known
            .and_then(|person| Some((person.fix?, person)))
            .ok_or_else(never_said)?;
        Ok(Whereabouts {
            user: person.name,
            user_id: user.0,
            latitude: fix.position.latitude(),
            longitude: fix.position.longitude(),
            accuracy_m: fix.accuracy_m,
            at: to_second(fix.at),
            building: person.building,
            range_m: house.places.range_of(user),
            online: house.presence.is_online(user),
        })
    }
}
