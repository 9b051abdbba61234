//! `s.removeengineerdevice(address, engineer?)`: a device recognises nobody any more.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::rules::device_address;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Removes a device by which cars recognise you, or the engineer that an operator names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveEngineerDevice {
    /// Its address, such as 01:23:45:67:89:ab.
    address: String,
    /// User name of the engineer; yourself when left out.
    engineer: Option<String>,
}

impl Command for RemoveEngineerDevice {
    const NAME: &'static str = "s.removeengineerdevice";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let address = device_address(&self.address).map_err(super::bad)?;
        let engineer = super::named_engineer(caller, house, self.engineer).await?;
        let change = caller.change(house.clock.now());
        house
            .accounts
            .engineer_device_remove(engineer, &address, change)
            .await?;
        Ok(format!("cars no longer recognise {address}"))
    }
}
