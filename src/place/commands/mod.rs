//! Commands of places: where one is, who is near, who may see whom, the buildings.
//!
//! Each reads its arguments, asks the map, and names the reply. What anybody may see of others is decided there.

mod addbuilding;
mod buildings;
mod carshere;
mod carsnear;
mod moving;
mod peoplehere;
mod peoplein;
mod peoplenear;
mod removebuilding;
mod setrange;
mod setvisibility;
mod unwatchrange;
mod view;
mod visibility;
mod visible;
mod watchrange;
mod whereis;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use super::Position;
use super::rules::earth::Point;
use super::rules::index::Cursor;
use crate::booking::engine::CarsOut;
use crate::booking::{CarId, UserId};
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::Find;
use crate::registry::peer::Peer;
use crate::runtime::Service;
use crate::vicinity::Watches;
use crate::wire::ErrorCode;

/// People, cars or buildings in one answer; `after` gives the next page.
const PAGE: usize = 100;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<moving::Move>()
        .with::<whereis::WhereIs>()
        .with::<peoplehere::PeopleHere>()
        .with::<peoplenear::PeopleNear>()
        .with::<carshere::CarsHere>()
        .with::<carsnear::CarsNear>()
        .with::<watchrange::WatchRange>()
        .with::<unwatchrange::UnwatchRange>()
        .with::<setrange::SetRange>()
        .with::<visibility::Visibility>()
        .with::<setvisibility::SetVisibility>()
        .with::<buildings::Buildings>()
        .with::<addbuilding::AddBuilding>()
        .with::<removebuilding::RemoveBuilding>()
        .with::<peoplein::PeopleIn>()
}

fn bad(why: impl Display) -> Error {
    Error::new(ErrorCode::BadArguments, why.to_string())
}

fn position(latitude: f64, longitude: f64) -> Result<Position, Error> {
    Position::new(latitude, longitude).map_err(bad)
}

/// Where from, if it is said.
fn from(latitude: Option<f64>, longitude: Option<f64>) -> Result<Option<Point>, Error> {
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => Ok(Some(Point::of(position(latitude, longitude)?))),
        (None, None) => Ok(None),
        _ => Err(bad("`latitude` and `longitude` go together")),
    }
}

fn nowhere() -> Error {
    bad("you never said where you are: call s.move first, or give `latitude` and `longitude`")
}

/// A range in metres, within the bound of this house.
pub(crate) fn range(field: &str, metres: f64, house: &House) -> Result<f64, Error> {
    let most = f64::from(house.config.limits.range_m_max);
    if metres > 0.0 && metres <= most {
        return Ok(metres);
    }
    Err(bad(format!(
        "`{field}` is {metres}, wanted more than 0 and at most {most} metres"
    )))
}

/// Where a page ended, as a text that means nothing to anybody else.
fn shown(cursor: Cursor) -> String {
    format!("{:x}-{:x}", cursor.way, cursor.number)
}

fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Error> {
    let Some(text) = text else { return Ok(None) };
    let read = || {
        let (way, number) = text.split_once('-')?;
        Some(Cursor {
            way: u64::from_str_radix(way, 16).ok()?,
            number: usize::from_str_radix(number, 16).ok()?,
        })
    };
    read().map(Some).ok_or_else(|| not_a_page(text))
}

fn not_a_page(text: &str) -> Error {
    let got = crate::wire::names::shown(text);
    bad(format!("`after` is {got:?}, wanted the `next` of the page before"))
}

/// An operator looked at what only operators see: that is kept.
pub(crate) async fn audit_look(caller: &Caller, house: &House, on_what: String) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let noted = house
        .store
        .write(move |conn| change.record(conn, &on_what, "looked", None, None));
    Ok(noted.await?)
}

/// Which cars somebody may know of.
struct CarsFor {
    user: Option<UserId>,
    is_operator: bool,
    out: HashMap<CarId, UserId>,
}

impl CarsFor {
    async fn of(caller: &Caller, house: &House) -> Result<Self, Error> {
        let is_operator = caller.is_operator();
        let out = if is_operator {
            HashMap::new()
        } else {
            house.bookings.ask(CarsOut).await?
        };
        Ok(Self {
            user: caller.standing.user,
            is_operator,
            out,
        })
    }

    /// Where a car is that is out tells where its rider is.
    fn may_see(&self, car: CarId) -> bool {
        self.is_operator || self.out.get(&car).is_none_or(|rider| Some(*rider) == self.user)
    }
}

/// The connection to which events go.
async fn own_connection(caller: &Caller, house: &House) -> Result<(Arc<Standing>, Peer), Error> {
    let found = house.registry.ask(Find(caller.standing.client_id.to_string())).await?;
    let message = "events go to a connected client, and you are none";
    found.ok_or_else(|| Error::new(ErrorCode::Unavailable, message))
}

fn watches(house: &House) -> Result<&Service<Watches>, Error> {
    let message = "the server is starting, try again in a moment";
    house
        .watches
        .get()
        .ok_or_else(|| Error::new(ErrorCode::Unavailable, message))
}
