//! `s.endsession(session)`, `s.endsessions(user?)` and `s.signout()`: signing out, here and elsewhere.
//!
//! Each holds from its answer on: the token opens nothing, rights are gone, sockets are closed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{hang_up, hang_up_after_answer, oneself_or};
use crate::account::UserId;
use crate::account::sessions::{End, EndedBy};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

fn end(caller: &Caller, house: &House, user: UserId, by: EndedBy) -> End {
    End {
        user,
        by,
        address: caller.source.to_string(),
        at: house.clock.now().as_microsecond(),
    }
}

/// Ends one of your sessions, wherever it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndSession {
    /// Its number, as `s.sessions` lists it.
    session: i64,
}

impl Command for EndSession {
    const NAME: &'static str = "s.endsession";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let end = end(caller, house, user, EndedBy::Elsewhere);
        let change = caller.change(house.clock.now());
        let ended = house.accounts.session_end(self.session, end, change).await?;
        hang_up_after_answer(house, ended, caller).await?;
        Ok(format!("Session {} is ended", self.session))
    }
}

/// Ends all your sessions but this one; for operators all those of somebody else.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndSessions {
    /// Whose, for operators; left out, yours.
    user: Option<String>,
}

impl Command for EndSessions {
    const NAME: &'static str = "s.endsessions";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = oneself_or(caller, house, self.user.as_deref()).await?;
        let is_own = caller.standing.user == Some(user);
        let by = if is_own { EndedBy::Elsewhere } else { EndedBy::Operator };
        let kept = is_own.then(|| caller.standing.client_id.to_string());
        let change = caller.change(house.clock.now());
        let ended = house
            .accounts
            .session_end_others(kept, end(caller, house, user, by), change)
            .await?;
        let count = ended.len();
        hang_up(house, ended).await?;
        Ok(format!("{count} session(s) ended"))
    }
}

/// Signs you out here: this session is ended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignOut {}

impl Command for SignOut {
    const NAME: &'static str = "s.signout";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = &'static str;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let client_id = caller.standing.client_id.to_string();
        let end = end(caller, house, user, EndedBy::Itself);
        let change = caller.change(house.clock.now());
        let ended = house.accounts.session_end_of(client_id, end, change).await?;
        hang_up_after_answer(house, ended, caller).await?;
        Ok("You are signed out")
    }
}
