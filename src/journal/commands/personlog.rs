//! `s.personlog(user?, since?, until?, limit?, after?, texts?, kinds?...)`: what a person did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asked, Look, look};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::journal::lines::{Kind, PersonLine};
use crate::journal::timeline::of_person;
use crate::registry::permissions::Permission;

/// Lists a person's sign-ins and sign-outs, what was refused to somebody who used their name, movements from building to
/// building, and messages they sent, newest first: your own, or for operators those of somebody they may manage, which is
/// kept in the audit log. Of a message others see its length and for how many it was; its text is yours, and for admins
/// who say `texts`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonLog {
    /// User name; you, when left out.
    user: Option<String>,
    /// Only from this instant on, RFC 3339.
    since: Option<String>,
    /// Only before this instant, RFC 3339.
    until: Option<String>,
    /// How many, 1 to 100; 10 when left out. Fewer come when they are long.
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Whether the texts of messages are shown: yours unless you say `false`, those of others only to admins who say `true`.
    texts: Option<bool>,
    /// Only these: `sign_in`, `sign_out`, `sign_in_refused`, `movement`, `message`.
    kinds: Option<Vec<Kind>>,
}

/// A page of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PersonPage {
    user: String,
    user_id: i64,
    lines: Vec<PersonLine>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Command for PersonLog {
    const NAME: &'static str = "s.personlog";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = PersonPage;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let asked = Asked {
            since: self.since,
            until: self.until,
            after: self.after,
            kinds: self.kinds,
            known: &Kind::OF_PERSON,
        };
        let wanted = asked.wanted(house, super::limit(self.limit)?)?;
        let (user, person) = look::at_person(
            caller,
            house,
            Look {
                named: self.user,
                texts: self.texts,
            },
        )
        .await?;
        let (lines, next) = house.store.read(move |conn| of_person(conn, person, &wanted)).await?;
        Ok(PersonPage {
            user,
            user_id: person.user.0,
            lines,
            next: next.map(|next| next.to_string()),
        })
    }
}
