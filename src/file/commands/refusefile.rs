//! `s.refusefile(offer)`: the other side does not want it.

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

/// Says that you do not want a file that was sent to you, or no more of it. Who sent it hears so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefuseFile {
    /// The number of the offer.
    offer: i64,
}

impl Command for RefuseFile {
    const NAME: &'static str = "s.refusefile";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = OfferView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let answer = |offer: &_| kept(Ok(OfferView::from(offer)));
        let asker = asker(caller)?;
        let decided = house.files.decide(&asker, OfferId(self.offer), false, change, answer);
        let offer = decided.await?;
        tell_sender(house, &offer).await;
        Ok(OfferView::from(&offer))
    }
}
