//! Webhooks made, listed, switched, given another secret, removed. Each change with its audit event in one transaction.
//!
//! A secret is shown when it is made and derived again whenever something is signed; it is kept nowhere.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::carrier::Carrier;
use super::happening;
use super::rules::{TEST, events_check, url_check};
use super::secret::{SecretError, ServerSecret, find_or_make};
use super::signing::{HookSecret, SALT_BYTES};
use super::store::{
    NewHook, audit_latest, hook_count, hook_delete, hook_find, hook_insert, hook_list, hook_looked, hook_set_salt,
    hook_switch,
};
use super::{Owner, Webhook, WebhookError};
use crate::account::keys::random_bytes;
use crate::config::WebhooksConfig;
use crate::runtime::Aside;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};

/// File of the server's secret inside the data folder.
const SECRET_FILE: &str = "webhook.key";
/// Looks at files at a time, and those that wait.
const LOOKS_MAX: usize = 1;
const LOOKS_WAITING_MAX: usize = 64;

/// Makes the answer that is kept for a retry.
pub(crate) type Keep = fn(&Webhook) -> Option<Vec<u8>>;

/// All webhooks; cheap to clone.
#[derive(Clone)]
pub(crate) struct Hooks(Arc<Inner>);

struct Inner {
    store: Store,
    config: WebhooksConfig,
    carrier: Arc<Carrier>,
    secret_file: PathBuf,
    secret: OnceLock<ServerSecret>,
    aside: Aside,
}

impl Hooks {
    /// Opens nothing yet.
    pub(crate) fn new(store: Store, config: &WebhooksConfig, data: &Path) -> Self {
        Self(Arc::new(Inner {
            store,
            carrier: Arc::new(Carrier::new(config)),
            config: config.clone(),
            secret_file: data.join(SECRET_FILE),
            secret: OnceLock::new(),
            aside: Aside::new("webhook-files", LOOKS_MAX, LOOKS_WAITING_MAX),
        }))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn config(&self) -> &WebhooksConfig {
        &self.0.config
    }

    /// Ready to call somebody, as far as that depends on files.
    pub(super) async fn carrier(&self) -> Result<&Carrier, WebhookError> {
        let carrier = Arc::clone(&self.0.carrier);
        let prepared = self.0.aside.run(move || carrier.prepare()).await?;
        prepared.map_err(WebhookError::Authorities)?;
        Ok(&self.0.carrier)
    }

    /// Makes a webhook; its secret is shown this once.
    pub(crate) async fn make(
        &self,
        owner: Owner,
        url: String,
        events: Vec<String>,
        change: Change,
    ) -> Result<(Webhook, String), WebhookError> {
        let config = self.config();
        let url = url_check(&url, config.loopback)?;
        let events = events_check(events, matches!(owner, Owner::Bot(_)))?;
        self.secret().await?;
        let salt: [u8; SALT_BYTES] = random_bytes()?;
        let new = NewHook {
            owner,
            url: url.into(),
            events,
            salt: salt.to_vec(),
        };
        let (total, per_owner) = (config.hooks_max, config.hooks_per_owner);
        let written = self.store().write(move |conn| {
            bound("webhooks of this owner", hook_count(conn, Some(owner))?, per_owner)?;
            bound("webhooks", hook_count(conn, None)?, total)?;
            let id = hook_insert(conn, &new, change.at.as_microsecond())?;
            change.record(conn, &on_what(id), "ok", Some(new.events.join(" ")), None)?;
            // It hears of what happens from now on, not of its own beginning.
            let latest = audit_latest(conn)?;
            hook_looked(conn, id, latest)?;
            existing(conn, id)
        });
        let made = written.await?;
        let secret = self.secret_of(&made).await?.reveal();
        Ok((made, secret))
    }

    /// At most `limit` webhooks with numbers above `after`.
    pub(crate) async fn list(
        &self,
        owner: Option<Owner>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Webhook>, WebhookError> {
        let listed = self.store().read(move |conn| hook_list(conn, owner, after, limit));
        Ok(listed.await?)
    }

    /// The webhook of that number.
    pub(crate) async fn find(&self, id: i64) -> Result<Webhook, WebhookError> {
        let found = self.store().read(move |conn| hook_find(conn, id)).await?;
        found.ok_or(WebhookError::Missing(id))
    }

    /// Switches it on again, or off. What happened while it was off is not delivered later; what waited is.
    pub(crate) async fn switch(
        &self,
        id: i64,
        is_on: bool,
        change: Change,
        keep: Keep,
    ) -> Result<Webhook, WebhookError> {
        let reason = (!is_on).then(|| "switched off".to_owned());
        self.switch_for(id, reason, change, keep).await
    }

    /// Switches it off for a reason, or on.
    pub(super) async fn switch_for(
        &self,
        id: i64,
        reason: Option<String>,
        change: Change,
        keep: Keep,
    ) -> Result<Webhook, WebhookError> {
        let written = self.store().write(move |conn| {
            existing(conn, id)?;
            hook_switch(conn, id, reason.as_deref(), change.at.as_microsecond())?;
            let hook = existing(conn, id)?;
            let detail = reason.unwrap_or_else(|| "enabled".to_owned());
            change.record(conn, &on_what(id), "ok", Some(detail), keep(&hook).as_deref())?;
            Ok(hook)
        });
        Ok(written.await?)
    }

    /// Gives it another secret, which is shown this once; the one before signs nothing any more.
    pub(crate) async fn new_secret(&self, id: i64, change: Change) -> Result<(Webhook, String), WebhookError> {
        let salt: [u8; SALT_BYTES] = random_bytes()?;
        let written = self.store().write(move |conn| {
            existing(conn, id)?;
            hook_set_salt(conn, id, &salt)?;
            change.record(conn, &on_what(id), "ok", Some("another secret".to_owned()), None)?;
            existing(conn, id)
        });
        let hook = written.await?;
        let secret = self.secret_of(&hook).await?.reveal();
        Ok((hook, secret))
    }

    /// Puts an event into its queue for the sake of trying.
    pub(crate) async fn test(&self, id: i64, change: Change, keep: Keep) -> Result<Webhook, WebhookError> {
        let written = self.store().write(move |conn| {
            let hook = existing(conn, id)?;
            if !hook.enabled {
                return Err(StoreError::refused(WebhookError::Disabled(id)));
            }
            let body = happening::body(TEST, change.at, &Test { webhook: id });
            if !happening::put(conn, &hook, TEST, &body, change.at)? {
                let max = usize::try_from(happening::QUEUE_MAX).unwrap_or(usize::MAX);
                let what = "deliveries that wait for it";
                return Err(StoreError::refused(WebhookError::Full { what, max }));
            }
            change.record(conn, &on_what(id), "ok", Some(TEST.to_owned()), keep(&hook).as_deref())?;
            Ok(hook)
        });
        Ok(written.await?)
    }

    /// Forgets it, and what waits for it.
    pub(crate) async fn remove(&self, id: i64, change: Change, keep: Keep) -> Result<Webhook, WebhookError> {
        let written = self.store().write(move |conn| {
            let hook = existing(conn, id)?;
            hook_delete(conn, id)?;
            change.record(conn, &on_what(id), "ok", None, keep(&hook).as_deref())?;
            Ok(hook)
        });
        Ok(written.await?)
    }

    /// The secret of a webhook, made anew out of what it is derived from.
    pub(super) async fn secret_of(&self, hook: &Webhook) -> Result<HookSecret, WebhookError> {
        let server = self.secret().await?;
        HookSecret::derive(server, hook.id, &hook.salt).ok_or(WebhookError::Secret(SecretError::Foreign))
    }

    /// The server's secret, read once.
    async fn secret(&self) -> Result<&ServerSecret, WebhookError> {
        if let Some(secret) = self.0.secret.get() {
            return Ok(secret);
        }
        let file = self.0.secret_file.clone();
        let found = self.0.aside.run(move || find_or_make(&file)).await??;
        Ok(self.0.secret.get_or_init(|| found))
    }
}

/// What a test holds.
#[derive(serde::Serialize)]
struct Test {
    webhook: i64,
}

/// What a webhook is called in the audit log.
pub(super) fn on_what(id: i64) -> String {
    format!("webhook:{id}")
}

/// A change of the service that carries.
pub(super) fn by_service(at: Timestamp) -> Change {
    Change {
        at,
        who: "service:webhooks".to_owned(),
        what: "webhooks".to_owned(),
        request: None,
    }
}

fn existing(conn: &mut AnyConn, id: i64) -> Result<Webhook, StoreError> {
    hook_find(conn, id)?.ok_or_else(|| StoreError::refused(WebhookError::Missing(id)))
}

fn bound(what: &'static str, there: i64, max: usize) -> Result<(), StoreError> {
    if usize::try_from(there).is_ok_and(|there| there < max) {
        return Ok(());
    }
    Err(StoreError::refused(WebhookError::Full { what, max }))
}
