//! Signing up, invitations, and codes by which somebody who forgot their password gets a new one.
//!
//! A code is 256 random bits, kept as a hash, good once and until its end. Whoever signs up holds the role of the
//! invitation or that of a customer, never more. Bounded by the source: sign-ups cost a hash each.

use jiff::Timestamp;

use super::guesses::NotHeard;
use super::keys::{self, NoRandom};
use super::lockout::{Bucket, Guess};
use super::password::password_check;
use super::people::{record_user, role_must_exist};
use super::profile::{email_check, name_check, own_username_check};
use super::sessions::{self, End, EndedBy};
use super::sign_in::Accounts;
use super::store::{
    self, Code, CodePurpose, NewCode, NewUser, code_by_hash, code_delete, code_insert, user_insert, user_like,
};
use super::{AccountError, SecretText, Source, User, UserDraft, UserId};
use crate::config::SignUp;
use crate::store::StoreError;
use crate::store::change::Change;

/// The role of who signs up without an invitation.
const ROLE: &str = "customer";

impl Accounts {
    /// Makes an account for somebody who asks for one. The draft's role is not looked at.
    pub(crate) async fn sign_up(
        &self,
        draft: UserDraft,
        invitation: Option<String>,
        mode: SignUp,
        source: &Source,
        change: Change,
    ) -> Result<User, AccountError> {
        let invitation = match (mode, invitation) {
            (SignUp::Closed, _) => return Err(closed("nobody signs up here: ask an operator for an account")),
            (SignUp::Invitation, None) => {
                return Err(closed("signing up takes an invitation: ask an operator for one"));
            }
            (_, invitation) => invitation,
        };
        own_username_check(&draft.username)?;
        name_check("first_name", &draft.first_name)?;
        name_check("last_name", &draft.last_name)?;
        email_check(&draft.email)?;
        let password = draft.password.unwrap_or_default();
        password_check(&password)?;
        let bucket = Bucket::new(Guess::SignUpFrom, &source.to_string(), None);
        let attempt = self.inner.guesses.enter(bucket).await.map_err(not_heard)?;
        let code = match invitation {
            Some(text) => Some(self.open_code(&text, CodePurpose::Invitation).await?),
            None => None,
        };
        let password_hash = Some(self.inner.hasher.hash(password).await?);
        // Each is one of the few from there, however it ends from here on.
        drop(attempt);
        let role = code.as_ref().and_then(|code| code.role.clone());
        let new = NewUser {
            username: draft.username,
            first_name: draft.first_name,
            last_name: draft.last_name,
            email: draft.email,
            role: role.unwrap_or_else(|| ROLE.to_owned()),
            password_hash,
        };
        let beside = self.inner.beside;
        let written = self.inner.store.write(move |conn| {
            // Two who use one code at the same time: one of them finds it gone.
            if let Some(code) = &code
                && !code_delete(conn, CodePurpose::Invitation, code.id)?
            {
                return Err(StoreError::refused(AccountError::BadCode));
            }
            role_must_exist(conn, &new.role)?;
            let taken = || StoreError::refused(taken(&new.username));
            if user_like(conn, &new.username)? {
                return Err(taken());
            }
            let id = user_insert(conn, &new, change.at.as_microsecond())
                .map_err(|error| AccountError::taken(error, || format!("username {:?}", new.username)))?;
            record_user(conn, &change, id, beside)?;
            store::user_by_id(conn, id)?.ok_or(StoreError::Missing)
        });
        Ok(written.await?)
    }

    /// Makes an invitation; its text is shown this once.
    pub(crate) async fn invitation_add(
        &self,
        role: Option<String>,
        note: String,
        expires_at: Timestamp,
        change: Change,
    ) -> Result<(i64, SecretText), AccountError> {
        let secret = keys::invitation_new()?;
        let new = NewCode {
            code_hash: secret.hash(),
            purpose: CodePurpose::Invitation,
            role: role.or_else(|| Some(ROLE.to_owned())),
            user: None,
            note,
            made_by: change.who.clone(),
            made_at: change.at.as_microsecond(),
            expires_at: expires_at.as_microsecond(),
        };
        let written = self.inner.store.write(move |conn| {
            role_must_exist(conn, new.role.as_deref().unwrap_or(ROLE))?;
            let full = || StoreError::refused(AccountError::CodesFull);
            let id = code_insert(conn, &new)?.ok_or_else(full)?;
            change.record(conn, &format!("invitation:{id}"), "ok", None, None)?;
            Ok(id)
        });
        Ok((written.await?, secret))
    }

    /// Open invitations with numbers above `after`.
    pub(crate) async fn invitation_list(&self, after: i64, limit: i64) -> Result<Vec<Code>, AccountError> {
        let now = self.inner.clock.now().as_microsecond();
        let read = self
            .inner
            .store
            .read(move |conn| store::code_list(conn, CodePurpose::Invitation, after, now, limit));
        Ok(read.await?)
    }

    /// Takes an invitation's force.
    pub(crate) async fn invitation_revoke(&self, id: i64, change: Change) -> Result<(), AccountError> {
        let written = self.inner.store.write(move |conn| {
            if !code_delete(conn, CodePurpose::Invitation, id)? {
                let what = format!("open invitation {id}");
                return Err(StoreError::refused(AccountError::Missing { what }));
            }
            change.record(conn, &format!("invitation:{id}"), "ok", None, None)
        });
        Ok(written.await?)
    }

    /// Makes a code by which its holder gives this person a new password. An earlier one loses its force; the present
    /// password stays good until then.
    pub(crate) async fn reset_code_add(
        &self,
        user: UserId,
        expires_at: Timestamp,
        change: Change,
    ) -> Result<SecretText, AccountError> {
        let secret = keys::reset_code_new()?;
        let new = NewCode {
            code_hash: secret.hash(),
            purpose: CodePurpose::Reset,
            role: None,
            user: Some(user),
            note: String::new(),
            made_by: change.who.clone(),
            made_at: change.at.as_microsecond(),
            expires_at: expires_at.as_microsecond(),
        };
        self.change_user(user, change, move |conn| {
            let full = || StoreError::refused(AccountError::CodesFull);
            code_insert(conn, &new)?.ok_or_else(full)
        })
        .await?;
        Ok(secret)
    }

    /// Uses a code: the person has this password from now on, and no session any more. Gives who it is and the clients
    /// whose sessions ended.
    pub(crate) async fn reset_by_code(
        &self,
        code: &str,
        new: String,
        source: &Source,
        change: Change,
    ) -> Result<(UserId, Vec<String>), AccountError> {
        password_check(&new)?;
        let code = self.open_code(code, CodePurpose::Reset).await?;
        let user = code.user.ok_or(AccountError::BadCode)?;
        let phc = self.hash_checked(new).await?;
        let end = End {
            user,
            by: EndedBy::Password,
            address: source.to_string(),
            at: change.at.as_microsecond(),
        };
        let ended = self
            .change_user(user, change, move |conn| {
                if !code_delete(conn, CodePurpose::Reset, code.id)? {
                    return Err(StoreError::refused(AccountError::BadCode));
                }
                store::user_set_password(conn, user, Some(&phc))?;
                sessions::end_others(conn, &end, None)
            })
            .await?;
        Ok((user, ended))
    }

    async fn open_code(&self, text: &str, purpose: CodePurpose) -> Result<Code, AccountError> {
        let hash = keys::key_hash(text).ok_or(AccountError::BadCode)?;
        let now = self.inner.clock.now().as_microsecond();
        let found = self
            .inner
            .store
            .read(move |conn| code_by_hash(conn, &hash, purpose, now))
            .await?;
        found.ok_or(AccountError::BadCode)
    }
}

fn closed(why: &'static str) -> AccountError {
    AccountError::SignUpClosed { why }
}

fn taken(username: &str) -> AccountError {
    AccountError::Taken {
        what: format!("username {username:?}"),
    }
}

pub(super) fn not_heard(not_heard: NotHeard) -> AccountError {
    match not_heard {
        NotHeard::LockedOut { retry_at } => AccountError::TooMany { retry_at },
        NotHeard::Busy => AccountError::SignIn(not_heard.into()),
    }
}

impl From<NoRandom> for super::sign_in::SignInError {
    fn from(none: NoRandom) -> Self {
        Self::Unavailable(none.into())
    }
}
