//! Messages to places: who is there at this moment, and of how many the sender hears.
//!
//! The number that a sender hears is the number of those whom they may see there anyway: it tells nothing of anybody else.

use super::keeping::sender;
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::message::store::{BUILDING, Found, RANGE_M, To};
use crate::place::rules::world::Audience;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Everybody in a building: the sender's own, or for managers any.
pub(super) async fn building(house: &House, caller: &Caller, id: &str) -> Result<To, Error> {
    let speaker = sender(house, caller)?;
    let building = house.places.building(id)?;
    let is_there = house.places.is_in(speaker, id);
    if !is_there && !caller.may(Permission::Manager) {
        let message = format!("you are not in the building {id:?}, and a message to another one is for managers");
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    let audience = house.places.hearers_in(speaker, id).await?;
    let seen = if is_there {
        audience.seen.len()
    } else {
        // Managers may look who is in a building; that they are told how many is kept like a look.
        crate::place::commands::audit_look(caller, house, format!("building:{id}")).await?;
        audience.people.len()
    };
    Ok(found(BUILDING, Some(building.id.to_string()), audience, seen))
}

/// Everybody within so many metres of the sender whom the sender may see.
pub(super) async fn range(house: &House, caller: &Caller, range_m: f64) -> Result<To, Error> {
    let speaker = sender(house, caller)?;
    let radius_m = crate::place::commands::range("range_m", range_m, house)?;
    if house.places.person(speaker)?.is_none_or(|person| person.fix.is_none()) {
        let message = "you never said where you are: call s.move first";
        return Err(Error::new(ErrorCode::NotNow, message));
    }
    let audience = house.places.hearers_around(speaker, radius_m).await?;
    let seen = audience.seen.len();
    Ok(found(RANGE_M, None, audience, seen))
}

fn found(target: &'static str, name: Option<String>, audience: Audience, seen: usize) -> To {
    To::Found(Found {
        target,
        name,
        people: audience.people.into_iter().collect(),
        seen,
    })
}
