//! `s.whoami()`: how the server sees the caller.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::{CarId, UserId};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ClientKind;

/// Tells your name, id, account and permissions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoAmI {}

/// The caller.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct You {
    client_id: Arc<str>,
    name: Arc<String>,
    kind: ClientKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    car_id: Option<CarId>,
    permissions: Permissions,
}

impl Command for WhoAmI {
    const NAME: &'static str = "s.whoami";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    type Reply = You;

    async fn run(self, caller: &Caller, _house: &House) -> Result<Self::Reply, Error> {
        let standing = &caller.standing;
        Ok(You {
            client_id: standing.client_id.clone(),
            name: standing.name(),
            kind: standing.kind,
            user: standing.username.clone(),
            user_id: standing.user,
            car_id: standing.car,
            permissions: standing.permissions(),
        })
    }
}
