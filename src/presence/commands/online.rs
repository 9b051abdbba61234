//! `s.online(after?, limit?)`: the people who are online.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::seen;
use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::presence::Online;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// People in one answer, unless the caller wants fewer.
const LIST_MAX: usize = 200;
/// People whose visibility is asked at a time.
const LOOK_MAX: usize = 1_000;

/// Lists the people who are online, by number: for operators all of them, for others those whom they may see.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoIsOnline {
    /// Only those with a higher number: the `next` of the page before.
    after: Option<i64>,
    /// At most so many, 1 to 200.
    limit: Option<i64>,
}

/// A page of people.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    people: Vec<Person>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Person {
    user: String,
    user_id: i64,
    /// When they came.
    since: String,
    /// Open sessions, for operators; none while they may still come again.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<u32>,
}

impl Person {
    fn of(user: UserId, online: &Online, is_for_operator: bool) -> Self {
        Self {
            user: online.name.to_string(),
            user_id: user.0,
            since: online.since.to_string(),
            sessions: is_for_operator.then_some(online.sessions),
        }
    }
}

impl Command for WhoIsOnline {
    const NAME: &'static str = "s.online";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::User;
    type Reply = Page;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let limit = limit(self.limit)?;
        let mut after = UserId(self.after.unwrap_or_default());
        let mut people = Vec::new();
        loop {
            // The place of somebody who may not be seen is never told: a page ends with one who may, or with the list.
            let behind = house.presence.page(after, LOOK_MAX);
            let Some((last, _)) = behind.last() else {
                return Ok(Page { people, next: None });
            };
            after = *last;
            let asked = behind.iter().map(|(user, _)| *user).collect();
            let seen: HashSet<UserId> = seen(house, caller, asked).await?.into_iter().collect();
            for (user, online) in behind.iter().filter(|(user, _)| seen.contains(user)) {
                if people.len() >= limit {
                    let next = people.last().map(|last: &Person| last.user_id);
                    return Ok(Page { people, next });
                }
                people.push(Person::of(*user, online, caller.is_operator()));
            }
        }
    }
}

fn limit(wanted: Option<i64>) -> Result<usize, Error> {
    let Some(wanted) = wanted else { return Ok(LIST_MAX) };
    let limit = usize::try_from(wanted)
        .ok()
        .filter(|limit| (1..=LIST_MAX).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("got {wanted} for `limit`, wanted 1 to {LIST_MAX}");
        Error::new(ErrorCode::BadArguments, message)
    })
}
