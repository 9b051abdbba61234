//! `s.fileoffers(all?, before?)`: what was sent to you, or, for operators, to anybody.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::rules::ids::OfferId;
use crate::file::view::OfferView;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Offers in one answer, as many as fit into a frame.
const LIST_MAX: i64 = 40;

/// Lists files that operators sent to you, newest first, and how far each is; operators see with `all` what was sent to anybody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileOffers {
    /// Whether those for others are listed as well.
    all: Option<bool>,
    /// Only those with a lower number.
    before: Option<i64>,
}

impl Command for FileOffers {
    const NAME: &'static str = "s.fileoffers";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<OfferView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let asker = asker(caller)?;
        let whom = match self.all {
            Some(true) if caller.is_operator() => None,
            Some(true) => {
                let message = "what is sent to others is for operators";
                return Err(Error::new(ErrorCode::Forbidden, message));
            }
            _ => Some(asker.who),
        };
        let offers = house.files.offers(whom, self.before.map(OfferId), LIST_MAX).await?;
        Ok(offers.iter().map(OfferView::from).collect())
    }
}
