//! `s.setrange(radius_m)`: how far I look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Sets your range: how far you look unless you say otherwise, and from how far you are seen by those to whom you are
/// visible within range.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetRange {
    /// Metres.
    radius_m: f64,
}

/// The range now.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(super) struct RangeView {
    range_m: f64,
}

impl Command for SetRange {
    const NAME: &'static str = "s.setrange";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RangeView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let who = (caller.user()?, caller.username());
        let range_m = super::range("radius_m", self.radius_m, house)?;
        let change = caller.change(house.clock.now());
        let chosen = house.places.choose(who, change, move |_, chosen| {
            chosen.range_m = Some(range_m);
            let view = RangeView { range_m };
            Ok((view, kept(Ok(view))))
        });
        Ok(chosen.await?)
    }
}
