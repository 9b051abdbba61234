//! `s.buildinglog(building, limit?, since?, until?, before?, bot?)`: what bots said in a building.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bot::BotMessage;
use crate::bot::store::{Wanted, bot_message_list};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists what bots said in a building, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BuildingLog {
    /// Id of the building.
    building: String,
    /// How many, 1 to 100; 10 when left out.
    limit: Option<i64>,
    /// Only from this instant on, RFC 3339.
    since: Option<String>,
    /// Only before this instant, RFC 3339.
    until: Option<String>,
    /// Only those with a smaller number: the next page.
    before: Option<i64>,
    /// Only what this bot said.
    bot: Option<String>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Said {
    message: i64,
    at: String,
    bot: String,
    building: String,
    body: String,
    /// The schedule that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<i64>,
    /// How many people it was passed on to.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<i64>,
}

impl From<BotMessage> for Said {
    fn from(said: BotMessage) -> Self {
        Self {
            message: said.id,
            at: said.at.to_string(),
            bot: said.bot,
            building: said.building,
            body: said.body,
            schedule: said.schedule,
            told: said.told,
        }
    }
}

impl Command for BuildingLog {
    const NAME: &'static str = "s.buildinglog";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Said>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let limit = super::limit(self.limit)?;
        let wanted = Wanted {
            since: super::instant("since", self.since.as_ref())?,
            until: super::instant("until", self.until.as_ref())?,
            building: Some(self.building),
            bot: self.bot,
            before: self.before,
        };
        let listed = house
            .store
            .read(move |conn| bot_message_list(conn, &wanted, limit))
            .await?;
        Ok(listed.into_iter().map(Said::from).collect())
    }
}
