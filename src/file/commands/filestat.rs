//! `s.filestat(file)`: what is known of a file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::rules::ids::FileId;
use crate::file::rules::rights::Act;
use crate::file::view::FileView;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Shows what is known of a file: name, size, hash, whose it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileStat {
    /// Its number.
    file: i64,
}

impl Command for FileStat {
    const NAME: &'static str = "s.filestat";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    type Reply = FileView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (file, owner) = house.files.file(asker(caller)?, Act::List, FileId(self.file)).await?;
        Ok(FileView::of(&file, owner.as_deref()))
    }
}
