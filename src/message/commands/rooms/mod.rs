//! Commands of rooms: they read their arguments and say who asks; what is allowed is decided at the change.

mod close;
mod give;
mod history;
mod invite;
mod join;
mod leave;
mod listing;
mod new;
mod remove;
mod room;

use crate::command::table::Table;
use crate::command::{Caller, dispatch};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, Asker, RoomDone};

/// Adds them to the table.
pub(super) fn add_to(table: Table) -> Table {
    table
        .with::<close::CloseRoom>()
        .with::<give::GiveRoom>()
        .with::<history::RoomHistory>()
        .with::<invite::Invite>()
        .with::<join::JoinRoom>()
        .with::<leave::LeaveRoom>()
        .with::<listing::Rooms>()
        .with::<new::NewRoom>()
        .with::<remove::RemoveMember>()
        .with::<room::Room>()
}

/// Who asks.
fn asker(caller: &Caller) -> Result<Asker, Error> {
    Ok(Asker {
        user: caller.user()?,
        name: caller.username(),
        is_operator: caller.is_operator(),
    })
}

/// Does something to a room.
async fn act(house: &House, caller: &Caller, room: String, act: Act) -> Result<RoomDone, Error> {
    let change = caller.change(house.clock.now());
    let keep = |done: &RoomDone| dispatch::kept(Ok(done));
    house.mail.act(asker(caller)?, room, act, change, keep).await
}
