//! `s.sessions(user?)`: where one is signed in.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::FindUser;
use crate::registry::permissions::Permission;

/// Lists your sessions, the latest used first; for operators those of somebody else.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sessions {
    /// Whose, for operators; left out, yours.
    user: Option<String>,
}

/// One session.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Listed {
    session: i64,
    /// The name it got at its beginning.
    name: String,
    /// What kind of client it is.
    kind: String,
    /// `password`, or `provider:` and its name.
    how: String,
    /// What the client said it runs.
    software: String,
    /// Where it was begun from.
    address: String,
    since: String,
    /// To within ten minutes.
    last_used: String,
    /// Unless it is used again.
    expires_at: String,
    /// Whether a socket of it is open.
    connected: bool,
    /// Whether it is the one that asks.
    this: bool,
}

impl Command for Sessions {
    const NAME: &'static str = "s.sessions";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<Listed>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = super::oneself_or(caller, house, self.user.as_deref()).await?;
        let connected = house.registry.ask(FindUser(user)).await?;
        let connected: HashSet<&str> = connected.iter().map(|(standing, _)| &*standing.client_id).collect();
        let listed = house.accounts.session_list(user).await?;
        let listed = listed.into_iter().map(|session| Listed {
            session: session.id,
            connected: connected.contains(session.client_id.as_str()),
            this: *caller.standing.client_id == *session.client_id,
            name: session.name,
            kind: session.kind,
            how: session.how,
            software: session.software,
            address: session.address,
            since: session.created_at.to_string(),
            last_used: session.used_at.to_string(),
            expires_at: session.expires_at.to_string(),
        });
        Ok(listed.collect())
    }
}
