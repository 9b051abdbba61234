//! `s.renamefile(file, name)`: calls a file something else.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::rules::ids::FileId;
use crate::file::view::FileView;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Calls a file something else. Where its owner has files of that name it is the next version of them: none is overwritten.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameFile {
    /// Its number.
    file: i64,
    /// Its new name, for showing: separators of paths and the like become `_`.
    name: String,
}

impl Command for RenameFile {
    const NAME: &'static str = "s.renamefile";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = FileView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let answer = |file: &_, owner: Option<&str>| kept(Ok(FileView::of(file, owner)));
        let (file, owner) = house
            .files
            .rename(asker(caller)?, FileId(self.file), &self.name, change, answer)
            .await?;
        Ok(FileView::of(&file, owner.as_deref()))
    }
}
