//! What an import reads from the store and the one transaction in which it writes.
//!
//! What stays the same is not written, so that a running server hears of changes only. The audit event
//! stands in the same transaction.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;

use crate::account::store::{NewUser, user_by_id, user_by_name, user_upsert};
use crate::config::Limits;
use crate::fleet::NewCar;
use crate::fleet::store::{car_by_id, car_by_name, car_upsert_by_name};
use crate::place::rules::building::Building;
use crate::place::store::{building_find, building_put};
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert};
use crate::store::schema::{car, role, users};
use crate::store::{AnyConn, StoreError};

/// What the store says before anything is written.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The names of the roles.
    pub(super) roles: Vec<String>,
    /// Plate and name of every car.
    pub(super) plates: Vec<(String, String)>,
}

/// Reads what the rows are checked against.
pub(super) fn stored(conn: &mut AnyConn) -> Result<Stored, StoreError> {
    Ok(Stored {
        roles: role::table.select(role::name).load(conn)?,
        plates: car::table.select((car::plate, car::name)).load(conn)?,
    })
}

/// The hashes of those among the named who have a password.
pub(super) fn password_hashes(conn: &mut AnyConn, names: &[String]) -> Result<HashMap<String, String>, StoreError> {
    let mut hashes = HashMap::new();
    for name in names {
        let found: Option<Option<String>> = users::table
            .filter(users::username.eq(name))
            .select(users::password_hash)
            .first(conn)
            .optional()?;
        hashes.extend(found.flatten().map(|phc| (name.clone(), phc)));
    }
    Ok(hashes)
}

/// What became of the rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    /// Rows that a later one overruled.
    pub(super) later_wins: usize,
}

impl Tally {
    fn count(&mut self, is_new: bool, is_changed: bool) {
        let counter = match (is_new, is_changed) {
            (true, _) => &mut self.added,
            (false, true) => &mut self.changed,
            (false, false) => &mut self.unchanged,
        };
        *counter = counter.saturating_add(1);
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) cars: Tally,
    pub(super) users: Tally,
    pub(super) buildings: Tally,
    /// Cars whose position stayed, because somebody has booked them.
    pub(super) positions_kept: Vec<String>,
}

/// Writes everything; for one transaction.
pub(super) fn write(
    conn: &mut AnyConn,
    cars: &[NewCar],
    users: &[NewUser],
    buildings: &[Building],
    change: &Change,
    files: &str,
) -> Result<Written, StoreError> {
    let at = change.at.as_microsecond();
    let mut written = Written::default();
    let known = free_plates(conn, cars)?;
    for (new, before) in cars.iter().zip(known) {
        let outcome = car_upsert_by_name(conn, new, at)?;
        let after = car_by_id(conn, outcome.car)?;
        let is_changed = before != after;
        written.cars.count(outcome.is_new, is_changed);
        let moved = before.is_some_and(|before| before.position != new.position || before.place != new.place);
        if outcome.position_kept && moved {
            written.positions_kept.push(new.name.clone());
        }
        if is_changed {
            outside_insert(conn, OutsideSubject::Car, outcome.car.0, at)?;
        }
    }
    for new in users {
        let before = user_by_name(conn, &new.username)?;
        let (id, is_new) = user_upsert(conn, new, at)?;
        let is_changed = new.password_hash.is_some() || before != user_by_id(conn, id)?;
        written.users.count(is_new, is_changed);
        if is_changed {
            outside_insert(conn, OutsideSubject::User, id.0, at)?;
        }
    }
    let most = Limits::default().buildings_max;
    for new in buildings {
        let before = building_find(conn, &new.id)?;
        let is_changed = before.as_ref() != Some(new);
        if is_changed {
            building_put(conn, new, most, at)?;
        }
        written.buildings.count(before.is_none(), is_changed);
    }
    if written.buildings.added > 0 || written.buildings.changed > 0 {
        outside_insert(conn, OutsideSubject::Building, 0, at)?;
    }
    let told = |tally: Tally| format!("{} added, {} changed", tally.added, tally.changed);
    let detail = format!(
        "{files}: cars {}; users {}; buildings {}",
        told(written.cars),
        told(written.users),
        told(written.buildings)
    );
    change.record(conn, "", "ok", Some(detail), None)?;
    Ok(written)
}

/// The stored cars of these names, after they gave up plates that change: two cars may change theirs for
/// each other's, and one is written before the other.
fn free_plates(conn: &mut AnyConn, cars: &[NewCar]) -> Result<Vec<Option<crate::fleet::Car>>, StoreError> {
    let mut known = Vec::with_capacity(cars.len());
    for new in cars {
        let before = car_by_name(conn, &new.name)?;
        if let Some(before) = before.as_ref().filter(|before| before.plate != new.plate) {
            // No real plate holds a control character.
            diesel::update(car::table.find(before.id.0))
                .set(car::plate.eq(format!("\u{1}{}", before.id)))
                .execute(conn)?;
        }
        known.push(before);
    }
    Ok(known)
}
