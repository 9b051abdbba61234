//! A round of deliveries: changes are passed on to those who asked, then each webhook that is due gets what waits for it, one
//! after the other, until it fails or has had its share. Many receivers at a time; a slow one holds up nobody else.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;

use super::carrier::{Carried, Carrier};
use super::happening::{look, wants_changes};
use super::hooks::{Hooks, by_service};
use super::rules::pause_after;
use super::store::{audit_latest, delivery_list, delivery_taken, hook_failed, hook_list_due, hook_list_enabled};
use super::{Webhook, WebhookError};
use crate::runtime::clock::Clock;
use crate::runtime::metrics::webhook_carried;

/// Webhooks that get something in one round.
const HOOKS_PER_ROUND: i64 = 64;
/// Deliveries to one webhook in one round.
const SHARE: i64 = 32;

/// What a round did.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// Deliveries taken.
    pub(crate) taken: usize,
    /// Deliveries that were not.
    pub(crate) failed: usize,
    /// Webhooks that were given up, for their owners to hear.
    pub(crate) given_up: Vec<Webhook>,
}

impl Hooks {
    /// Does one round. `may_hear` says why an owner may not hear of anything any more.
    pub(crate) async fn round<M, F>(&self, clock: &Clock, may_hear: M) -> Result<Round, WebhookError>
    where
        M: Fn(Webhook) -> F,
        F: Future<Output = Result<Option<String>, WebhookError>>,
    {
        self.look_at_changes().await?;
        let now = clock.now().as_microsecond();
        let due = self
            .store()
            .read(move |conn| hook_list_due(conn, now, HOOKS_PER_ROUND))
            .await?;
        if due.is_empty() {
            return Ok(Round::default());
        }
        let carrier = self.carrier().await?;
        let in_flight = self.config().in_flight;
        let may_hear = &may_hear;
        let mut rounds = stream::iter(due)
            .map(|hook| async move {
                match may_hear(hook.clone()).await? {
                    Some(why) => self.give_up(hook, why, clock.now()).await,
                    None => self.deliver(carrier, hook, clock).await,
                }
            })
            .buffer_unordered(in_flight);
        let mut all = Round::default();
        while let Some(round) = rounds.next().await {
            let round = round?;
            all.taken += round.taken;
            all.failed += round.failed;
            all.given_up.extend(round.given_up);
        }
        Ok(all)
    }

    /// Most seconds nothing was changed, or nobody asked: then the writer hears nothing of it.
    async fn look_at_changes(&self) -> Result<(), WebhookError> {
        let behind = self.store().read(|conn| {
            let latest = audit_latest(conn)?;
            let hooks = hook_list_enabled(conn)?;
            Ok(hooks
                .into_iter()
                .any(|hook| wants_changes(&hook) && hook.audit_after < latest))
        });
        if !behind.await? {
            return Ok(());
        }
        let looked = self.store().write(|conn| {
            for hook in hook_list_enabled(conn)?.iter().filter(|hook| wants_changes(hook)) {
                look(conn, hook)?;
            }
            Ok(())
        });
        Ok(looked.await?)
    }

    /// What waits for one webhook, in order.
    async fn deliver(&self, carrier: &Carrier, mut hook: Webhook, clock: &Clock) -> Result<Round, WebhookError> {
        let secret = self.secret_of(&hook).await?;
        let id = hook.id;
        let waiting = self.store().read(move |conn| delivery_list(conn, id, SHARE)).await?;
        let mut round = Round::default();
        for delivery in waiting {
            let at = clock.now();
            match carrier.carry(&hook, &delivery, &secret, at.as_second()).await {
                Carried::Taken => {
                    webhook_carried("ok");
                    let (taken, at) = (delivery.id, at.as_microsecond());
                    self.store()
                        .write(move |conn| delivery_taken(conn, id, taken, at))
                        .await?;
                    hook.failures = 0;
                    round.taken += 1;
                }
                Carried::Gone => {
                    webhook_carried("gone");
                    return self
                        .give_up(hook, "the receiver answered 410: it wants nothing more".to_owned(), at)
                        .await;
                }
                Carried::Failed { cause, why } => {
                    webhook_carried(cause);
                    let mut after = self.fail(hook, why, clock.now()).await?;
                    after.taken = round.taken;
                    return Ok(after);
                }
            }
        }
        Ok(round)
    }

    /// One failure more: a longer pause, or the end.
    async fn fail(&self, hook: Webhook, why: String, now: Timestamp) -> Result<Round, WebhookError> {
        let config = self.config();
        let failures = hook.failures.saturating_add(1);
        if failures > config.failures_max {
            let why = format!("{failures} deliveries in a row failed, the last because {why}");
            return self.give_up(hook, why, now).await;
        }
        let millis = Duration::from_millis;
        let pause = pause_after(failures, millis(config.pause_ms_first), millis(config.pause_ms_max));
        let next_at = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        tracing::info!(
            webhook.id = hook.id,
            failures,
            why,
            "a delivery failed and is tried again"
        );
        let (id, next_at) = (hook.id, next_at.as_microsecond());
        self.store()
            .write(move |conn| hook_failed(conn, id, failures, next_at))
            .await?;
        Ok(Round {
            failed: 1,
            ..Round::default()
        })
    }

    /// Nothing is delivered any more until the owner switches it on again.
    async fn give_up(&self, hook: Webhook, why: String, now: Timestamp) -> Result<Round, WebhookError> {
        tracing::warn!(webhook.id = hook.id, why, "a webhook is disabled");
        let hook = self.switch_for(hook.id, Some(why), by_service(now), |_| None).await?;
        Ok(Round {
            failed: 1,
            given_up: vec![hook],
            ..Round::default()
        })
    }
}
