//! Signing in with a provider: OpenID Connect and OAuth 2 by the code flow with PKCE.
//!
//! [`Providers`] sends people to a provider, checks what comes back, reads groups again and hears of sign-outs. It never
//! decides what somebody may here: that is the account's. Every answer of a provider is bounded in size and time; no
//! token, code or claim is ever in a log line or a refusal.

mod discovery;
mod fetch;
mod flow;
mod identity;
mod jws;
mod logout;
mod provider;
mod refusal;
mod rules;
mod sealing;
mod ticket;

pub(crate) use flow::{Arrived, CallbackQuery};
pub(crate) use provider::{Provider, Providers};
pub(crate) use refusal::Refusal;

use crate::runtime::metrics::names::PROVIDER_ANSWERS;

/// Counts what became of an answer.
pub(crate) fn count(provider: &Provider, refused: Option<Refusal>) {
    let outcome = refused.map_or("ok", Refusal::reason);
    let provider = provider.config().name.clone();
    metrics::counter!(PROVIDER_ANSWERS, "provider" => provider, "outcome" => outcome).increment(1);
}
