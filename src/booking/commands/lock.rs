//! `s.lock(booking)`: closes the car of a booking, and says so only when the car did.

use schemars::JsonSchema;
use serde::Deserialize;

use super::open::{Acknowledged, by_booking};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarCommand;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Locks the car of your booking; the booking goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Number of the booking.
    booking: i64,
}

impl Command for Lock {
    const NAME: &'static str = "s.lock";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    const FADES: bool = true;
    type Reply = Acknowledged;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        by_booking(caller, house, self.booking, CarCommand::Lock).await
    }
}
