//! Messages that are kept: who may send one, to whom, and how it is handed to the mail.
//!
//! What is sent by people needs an account: an inbox has to say whom to answer. Bots and cars have commands of their own.

use std::future::Future;

use super::{Posted, kind, muted, places};
use crate::command::{Caller, dispatch};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Keep, Letter, Pending, Sent};
use crate::message::store::{SenderKind, To};
use crate::message::{refusal, rules};
use crate::registry::permissions::Permission;
use crate::runtime::metrics::message_ended;
use crate::wire::{ErrorCode, Target};

/// A message that one person sends.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Whom it is for.
    pub(crate) to: To,
    /// What is said.
    pub(crate) body: String,
    /// For how many seconds it is kept.
    pub(crate) expires_in_s: Option<u64>,
}

/// Hands a message to the writer, or says why not.
pub(crate) fn keep(house: &House, caller: &Caller, wanted: Wanted) -> Result<Pending, Error> {
    let sender = sender(house, caller)?;
    house.mail.post(Letter {
        kind: SenderKind::User,
        sender: Some(sender),
        sender_name: caller.username(),
        to: wanted.to,
        body: wanted.body,
        expires_in_s: wanted.expires_in_s,
        origin: None,
        keep: caller.request.clone().map(|key| (key, KEEP)),
    })
}

/// The account a message is sent from.
pub(super) fn sender(house: &House, caller: &Caller) -> Result<crate::account::UserId, Error> {
    if let Some(err) = muted(house, caller) {
        return Err(err);
    }
    if !caller.may(Permission::User) {
        let message = format!("a message needs the permission `{}`", Permission::User);
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    caller.standing.user.ok_or_else(|| {
        let message = "a message that is kept needs an account: sign in with a user name";
        Error::new(ErrorCode::Unauthenticated, message)
    })
}

/// Makes the answer that a retry hears.
const KEEP: Keep = kept;

fn kept(sent: Sent) -> Option<Vec<u8>> {
    dispatch::kept(Ok(Posted::from(sent)))
}

impl From<Sent> for Posted {
    fn from(sent: Sent) -> Self {
        Self {
            message: sent.message,
            pushed: None,
            recipients: Some(sent.recipients),
        }
    }
}

/// The message of a `send` frame, handed to the writer.
pub(crate) async fn keep_frame(house: &House, caller: &Caller, to: &Target, body: String) -> Result<Pending, Error> {
    let to = match to {
        Target::User(name) => To::People(vec![name.clone()]),
        Target::Room(name) => To::Room {
            name: name.clone(),
            whisper: Vec::new(),
        },
        Target::Building(id) => places::building(house, caller, id).await?,
        Target::RangeM(range_m) => places::range(house, caller, *range_m).await?,
        said @ (Target::Client(_) | Target::All(_)) => {
            let message = format!("a message to `{}` is said, not kept", kind(said));
            return Err(Error::new(ErrorCode::Internal, message));
        }
    };
    let wanted = Wanted {
        to,
        body,
        expires_in_s: None,
    };
    keep(house, caller, wanted)
}

/// Counts how a message to this kind of target ended, and gives the answer.
pub(crate) async fn counted(
    target: &'static str,
    sent: impl Future<Output = Result<Sent, Error>>,
) -> Result<Posted, Error> {
    let sent = sent.await;
    let outcome = sent.as_ref().map_or_else(|err| err.code().as_str(), |_| "ok");
    message_ended(target, outcome);
    sent.map(Posted::from)
}

/// The people named in a command.
pub(super) fn people(names: Vec<String>) -> Result<To, Error> {
    rules::named(names).map(To::People).map_err(|err| refusal::of(&err))
}

/// A room, or those named of it.
pub(super) fn room(name: String, names: Vec<String>) -> Result<To, Error> {
    let whisper = if names.is_empty() {
        Vec::new()
    } else {
        rules::named(names).map_err(|err| refusal::of(&err))?
    };
    Ok(To::Room { name, whisper })
}

/// The building of a notice, if there is one of that id.
pub(super) fn building_id(house: &House, building: Option<String>) -> Result<Option<String>, Error> {
    if let Some(id) = &building {
        drop(house.places.building(id)?);
    }
    Ok(building)
}
