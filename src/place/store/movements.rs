//! The table `movement`: who went from which building to which.

use diesel::prelude::*;

use crate::place::rules::person::Movement;
use crate::runtime::clock::micros;
use crate::store::schema::movement;
use crate::store::{AnyConn, StoreError};

/// Notes one movement.
pub(crate) fn movement_insert(conn: &mut AnyConn, new: &Movement) -> Result<(), StoreError> {
    diesel::insert_into(movement::table)
        .values((
            movement::user_id.eq(new.user.0),
            movement::from_building.eq(new.from.as_deref()),
            movement::to_building.eq(new.to.as_deref()),
            movement::at.eq(micros(new.at)),
        ))
        .execute(conn)?;
    Ok(())
}
