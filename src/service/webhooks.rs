//! `webhooks`: delivers what happened to those who asked for it.
//!
//! While it is off nothing is lost up to the bound of the queues, it is only late. Whoever may not hear of something any more
//! does not: rights are looked up before each share.

use std::time::Duration;

use super::recipe::{Repeating, Rhythm};
use crate::bot::roster::cleared;
use crate::bot::store::bot_by_id;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::webhook::commands::tell_owner;
use crate::webhook::{Owner, Webhook, WebhookError};

/// Longest round: each receiver has a time of its own, and only so many are called in one round.
const ROUND_MAX: Duration = Duration::from_secs(30 * 60);

/// Holds nothing: what is due is in the store.
pub(crate) struct Webhooks;

impl Repeating for Webhooks {
    const NAME: &'static str = "webhooks";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm {
            time_max: ROUND_MAX,
            ..Rhythm::every(Duration::from_millis(house.config.webhooks.look_ms))
        }
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let round = house
            .hooks
            .round(&house.clock, |hook| may_not_hear(house, hook))
            .await?;
        for hook in &round.given_up {
            tell_owner(house, hook).await;
        }
        Ok(match (round.taken, round.failed) {
            (0, 0) => String::new(),
            (taken, failed) => format!("{taken} delivered, {failed} failed"),
        })
    }
}

/// Why its owner may not hear of anything any more.
async fn may_not_hear(house: &House, hook: Webhook) -> Result<Option<String>, WebhookError> {
    match hook.owner {
        Owner::Bot(bot) => {
            let found = house.store.read(move |conn| bot_by_id(conn, bot)).await?;
            Ok(found.and_then(|bot| cleared(&bot).err()).map(|why| why.to_string()))
        }
        Owner::Person(user) => {
            let roles = house.accounts.permissions_of(user).await;
            let roles = roles.map_err(|err| WebhookError::Owner(Box::new(err)))?;
            let held = Permissions::from_roles(roles.iter().map(String::as_str));
            let why = "its owner is no operator any more";
            Ok((!held.contains(Permission::Manager)).then(|| why.to_owned()))
        }
    }
}
