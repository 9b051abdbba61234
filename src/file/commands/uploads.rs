//! `s.uploads()`: what you have on its way.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::view::UploadView;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists the uploads that you began and did not finish, oldest first: each keeps its room until it is let go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Uploads {}

impl Command for Uploads {
    const NAME: &'static str = "s.uploads";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<UploadView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let uploads = house.files.uploads(asker(caller)?).await?;
        Ok(uploads.iter().map(UploadView::from).collect())
    }
}
