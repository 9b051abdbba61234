//! `s.facereceipts(user?)`: what was erased.

use schemars::JsonSchema;
use serde::Deserialize;

use super::person;
use super::view::ReceiptView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists receipts of erased faces, newest first, at most 200: yours, or another person's for operators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaceReceipts {
    /// Their user name; you unless said.
    user: Option<String>,
}

impl Command for FaceReceipts {
    const NAME: &'static str = "s.facereceipts";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<ReceiptView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let person = person::named(caller, house, self.user.as_deref()).await?;
        let receipts = house.faces.vault().receipts(Some(person.user.id)).await?;
        Ok(receipts.iter().map(ReceiptView::from).collect())
    }
}
