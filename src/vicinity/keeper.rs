//! The keeper of the map: writes down where people are and who went where, and lets choices end in time.
//!
//! It looks ten times a second and does together what came up meanwhile. Without it positions are still taken until what
//! waits for the store has no room any more.

use std::time::Duration;

use actix::prelude::*;
use serde::Serialize;

use super::glimpses;
use super::telling::tell;
use crate::house::House;
use crate::runtime::Observe;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Looks from one writing of positions to the next: within a second, although a look takes a moment.
const LOOKS_PER_WRITING: u32 = 8;

/// Look what came up.
#[derive(Message)]
#[rtype(result = "()")]
struct Look;

/// What it shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct KeeperState {
    /// Looks in this life.
    pub(crate) looks: u32,
}

/// Works for the map.
pub(crate) struct Keeper {
    house: House,
    looks: u32,
}

impl Keeper {
    /// A life of it.
    pub(crate) fn new(house: House) -> Self {
        Self { house, looks: 0 }
    }
}

impl Actor for Keeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Look, LOOK_EVERY);
    }
}

impl Handler<Look> for Keeper {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Look, _ctx: &mut Self::Context) -> Self::Result {
        self.looks = self.looks.wrapping_add(1);
        let writes_positions = self.looks.is_multiple_of(LOOKS_PER_WRITING);
        let house = self.house.clone();
        let look = async move { look(&house, writes_positions).await };
        Box::pin(look.into_actor(self).map(|(), _, ctx| {
            ctx.notify_later(Look, LOOK_EVERY);
        }))
    }
}

async fn look(house: &House, writes_positions: bool) {
    house.places.sweep();
    glimpses::tell(house, house.presence.take_news());
    let movements = match house.places.write_movements().await {
        Ok(movements) => movements,
        Err(err) => {
            // They are kept and come again at the next look.
            tracing::warn!(%err, "movements could not be written down");
            return;
        }
    };
    if !movements.is_empty()
        && let Err(err) = tell(house, &movements).await
    {
        tracing::warn!(%err, "movements could not be told");
    }
    let mut more = writes_positions;
    while more {
        more = match house.places.write_positions().await {
            Ok(more) => more,
            Err(err) => {
                tracing::warn!(%err, "positions could not be written down");
                return;
            }
        };
    }
}

impl Handler<Observe<KeeperState>> for Keeper {
    type Result = MessageResult<Observe<KeeperState>>;

    fn handle(&mut self, _: Observe<KeeperState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(KeeperState { looks: self.looks })
    }
}

crate::supervised!(Keeper);
