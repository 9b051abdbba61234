//! `s.audit(on_what?, who?, before?)`: who did what, when, on what, with what result.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::store::audit::{AuditFilter, AuditRow, audit_list};

/// Events in one answer; `before` gives the next page.
const LIST_MAX: i64 = 200;

/// Lists audit events, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Audit {
    /// Only on this: `booking:12`, `car:3`, `user:7`.
    on_what: Option<String>,
    /// Only by this: `user:7`, `car:3`, `key:2`.
    who: Option<String>,
    /// Only events older than this number.
    before: Option<i64>,
}

/// One event.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Event {
    id: i64,
    at: String,
    who: String,
    what: String,
    on_what: String,
    result: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl From<AuditRow> for Event {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: Timestamp::from_microsecond(row.at)
                .map(|at| at.to_string())
                .unwrap_or_default(),
            who: row.who,
            what: row.what,
            on_what: row.on_what,
            result: row.result,
            detail: row.detail,
        }
    }
}

impl Command for Audit {
    const NAME: &'static str = "s.audit";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Event>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let filter = AuditFilter {
            who: self.who,
            on_what: self.on_what,
            before_id: self.before,
        };
        let rows = house
            .store
            .read(move |conn| audit_list(conn, &filter, LIST_MAX))
            .await?;
        Ok(rows.into_iter().map(Event::from).collect())
    }
}
