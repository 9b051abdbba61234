//! `s.unlock(booking)`: opens the car of a booking, and says so only when the car did.

use schemars::JsonSchema;
use serde::Deserialize;

use super::open::{Acknowledged, by_booking};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarCommand;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Unlocks the car of your booking, from shortly before its start until shortly after its end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unlock {
    /// Number of the booking.
    booking: i64,
}

impl Command for Unlock {
    const NAME: &'static str = "s.unlock";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    const FADES: bool = true;
    type Reply = Acknowledged;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        by_booking(caller, house, self.booking, CarCommand::Unlock).await
    }
}
