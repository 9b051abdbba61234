//! `s.subscriptions(all?)`: who hears of what.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::Service;
use crate::subscription::actor;
use crate::subscription::{ListOf, Listed};
use crate::wire::ErrorCode;

/// Lists your subscriptions; for managers also those of everybody, by client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscriptions {
    /// Those of everybody; needs `manager`.
    all: Option<bool>,
}

impl Command for Subscriptions {
    const NAME: &'static str = "s.subscriptions";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<Listed>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let is_all = self.all.unwrap_or_default();
        if is_all && !caller.may(Permission::Manager) {
            let message = "the subscriptions of everybody need the permission `manager`; without `all` you see yours";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let of = (!is_all).then(|| caller.standing.client_id.clone());
        Ok(service(house)?.ask(ListOf(of)).await?)
    }
}

/// The subscriptions of this house.
pub(super) fn service(house: &House) -> Result<&Service<actor::Subscriptions>, Error> {
    let service = house.subscriptions.get();
    service.ok_or_else(|| Error::new(ErrorCode::Unavailable, "the server is still starting"))
}
