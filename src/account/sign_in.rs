//! Signing in: by password, PIN, device key or resume token.
//!
//! Every refusal of a password or PIN looks the same from outside and costs the same work, whether
//! the name is unknown, the account disabled or the guess wrong. Nothing here gives rights; the
//! caller looks those up by [`Accounts::permissions_of`] at each use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::guesses::{Guesses, NotHeard};
use super::hasher::{HashError, Hasher};
use super::keys::{self, KeyKind};
use super::lockout::{Bucket, Guess};
pub use super::source::Source;
use super::store::{
    Hashes, NewSignInEvent, SignIn, key_by_hash, sign_in_event_insert, source_remember, source_seen_at,
    user_secrets_by_id, user_secrets_by_name,
};
pub use super::tokens::Issue;
use super::tokens::TOKEN_LIFE;
use super::{DeviceKey, User, UserId};
use crate::config::Limits;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::names;
use crate::runtime::targets;
use crate::store::{Store, StoreError};

/// How old the last sighting of a known source may get before a sign-in from there is written again.
const SEEN_AGE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong, unknown, revoked, run out or disabled: which of them is nobody's business.
    #[error("the login is not valid")]
    BadLogin,
    /// Too many wrong guesses from here.
    #[error("too many wrong logins, wait until {retry_at}")]
    LockedOut {
        /// From when the next guess is heard.
        retry_at: Timestamp,
    },
    /// Too many logins are being checked.
    #[error("too many logins are being checked, try again")]
    Busy,
    /// The store or the machine did not do its part.
    #[error("logins cannot be checked now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SignInError {
    fn outcome(&self) -> &'static str {
        match self {
            Self::BadLogin => "bad_login",
            Self::LockedOut { .. } => "locked_out",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { .. } | StoreError::Late => Self::Busy,
            other => Self::Unavailable(other.into()),
        }
    }
}

impl From<HashError> for SignInError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy(_) => Self::Busy,
            other => Self::Unavailable(other.into()),
        }
    }
}

impl From<NotHeard> for SignInError {
    fn from(not_heard: NotHeard) -> Self {
        match not_heard {
            NotHeard::LockedOut { retry_at } => Self::LockedOut { retry_at },
            NotHeard::Busy => Self::Busy,
        }
    }
}

/// The accounts of this server. Cheap to clone; all clones share the hasher and the lock-outs.
#[derive(Clone)]
pub struct Accounts {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) hasher: Hasher,
    pub(super) clock: Clock,
    /// Whether a server may be running beside us that has to hear of changes.
    pub(super) beside: bool,
    /// For how long after its last use a resume token is good.
    pub(super) token_life: SignedDuration,
    pub(super) guesses: Guesses,
    /// Rises whenever a session ended or somebody's rights changed.
    standings: AtomicU64,
}

impl Accounts {
    /// For the server that owns the store.
    pub fn new(store: Store, limits: &Limits) -> Self {
        let hasher = Hasher::new(limits.hashing_inside, limits.hashing_waiting);
        let hours = i64::try_from(limits.resume_hours).unwrap_or(i64::MAX);
        Self::made(store, Clock::system(), false, hasher, SignedDuration::from_hours(hours))
    }

    /// For a tool of the command line: its changes are also written where a running server sees them.
    pub fn beside(store: Store) -> Self {
        Self::with(store, Clock::system(), true)
    }

    pub(super) fn with(store: Store, clock: Clock, beside: bool) -> Self {
        Self::made(store, clock, beside, Hasher::default(), TOKEN_LIFE)
    }

    fn made(store: Store, clock: Clock, beside: bool, hasher: Hasher, token_life: SignedDuration) -> Self {
        let inner = Inner {
            store,
            hasher,
            clock: clock.clone(),
            beside,
            token_life,
            guesses: Guesses::new(clock),
            standings: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// How often sessions ended and rights changed through here: what was proved before the last time is to be proved
    /// anew.
    #[must_use]
    pub fn standings(&self) -> u64 {
        self.inner.standings.load(Ordering::Acquire)
    }

    /// To be called after the commit.
    pub(super) fn standings_changed(&self) {
        self.inner.standings.fetch_add(1, Ordering::AcqRel);
    }

    /// The person behind a name and password.
    pub async fn by_password(&self, username: &str, password: &str, source: &Source) -> Result<User, SignInError> {
        let outcome = self.try_password(username, password, source).await;
        count("password", &outcome);
        outcome
    }

    /// Whether the PIN is this person's. Five wrong ones lock it as ten wrong passwords do.
    pub async fn check_pin(&self, user: UserId, pin: &str, source: &Source) -> Result<User, SignInError> {
        let outcome = self.try_pin(user, pin, source).await;
        count("pin", &outcome);
        outcome
    }

    /// The person behind a name and PIN. Guesses count as those of [`Accounts::check_pin`] for the same person.
    pub async fn by_pin(&self, username: &str, pin: &str, source: &Source) -> Result<User, SignInError> {
        let outcome = self.try_name_and_pin(username, pin, source).await;
        count("pin", &outcome);
        outcome
    }

    /// The key behind its text. Nobody guesses 256 bits, so nothing is counted or locked.
    pub async fn by_key(&self, text: &str) -> Result<DeviceKey, SignInError> {
        let outcome = self.try_key(text).await;
        count("key", &outcome);
        outcome
    }

    /// The administrator's key behind its text. Wrong ones are counted for who tries and for where from.
    pub async fn by_admin_key(&self, text: &str, who: &str, source: &Source) -> Result<DeviceKey, SignInError> {
        let outcome = self.try_admin_key(text, who, source).await;
        count("key", &outcome);
        outcome
    }

    async fn try_admin_key(&self, text: &str, who: &str, source: &Source) -> Result<DeviceKey, SignInError> {
        let by_who = Bucket::new(Guess::AdminKey, who, None);
        let by_place = Bucket::new(Guess::AdminKeyFrom, &source.to_string(), None);
        let by_who = self.inner.guesses.enter(by_who).await?;
        let by_place = match self.inner.guesses.enter(by_place).await {
            Ok(attempt) => attempt,
            Err(not_heard) => {
                by_who.given_back();
                return Err(not_heard.into());
            }
        };
        match self.try_key(text).await {
            Ok(key) if key.kind == KeyKind::Admin => {
                by_who.succeeded();
                by_place.succeeded();
                Ok(key)
            }
            Ok(_) | Err(SignInError::BadLogin) => {
                let locks = by_who.failed() | by_place.failed();
                if locks {
                    tracing::warn!(who, login.source = %source, "The admin key takes no more guesses from here for a while.");
                }
                Err(SignInError::BadLogin)
            }
            Err(err) => {
                by_who.given_back();
                by_place.given_back();
                Err(err)
            }
        }
    }

    async fn try_password(&self, username: &str, password: &str, source: &Source) -> Result<User, SignInError> {
        let (name, place) = (username.to_owned(), source.to_string());
        let (found, seen_at) = self
            .inner
            .store
            .read(move |conn| {
                let found = user_secrets_by_name(conn, &name)?;
                // Nobody has the number 0, so an unknown name asks the store as much as a known one.
                let id = found.as_ref().map_or(UserId(0), |(person, _)| person.id);
                let seen_at = source_seen_at(conn, id, &place)?;
                Ok((found, seen_at))
            })
            .await?;
        let (person, hashes) = split(found);
        let claim = Claim {
            guess: Guess::Password,
            account: username,
            source,
            seen_at,
        };
        self.prove(claim, person, hashes.password, password).await
    }

    async fn try_name_and_pin(&self, username: &str, pin: &str, source: &Source) -> Result<User, SignInError> {
        let (name, place) = (username.to_owned(), source.to_string());
        let (found, seen_at) = self
            .inner
            .store
            .read(move |conn| {
                let found = user_secrets_by_name(conn, &name)?;
                // Nobody has the number 0, so an unknown name asks the store as much as a known one.
                let id = found.as_ref().map_or(UserId(0), |(person, _)| person.id);
                let seen_at = source_seen_at(conn, id, &place)?;
                Ok((found, seen_at))
            })
            .await?;
        let (person, hashes) = split(found);
        // A name that nobody has is a bucket of its own, so that a lock-out tells nothing.
        let account = match &person {
            Some(person) => account_of(person.id),
            None => format!("name:{username}"),
        };
        let claim = Claim {
            guess: Guess::Pin,
            account: &account,
            source,
            seen_at,
        };
        self.prove(claim, person, hashes.pin, pin).await
    }

    async fn try_pin(&self, id: UserId, pin: &str, source: &Source) -> Result<User, SignInError> {
        let place = source.to_string();
        let (found, seen_at) = self
            .inner
            .store
            .read(move |conn| Ok((user_secrets_by_id(conn, id)?, source_seen_at(conn, id, &place)?)))
            .await?;
        let (person, hashes) = split(found);
        let account = account_of(id);
        let claim = Claim {
            guess: Guess::Pin,
            account: &account,
            source,
            seen_at,
        };
        self.prove(claim, person, hashes.pin, pin).await
    }

    async fn try_key(&self, text: &str) -> Result<DeviceKey, SignInError> {
        let hash = keys::key_hash(text).ok_or(SignInError::BadLogin)?;
        let found = self.inner.store.read(move |conn| key_by_hash(conn, &hash)).await?;
        found.ok_or(SignInError::BadLogin)
    }

    /// Takes a place, hashes, and gives the place its end. Without a person the work is the same.
    async fn prove(
        &self,
        claim: Claim<'_>,
        person: Option<User>,
        phc: Option<String>,
        secret: &str,
    ) -> Result<User, SignInError> {
        let attempt = self.inner.guesses.enter(claim.bucket()).await?;
        let matched = match self.inner.hasher.verify(phc, secret.to_owned()).await {
            Ok(matched) => matched,
            Err(error) => {
                attempt.given_back();
                return Err(error.into());
            }
        };
        let id = person.as_ref().map(|person| person.id);
        let Some(person) = person.filter(|person| matched && !person.disabled) else {
            let is_locked = attempt.failed();
            if is_locked {
                tracing::warn!(
                    target: targets::CONNECTION,
                    { user.id = id.map(|id| id.0), login.source = %claim.source },
                    "An account takes no more guesses from here for a while."
                );
            }
            if let Some(id) = id.filter(|_| claim.guess == Guess::Password) {
                self.note_refused(id, claim.source, is_locked);
            }
            return Err(SignInError::BadLogin);
        };
        attempt.succeeded();
        self.remember(&person, &claim).await;
        Ok(person)
    }

    /// Somebody used a name that there is. Not awaited: what a refusal costs must not tell which names there are. As
    /// many as the lock-out lets through.
    fn note_refused(&self, user: UserId, source: &Source, is_locked: bool) {
        let (store, now) = (self.inner.store.clone(), self.inner.clock.now());
        let event = NewSignInEvent {
            at: now.as_microsecond(),
            user,
            what: SignIn::Refused,
            how: "password".to_owned(),
            address: source.to_string(),
            outcome: if is_locked { "locked_out" } else { "bad_login" },
        };
        drop(tokio::spawn(async move {
            let written = store.write(move |conn| sign_in_event_insert(conn, &event)).await;
            if let Err(error) = written {
                tracing::warn!(user.id = user.0, %error, "A refused sign-in was not written.");
            }
        }));
    }

    /// The person is who they say, whether or not this can be written.
    async fn remember(&self, person: &User, claim: &Claim<'_>) {
        let now = self.inner.clock.now();
        if claim
            .seen_at
            .is_some_and(|seen_at| now.duration_since(seen_at) < SEEN_AGE_MAX)
        {
            return;
        }
        let (id, place) = (person.id, claim.source.to_string());
        let written = self
            .inner
            .store
            .write(move |conn| source_remember(conn, id, &place, now.as_microsecond()))
            .await;
        if let Err(error) = written {
            tracing::warn!(user.id = person.id.0, %error, "Where a person signed in from was not written.");
        }
    }
}

/// Somebody's word that they are somebody, and where they say it.
struct Claim<'a> {
    guess: Guess,
    account: &'a str,
    source: &'a Source,
    seen_at: Option<Timestamp>,
}

impl Claim<'_> {
    fn bucket(&self) -> Bucket {
        let known = self.seen_at.is_some() || self.source.is_trusted();
        let place = known.then(|| self.source.to_string());
        Bucket::new(self.guess, self.account, place.as_deref())
    }
}

/// What the guesses of a person's PIN are counted under.
fn account_of(id: UserId) -> String {
    format!("user:{id}")
}

fn split(found: Option<(User, Hashes)>) -> (Option<User>, Hashes) {
    found.map_or((None, Hashes::default()), |(person, hashes)| (Some(person), hashes))
}

pub(super) fn count<T>(method: &'static str, outcome: &Result<T, SignInError>) {
    let outcome = outcome.as_ref().map_or_else(SignInError::outcome, |_| "ok");
    metrics::counter!(names::LOGIN_ATTEMPTS, "method" => method, "outcome" => outcome).increment(1);
}
