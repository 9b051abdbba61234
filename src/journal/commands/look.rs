//! Who may look at the log of a person or a building, and that they did: kept in the audit log where it is not their own.

use crate::account::commands::may_manage;
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::journal::lines::Kind;
use crate::journal::timeline::Person;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Whose log is asked for.
#[derive(Debug)]
pub(super) struct Look {
    /// User name; the caller when left out.
    pub(super) named: Option<String>,
    /// Whether the texts of messages are.
    pub(super) texts: Option<bool>,
}

/// The person whose log this caller may read, with their name.
pub(super) async fn at_person(caller: &Caller, house: &House, look: Look) -> Result<(String, Person), Error> {
    let user = super::meant(caller, house, look.named).await?;
    let is_own = caller.standing.user == Some(user.id);
    let with_texts = look.texts.unwrap_or(is_own);
    if !is_own {
        may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        if with_texts && !caller.may(Permission::Admin) {
            let message = "the texts of others' messages are for admins; leave `texts` out";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        note(
            caller,
            house,
            format!("user:{}", user.id),
            with_texts.then_some("texts"),
        )
        .await?;
    }
    let person = Person {
        user: user.id,
        with_texts,
        now: house.clock.now().as_microsecond(),
    };
    Ok((user.username, person))
}

/// Keeps that an operator looks who went in and out of a building; what bots said is for everybody there anyway.
pub(super) async fn at_building(caller: &Caller, house: &House, building: &str, kinds: &[Kind]) -> Result<(), Error> {
    if kinds == [Kind::Message] {
        return Ok(());
    }
    note(caller, house, format!("building:{building}"), None).await
}

async fn note(caller: &Caller, house: &House, on_what: String, detail: Option<&str>) -> Result<(), Error> {
    let (change, detail) = (caller.change(house.clock.now()), detail.map(str::to_owned));
    let noted = house
        .store
        .write(move |conn| change.record(conn, &on_what, "looked", detail, None));
    Ok(noted.await?)
}
