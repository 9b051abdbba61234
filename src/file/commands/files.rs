//! `s.files(user?, car?, booking?, room?, name?, before?)`: which files somebody or something has.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::Whose;
use crate::file::rules::ids::FileId;
use crate::file::view::FileView;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Files in one answer, as many as fit into a frame.
const LIST_MAX: i64 = 50;

/// Lists files, newest first: yours, or those of a car, a booking or a room that you have to do with. Operators see those of everybody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListFiles {
    /// Of this person; at most one of `user`, `car`, `booking` and `room`.
    user: Option<String>,
    /// Of this car.
    car: Option<CarRef>,
    /// Of this booking.
    booking: Option<i64>,
    /// Of this room.
    room: Option<String>,
    /// Only of this name: its versions.
    name: Option<String>,
    /// Only those with a lower number.
    before: Option<i64>,
}

impl Command for ListFiles {
    const NAME: &'static str = "s.files";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<FileView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let whose = Whose {
            user: self.user,
            car: self.car,
            booking: self.booking,
            room: self.room,
        };
        let before = self.before.map(FileId);
        let (files, owner) = house
            .files
            .list(asker(caller)?, whose, self.name, before, LIST_MAX)
            .await?;
        Ok(files.iter().map(|file| FileView::of(file, owner.as_deref())).collect())
    }
}
