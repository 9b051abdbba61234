//! `s.canceljob(job...)`: gives up calls that run.

use schemars::JsonSchema;
use serde::Deserialize;

use super::jobs::is_of;
use super::others;
use crate::command::jobs::CancelError;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Gives up running calls by their numbers from s.jobs: yours, or as a manager anybody's. Their callers hear `unavailable` with your name. What changes something runs to its end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelJob {
    /// Numbers of calls.
    job: Vec<u64>,
}

impl Command for CancelJob {
    const NAME: &'static str = "s.canceljob";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let mut cancelled = Vec::new();
        for id in self.job {
            // Somebody else's call is as unknown as none.
            let job = house.jobs.find(id).filter(|job| is_of(caller, job));
            let job = job.ok_or_else(|| refusal(id, CancelError::Unknown))?;
            house
                .jobs
                .cancel(id, &caller.standing.name())
                .map_err(|err| refusal(id, err))?;
            cancelled.push(format!("Cancelled {} of '{}'", job.command, job.caller.name()));
            let detail = format!("call {id} of {}", job.command);
            others::record(house, caller, job.caller.who(), detail, "").await?;
        }
        Ok(cancelled.join("\n"))
    }
}

fn refusal(id: u64, err: CancelError) -> Error {
    let code = match err {
        CancelError::Unknown => ErrorCode::NotFound,
        CancelError::RunsToItsEnd => ErrorCode::NotNow,
    };
    Error::new(code, format!("{id}: {err}"))
}
