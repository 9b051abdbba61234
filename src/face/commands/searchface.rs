//! `s.searchface(picture, limit?)`: whose face a picture shows, among all who are enrolled.
//!
//! No role brings the permission for it. It is in the audit log before it is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{person, shown};
use crate::account::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::vault::Hit;
use crate::house::House;
use crate::registry::permissions::Permission;

/// People in an answer that names no number.
const LIMIT: usize = 5;
/// Most people in an answer.
const LIMIT_MAX: usize = 20;

/// Compares one picture with the faces of all people and names those who are nearest. Every search is in the audit log with whom it named.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchFace {
    /// Id of a picture, as the datasock `pictures` or `POST /pictures` gave it.
    picture: String,
    /// How many people: 1 to 20; 5 unless said.
    limit: Option<usize>,
}

/// Somebody who is near.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Found {
    user: String,
    user_id: UserId,
    disabled: bool,
    template: i64,
    distance: f32,
    /// Whether it is as near as an unlock wants.
    matches: bool,
}

impl Command for SearchFace {
    const NAME: &'static str = "s.searchface";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::FaceSearch;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = Vec<Found>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::are_enabled(house)?;
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(person::bad(format!("limit is {limit}, wanted 1 to {LIMIT_MAX}")));
        }
        let vault = house.faces.vault();
        vault.check(house.clock.now()).await?;
        let mut shown = shown::faces(caller, house, &[self.picture]).await?;
        let Some((_, wanted)) = shown.pop() else {
            return Ok(Vec::new());
        };
        let hits = vault.search(wanted.embedding, limit).await?;
        write(caller, house, &hits).await?;
        let mut found = Vec::with_capacity(hits.len());
        for hit in hits {
            let user = house.accounts.user_by_id(hit.user).await?;
            found.push(Found {
                user: user.username,
                user_id: user.id,
                disabled: user.disabled,
                template: hit.template,
                distance: hit.distance,
                matches: hit.distance <= house.config.face.threshold.as_f32(),
            });
        }
        Ok(found)
    }
}

/// Who searched, and whom the answer names.
async fn write(caller: &Caller, house: &House, hits: &[Hit]) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let named: Vec<String> = hits.iter().map(|hit| format!("user:{}", hit.user)).collect();
    let detail = format!(
        "named {}",
        if named.is_empty() {
            "nobody".to_owned()
        } else {
            named.join(", ")
        }
    );
    let written = house
        .store
        .write(move |conn| change.record(conn, "faces", "ok", Some(detail), None));
    Ok(written.await?)
}
