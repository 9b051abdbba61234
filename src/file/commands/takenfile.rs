//! `s.takenfile(offer)`: the other side has it whole.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{asker, tell_sender};
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::rules::ids::OfferId;
use crate::file::view::OfferView;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Says that you have a file that was sent to you, whole: compare its hash before. Who sent it hears so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TakenFile {
    /// The number of the offer.
    offer: i64,
}

impl Command for TakenFile {
    const NAME: &'static str = "s.takenfile";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = OfferView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let answer = |offer: &_| kept(Ok(OfferView::from(offer)));
        let asker = asker(caller)?;
        let decided = house.files.decide(&asker, OfferId(self.offer), true, change, answer);
        let offer = decided.await?;
        tell_sender(house, &offer).await;
        Ok(OfferView::from(&offer))
    }
}
