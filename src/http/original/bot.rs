//! `/API/bot/..`: how a bot is, its registration and its key, and what it says, which its key proves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Named};
use super::ask::{Ask, is, text};
use crate::command::Caller;
use crate::error::Error;
use crate::wire::{ClientKind, ErrorCode, Value};

/// How a bot is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Checked {
    /// 1: it is there, may speak and does not run.
    available: u8,
    state: String,
    /// 1: nobody has this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<u8>,
    /// 0: it may not speak.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<u8>,
}

/// A bot that wants to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    id: String,
    /// The building in which it speaks.
    b_id: String,
    /// Whose bot it is; the token of the request where it is left out.
    token: Option<String>,
}

/// Its key, which is shown this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct Registered {
    pass: String,
}

/// A bot and what it says is its key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    id: String,
    pass: String,
}

/// Whether it is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Known {
    auth: u8,
}

/// What a bot says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    id: String,
    #[schemars(length(min = 1, max = 250))]
    message: String,
    /// Its key; the bearer token of the request where it is left out.
    pass: Option<String>,
}

pub(super) async fn check(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = ask.caller().await?;
    Answer::json(&checked(ask, &caller, &ask.named).await?)
}

pub(super) async fn buildings(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = ask.caller().await?;
    let buildings = ask
        .all(&caller, "s.buildings", &[], (Some("buildings"), "building"))
        .await?;
    let named = buildings.iter().map(|building| Named {
        name: text(building, "name"),
        id: text(building, "building"),
    });
    Answer::json(&named.collect::<Vec<_>>())
}

pub(super) async fn register(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Register = ask.read()?;
    let caller = ask.bearer(said.token.as_deref()).await?;
    let bot = [("bot", said.id.into()), ("building", said.b_id.into())];
    let made = ask.call(&caller, "s.registerbot", bot).await?;
    Answer::json(&Registered {
        pass: text(&made, "key"),
    })
}

pub(super) async fn auth(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Auth = ask.read()?;
    bot(ask, &said.id, Some(&said.pass)).await?;
    Answer::json(&Known { auth: 1 })
}

pub(super) async fn message(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Message = ask.read()?;
    let caller = bot(ask, &said.id, said.pass.as_deref()).await?;
    ask.call(&caller, "s.botmessage", [("body", Value::from(said.message))])
        .await?;
    Answer::json(&checked(ask, &caller, &said.id).await?)
}

/// The bot of that id, if the key is its own. Whether there is such a bot is not told to who has no key.
async fn bot(ask: &Ask<'_>, id: &str, key: Option<&str>) -> Result<Caller, Error> {
    let caller = ask.bearer(key).await?;
    if caller.standing.kind == ClientKind::Bot && *caller.standing.name() == id {
        return Ok(caller);
    }
    Err(Error::new(ErrorCode::BadLogin, "this is not the key of the bot `id`"))
}

async fn checked(ask: &Ask<'_>, caller: &Caller, id: &str) -> Result<Checked, Error> {
    let state = ask.call(caller, "s.botstate", [("bot", Value::from(id))]).await?;
    let (exists, may_speak) = (is(&state, "exists"), is(&state, "authorised"));
    Ok(Checked {
        available: u8::from(is(&state, "available")),
        state: text(&state, "state"),
        new: (!exists).then_some(1),
        auth: (exists && !may_speak).then_some(0),
    })
}
