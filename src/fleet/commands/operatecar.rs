//! `s.operatecar(car, command, note)`: an operator locks, immobilises or finds a car, and says why.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::OperatedView;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::operator::{Operate, Reply};
use crate::fleet::{CarCommand, CarRef, Purpose};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Tells a car to lock, immobilise or honk, and waits until it has. Unlocking goes by a booking or a repair.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperateCar {
    /// The car, by name or id.
    car: CarRef,
    /// What it is to do: lock, immobilise or honk.
    command: CarCommand,
    /// Why; kept in the audit log.
    note: String,
}

impl Command for OperateCar {
    const NAME: &'static str = "s.operatecar";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    const FADES: bool = true;
    type Reply = OperatedView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::text("note", &self.note)?;
        if self.command == CarCommand::Unlock {
            let message = "a car is unlocked for a booking (s.unlock) or a repair (s.engineersignin)";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let car = super::find_car(house, self.car).await?;
        let change = caller.change(house.clock.now());
        let why = change.clone();
        // The reason is on disk before the car moves.
        house
            .store
            .write(move |conn| why.record(conn, &format!("car:{}", car.id), "asked", Some(self.note), None))
            .await?;
        let operate = Operate {
            car: car.id,
            name: self.command,
            on: Purpose::Operations,
            until: None,
            change,
            reply: Reply::kept(|answer| kept(answer.as_ref().map(OperatedView::from).map_err(Error::from))),
        };
        let operated = house.operator.ask(operate).await??;
        Ok(OperatedView::from(&operated))
    }
}
