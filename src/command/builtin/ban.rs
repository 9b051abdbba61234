//! `s.ban(user?, name?, address?, reason?, minutes?)`: keeps an account, a name or an address out for a time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::banning::Subject;
use super::others::{self, Other};
use super::sanctioning;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Rename;
use crate::registry::names;
use crate::registry::permissions::Permission;
use crate::registry::sanctions::Sanction;
use crate::runtime::CloseReason;

/// How long a ban lasts where nothing is said, in minutes: a day.
const MINUTES_DEFAULT: i64 = 24 * 60;
/// How long it may last, in minutes: 366 days.
const MINUTES_MAX: i64 = 366 * 24 * 60;

/// Keeps one account, name or address out until an end. An account or address loses its connections now and is not let in; who bears a banned name is called something else, and a key of that name is not let in. Nobody bans themselves, admins are banned by admins only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ban {
    /// User name of an account.
    user: Option<String>,
    /// A name that clients bear.
    name: Option<String>,
    /// An address, IPv4 or IPv6, without a port.
    address: Option<String>,
    /// Why, as the banned are told; at most 120 characters.
    reason: Option<String>,
    /// For how long, 1 to 527040; left out, 1440.
    minutes: Option<i64>,
}

impl Command for Ban {
    const NAME: &'static str = "s.ban";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reason = others::reason(self.reason)?;
        let minutes = sanctioning::minutes(self.minutes, MINUTES_DEFAULT, MINUTES_MAX)?;
        let subject = Subject::of(house, self.user, self.name, self.address).await?;
        subject.may_touch(caller, house).await?;
        let until = sanctioning::until(house.clock.now(), minutes)?;
        let ban = Sanction {
            name: subject.shown(),
            by: caller.standing.name().to_string(),
            reason,
            until,
        };
        let reply = format!("Banned {} '{}' until {until}", subject.what(), ban.name);
        sanctioning::impose(house, caller, &house.bans, vec![(subject.key(), ban.clone())], &reply).await?;
        // Who came in meanwhile is met too; who comes from now on is refused at the door.
        for other in subject.clients(house).await? {
            let is_renamed = matches!(subject, Subject::Name(_)) && other.standing.key_id.is_none();
            if is_renamed {
                rename(house, &ban, &other).await?;
            } else {
                send_away(house, &ban, &other);
            }
        }
        Ok(reply)
    }
}

async fn rename(house: &House, ban: &Sanction, other: &Other) -> Result<(), Error> {
    let client_id = other.standing.client_id.clone();
    let wish = names::substitute(&client_id);
    let body = format!(
        "The name '{}' got banned by '{}' until {}{}; you are '{wish}'",
        ban.name,
        ban.by,
        ban.until,
        others::because(ban.reason.as_deref())
    );
    if house.registry.ask(Rename { client_id, wish }).await?.is_ok() {
        others::tell(house, &other.peer, body);
    } else {
        // No other name for it: it may not keep this one.
        send_away(house, ban, other);
    }
    Ok(())
}

fn send_away(house: &House, ban: &Sanction, other: &Other) {
    let because = others::because(ban.reason.as_deref());
    let body = format!("You got banned by '{}' until {}{because}", ban.by, ban.until);
    others::tell(house, &other.peer, body);
    other.peer.close(CloseReason::Kicked {
        by: ban.by.clone(),
        reason: ban.reason.clone(),
    });
}
