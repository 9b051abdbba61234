//! People who come by a provider: known by provider and subject, never by a name; their groups follow the provider's.
//!
//! Whether the provider is to be believed was decided before. A name that is taken gets a number behind it, so nobody
//! takes over an account by its name. An account is given to somebody by their mail address only where the configuration
//! says so, only to people without rights over others, and it loses its password and sessions then.

use super::guesses::Attempt;
use super::keys::random_text;
use super::lockout::{Bucket, Guess};
use super::people::record_user;
use super::sessions::{End, EndedBy, end_others};
use super::sign_in::{Accounts, SignInError};
use super::sign_up::not_heard;
use super::store::{
    self, Grant, NewGrant, NewUser, grant_insert, identity_find, identity_insert, identity_seen, user_groups_given,
    user_insert, user_like, users_by_email,
};
use super::tokens::token_begin;
use super::{AccountError, Issue, Source, User, UserId};
use crate::registry::permissions::{Permission, Permissions};
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// Numbers tried behind a name that is taken.
const SUFFIX_MAX: u32 = 99;
/// Sessions that one sign-out by a provider ends.
const SIGNED_OUT_MAX: i64 = 256;

/// Somebody whom a provider vouches for.
#[derive(Debug, Clone)]
pub(crate) struct FromProvider {
    /// The provider's name here.
    pub(crate) provider: String,
    /// What that name stands for.
    pub(crate) issuer: String,
    /// Who it is there.
    pub(crate) subject: String,
    /// What a user name may be made of; may be empty.
    pub(crate) username: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    /// The role of a new account.
    pub(crate) role: String,
    /// The roles their groups give.
    pub(crate) roles: Vec<String>,
    /// Whether an account with this address is theirs.
    pub(crate) links_by_email: bool,
}

impl FromProvider {
    fn given_by(&self) -> String {
        format!("provider:{}", self.provider)
    }
}

/// Who came, and what changed by it.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) user: User,
    /// Clients whose sessions ended because the account changed hands.
    pub(crate) ended: Vec<String>,
}

impl Accounts {
    /// The account of somebody whom a provider vouches for; made or given to them when they come for the first time. Their
    /// groups are from now on those that the provider says.
    pub(crate) async fn by_provider(&self, from: FromProvider, change: Change) -> Result<Came, AccountError> {
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            let at = change.at.as_microsecond();
            let (id, ended) = match identity_find(conn, &from.provider, &from.subject)? {
                Some((_, issuer)) if issuer != from.issuer => {
                    return Err(StoreError::refused(AccountError::OtherIssuer));
                }
                Some((id, _)) => (id, Vec::new()),
                None => first_time(conn, &from, &change, beside)?,
            };
            let user = store::user_by_id(conn, id)?.ok_or(StoreError::Missing)?;
            if user.disabled {
                return Err(StoreError::refused(AccountError::SignIn(SignInError::BadLogin)));
            }
            identity_seen(conn, &from.provider, &from.subject, at)?;
            if user_groups_given(conn, id, &from.given_by(), &from.roles, at)? {
                let detail = format!("{} gives: {}", from.given_by(), from.roles.join(", "));
                change.record(conn, &format!("user:{id}"), "ok", Some(detail), None)?;
            }
            Ok(Came { user, ended })
        });
        let came = written.await?;
        self.standings_changed();
        Ok(came)
    }

    /// A place for one answer of a provider that comes from there; those that fail are counted.
    pub(crate) async fn provider_try(&self, source: &Source) -> Result<Attempt<'_>, AccountError> {
        let bucket = Bucket::new(Guess::ProviderFrom, &source.to_string(), None);
        self.inner.guesses.enter(bucket).await.map_err(not_heard)
    }

    /// A session of somebody who came by a provider; gives its token.
    pub(crate) async fn issue_token_of(&self, issue: Issue, grant: NewGrant) -> Result<String, SignInError> {
        let (token, new) = self.token_new(issue)?;
        let now = self.inner.clock.now().as_microsecond();
        self.inner
            .store
            .write(move |conn| {
                let session = token_begin(conn, &new, now)?;
                grant_insert(conn, session, &grant)
            })
            .await?;
        Ok(token.reveal().to_owned())
    }

    /// Ends sessions because their provider says so; gives whose they were and their clients.
    pub(crate) async fn provider_ends(&self, grants: Vec<Grant>, change: Change) -> Result<Vec<String>, AccountError> {
        let written = self.inner.store.write(move |conn| {
            let mut ended = Vec::new();
            for grant in &grants {
                let clients = store::session_delete(conn, grant.user, grant.session)?;
                if clients.is_empty() {
                    continue;
                }
                let end = End {
                    user: grant.user,
                    by: EndedBy::Provider,
                    address: String::new(),
                    at: change.at.as_microsecond(),
                };
                end.note(conn)?;
                change.record(conn, &format!("user:{}", grant.user), "ok", None, None)?;
                ended.extend(clients);
            }
            Ok(ended)
        });
        let ended = written.await?;
        self.standings_changed();
        Ok(ended)
    }

    /// The sessions that a sign-out of a provider is about.
    pub(crate) async fn grants_of(
        &self,
        provider: String,
        subject: Option<String>,
        sid: Option<String>,
    ) -> Result<Vec<Grant>, AccountError> {
        let read = self.inner.store.read(move |conn| {
            store::grant_list_of(conn, &provider, subject.as_deref(), sid.as_deref(), SIGNED_OUT_MAX)
        });
        Ok(read.await?)
    }

    /// What a provider gave for the session of this client, if it was one.
    pub(crate) async fn grant_of_client(&self, user: UserId, client_id: String) -> Result<Option<Grant>, AccountError> {
        let read = self
            .inner
            .store
            .read(move |conn| store::grant_of_client(conn, user, &client_id));
        Ok(read.await?)
    }
}

/// Makes an account for somebody who comes for the first time, or gives them the one that is theirs.
fn first_time(
    conn: &mut AnyConn,
    from: &FromProvider,
    change: &Change,
    beside: bool,
) -> Result<(UserId, Vec<String>), StoreError> {
    let at = change.at.as_microsecond();
    let identity = (from.provider.as_str(), from.subject.as_str(), from.issuer.as_str());
    if let Some(id) = theirs(conn, from)? {
        identity_insert(conn, identity, id, at)?;
        // Whoever made the account with an address that is not theirs must not keep a way in.
        store::user_set_password(conn, id, None)?;
        store::user_set_pin(conn, id, None)?;
        store::code_delete_for_user(conn, id)?;
        let end = End {
            user: id,
            by: EndedBy::Provider,
            address: String::new(),
            at,
        };
        let ended = end_others(conn, &end, None)?;
        record_user(conn, change, id, beside)?;
        return Ok((id, ended));
    }
    super::people::role_must_exist(conn, &from.role)?;
    let new = NewUser {
        username: free_name(conn, from)?,
        first_name: from.first_name.clone(),
        last_name: from.last_name.clone(),
        email: from.email.clone(),
        role: from.role.clone(),
        password_hash: None,
    };
    let id = user_insert(conn, &new, at)?;
    identity_insert(conn, identity, id, at)?;
    record_user(conn, change, id, beside)?;
    Ok((id, Vec::new()))
}

/// The account that is somebody's by their mail address: the only one with it, of nobody with rights over others, and
/// not yet somebody else's at that provider.
fn theirs(conn: &mut AnyConn, from: &FromProvider) -> Result<Option<UserId>, StoreError> {
    if !from.links_by_email || from.email.is_empty() {
        return Ok(None);
    }
    let found = users_by_email(conn, &from.email)?;
    let [id] = found.as_slice() else { return Ok(None) };
    let Some(user) = store::user_by_id(conn, *id)?.filter(|user| !user.disabled) else {
        return Ok(None);
    };
    let held = store::user_chains(conn, *id, &user.role)?;
    let held = Permissions::from_roles(held.iter().map(String::as_str));
    let is_above_others = [
        Permission::Manager,
        Permission::Admin,
        Permission::Engineer,
        Permission::FaceSearch,
    ]
    .into_iter()
    .any(|permission| held.contains(permission));
    let is_known_there = store::identity_providers(conn, *id)?.contains(&from.provider);
    Ok((!is_above_others && !is_known_there).then_some(*id))
}

/// A user name that nobody has, not in other letters neither.
fn free_name(conn: &mut AnyConn, from: &FromProvider) -> Result<String, StoreError> {
    let wish = if from.username.is_empty() {
        from.provider.as_str()
    } else {
        from.username.as_str()
    };
    if !from.username.is_empty() && !user_like(conn, wish)? {
        return Ok(wish.to_owned());
    }
    for number in 2..=SUFFIX_MAX {
        let name = format!("{wish}.{number}");
        if !user_like(conn, &name)? {
            return Ok(name);
        }
    }
    // So many of one name: then one that cannot be guessed, and so not be taken.
    let random = random_text().map_err(|none| StoreError::refused(AccountError::Random(none)))?;
    let random: String = random.chars().take(12).collect();
    Ok(format!("{wish}.{random}"))
}
