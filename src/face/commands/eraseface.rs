//! `s.eraseface(user?, template?)`: templates go, and the key that opened them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::person;
use super::view::ReceiptView;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::vault::Receipt;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Erases your face, or another person's for operators: one template, or all of them and the consent. The answer is the receipt, given once the key is destroyed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseFace {
    /// Their user name; you unless said.
    user: Option<String>,
    /// The number of one template; all unless said.
    template: Option<i64>,
}

impl Command for EraseFace {
    const NAME: &'static str = "s.eraseface";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = ReceiptView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let person = person::named(caller, house, self.user.as_deref()).await?;
        let keep = Box::new(|receipt: &Receipt| kept(Ok(ReceiptView::from(receipt))));
        let (vault, change) = (house.faces.vault(), caller.change(house.clock.now()));
        let receipt = vault.erase(person.user.id, self.template, change, keep).await?;
        Ok(ReceiptView::from(&receipt))
    }
}
