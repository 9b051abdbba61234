//! `s.watchpeople(users?)`: hearing of who comes and goes.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{seen, service};
use crate::account::store::user_by_name;
use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::presence::actor::{Watch, Wish};
use crate::registry::actor::Find;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::PresenceMeters;
use crate::wire::ErrorCode;

/// Sends you an event `presence` whenever one of these people comes or goes, as far as you may see them; operators who name nobody hear of everybody. It takes the place of whom you watched before, and ends with your connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchPeople {
    /// User names; left out, everybody, which needs `manager`.
    users: Option<Vec<String>>,
}

/// How those named are now; empty when everybody is watched.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Watched {
    people: Vec<Person>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Person {
    user: String,
    user_id: i64,
    online: bool,
}

impl Command for WatchPeople {
    const NAME: &'static str = "s.watchpeople";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::User;
    type Reply = Watched;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let named = match self.users.filter(|users| !users.is_empty()) {
            Some(users) => Some(named(house, caller, users).await?),
            None if caller.is_operator() => None,
            None => {
                let message = "to hear of everybody needs the permission `manager`: name whom you want to hear of";
                return Err(Error::new(ErrorCode::Forbidden, message));
            }
        };
        let found = house.registry.ask(Find(caller.standing.client_id.to_string())).await?;
        let (standing, peer) = found.ok_or_else(|| {
            let message = "events go to a connected client, and you are none";
            Error::new(ErrorCode::Unavailable, message)
        })?;
        let names = named.clone().unwrap_or_default();
        let wish = named.map_or(Wish::Everybody, Wish::These);
        let watch = Watch { wish, standing, peer };
        let online = service(house)?.ask(watch).await??;
        let people = online.into_iter().map(|(user, online)| Person {
            user: names.get(&user).map_or_else(String::new, |(name, _)| name.to_string()),
            user_id: user.0,
            online,
        });
        Ok(Watched {
            people: people.collect(),
        })
    }
}

/// All of them or none: each must have an account.
async fn named(
    house: &House,
    caller: &Caller,
    users: Vec<String>,
) -> Result<BTreeMap<UserId, (Arc<str>, bool)>, Error> {
    if !caller.is_operator() {
        caller.user()?;
    }
    let max = house.config.limits.presence_named_per_client;
    if users.len() > max {
        PresenceMeters::new().refused("client");
        let message = format!("got {} user names, at most {max} can be watched", users.len());
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    let found = house.store.read(move |conn| {
        let look = |name: String| user_by_name(conn, &name).map(|user| (name, user));
        users.into_iter().map(look).collect::<Result<Vec<_>, _>>()
    });
    let mut known = BTreeMap::new();
    for (name, user) in found.await? {
        let user = user.ok_or_else(|| Error::new(ErrorCode::NotFound, format!("there is no user {name:?}")))?;
        known.insert(user.id, Arc::<str>::from(user.username));
    }
    let seen = seen(house, caller, known.keys().copied().collect()).await?;
    let seen: HashSet<UserId> = seen.into_iter().collect();
    let named = known
        .into_iter()
        .map(|(user, name)| (user, (name, seen.contains(&user))));
    Ok(named.collect())
}
