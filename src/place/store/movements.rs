//! The table `movement`: who went from which building to which. Bounded by `places.movement_days`.

use diesel::prelude::*;
use jiff::Timestamp;

use crate::account::store::user_is_somebody;
use crate::booking::UserId;
use crate::place::rules::person::Movement;
use crate::runtime::clock::{from_micros, micros};
use crate::store::schema::{movement, person_position, users};
use crate::store::stretch::{Stretch, within};
use crate::store::{AnyConn, StoreError};

/// Which movements are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// Of one person.
    Of(UserId),
    /// Into the building of that id.
    Into(String),
    /// Out of the building of that id.
    OutOf(String),
}

/// A movement that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Rises with every movement.
    pub(crate) id: i64,
    /// Who.
    pub(crate) user: UserId,
    /// Their name now.
    pub(crate) name: String,
    /// The building they left; `None`: they were in none.
    pub(crate) from: Option<String>,
    /// The building they are in now; `None`: they are in none.
    pub(crate) to: Option<String>,
    /// When it was known.
    pub(crate) at: Timestamp,
}

/// Notes one movement; of somebody who was erased meanwhile, none.
pub(crate) fn movement_insert(conn: &mut AnyConn, new: &Movement) -> Result<(), StoreError> {
    if !user_is_somebody(conn, new.user)? {
        return Ok(());
    }
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

/// Those within a stretch, newest first, at most `limit`.
pub(crate) fn movement_list(
    conn: &mut AnyConn,
    which: &Which,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<Moved>, StoreError> {
    type Row = (i64, i64, String, Option<String>, Option<String>, i64);
    let mut query = movement::table
        .inner_join(users::table)
        .filter(within!(movement::at, movement::id, stretch))
        .order((movement::at.desc(), movement::id.desc()))
        .limit(limit)
        .select((
            movement::id,
            movement::user_id,
            users::username,
            movement::from_building,
            movement::to_building,
            movement::at,
        ))
        .into_boxed();
    query = match which {
        Which::Of(user) => query.filter(movement::user_id.eq(user.0)),
        Which::Into(building) => query.filter(movement::to_building.eq(building)),
        Which::OutOf(building) => query.filter(movement::from_building.eq(building)),
    };
    let rows: Vec<Row> = query.load(conn)?;
    let moved = |(id, user, name, from, to, at)| Moved {
        id,
        user: UserId(user),
        name,
        from,
        to,
        at: from_micros(at),
    };
    Ok(rows.into_iter().map(moved).collect())
}

/// The building somebody was in at an instant, as far as it is known: what they went into last, or else what they left
/// next, or else, where they never moved, where they said they are.
pub(crate) fn building_of_at(conn: &mut AnyConn, user: UserId, at: i64) -> Result<Option<String>, StoreError> {
    let of_user = movement::table.filter(movement::user_id.eq(user.0));
    let last: Option<Option<String>> = of_user
        .filter(movement::at.le(at))
        .order((movement::at.desc(), movement::id.desc()))
        .select(movement::to_building)
        .first(conn)
        .optional()?;
    if let Some(building) = last {
        return Ok(building);
    }
    let next: Option<Option<String>> = of_user
        .filter(movement::at.gt(at))
        .order((movement::at.asc(), movement::id.asc()))
        .select(movement::from_building)
        .first(conn)
        .optional()?;
    if let Some(building) = next {
        return Ok(building);
    }
    let said: Option<Option<String>> = person_position::table
        .find(user.0)
        .select(person_position::building_id)
        .first(conn)
        .optional()?;
    Ok(said.flatten())
}

/// Deletes at most `limit` of the oldest from before `before` (microseconds); says how many.
pub(crate) fn movement_prune(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    // Ids rise with time, so the oldest are looked at by id.
    let oldest: Vec<(i64, i64)> = movement::table
        .order(movement::id)
        .limit(limit)
        .select((movement::id, movement::at))
        .load(conn)?;
    let ended = oldest.into_iter().filter(|(_, at)| *at < before).map(|(id, _)| id);
    let ended: Vec<i64> = ended.collect();
    if ended.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(movement::table.filter(movement::id.eq_any(ended))).execute(conn)?)
}
