//! `s.subscribe(name, args?, every_ms?, client?)`: a requestable told again and again, until it is enough.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::subscriptions::service;
use crate::command::arguments::Given;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Find;
use crate::registry::permissions::Permission;
use crate::requestable::ask::{self, PassedArgs};
use crate::requestable::subscribable;
use crate::subscription::rules::Pace;
use crate::subscription::{self, What};
use crate::wire::{self, Args, ErrorCode};

/// Sends you an event with the value of a requestable now, and again whenever it changes or at an interval. Needs what the requestable needs; one of a connected client needs `manager`. It ends with your connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscribe {
    /// What to tell: `STATISTICS`, or `POSITION` of a car.
    name: String,
    /// Arguments of the requestable, an array or a map.
    args: Option<PassedArgs>,
    /// Interval in milliseconds; left out, at each change.
    every_ms: Option<u64>,
    /// The connected client that is asked, by name or id; left out, the server.
    client: Option<String>,
}

/// What was entered.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Subscribed {
    subscription: u64,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every_ms: Option<u64>,
}

impl Command for Subscribe {
    const NAME: &'static str = "s.subscribe";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Subscribed;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let pace = pace(house, self.every_ms)?;
        let args = self.args.unwrap_or_default().0;
        let bound = match &self.client {
            None => subscribable(house, caller, &self.name, Given::from(args.clone()))?,
            Some(client) => of_client(caller, house, client, &self.name, &args).await?,
        };
        let found = house.registry.ask(Find(caller.standing.client_id.to_string())).await?;
        let (standing, peer) = found.ok_or_else(|| {
            Error::new(
                ErrorCode::Unavailable,
                "events go to a connected client, and you are none",
            )
        })?;
        let subscribe = subscription::Subscribe {
            what: What {
                name: self.name.clone(),
                args,
                client: self.client.clone(),
            },
            args: Arc::from(bound),
            pace,
            standing,
            source: caller.source,
            peer,
        };
        let subscription = service(house)?.ask(subscribe).await??;
        Ok(Subscribed {
            subscription,
            name: self.name,
            client: self.client,
            every_ms: self.every_ms,
        })
    }
}

/// As `s.request` would ask: the same permission, and only for what the client offers now.
async fn of_client(caller: &Caller, house: &House, client: &str, name: &str, args: &Args) -> Result<Vec<u8>, Error> {
    if !caller.may(Permission::Manager) {
        let message =
            "a requestable of another client needs the permission `manager`; without `client` the server is asked";
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    ask::offering(house, client, name).await?;
    wire::to_cbor(args).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))
}

fn pace(house: &House, every_ms: Option<u64>) -> Result<Pace, Error> {
    let limits = &house.config.limits;
    let (min, max) = (limits.subscribe_every_ms_min, limits.subscribe_every_ms_max);
    match every_ms {
        None => Ok(Pace::OnChange),
        Some(every_ms) if (min..=max).contains(&every_ms) => Ok(Pace::Every(Duration::from_millis(every_ms))),
        Some(every_ms) => {
            let message = format!("got {every_ms} for `every_ms`, wanted {min} to {max}");
            Err(Error::new(ErrorCode::BadArguments, message))
        }
    }
}
