//! `s.jobs()`: the calls that run at this moment.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::jobs::Job;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Calls in one answer, the oldest; there may be more.
const LIST_MAX: usize = 200;

/// Lists the calls that take time and have not ended: yours, or as a manager everybody's. s.canceljob gives one up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Jobs {}

/// One running call.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JobListed {
    job: u64,
    command: &'static str,
    client: Arc<String>,
    running_ms: u64,
    limit_ms: u64,
    cancellable: bool,
}

impl From<Job> for JobListed {
    fn from(job: Job) -> Self {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            job: job.id,
            command: job.command,
            client: job.caller.name(),
            running_ms: millis(job.since.elapsed()),
            limit_ms: millis(job.limit),
            cancellable: job.cancellable,
        }
    }
}

impl Command for Jobs {
    const NAME: &'static str = "s.jobs";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<JobListed>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let jobs = house.jobs.listed().into_iter();
        let seen = jobs.filter(|job| is_of(caller, job)).take(LIST_MAX);
        Ok(seen.map(JobListed::from).collect())
    }
}

/// Whether the caller may see a call and give it up: its own, and as a manager everybody's.
pub(super) fn is_of(caller: &Caller, job: &Job) -> bool {
    caller.may(Permission::Manager) || job.caller.client_id == caller.standing.client_id
}
