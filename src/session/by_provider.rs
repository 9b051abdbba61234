//! Somebody whom a provider vouches for comes in: their account, bans, the session that begins.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::SignedDuration;

use super::admission::new_client_id;
use super::bans;
use super::beginning::software_of;
use crate::account::commands::{hang_up, refresh};
use crate::account::store::NewGrant;
use crate::account::{Begun, Issue, Source};
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::permissions::Permissions;
use crate::signin::{Arrived, Provider};
use crate::store::change::Change;
use crate::wire::ClientKind;

/// Makes a session of somebody who came back from a provider; gives what it may and its token.
pub(crate) async fn sign_in(
    house: &House,
    provider: &Provider,
    arrived: Arrived,
    software: &str,
    address: IpAddr,
) -> Result<(Arc<Standing>, String), Error> {
    bans::address(house, address)?;
    let now = house.clock.now();
    let how = format!("provider:{}", provider.config().name);
    let (subject, sid) = (arrived.identity.subject.clone(), arrived.identity.sid.clone());
    let change = Change {
        at: now,
        who: how.clone(),
        what: "sign-in".to_owned(),
        request: None,
    };
    let came = house
        .accounts
        .by_provider(provider.person(arrived.identity), change)
        .await?;
    hang_up(house, came.ended).await?;
    bans::account(house, came.user.id)?;
    // Groups may be others than at the last time, for who is signed in elsewhere too.
    refresh(house, came.user.id).await?;
    let refresh_at = arrived.tokens.refresh_at(now);
    let hours = i64::try_from(provider.config().session_hours).unwrap_or(i64::MAX / 3_600);
    // Where groups are never read again, the session ends so that they are.
    let last = now.saturating_add(SignedDuration::from_hours(hours)).ok();
    let grant = NewGrant {
        provider: provider.config().name.clone(),
        sealed: provider.seal(&subject, &arrived.tokens)?,
        subject,
        sid,
        refresh_at: refresh_at.map(|at| at.as_microsecond()),
    };
    let roles = house.accounts.permissions_of(came.user.id).await?;
    let standing = Standing::new(
        new_client_id(),
        ClientKind::Client,
        Some((came.user.id, came.user.username.clone())),
        None,
        came.user.username,
        Permissions::from_roles(roles.iter().map(String::as_str)),
    );
    let issue = Issue {
        client_id: standing.client_id.to_string(),
        name: standing.name().to_string(),
        kind: standing.kind.as_str().to_owned(),
        user_id: standing.user,
        key_id: None,
        begun: Begun {
            how,
            software: software_of(software),
            address: Source::Address(address).to_string(),
            parent: None,
            ends_at: if refresh_at.is_some() { None } else { last },
        },
    };
    let token = house.accounts.issue_token_of(issue, grant).await?;
    Ok((Arc::new(standing), token))
}
