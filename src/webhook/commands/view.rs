//! Webhooks as they are answered. A secret is in the reply that makes it and in no other.

use schemars::JsonSchema;
use serde::Serialize;

use crate::command::dispatch::kept;
use crate::webhook::{Owner, Webhook};

/// A webhook.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct HookView {
    webhook: i64,
    /// `user:7` or `bot:3`.
    owner: String,
    url: String,
    events: Vec<String>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Failures in a row.
    failures: i32,
    /// Events that found no room.
    lost: i64,
    made_at: String,
}

impl From<&Webhook> for HookView {
    fn from(hook: &Webhook) -> Self {
        Self {
            webhook: hook.id,
            owner: match hook.owner {
                Owner::Person(user) => format!("user:{user}"),
                Owner::Bot(bot) => format!("bot:{bot}"),
            },
            url: hook.url.clone(),
            events: hook.events.clone(),
            enabled: hook.enabled,
            reason: hook.reason.clone(),
            failures: hook.failures,
            lost: hook.lost,
            made_at: hook.made_at.to_string(),
        }
    }
}

/// A webhook with its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SecretView {
    webhook: i64,
    url: String,
    events: Vec<String>,
    /// Shown this once; deliveries are signed with it.
    secret: String,
}

impl SecretView {
    pub(super) fn of(hook: Webhook, secret: String) -> Self {
        Self {
            webhook: hook.id,
            url: hook.url,
            events: hook.events,
            secret,
        }
    }
}

/// The bytes under which the reply is kept for retries.
pub(super) fn kept_hook(hook: &Webhook) -> Option<Vec<u8>> {
    kept(Ok(HookView::from(hook)))
}
