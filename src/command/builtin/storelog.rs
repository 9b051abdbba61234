//! `s.storelog(filename?)`: what was said and what will be, in a file of its own.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::log::Stored;
use crate::runtime::log::names::file_name;
use crate::runtime::targets;

/// The folder of such files, in the data folder.
const FOLDER: &str = "logs";

/// Stores every event still in memory, and every one to come, in a file in the folder `logs` of the data folder. The
/// file ends at `log.stored_bytes_max`; after a restart of the server storing is off.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreLog {
    /// Its name, `.txt` put behind it if need be; `Serverlog_<port>.txt` unless given. Another file is switched to.
    filename: Option<String>,
}

impl Command for StoreLog {
    const NAME: &'static str = "s.storelog";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let given = self
            .filename
            .unwrap_or_else(|| format!("Serverlog_{}", house.serversock.port()));
        let name = file_name(&given).map_err(crate::runtime::log::StoreLogError::from)?;
        let (log, stored_in) = (house.log.clone(), name.clone());
        let folder: PathBuf = house.config.server.data.join(FOLDER);
        let bytes_max = house.config.log.stored_bytes_max;
        let begun = house.aside.run(move || log.store(&folder, &stored_in, bytes_max));
        let reply = match begun.await?? {
            Stored::Already => return Ok(format!("Events already get stored in '{name}'")),
            Stored::Begun => format!("Events get stored in '{name}'"),
        };
        if let Err(err) = others::record(house, caller, "server".to_owned(), name.clone(), &reply).await {
            // No change stands without its record.
            house.log.store_no_more(&name);
            return Err(err);
        }
        tracing::info!(
            target: targets::STATUS,
            { log.file = name, by = caller.standing.who() },
            "events get stored"
        );
        Ok(reply)
    }
}
