//! `s.send(body, users, ..)`: a message that is kept until each of its people has it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Posted;
use super::keeping::{self, Wanted, counted, keep};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::To;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Sends a message to people; it is kept until every session of each has acknowledged it, whether they are there or not. Give one of users, room and everybody; users of a room are whispered to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    /// What is said; 1 to 8192 bytes of text.
    body: String,
    /// To everybody with an account; for managers.
    everybody: Option<bool>,
    /// Seconds after which it is let go; as long as all messages unless said.
    expires_in_s: Option<u64>,
    /// To everybody in this room that you are in, or to those named of them.
    room: Option<String>,
    /// To these people, by user name, 1 to 64. With a name that nobody has nothing is sent.
    #[serde(default)]
    users: Vec<String>,
}

impl Command for Send {
    const NAME: &'static str = "s.send";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Posted;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let to = self.to(caller)?;
        let target = to.target();
        let wanted = Wanted {
            to,
            body: self.body,
            expires_in_s: self.expires_in_s,
        };
        counted(target, async { keep(house, caller, wanted)?.sent().await }).await
    }
}

impl Send {
    /// Whom it is for: one kind of target.
    fn to(&self, caller: &Caller) -> Result<To, Error> {
        let is_for_everybody = self.everybody == Some(true);
        if is_for_everybody && (!self.users.is_empty() || self.room.is_some()) {
            let message = "got everybody and others, wanted one of users, room and everybody";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        if let Some(room) = &self.room {
            return keeping::room(room.clone(), self.users.clone());
        }
        if !is_for_everybody {
            return keeping::people(self.users.clone());
        }
        if !caller.may(Permission::Manager) {
            let message = format!("a message to everybody needs the permission `{}`", Permission::Manager);
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        Ok(To::Everybody)
    }
}
