//! Rows of cars, commands to cars and repairs.
//!
//! One file a table, queries named noun first; each runs inside the caller's transaction and compiles
//! for both back-ends. What a row means is decided by the rules above; nothing here reads the time.

mod cars;
mod commands;
mod repairs;
#[cfg(test)]
mod tests;

pub use self::cars::{
    LIST_MAX, Parked, Upserted, car_by_id, car_by_name, car_insert, car_is_out, car_list, car_names, car_park,
    car_set_condition, car_update, car_upsert_by_name,
};
pub use self::commands::{
    CommandFilter, CommandRow, NewCommand, Settled, Settlement, command_insert, command_last_id, command_list,
    command_send, command_settle, command_settle_stale, command_unsettled, command_with_rider,
};
pub use self::repairs::{
    NewRepair, RepairFilter, repair_by_id, repair_insert, repair_list, repair_open_of_car, repair_update,
};

use crate::store::StoreError;

/// An update by id that met no row is a row that is missing.
fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Missing) } else { Ok(()) }
}
