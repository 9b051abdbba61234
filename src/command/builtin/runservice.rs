//! `s.runservice(name)`: one round of a repeating service, now.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::service::record::Ended;
use crate::wire::ErrorCode;

/// Has a repeating service do one round now, also while it is disabled, and answers what became of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunService {
    /// The service, as `s.services_info` names it.
    name: String,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Round {
    service: String,
    /// When it began.
    at: Timestamp,
    /// What it did; empty when there was nothing to do.
    did: String,
}

impl Command for RunService {
    const NAME: &'static str = "s.runservice";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = Round;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let at = house.clock.now();
        let ended = house.services.run(&self.name).await?;
        let outcome = match &ended {
            Ended::Ok(did) => Ok(Round {
                service: self.name.clone(),
                at,
                did: did.clone(),
            }),
            failed => Err(refusal(&self.name, failed)),
        };
        let change = caller.change(at);
        let (on_what, result, error) = (format!("service:{}", self.name), ended.as_str(), ended.error());
        let answer = outcome.as_ref().ok().and_then(|round| kept(Ok(round)));
        house
            .store
            .write(move |conn| change.record(conn, &on_what, result, error, answer.as_deref()))
            .await?;
        outcome
    }
}

fn refusal(name: &str, ended: &Ended) -> Error {
    let code = match ended {
        Ended::TimedOut(_) => ErrorCode::Timeout,
        _ => ErrorCode::Internal,
    };
    let why = ended.error().unwrap_or_default();
    Error::new(code, format!("the round of {name} failed: {why}"))
}
