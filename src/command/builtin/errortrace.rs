//! `s.errortrace(before?)`: the warnings and errors of the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::Level;

use super::loglines::{self, Line};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::log::Query;

/// Lists the warnings and errors that are still in memory, newest last, as many of the newest as fit into one
/// answer; `*No problems*` when there are none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorTrace {
    /// Only those with a lower number.
    before: Option<u64>,
}

/// The problems, or that there are none.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Problems {
    None(&'static str),
    Some(Vec<Line>),
}

impl Command for ErrorTrace {
    const NAME: &'static str = "s.errortrace";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    type Reply = Problems;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let query = Query {
            level: Some(Level::WARN),
            before: self.before,
            ..Query::default()
        };
        let (log, frame_bytes) = (house.log.clone(), loglines::frame_bytes(house));
        let found = house
            .aside
            .run(move || loglines::newest(&log.find(&query), usize::MAX, frame_bytes));
        let mut problems = found.await?;
        problems.reverse();
        Ok(if problems.is_empty() {
            Problems::None("*No problems*")
        } else {
            Problems::Some(problems)
        })
    }
}
