//! Who asks: a bearer token or key, the cookie of a session, or nobody.
//!
//! What a token proved is kept for a second at most and only until some session ends or somebody's rights change, so
//! that what is taken away is felt at once. Bounded; tokens are kept as hashes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method, header};

use super::rules::{Site, cookie_may_change, is_this_machine, site};
use crate::account::Source;
use crate::account::keys::{KeyHash, key_hash};
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::permissions::Permissions;
use crate::session::admission::prove;
use crate::wire::{ErrorCode, Login};

/// The cookie of a session.
pub(super) const COOKIE: &str = "mp_session";
/// A header that a foreign page cannot send without being asked whether it may.
pub(super) const OWN_HEADER: &str = "x-motorpool";
/// How long what a token proved is believed.
const BELIEVED_MAX: Duration = Duration::from_secs(1);
/// Tokens that are remembered; the oldest proofs go first.
const REMEMBERED_MAX: usize = 4_096;

/// What a request says of who sent it.
pub(super) enum Credentials {
    /// A token or key, as it was written, and whether a cookie carried it.
    Secret { text: String, is_cookie: bool },
    /// Nothing.
    None,
}

impl Credentials {
    /// Reads them; a bearer token goes before a cookie.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Error> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let text = value.to_str().unwrap_or_default();
            let token = text
                .split_once(' ')
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map(|(_, token)| token.trim().to_owned());
            return token
                .filter(|token| !token.is_empty())
                .map(|text| Self::Secret { text, is_cookie: false })
                .ok_or_else(|| {
                    let message = "`Authorization` is no bearer token, wanted `Bearer` and a token or key";
                    Error::new(ErrorCode::BadLogin, message)
                });
        }
        Ok(cookie_of(headers, COOKIE).map_or(Self::None, |text| Self::Secret { text, is_cookie: true }))
    }
}

/// The value of a cookie.
pub(super) fn cookie_of(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then(|| value.to_owned())
    })
}

/// What was proved, and when.
struct Proof {
    standing: Arc<Standing>,
    /// Rights of the account; those given for the session come on top.
    own: Permissions,
    at: Instant,
    /// How often sessions had ended and rights had changed then.
    standings: u64,
}

/// Everybody who asked lately. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<KeyHash, Proof>>>);

impl Known {
    /// Who sends this request, if they may come in at all.
    pub(super) async fn caller(
        &self,
        house: &House,
        method: &Method,
        headers: &HeaderMap,
        from: SocketAddr,
    ) -> Result<Caller, Error> {
        let credentials = Credentials::of(headers)?;
        own_will(&credentials, method, headers, from.ip())?;
        let standing = match &credentials {
            Credentials::None => prove(house, None, from.ip()).await?,
            Credentials::Secret { text, .. } => self.prove(house, text, from.ip()).await?,
        };
        Ok(of(standing, from))
    }

    /// Whose token or key this is. Nothing that a browser sends by itself is looked at.
    pub(super) async fn bearer(&self, house: &House, token: &str, from: SocketAddr) -> Result<Caller, Error> {
        Ok(of(self.prove(house, token, from.ip()).await?, from))
    }

    async fn prove(&self, house: &House, text: &str, from: IpAddr) -> Result<Arc<Standing>, Error> {
        let bad = || Error::new(ErrorCode::BadLogin, "the login is not valid");
        let hash = key_hash(text).ok_or_else(bad)?;
        let now = Instant::now();
        // Read before the store is: what changes meanwhile is looked up again next time.
        let standings = house.accounts.standings();
        if let Some(standing) = self.believed(&hash, now, standings) {
            crate::session::admission::still_welcome(house, &standing, from)?;
            return Ok(standing);
        }
        let login = if text.starts_with("mp_resume_") {
            Login::Resume(text.to_owned())
        } else {
            Login::Key(text.to_owned())
        };
        let proved = prove(house, Some(login), from).await;
        match proved {
            Ok(standing) => Ok(self.remember(hash, standing, now, standings)),
            Err(err) => {
                self.lock().remove(&hash);
                Err(err)
            }
        }
    }

    fn believed(&self, hash: &KeyHash, now: Instant, standings: u64) -> Option<Arc<Standing>> {
        let known = self.lock();
        let proof = known.get(hash)?;
        let is_fresh = now.duration_since(proof.at) < BELIEVED_MAX && proof.standings == standings;
        is_fresh.then(|| proof.standing.clone())
    }

    /// Keeps what a session was given while the rights of its account stay the same.
    fn remember(&self, hash: KeyHash, standing: Arc<Standing>, at: Instant, standings: u64) -> Arc<Standing> {
        let own = standing.permissions();
        let mut known = self.lock();
        if let Some(proof) = known.get_mut(&hash) {
            if proof.own != own {
                proof.standing.rights().reset(own);
                proof.own = own;
            }
            proof.at = at;
            proof.standings = standings;
            return proof.standing.clone();
        }
        if known.len() >= REMEMBERED_MAX {
            known.retain(|_, proof| at.duration_since(proof.at) < BELIEVED_MAX);
        }
        // When all are fresh this one is looked up again next time.
        if known.len() < REMEMBERED_MAX {
            let proof = Proof {
                standing: standing.clone(),
                own,
                at,
                standings,
            };
            known.insert(hash, proof);
        }
        standing
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<KeyHash, Proof>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of(standing: Arc<Standing>, from: SocketAddr) -> Caller {
    let address = Source::Address(from.ip());
    let source = standing.car.map_or(address, |car| Source::Car(car.0));
    Caller {
        standing,
        source,
        command: "",
        request: None,
    }
}

/// Somebody who has no account yet and is no guest here either: may ask for one.
pub(super) fn stranger(house: &House, from: SocketAddr) -> Result<Caller, Error> {
    Ok(of(crate::session::beginning::stranger(house, from.ip())?, from))
}

/// Whether the request is the will of who is known by it, and not that of a page they look at.
fn own_will(credentials: &Credentials, method: &Method, headers: &HeaderMap, from: IpAddr) -> Result<(), Error> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text("host");
    let site = site(text("sec-fetch-site"), text("origin"), host);
    let foreign = |why: &str| Err(Error::new(ErrorCode::Forbidden, why));
    match credentials {
        Credentials::Secret { is_cookie: false, .. } => Ok(()),
        Credentials::Secret { is_cookie: true, .. } => {
            if method.is_safe() || cookie_may_change(site, headers.contains_key(OWN_HEADER)) {
                return Ok(());
            }
            foreign(
                "a session by cookie changes things only from a page of this server or with the header `X-Motorpool`",
            )
        }
        Credentials::None => {
            if !method.is_safe() && site == Site::Foreign {
                return foreign("the page of another server may not ask as a guest");
            }
            if from.to_canonical().is_loopback() && !host.is_some_and(is_this_machine) {
                return foreign("a guest on this machine must name it in `Host` by its address or as localhost");
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let value = axum::http::HeaderValue::from_static(value);
            (axum::http::HeaderName::from_static(name), value)
        });
        pairs.collect()
    }

    #[test]
    fn a_bearer_token_goes_before_a_cookie_and_other_schemes_are_no_login() {
        let read = |pairs: &[_]| match Credentials::of(&headers(pairs)) {
            Ok(Credentials::Secret { text, is_cookie }) => Ok(Some((text, is_cookie))),
            Ok(Credentials::None) => Ok(None),
            Err(err) => Err(err.code()),
        };
        let both = [("authorization", "bearer mp_a"), ("cookie", "mp_session=mp_b")];
        assert_eq!(read(&both), Ok(Some(("mp_a".to_owned(), false))));
        let cookie = [("cookie", "other=1; mp_session=mp_b")];
        assert_eq!(read(&cookie), Ok(Some(("mp_b".to_owned(), true))));
        assert_eq!(read(&[("cookie", "mp_session=")]), Ok(None));
        assert_eq!(read(&[]), Ok(None));
        for wrong in ["Basic YTpi", "Bearer", "Bearer ", "mp_a"] {
            assert_eq!(read(&[("authorization", wrong)]), Err(ErrorCode::BadLogin), "{wrong}");
        }
    }
}
