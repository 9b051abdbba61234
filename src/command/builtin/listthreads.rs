//! `s.listthreads()`: the threads of the server's process, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::threads;
use crate::wire::ErrorCode;

/// Counts the threads of the server and lists their names, sorted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListThreads {}

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Threads {
    count: usize,
    threads: Vec<Named>,
}

/// Those of one name.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Named {
    name: String,
    count: usize,
}

impl Command for ListThreads {
    const NAME: &'static str = "s.listthreads";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    type Reply = Threads;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let counted =
            house.aside.run(threads::counted).await?.map_err(|err| {
                Error::new(ErrorCode::Unavailable, "this system does not tell of its threads").cause(err)
            })?;
        Ok(Threads {
            count: counted.values().sum(),
            threads: counted.into_iter().map(|(name, count)| Named { name, count }).collect(),
        })
    }
}
