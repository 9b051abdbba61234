//! Whose faces a call is about, and what proves that it is the person's own will.
//!
//! No command of its own. A person decides about their own face; operators act for others, admins alone for admins, and
//! enrol nobody without that person's consent.

use crate::account::User;
use crate::account::commands::may_manage;
use crate::command::Caller;
use crate::error::Error;
use crate::face::consent::ConsentText;
use crate::face::vault::{Consent, Proof};
use crate::house::House;
use crate::wire::ErrorCode;

/// Somebody a call is about.
pub(super) struct Person {
    pub(super) user: User,
    /// Whether it is the caller.
    pub(super) is_self: bool,
}

/// The one who is named, or the caller; others only for operators.
pub(super) async fn named(caller: &Caller, house: &House, named: Option<&str>) -> Result<Person, Error> {
    let own = caller.username();
    if named.is_none_or(|named| named == own) {
        let user = house.accounts.user_by_id(caller.user()?).await?;
        return Ok(Person { user, is_self: true });
    }
    if !caller.is_operator() {
        let message = format!("{} for somebody else needs the permission `manager`", caller.command);
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    let user = house.accounts.user_by_name(named.unwrap_or_default()).await?;
    may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
    Ok(Person { user, is_self: false })
}

/// What a person proves themselves with, in the call.
pub(super) struct Secrets {
    pub(super) password: Option<String>,
    pub(super) pin: Option<String>,
}

impl Secrets {
    /// Checks the one that is given; says which it was, or that there was none.
    pub(super) async fn check(&self, caller: &Caller, house: &House, user: &User) -> Result<Option<Proof>, Error> {
        match (&self.password, &self.pin) {
            (Some(password), None) => {
                let accounts = &house.accounts;
                let proven = accounts.by_password(&user.username, password, &caller.source).await?;
                Ok((proven.id == user.id).then_some(Proof::Password))
            }
            (None, Some(pin)) => {
                house.accounts.check_pin(user.id, pin, &caller.source).await?;
                Ok(Some(Proof::Pin))
            }
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(bad("wanted the `password` or the `pin` of the person, got both")),
        }
    }
}

/// The consent for an enrolment: given now and proven, or, where an operator acts, standing for the present text.
pub(super) async fn consent(
    caller: &Caller,
    house: &House,
    person: &Person,
    version: Option<&str>,
    secrets: &Secrets,
) -> Result<Consent, Error> {
    let text = house.faces.consent_text()?;
    if let Some(version) = version {
        is_current(version, text)?;
    }
    let proof = secrets.check(caller, house, &person.user).await?;
    match (version, proof) {
        (Some(_), Some(proof)) => Ok(Consent::Given {
            version: text.version.clone(),
            text: text.text.clone(),
            proof,
        }),
        (None, Some(_)) => Err(bad(
            "wanted `consent`, the version of the text that s.faceconsent() gives",
        )),
        (_, None) if person.is_self => Err(bad("wanted your `password` or your `pin`, as proof that it is you")),
        (_, None) => {
            let listed = house.faces.vault().list(person.user.id, house.clock.now()).await?;
            if listed.consent.is_some_and(|standing| standing.version == text.version) {
                return Ok(Consent::Standing);
            }
            let message = "this person did not agree to the present text: they call s.giveconsent, or give their password or \
                           PIN with this call";
            Err(Error::new(ErrorCode::Forbidden, message))
        }
    }
}

/// Whoever agrees has seen this very text.
pub(super) fn is_current(version: &str, text: &ConsentText) -> Result<(), Error> {
    if version == text.version {
        return Ok(());
    }
    let shown: String = version.chars().take(32).flat_map(char::escape_debug).collect();
    let current = &text.version;
    Err(Error::new(
        ErrorCode::BadArguments,
        format!("the version of the text is {current}, got `{shown}`; s.faceconsent() gives the text"),
    ))
}

pub(super) fn bad(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::BadArguments, message)
}
