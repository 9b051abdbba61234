//! Lets go of what has had its time: answers to old request ids, and resume tokens past their end.
//!
//! Works in small pieces, so that the writer is never held for long.

use std::time::Duration;

use actix::prelude::*;
use jiff::SignedDuration;

use crate::account::store::token_delete_expired;
use crate::error::Error;
use crate::house::House;
use crate::store::request::request_prune;

/// Pause between two rounds.
const ROUND_EVERY: Duration = Duration::from_secs(60);
/// Rows removed in one commit.
const ROWS_MAX: i64 = 1_000;

/// Do a round.
#[derive(Message)]
#[rtype(result = "()")]
struct Round;

/// Holds nothing but the way to the store.
pub(crate) struct Retention {
    house: House,
}

impl Retention {
    /// A service of this house.
    pub(crate) fn new(house: House) -> Self {
        Self { house }
    }
}

async fn round(house: House) -> Result<usize, Error> {
    let now = house.clock.now();
    let kept_hours = i64::try_from(house.config.limits.request_hours).unwrap_or(i64::MAX);
    let before = now
        .checked_sub(SignedDuration::from_hours(kept_hours))
        .unwrap_or(now)
        .as_microsecond();
    let removed = house.store.write(move |conn| {
        let answers = request_prune(conn, before, ROWS_MAX)?;
        let tokens = token_delete_expired(conn, now.as_microsecond(), ROWS_MAX)?;
        Ok(answers + tokens)
    });
    Ok(removed.await?)
}

impl Actor for Retention {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(Round, ROUND_EVERY);
    }
}

impl Handler<Round> for Retention {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Round, _ctx: &mut Self::Context) -> Self::Result {
        let round = round(self.house.clone());
        Box::pin(round.into_actor(self).map(|done, _, ctx| {
            match done {
                Ok(0) => {}
                Ok(rows) => tracing::debug!(rows, "let go of what had its time"),
                Err(err) => tracing::warn!(%err, "retention could not do its round"),
            }
            ctx.notify_later(Round, ROUND_EVERY);
        }))
    }
}

crate::supervised!(Retention);
