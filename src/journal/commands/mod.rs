//! Commands of the logs, and of everything that is held of a person.

mod buildinglog;
mod eraseperson;
mod exportlog;
mod exportperson;
mod look;
mod personlog;

use std::fmt::Display;

use jiff::Timestamp;

use super::cursor::Cursor;
use super::lines::{Kind, kinds};
use super::timeline::Wanted;
use crate::account::User;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::wire::ErrorCode;

use look::Look;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<buildinglog::BuildingLog>()
        .with::<eraseperson::ErasePerson>()
        .with::<exportlog::ExportLog>()
        .with::<exportperson::ExportPerson>()
        .with::<personlog::PersonLog>()
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

/// Which part of a log a call asks for.
struct Asked {
    since: Option<String>,
    until: Option<String>,
    after: Option<String>,
    kinds: Option<Vec<Kind>>,
    /// The kinds that this log has.
    known: &'static [Kind],
}

impl Asked {
    fn wanted(self, house: &House, lines_max: usize) -> Result<Wanted, Error> {
        let bad = |why: &dyn Display| Error::new(ErrorCode::BadArguments, why.to_string());
        let after = self.after.map(|after| after.parse::<Cursor>()).transpose();
        Ok(Wanted {
            since: instant("since", self.since.as_ref())?,
            until: instant("until", self.until.as_ref())?,
            after: after.map_err(|err| bad(&err))?,
            kinds: kinds(self.kinds, self.known).map_err(|err| bad(&err))?,
            lines_max,
            bytes_max: Wanted::bytes_max(house.config.limits.frame_bytes),
        })
    }
}

/// An instant of a filter, in microseconds.
fn instant(field: &str, text: Option<&String>) -> Result<Option<i64>, Error> {
    let Some(text) = text else { return Ok(None) };
    text.parse::<Timestamp>()
        .map(|at| Some(at.as_microsecond()))
        .map_err(|_| {
            let message = format!("`{field}` is no RFC 3339 instant such as 2026-05-01T10:00:00Z");
            Error::new(ErrorCode::BadArguments, message)
        })
}

/// How many lines are wanted: as many as the consoles of the first system show, unless said.
fn limit(wanted: Option<i64>) -> Result<usize, Error> {
    const LIMIT_DEFAULT: i64 = 10;
    const LIMIT_MAX: i64 = 100;
    let limit = wanted.unwrap_or(LIMIT_DEFAULT);
    let within = usize::try_from(limit).ok().filter(|_| (1..=LIMIT_MAX).contains(&limit));
    within.ok_or_else(|| {
        let message = format!("`limit` is {limit}, wanted 1 to {LIMIT_MAX}");
        Error::new(ErrorCode::BadArguments, message)
    })
}
