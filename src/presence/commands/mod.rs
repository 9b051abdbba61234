//! Commands of presence: who is online, when somebody was last seen, from where, and hearing of who comes and goes.
//!
//! They translate, and ask who may be seen. Whoever may not be seen looks the same as somebody who is offline: in lists, in
//! answers and in events.

mod lastseen;
mod online;
mod sessionsof;
mod sight;
mod unwatchpeople;
mod watchpeople;

use crate::booking::UserId;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::presence::actor::{Presences, Sight};
use crate::runtime::Service;
use crate::wire::ErrorCode;

/// Adds the commands.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<lastseen::LastSeen>()
        .with::<online::WhoIsOnline>()
        .with::<sessionsof::SessionsOf>()
        .with::<unwatchpeople::UnwatchPeople>()
        .with::<watchpeople::WatchPeople>()
}

/// Those of these people whom the caller may see.
async fn seen(house: &House, caller: &Caller, people: Vec<UserId>) -> Result<Vec<UserId>, Error> {
    if caller.is_operator() {
        return Ok(people);
    }
    let by = caller.user()?;
    house.seen(by, people).await
}

/// Who tells of people.
fn service(house: &House) -> Result<&Service<Presences>, Error> {
    let service = house.presence.teller();
    service.ok_or_else(|| Error::new(ErrorCode::Unavailable, "the server is still starting"))
}
