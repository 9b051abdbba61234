//! `s.trustunit(car)`: lets the unit of a car recognise faces by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trust;
use crate::booking::engine::FindCar;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;

/// What trusting means; said with every reply.
const NOTICE: &str = "nothing here sees the face or whether it lives: whoever has this unit's key can try embeddings. \
                      The PIN is always asked for";

/// Lets the unit of a car send ready embeddings of faces instead of frames. Nothing checks there that the face is alive; the PIN is always asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustUnit {
    /// Name or id of the car.
    car: CarRef,
}

/// Whether a unit is trusted, and what that means.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct UnitTrust {
    /// The car.
    pub(super) car: String,
    /// Whether its unit may send embeddings.
    pub(super) trusted: bool,
    /// Whether this call changed that.
    pub(super) changed: bool,
    /// What is not checked for such a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notice: Option<&'static str>,
}

impl Command for TrustUnit {
    const NAME: &'static str = "s.trustunit";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = UnitTrust;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        set(caller, house, self.car, true).await
    }
}

/// Trusts the unit of a car, or trusts it no more.
pub(super) async fn set(caller: &Caller, house: &House, car: CarRef, trusted: bool) -> Result<UnitTrust, Error> {
    let car = house.bookings.ask(FindCar(car)).await??;
    let (id, name) = (car.id, car.name);
    let reply = move |changed: bool| UnitTrust {
        car: name.clone(),
        trusted,
        changed,
        notice: trusted.then_some(NOTICE),
    };
    let keeping = reply.clone();
    let answer = move |changed| kept(Ok(keeping(changed)));
    let changed = trust::put(house, id, trusted, caller.change(house.clock.now()), answer).await?;
    Ok(reply(changed))
}
