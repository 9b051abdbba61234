//! `s.unlockwith(username, password)`: a rider at the car opens it by password.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open;
use crate::account::Source;
use crate::booking::engine::AuthoriseAt;
use crate::booking::{BookingId, UserId};
use crate::command::{Caller, Category, Command};
use crate::command::dispatch::kept_reply;
use crate::error::Error;
use crate::fleet::CarCommand;
use crate::fleet::operator::Operated;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Opens this car for a person who holds a live booking of it. For the car's unit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlockWith {
    /// The person's user name.
    username: String,
    /// Their password.
    password: String,
}

/// Who opened it, and what the car acknowledged.
#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    user: String,
    user_id: UserId,
    booking: BookingId,
    command: i64,
    state: &'static str,
}

impl Command for UnlockWith {
    const NAME: &'static str = "s.unlockwith";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Car;
    const CHANGES: bool = true;
    type Reply = Opened;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = caller
            .car()
            .ok_or_else(|| Error::new(ErrorCode::Forbidden, "s.unlockwith is for the unit of a car"))?;
        let source = Source::Car(car.0);
        let user = house.accounts.by_password(&self.username, &self.password, &source).await?;
        let right = house.bookings.ask(AuthoriseAt { car, user: user.id }).await??;
        let right = right.ok_or_else(|| Error::new(ErrorCode::Forbidden, "you have no booking of this car now"))?;
        let (name, id, booking) = (user.username, user.id, right.booking);
        let opened = move |operated: &Operated| Opened {
            user: name.clone(),
            user_id: id,
            booking,
            command: operated.command,
            state: operated.state.as_str(),
        };
        let kept = opened.clone();
        let keep = move |operated: &Operated| kept_reply(&kept(operated)).ok();
        let operated = open::operate(caller, house, &right, CarCommand::Unlock, keep).await?;
        Ok(opened(&operated))
    }
}
