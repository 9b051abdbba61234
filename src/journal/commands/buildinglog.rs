//! `s.buildinglog(building, since?, until?, limit?, after?, bot?, kinds?...)`: what happened in a building.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asked, look};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::journal::lines::{BuildingLine, Kind};
use crate::journal::timeline::of_building;
use crate::registry::permissions::Permission;

/// Lists what bots said in a building and who came and left, newest first, whatever people chose of who sees them. That
/// you looked who came and left is kept in the audit log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BuildingLog {
    /// Id of the building; one that is no more has a log still.
    building: String,
    /// Only from this instant on, RFC 3339.
    since: Option<String>,
    /// Only before this instant, RFC 3339.
    until: Option<String>,
    /// How many, 1 to 100; 10 when left out. Fewer come when they are long.
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Only what this bot said.
    bot: Option<String>,
    /// Only these: `message`, `entry`, `exit`.
    kinds: Option<Vec<Kind>>,
}

/// A page of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BuildingPage {
    building: String,
    lines: Vec<BuildingLine>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Command for BuildingLog {
    const NAME: &'static str = "s.buildinglog";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    type Reply = BuildingPage;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let asked = Asked {
            since: self.since,
            until: self.until,
            after: self.after,
            // Only bots are bots.
            kinds: self.kinds.or_else(|| self.bot.as_ref().map(|_| vec![Kind::Message])),
            known: &Kind::OF_BUILDING,
        };
        let wanted = asked.wanted(house, super::limit(self.limit)?)?;
        look::at_building(caller, house, &self.building, &wanted.kinds).await?;
        let (building, bot) = (self.building.clone(), self.bot);
        let read = house
            .store
            .read(move |conn| of_building(conn, &building, bot.as_deref(), &wanted));
        let (lines, next) = read.await?;
        Ok(BuildingPage {
            building: self.building,
            lines,
            next: next.map(|next| next.to_string()),
        })
    }
}
