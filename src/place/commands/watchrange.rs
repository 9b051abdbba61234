//! `s.watchrange(radius_m?, of?)`: hear who comes near, moves and leaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::{Watch, WatchedKind};
use crate::registry::permissions::Permission;

/// Watches your range: events `range` tell who enters, moves and leaves, as far as they let you see them, from now on and for
/// as long as this connection lasts. The range goes with you.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchRange {
    /// Metres around you; your range unless said.
    radius_m: Option<f64>,
    /// `people` unless said, `cars` or `both`.
    of: Option<WatchedKind>,
}

/// A watch.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Watching {
    /// Its number, which its events carry.
    watch: u64,
}

impl Command for WatchRange {
    const NAME: &'static str = "s.watchrange";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = Watching;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let radius_m = self.radius_m.map(|metres| super::range("radius_m", metres, house));
        let (standing, peer) = super::own_connection(caller, house).await?;
        let watch = Watch {
            user,
            radius_m: radius_m.transpose()?,
            wanted: self.of.unwrap_or(WatchedKind::People).into(),
            standing,
            peer,
        };
        let watch = super::watches(house)?.ask(watch).await??;
        Ok(Watching { watch })
    }
}
