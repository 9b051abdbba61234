//! `s.sessionsof(user)`: the clients of a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{ClientListed, ListUser};
use crate::registry::permissions::Permission;

/// Sessions in one answer.
const LIST_MAX: usize = 100;

/// Lists the connected clients of a person, the oldest first, at most 100.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionsOf {
    /// User name.
    user: String,
}

/// One client of the person.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Session {
    client_id: String,
    name: String,
    kind: String,
    address: String,
    software: String,
    connected_at: String,
    /// Milliseconds its last answer to a ping took.
    #[serde(skip_serializing_if = "Option::is_none")]
    ping_ms: Option<u32>,
}

impl From<ClientListed> for Session {
    fn from(listed: ClientListed) -> Self {
        Self {
            client_id: listed.client_id.to_string(),
            name: listed.name.to_string(),
            kind: listed.kind.to_string(),
            address: listed.address,
            software: listed.software,
            connected_at: listed.connected_at.to_string(),
            ping_ms: listed.ping_ms,
        }
    }
}

impl Command for SessionsOf {
    const NAME: &'static str = "s.sessionsof";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Session>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        let mut clients = house.registry.ask(ListUser(user.id)).await?;
        clients.sort_by_key(|client| client.connected_at);
        Ok(clients.into_iter().take(LIST_MAX).map(Session::from).collect())
    }
}
