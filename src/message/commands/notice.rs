//! `s.notice(body, building?, minutes?)`: an emergency notice.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command, dispatch};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{NoticeView, NoticeWanted};
use crate::registry::actor::Offered;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// How long a notice lasts where nothing is said, in minutes.
const MINUTES_DEFAULT: i64 = 60;
/// How long it may last, in minutes: 7 days.
const MINUTES_MAX: i64 = 7 * 24 * 60;
/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

/// Gives an emergency notice to everybody, or to those in a building: to who is there now before anything else, and to who comes while it lasts. It comes again until it is acknowledged, and knows neither blocks nor mutes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Notice {
    /// What is told; 1 to 2048 bytes of text.
    body: String,
    /// Only to those in this building.
    building: Option<String>,
    /// For how long it is told to those who come, 1 to 10080; left out, 60.
    minutes: Option<i64>,
}

impl Command for Notice {
    const NAME: &'static str = "s.notice";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = NoticeView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let minutes = self.minutes.unwrap_or(MINUTES_DEFAULT);
        if !(1..=MINUTES_MAX).contains(&minutes) {
            let message = format!("minutes is {minutes}, wanted 1 to {MINUTES_MAX}");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let wanted = NoticeWanted {
            body: self.body,
            by: match caller.username() {
                unnamed if unnamed.is_empty() => caller.standing.name().to_string(),
                username => username,
            },
            building: super::keeping::building_id(house, self.building)?,
            lasts: minutes * MINUTE,
        };
        let change = caller.change(house.clock.now());
        let keep = |view: &NoticeView| dispatch::kept(Ok(view));
        let notice = house.mail.give_notice(wanted, change, keep).await?;
        // Whoever comes from here on hears it at the door; who is there hears it now.
        for (standing, peer, _) in house.registry.ask(Offered).await? {
            house.mail.tell_notice(&standing, &peer, &notice);
        }
        Ok(NoticeView::from(&*notice))
    }
}
