//! What a provider says of itself: its addresses and its keys, kept for an hour.
//!
//! Believed only as far as it names the issuer of the configuration, and only with addresses of TLS. Keys are fetched
//! again when a token names one that is not known, but not more often than [`KEYS_PAUSE`].

use std::time::{Duration, Instant};

use openidconnect::ProviderMetadataWithLogout;
use openidconnect::core::CoreJsonWebKeySet;
use tokio::sync::Mutex;

use super::fetch::Fetch;
use super::refusal::Refusal;
use crate::config::{Endpoints, is_secure};

/// How long what a provider says of itself is believed.
const BELIEVED_MAX: Duration = Duration::from_secs(3_600);
/// Shortest time between two looks at its keys.
pub(super) const KEYS_PAUSE: Duration = Duration::from_secs(30);
/// Most keys of a provider.
const KEYS_MAX: usize = 64;

/// Its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) authorise: String,
    pub(super) token: String,
    pub(super) refresh: String,
    /// What tells who somebody is.
    pub(super) person: Option<String>,
    /// Where somebody signs out at the provider.
    pub(super) end_session: Option<String>,
    keys: Option<String>,
}

impl From<Endpoints> for Described {
    fn from(endpoints: Endpoints) -> Self {
        Self {
            authorise: endpoints.authorise,
            token: endpoints.token,
            refresh: endpoints.refresh,
            person: Some(endpoints.person),
            end_session: None,
            keys: None,
        }
    }
}

/// What is kept of a provider.
#[derive(Debug, Default)]
pub(super) struct Directory {
    described: Mutex<Option<(Described, Instant)>>,
    keys: Mutex<Option<(CoreJsonWebKeySet, Instant)>>,
}

impl Directory {
    /// The addresses; asked for when they are not known or an hour old. Who comes meanwhile waits for the same answer.
    pub(super) async fn described(&self, fetch: &Fetch, issuer: &str) -> Result<Described, Refusal> {
        let mut kept = self.described.lock().await;
        if let Some((described, at)) = &*kept
            && at.elapsed() < BELIEVED_MAX
        {
            return Ok(described.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let answer = fetch.get(&url, None).await?;
        // Read strictly first: the other reader takes the last of two keys.
        answer.json()?;
        let described = read(&answer.body, issuer)?;
        *kept = Some((described.clone(), Instant::now()));
        Ok(described)
    }

    /// The keys; those that did not fit are fetched anew unless they are young.
    pub(super) async fn keys(
        &self,
        fetch: &Fetch,
        described: &Described,
        did_not_fit: bool,
    ) -> Result<CoreJsonWebKeySet, Refusal> {
        let mut kept = self.keys.lock().await;
        if let Some((keys, at)) = &*kept {
            let age_max = if did_not_fit { KEYS_PAUSE } else { BELIEVED_MAX };
            if at.elapsed() < age_max {
                return Ok(keys.clone());
            }
        }
        let url = described.keys.as_deref().ok_or(Refusal::Discovery("no keys"))?;
        let answer = fetch.get(url, None).await?;
        answer.json()?;
        let keys: CoreJsonWebKeySet = serde_json::from_slice(&answer.body).map_err(|_| Refusal::NotJson)?;
        if keys.keys().len() > KEYS_MAX {
            return Err(Refusal::Discovery("too many keys"));
        }
        *kept = Some((keys.clone(), Instant::now()));
        Ok(keys)
    }
}

fn read(body: &[u8], issuer: &str) -> Result<Described, Refusal> {
    let told: ProviderMetadataWithLogout =
        serde_json::from_slice(body).map_err(|_| Refusal::Discovery("something is missing"))?;
    if told.issuer().as_str() != issuer {
        return Err(Refusal::Discovery("it is another issuer"));
    }
    let token = told.token_endpoint().ok_or(Refusal::Discovery("no token endpoint"))?;
    let token = token.as_str().to_owned();
    let end_session = told.additional_metadata().end_session_endpoint.as_ref();
    let described = Described {
        authorise: told.authorization_endpoint().as_str().to_owned(),
        refresh: token.clone(),
        token,
        person: told.userinfo_endpoint().map(|url| url.as_str().to_owned()),
        end_session: end_session.map(|url| url.as_str().to_owned()),
        keys: Some(told.jwks_uri().as_str().to_owned()),
    };
    if is_all_secure(&described) {
        Ok(described)
    } else {
        Err(Refusal::Discovery("an address is not of TLS"))
    }
}

fn is_all_secure(described: &Described) -> bool {
    let optional = [&described.person, &described.end_session, &described.keys];
    let mut addresses = [&described.authorise, &described.token]
        .into_iter()
        .chain(optional.into_iter().flatten());
    addresses.all(|url| is_secure(url))
}
