//! `providers`: reads the groups of people again who signed in with a provider, before what it gave has ended.
//!
//! Who lost a group loses its role on open sockets too. Where the provider does not know the sign-in any more its session
//! ends; where it cannot be asked it is tried again, for a day at most.

use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};

use super::recipe::{Repeating, Rhythm};
use crate::account::commands::{hang_up, refresh};
use crate::account::store::{Grant, grant_failed, grant_list_due, grant_renew};
use crate::account::{AccountError, SignInError};
use crate::error::Error;
use crate::house::House;
use crate::signin::{Refusal, count};
use crate::store::change::Change;

/// Grants renewed in one round.
const ROUND_MAX: i64 = 64;
/// Grants renewed at the same time.
const AT_ONCE_MAX: usize = 8;
/// Between two rounds.
const EVERY: Duration = Duration::from_secs(5);
/// After which a renewal that failed is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(2);
/// How long renewing may fail before the session ends.
const FAILING_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Holds nothing.
pub(crate) struct Providers;

impl Repeating for Providers {
    const NAME: &'static str = "providers";

    fn rhythm(_house: &House) -> Rhythm {
        Rhythm {
            time_max: Duration::from_secs(120),
            ..Rhythm::every(EVERY)
        }
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        if house.providers.is_empty() {
            return Ok(String::new());
        }
        let now = house.clock.now();
        let due = house
            .store
            .read(move |conn| grant_list_due(conn, now.as_microsecond(), ROUND_MAX))
            .await?;
        let (mut renewed, mut ended) = (0_usize, 0_usize);
        let mut done = futures_util::stream::iter(due)
            .map(|grant| one(house, grant, now))
            .buffer_unordered(AT_ONCE_MAX);
        while let Some(is_kept) = done.next().await {
            if is_kept? {
                renewed += 1;
            } else {
                ended += 1;
            }
        }
        if renewed + ended == 0 {
            return Ok(String::new());
        }
        Ok(format!("{renewed} sign-ins looked at again, {ended} ended"))
    }
}

/// One grant; says whether its session goes on.
async fn one(house: &House, grant: Grant, now: Timestamp) -> Result<bool, Error> {
    match renew(house, &grant, now).await {
        Ok(()) => Ok(true),
        Err(Fault::Refused(refusal)) if refusal.may_pass() => {
            let since = grant.failed_since.unwrap_or(now.as_microsecond());
            let first = Timestamp::from_microsecond(since).unwrap_or(now);
            if now.duration_since(first) >= FAILING_MAX {
                return end(house, grant, now).await;
            }
            let again = now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX).as_microsecond();
            tracing::warn!(
                provider = grant.provider,
                reason = refusal.reason(),
                "groups could not be read again"
            );
            house
                .store
                .write(move |conn| grant_failed(conn, grant.session, since, again))
                .await?;
            Ok(true)
        }
        Err(Fault::Refused(refusal)) => {
            tracing::info!(
                provider = grant.provider,
                user.id = grant.user.0,
                reason = refusal.reason(),
                "a provider keeps a session no more"
            );
            end(house, grant, now).await
        }
        Err(Fault::House(err)) => Err(err),
    }
}

enum Fault {
    Refused(Refusal),
    House(Error),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Fault {
    fn from(err: Error) -> Self {
        Self::House(err)
    }
}

async fn renew(house: &House, grant: &Grant, now: Timestamp) -> Result<(), Fault> {
    let provider = house.providers.find(&grant.provider)?;
    let tokens = provider.open(&grant.subject, &grant.sealed)?;
    let renewed = provider
        .renew(&tokens)
        .await
        .inspect_err(|refusal| count(provider, Some(*refusal)))?;
    // Kept before anything else: the old refresh token may be spent.
    let sealed = provider.seal(&grant.subject, &renewed.kept)?;
    let again = renewed.kept.refresh_at(now).unwrap_or(now).as_microsecond();
    let session = grant.session;
    let kept = house
        .store
        .write(move |conn| grant_renew(conn, session, &sealed, again));
    if !kept.await.map_err(Error::from)? {
        // Signed out meanwhile.
        return Ok(());
    }
    let identity = provider.known_again(&renewed, &grant.subject, now).await;
    count(provider, identity.as_ref().err().copied());
    let change = change(grant, now);
    match house.accounts.by_provider(provider.person(identity?), change).await {
        Ok(came) => Ok(refresh(house, came.user.id).await?),
        Err(AccountError::SignIn(SignInError::BadLogin) | AccountError::OtherIssuer) => Err(Refusal::NotAllowed.into()),
        Err(err) => Err(Fault::House(err.into())),
    }
}

async fn end(house: &House, grant: Grant, now: Timestamp) -> Result<bool, Error> {
    let change = change(&grant, now);
    let ended = house.accounts.provider_ends(vec![grant], change).await?;
    hang_up(house, ended).await?;
    Ok(false)
}

fn change(grant: &Grant, now: Timestamp) -> Change {
    Change {
        at: now,
        who: format!("provider:{}", grant.provider),
        what: "renewal".to_owned(),
        request: None,
    }
}
