//! `s.eraseperson(user, confirm)`: the end of everything that is held of a person and can end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::commands::{may_manage, refresh};
use crate::account::{User, UserId};
use crate::booking::store::booking_has_live;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::vault::VaultError;
use crate::house::House;
use crate::journal::personal::{Ended, erase, name_of_nobody};
use crate::registry::actor::Refresh;
use crate::registry::permissions::{Permission, Permissions};
use crate::store::StoreError;
use crate::wire::ErrorCode;

/// Erases a person: their sessions end, their face and its key are destroyed, what is theirs goes, and what must stay for
/// accounting and proof, such as bookings, leads to an account without a name. It cannot be undone. People erase themselves
/// with their password, operators others. Somebody with a live booking is refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErasePerson {
    /// Their user name.
    user: String,
    /// The same user name once more.
    confirm: String,
    /// Their password, where people erase themselves and have one.
    password: Option<String>,
}

/// The receipt.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Receipt {
    user_id: i64,
    /// What the account is called now.
    user: String,
    erased_at: String,
    /// The receipt for their faces, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    face_receipt: Option<String>,
    tables: Vec<Line>,
}

/// What became of one table.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Line {
    table: &'static str,
    /// The column by which these rows were the person's.
    by: &'static str,
    rows: usize,
    /// deleted, emptied, renamed, kept or elsewhere.
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl From<&Ended> for Line {
    fn from(ended: &Ended) -> Self {
        Self {
            table: ended.holding.table,
            by: ended.holding.by.column(),
            rows: ended.rows,
            fate: ended.holding.fate.as_str(),
            why: ended.holding.fate.why(),
        }
    }
}

impl Command for ErasePerson {
    const NAME: &'static str = "s.eraseperson";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Receipt;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let person = super::meant(caller, house, Some(self.user)).await?;
        if self.confirm != person.username {
            let message = "`confirm` is not the user name; say it twice to erase somebody for good";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        is_willing(caller, house, &person, self.password).await?;
        let UserId(user_id) = person.id;
        if house
            .store
            .read(move |conn| booking_has_live(conn, UserId(user_id)))
            .await?
        {
            let message = "a booking of theirs is live: cancel or finish it first";
            return Err(Error::new(ErrorCode::NotNow, message));
        }
        // First nobody comes in any more; what follows may then be done again if the process ends in between.
        let mut change = caller.change(house.clock.now());
        let answer_to = change.request.take();
        house.accounts.set_disabled(person.id, true, change.clone()).await?;
        if caller.standing.user == Some(person.id) {
            // Whoever erases themselves is to hear the end of it, and may do nothing more.
            let nothing = Refresh::User(person.id, Some(Permissions::NONE));
            house.registry.ask(nothing).await?;
        } else {
            refresh(house, person.id).await?;
        }
        let face_receipt = match house
            .faces
            .vault()
            .erase(person.id, None, change.clone(), Box::new(|_| None))
            .await
        {
            Ok(receipt) => Some(receipt.receipt),
            Err(VaultError::Nothing(_)) => None,
            Err(err) => return Err(err.into()),
        };
        change.request = answer_to;
        let erased_at = change.at.to_string();
        let id = person.id;
        house.places.forget(id);
        let written = house.store.write(move |conn| {
            if booking_has_live(conn, person.id)? {
                let what = "a booking made in the meantime".to_owned();
                return Err(StoreError::Conflict { what });
            }
            let (ended, contents) = erase(conn, &person, change.at.as_microsecond())?;
            let receipt = Receipt {
                user_id,
                user: name_of_nobody(person.id),
                erased_at,
                face_receipt,
                tables: ended.iter().map(Line::from).collect(),
            };
            let rows: usize = ended.iter().map(|one| one.rows).sum();
            let detail = Some(format!("{rows} rows looked after"));
            let answer = kept(Ok(&receipt));
            change.record(conn, &format!("user:{user_id}"), "ok", detail, answer.as_deref())?;
            Ok((receipt, contents))
        });
        let (receipt, contents) = written.await?;
        // Whatever was said while that was on its way: the store takes nothing of them any more, nor does memory keep it.
        house.places.forget(id);
        house.files.forget_contents(contents.0);
        Ok(receipt)
    }
}

/// Whether this is the person's own will, or that of somebody above them.
async fn is_willing(caller: &Caller, house: &House, person: &User, password: Option<String>) -> Result<(), Error> {
    if caller.standing.user != Some(person.id) {
        return may_manage(caller, &house.accounts.standing_of(person.id).await?);
    }
    if !person.has_password {
        return Ok(());
    }
    let Some(password) = password else {
        let message = "erasing oneself needs the own `password`";
        return Err(Error::new(ErrorCode::BadArguments, message));
    };
    house
        .accounts
        .by_password(&person.username, &password, &caller.source)
        .await?;
    Ok(())
}
