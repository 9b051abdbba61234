//! Commands of the logs, and of everything that is held of a person.

mod buildinglog;
mod eraseperson;
mod exportperson;

use jiff::Timestamp;

use crate::account::User;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::wire::ErrorCode;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<buildinglog::BuildingLog>()
        .with::<eraseperson::ErasePerson>()
        .with::<exportperson::ExportPerson>()
}

/// The person a call is about: the caller, or the one that an operator names and may manage.
async fn meant(caller: &Caller, house: &House, named: Option<String>) -> Result<User, Error> {
    let own = caller.standing.user;
    let Some(name) = named else {
        return Ok(house.accounts.user_by_id(caller.user()?).await?);
    };
    if !caller.is_operator() {
        if own.is_some() && name == caller.username() {
            return Ok(house.accounts.user_by_id(caller.user()?).await?);
        }
        return Err(Error::new(ErrorCode::Forbidden, "other people are for operators"));
    }
    Ok(house.accounts.user_by_name(&name).await?)
}

/// An instant of a filter.
fn instant(field: &str, text: Option<&String>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = format!("`{field}` is no RFC 3339 instant such as 2026-05-01T10:00:00Z");
        Error::new(ErrorCode::BadArguments, message)
    })
}

/// How many rows are wanted: as many as the consoles of bots show, unless said.
fn limit(wanted: Option<i64>) -> Result<i64, Error> {
    const LIMIT_DEFAULT: i64 = 10;
    const LIMIT_MAX: i64 = 100;
    let limit = wanted.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    let message = format!("`limit` is {limit}, wanted 1 to {LIMIT_MAX}");
    Err(Error::new(ErrorCode::BadArguments, message))
}
