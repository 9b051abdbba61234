//! `s.exportperson(user?, after?)`: everything that is held of a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::commands::may_manage;
use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::journal::holdings::HOLDINGS;
use crate::journal::personal::{Place, Shown, shown};
use crate::registry::permissions::Permission;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// Shows everything that is held of a person, in pages: their own, or somebody's for operators. What a face is kept as is
/// shown by `s.exportface`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportPerson {
    /// User name; the caller when left out.
    user: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// One page of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    user: String,
    user_id: i64,
    tables: Vec<Table>,
    /// Where the next page begins; nothing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Rows of one table.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Table {
    table: &'static str,
    /// The column by which these rows are the person's.
    by: &'static str,
    columns: Vec<&'static str>,
    /// Instants are microseconds since 1970.
    rows: Vec<Vec<Option<String>>>,
}

impl From<Shown> for Table {
    fn from(shown: Shown) -> Self {
        Self {
            table: shown.holding.table,
            by: shown.holding.by.column(),
            columns: shown.holding.shown.to_vec(),
            rows: shown.rows,
        }
    }
}

impl Command for ExportPerson {
    const NAME: &'static str = "s.exportperson";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = Page;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let person = super::meant(caller, house, self.user).await?;
        let from = place(self.after.as_deref())?;
        let UserId(user_id) = person.id;
        let user = person.username.clone();
        if caller.standing.user != Some(person.id) {
            may_manage(caller, &house.accounts.standing_of(person.id).await?)?;
            let change: Change = caller.change(house.clock.now());
            let on_what = format!("user:{user_id}");
            let noted = house
                .store
                .write(move |conn| change.record(conn, &on_what, "ok", None, None));
            noted.await?;
        }
        let (page, next) = house.store.read(move |conn| shown(conn, &person, from)).await?;
        Ok(Page {
            user,
            user_id,
            tables: page.into_iter().map(Table::from).collect(),
            next: next.map(|next| format!("{}:{}", next.holding, next.row)),
        })
    }
}

fn place(text: Option<&str>) -> Result<Place, Error> {
    let Some(text) = text else {
        return Ok(Place::default());
    };
    let read = || {
        let (holding, row) = text.split_once(':')?;
        let (holding, row) = (holding.parse().ok()?, row.parse().ok()?);
        (holding < HOLDINGS.len() && row >= 0).then_some(Place { holding, row })
    };
    read().ok_or_else(|| Error::new(ErrorCode::BadArguments, "`after` is no `next` of a page before"))
}
