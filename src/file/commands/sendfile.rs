//! `s.sendfile(file, user?, car?, note?)`: offers a file to a person or a car.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asker;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::Whose;
use crate::file::rules::ids::FileId;
use crate::file::view::OfferView;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::actor::Whom;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Sends a file that you may read to a person's clients or to a car's unit: they hear of it, and take it by reading it, or refuse.
/// How far it is shows `s.fileoffers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendFile {
    /// Its number.
    file: i64,
    /// To this person; one of `user` and `car`.
    user: Option<String>,
    /// To this car.
    car: Option<CarRef>,
    /// What to say about it, at most 500 bytes.
    note: Option<String>,
}

impl Command for SendFile {
    const NAME: &'static str = "s.sendfile";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = OfferView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if self.user.is_some() == self.car.is_some() {
            let message = "wanted one of `user` and `car`: to whom it is sent";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let whom = Whose {
            user: self.user,
            car: self.car,
            ..Whose::default()
        };
        let change = caller.change(house.clock.now());
        let answer = |offer: &_| kept(Ok(OfferView::from(offer)));
        let offer = house
            .files
            .offer(asker(caller)?, FileId(self.file), whom, self.note, change, answer)
            .await?;
        let view = OfferView::from(&offer);
        let whom = Whom::Who(offer.whom.clone());
        house.events.mention(&house.registry, whom, "file", &view).await;
        Ok(view)
    }
}
