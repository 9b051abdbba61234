//! Changes made beside the running server, by `import` and `admin`: seen within a second.
//!
//! Reads on from the last change it saw, and tells the engine of cars and the registry of people and keys.

use std::time::Duration;

use actix::prelude::*;

use crate::booking::engine::CarsChanged;
use crate::booking::{CarId, UserId};
use crate::bot::BotError;
use crate::bot::roster::may_come;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Refresh;
use crate::store::StoreError;
use crate::store::outside::{OUTSIDE_LIST_MAX, OutsideChange, OutsideSubject, outside_latest_id, outside_list_after};

/// How often it looks; the promise is one second.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Look for changes.
#[derive(Message)]
#[rtype(result = "()")]
struct Look;

/// Remembers how far it has read.
pub(crate) struct Outside {
    house: House,
    seen: i64,
}

impl Outside {
    /// Starts behind the newest change: what came before is in the state that was loaded.
    pub(crate) async fn load(house: House) -> Result<Self, StoreError> {
        let seen = house.store.read(outside_latest_id).await?;
        Ok(Self { house, seen })
    }
}

async fn pass_on(house: House, changes: Vec<OutsideChange>) -> Result<(), Error> {
    let (mut cars, mut has_buildings) = (Vec::new(), false);
    for change in changes {
        match change.subject {
            Some(OutsideSubject::Car) => cars.push(CarId(change.subject_id)),
            Some(OutsideSubject::User) => {
                crate::account::commands::refresh(&house, UserId(change.subject_id)).await?;
            }
            Some(OutsideSubject::Key) => key_changed(&house, change.subject_id).await?,
            Some(OutsideSubject::Building) => has_buildings = true,
            None => {}
        }
    }
    if !cars.is_empty() {
        house.places.reload_cars(cars.clone()).await?;
        house.bookings.ask(CarsChanged(cars)).await??;
    }
    if has_buildings {
        house.places.reload_buildings().await?;
    }
    Ok(())
}

/// A key that is in force changes nothing for those who use it, unless it is that of a bot that was shut out.
async fn key_changed(house: &House, key: i64) -> Result<(), Error> {
    let is_in_force = house.accounts.key_by_id(key).await.is_ok();
    if !is_in_force
        || matches!(
            may_come(&house.store, key).await,
            Err(BotError::Waiting | BotError::Revoked)
        )
    {
        house.registry.ask(Refresh::KeyRevoked(key)).await?;
    }
    Ok(())
}

impl Actor for Outside {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Look, LOOK_EVERY);
    }
}

impl Handler<Look> for Outside {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Look, _ctx: &mut Self::Context) -> Self::Result {
        let (house, after) = (self.house.clone(), self.seen);
        let look = async move {
            let changes = house.store.read(move |conn| outside_list_after(conn, after)).await?;
            let last = changes.last().map(|change| change.id);
            // A large import fills more than one page: the rest is read at once.
            let is_full = i64::try_from(changes.len()).is_ok_and(|count| count >= OUTSIDE_LIST_MAX);
            let pause = if is_full { Duration::ZERO } else { LOOK_EVERY };
            pass_on(house, changes).await?;
            Ok::<_, Error>((last, pause))
        };
        Box::pin(look.into_actor(self).map(|looked, service, ctx| {
            let pause = match looked {
                Ok((last, pause)) => {
                    service.seen = last.unwrap_or(service.seen);
                    pause
                }
                Err(err) => {
                    // The same changes are read again at the next look.
                    tracing::warn!(%err, "changes made beside the server could not be passed on");
                    LOOK_EVERY
                }
            };
            ctx.notify_later(Look, pause);
        }))
    }
}

crate::supervised!(Outside);
