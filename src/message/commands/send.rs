//! `s.send(body, users, ..)`: a message that is kept until each of its people has it.
//!
//! Decides that it has one kind of target; who that is, is looked up beside.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Posted;
use super::keeping::{self, Wanted, counted, keep};
use super::places;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::{BUILDING, RANGE_M, To};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Sends a message to people; it is kept until every session of each has acknowledged it, whether they are there or not. Give one of users, room, building, range_m and everybody; users of a room are whispered to.
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
    /// To everybody whose building this is, connected or not; your own building, for managers any. You hear of how many you may see.
    building: Option<String>,
    /// To everybody within so many metres of you whom you may see there, connected or not.
    range_m: Option<f64>,
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
        let target = self.target()?;
        counted(target, async {
            let wanted = Wanted {
                to: self.to(caller, house).await?,
                body: self.body,
                expires_in_s: self.expires_in_s,
            };
            keep(house, caller, wanted)?.sent().await
        })
        .await
    }
}

impl Send {
    /// The one kind of target that is given.
    fn target(&self) -> Result<&'static str, Error> {
        let has_users = !self.users.is_empty();
        let given = [
            ("everybody", self.everybody == Some(true)),
            (BUILDING, self.building.is_some()),
            (RANGE_M, self.range_m.is_some()),
            ("room", self.room.is_some() && !has_users),
            ("whisper", self.room.is_some() && has_users),
            ("user", self.room.is_none() && has_users),
        ];
        let mut kinds = given
            .into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(kind, _)| kind);
        match (kinds.next(), kinds.next()) {
            (Some(kind), None) => Ok(kind),
            // Nobody is named: the refusal of people says how many may be.
            (None, _) => Ok("user"),
            (Some(_), Some(_)) => {
                let message = "got more than one target, wanted one of users, room, building, range_m and everybody";
                Err(Error::new(ErrorCode::BadArguments, message))
            }
        }
    }

    /// Whom it is for.
    async fn to(&self, caller: &Caller, house: &House) -> Result<To, Error> {
        if let Some(id) = &self.building {
            return places::building(house, caller, id).await;
        }
        if let Some(range_m) = self.range_m {
            return places::range(house, caller, range_m).await;
        }
        if let Some(room) = &self.room {
            return keeping::room(room.clone(), self.users.clone());
        }
        if self.everybody != Some(true) {
            return keeping::people(self.users.clone());
        }
        if !caller.may(Permission::Manager) {
            let message = format!("a message to everybody needs the permission `{}`", Permission::Manager);
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        Ok(To::Everybody)
    }
}
