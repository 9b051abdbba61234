//! Commands of webhooks: made, listed, switched, tried, removed, by those whose they are.
//!
//! Operators own theirs, bots theirs; operators may touch all.

mod enablewebhook;
mod newwebhook;
mod newwebhooksecret;
mod removewebhook;
mod testwebhook;
mod view;
mod webhooks;

use super::{Owner, Webhook};
use crate::bot::commands::own;
use crate::bot::store::bot_by_id;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Whom;
use crate::wire::ErrorCode;

use view::HookView;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<enablewebhook::EnableWebhook>()
        .with::<newwebhook::NewWebhook>()
        .with::<newwebhooksecret::NewWebhookSecret>()
        .with::<removewebhook::RemoveWebhook>()
        .with::<testwebhook::TestWebhook>()
        .with::<webhooks::Webhooks>()
}

/// As whom the caller owns webhooks.
async fn owner(caller: &Caller, house: &House) -> Result<Owner, Error> {
    if let Some(bot) = own(caller, house).await? {
        return Ok(Owner::Bot(bot.id));
    }
    if caller.is_operator() {
        return Ok(Owner::Person(caller.user()?));
    }
    Err(Error::new(ErrorCode::Forbidden, "webhooks are for operators and bots"))
}

/// A webhook that this caller may touch; of another's nothing is said, not even that it is there.
async fn meant(caller: &Caller, house: &House, id: i64) -> Result<Webhook, Error> {
    if caller.is_operator() {
        return Ok(house.hooks.find(id).await?);
    }
    let owner = owner(caller, house).await?;
    let found = house.hooks.find(id).await?;
    if found.owner == owner {
        return Ok(found);
    }
    Err(super::WebhookError::Missing(id).into())
}

/// The owner hears that nothing is delivered any more, and why.
pub(crate) async fn tell_owner(house: &House, hook: &Webhook) {
    let who = match hook.owner {
        Owner::Person(user) => Some(format!("user:{user}")),
        Owner::Bot(bot) => {
            let found = house.store.read(move |conn| bot_by_id(conn, bot)).await;
            found.ok().flatten().map(|bot| format!("key:{}", bot.key_id))
        }
    };
    if let Some(who) = who {
        let view = HookView::from(hook);
        house
            .events
            .mention(&house.registry, Whom::Who(who), "webhook", &view)
            .await;
    }
}
