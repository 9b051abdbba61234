//! `s.unsubscribe(subscription?)`: enough of one subscription, or of all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::subscriptions::service;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::subscription;
use crate::wire::ErrorCode;

/// Ends one of your subscriptions, or all of them. Nothing of them is pushed after the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unsubscribe {
    /// Number of the subscription; left out, all of yours.
    subscription: Option<u64>,
}

/// What ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unsubscribed {
    ended: Vec<u64>,
}

impl Command for Unsubscribe {
    const NAME: &'static str = "s.unsubscribe";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Unsubscribed;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let unsubscribe = subscription::Unsubscribe {
            client_id: caller.standing.client_id.clone(),
            subscription: self.subscription,
        };
        let ended = service(house)?.ask(unsubscribe).await?;
        match self.subscription {
            Some(wanted) if ended.is_empty() => {
                let message = format!("you have no subscription {wanted}");
                Err(Error::new(ErrorCode::NotFound, message))
            }
            _ => Ok(Unsubscribed { ended }),
        }
    }
}
