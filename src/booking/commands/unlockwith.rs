//! `s.unlockwith(username, password?, pin?)`: a rider at the car opens it by password or PIN.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open;
use crate::account::{Source, User};
use crate::booking::engine::AuthoriseAt;
use crate::booking::{BookingId, CarId, UserId};
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarCommand;
use crate::fleet::operator::{Answer, Operated, Reply};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Opens this car for a person who holds a live booking of it. For the car's unit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlockWith {
    /// The person's user name.
    username: String,
    /// Their password; or the PIN instead, and exactly one of the two.
    password: Option<String>,
    /// Their PIN.
    pin: Option<String>,
}

/// Who opened it, and what the car acknowledged.
#[derive(Debug, Serialize, JsonSchema)]
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
    const FADES: bool = true;
    type Reply = Opened;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = caller
            .car()
            .ok_or_else(|| Error::new(ErrorCode::Forbidden, "s.unlockwith is for the unit of a car"))?;
        let source = source(house, car, &self.username).await;
        let (accounts, name) = (&house.accounts, &self.username);
        let user = match (&self.password, &self.pin) {
            (Some(password), None) => accounts.by_password(name, password, &source).await?,
            (None, Some(pin)) => accounts.by_pin(name, pin, &source).await?,
            (Some(_), Some(_)) => return Err(not_one("both")),
            (None, None) => return Err(not_one("neither")),
        };
        for_person(caller, house, car, user).await
    }
}

fn not_one(got: &str) -> Error {
    Error::new(
        ErrorCode::BadArguments,
        format!("wanted `password` or `pin`, got {got}"),
    )
}

/// Opens a car for a person who has proved who they are. The right is looked up now, whatever was known before.
pub(crate) async fn for_person(caller: &Caller, house: &House, car: CarId, user: User) -> Result<Opened, Error> {
    let right = house.bookings.ask(AuthoriseAt { car, user: user.id }).await??;
    let right = right.ok_or_else(|| Error::new(ErrorCode::Forbidden, "you have no booking of this car now"))?;
    let opened = move |operated: &Operated| Opened {
        user: user.username.clone(),
        user_id: user.id,
        booking: right.booking,
        command: operated.command,
        state: operated.state.as_str(),
    };
    let keeping = opened.clone();
    let reply = Reply::kept(move |answer: &Answer| kept(answer.as_ref().map(&keeping).map_err(Error::from)));
    let operated = open::operate(caller, house, &right, CarCommand::Unlock, reply).await?;
    Ok(opened(&operated))
}

/// Guesses at the car that somebody has booked are counted apart, so that nobody elsewhere locks them out of it.
async fn source(house: &House, car: CarId, username: &str) -> Source {
    let Ok(user) = house.accounts.user_by_name(username).await else {
        return Source::Car(car.0);
    };
    match house.bookings.ask(AuthoriseAt { car, user: user.id }).await {
        Ok(Ok(Some(_))) => Source::BookedCar(car.0),
        _ => Source::Car(car.0),
    }
}
