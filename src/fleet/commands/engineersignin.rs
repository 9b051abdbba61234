//! `s.engineersignin(code?, devices?, finish?, note?)`: an engineer at a car, by code or near-by device.
//!
//! Opens the car only for an open repair of this car that the engineer is charged with. Whatever is wrong,
//! the answer does not say who was recognised.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::RepairView;
use crate::account::{SignInError, User, UserId};
use crate::booking::CarId;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::command_state::CommandState;
use crate::fleet::operator::{Operate, Operated, Reply};
use crate::fleet::repairs::{Repair, RepairState, Step, engineer_may};
use crate::fleet::rules::device_address;
use crate::fleet::store::repair_open_of_car;
use crate::fleet::{CarCommand, Purpose};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// Most near-by devices that one call names.
const DEVICES_MAX: usize = 64;

/// Opens this car for an engineer who has a repair to do on it, or ends that repair. For the car's unit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EngineerSignIn {
    /// The engineer's sign-in code.
    code: Option<String>,
    /// Addresses of the devices near by, instead of a code.
    devices: Option<Vec<String>>,
    /// Ends the repair instead of opening the car; needs the code.
    finish: Option<bool>,
    /// What was done, when it ends.
    note: Option<String>,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum SignedIn {
    /// The car is open.
    Opened {
        /// The repair it was opened for.
        repair: i64,
        /// The number of the command.
        command: i64,
        /// Always `done`.
        state: CommandState,
        /// When the car acknowledged it.
        done_at: String,
    },
    /// The repair is over.
    Finished(RepairView),
}

impl Command for EngineerSignIn {
    const NAME: &'static str = "s.engineersignin";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Car;
    const CHANGES: bool = true;
    type Reply = SignedIn;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = caller
            .car()
            .ok_or_else(|| Error::new(ErrorCode::Forbidden, "s.engineersignin is for the unit of a car"))?;
        super::note(self.note.as_ref())?;
        let is_end = self.finish == Some(true);
        let found = match (&self.code, &self.devices) {
            (Some(code), None) => by_code(house, car, code).await?,
            (None, Some(devices)) if !is_end => by_devices(house, car, devices).await?,
            (None, Some(_)) => return Err(super::bad("to end a repair takes a `code`, not `devices`")),
            _ => return Err(super::bad("give one of `code` and `devices`")),
        };
        let (engineer, repair) = found.ok_or_else(nothing_to_do)?;
        if is_end {
            return finish(caller, house, engineer, &repair, self.note).await;
        }
        open(caller, house, car, engineer, repair).await
    }
}

/// Recognised or not, there is no reason to open the car: the answer is the same.
fn nothing_to_do() -> Error {
    Error::new(
        ErrorCode::Forbidden,
        "there is no repair of this car for whoever is here",
    )
}

async fn by_code(house: &House, car: CarId, code: &str) -> Result<Option<(UserId, Repair)>, Error> {
    recognised(house, car, house.accounts.engineer_by_code(code).await).await
}

/// Devices that are nobody's are what is mostly near by; they are passed over.
async fn by_devices(house: &House, car: CarId, devices: &[String]) -> Result<Option<(UserId, Repair)>, Error> {
    if devices.len() > DEVICES_MAX {
        return Err(super::bad(format!(
            "got {} devices, wanted at most {DEVICES_MAX}",
            devices.len()
        )));
    }
    for device in devices {
        let address = device_address(device).map_err(super::bad)?;
        let engineer = house.accounts.engineer_by_device(&address).await;
        if let Some(found) = recognised(house, car, engineer).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The repair of this car that a recognised person is charged with, if they still are an engineer.
async fn recognised(
    house: &House,
    car: CarId,
    engineer: Result<User, SignInError>,
) -> Result<Option<(UserId, Repair)>, Error> {
    let engineer = match engineer {
        Ok(engineer) => engineer.id,
        Err(SignInError::BadLogin) => return Ok(None),
        Err(err) => return Err(err.into()),
    };
    if !super::is_engineer(house, engineer).await? {
        return Ok(None);
    }
    let open = house.store.read(move |conn| repair_open_of_car(conn, car)).await?;
    Ok(engineer_may(car, engineer, &open).map(|repair| (engineer, repair.clone())))
}

/// The change is the engineer's, made at the car.
fn change_of(caller: &Caller, house: &House, engineer: UserId) -> Change {
    let change = caller.change(house.clock.now());
    Change {
        who: format!("user:{engineer}"),
        ..change
    }
}

async fn open(caller: &Caller, house: &House, car: CarId, engineer: UserId, repair: Repair) -> Result<SignedIn, Error> {
    let id = repair.id;
    let opened = move |operated: &Operated| SignedIn::Opened {
        repair: id,
        command: operated.command,
        state: operated.state,
        done_at: operated.done_at.to_string(),
    };
    let change = change_of(caller, house, engineer);
    let operate = Operate {
        car,
        name: CarCommand::Unlock,
        on: Purpose::Repair(id),
        until: None,
        change: change.clone(),
        reply: Reply::kept(move |answer| kept(answer.as_ref().map(opened).map_err(Error::from))),
    };
    let operated = house.operator.ask(operate).await??;
    if repair.state == RepairState::Assigned {
        // The car is open whatever the desk says; the engineer can still take the repair by command.
        let change = Change {
            request: None,
            ..change
        };
        let taken =
            crate::fleet::desk::step(&house.store, id, vec![Step::Take], Some(engineer), change, |_| None).await;
        if let Err(err) = super::told(house, taken).await {
            tracing::warn!(repair.id = id, %err, "a repair could not be taken after its car was opened");
        }
    }
    Ok(opened(&operated))
}

async fn finish(
    caller: &Caller,
    house: &House,
    engineer: UserId,
    repair: &Repair,
    note: Option<String>,
) -> Result<SignedIn, Error> {
    let mut steps = vec![Step::Finish(note)];
    if repair.state == RepairState::Assigned {
        steps.insert(0, Step::Take);
    }
    let change = change_of(caller, house, engineer);
    let finished =
        crate::fleet::desk::step(&house.store, repair.id, steps, Some(engineer), change, super::kept_view).await;
    super::told(house, finished).await.map(SignedIn::Finished)
}
