//! `/API/admin/..`: what operators do, each with an operator's token: the commands behind it want nothing less.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Id};
use super::ask::{Ask, field, text, whole};
use super::bot;
use super::user::OUTSIDE;
use crate::booking::UserId;
use crate::command::Caller;
use crate::error::Error;
use crate::registry::permissions::Permission;
use crate::wire::{ErrorCode, Value};

/// Lines of a log.
const LINES: i64 = 10;

/// A building as a circle.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Building {
    #[schemars(length(min = 1, max = 50))]
    id: String,
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[schemars(range(min = -90, max = 90))]
    latitude: f64,
    #[schemars(range(min = -180, max = 180))]
    longitude: f64,
    /// Metres; may be spelt `radius`.
    #[serde(alias = "radius")]
    radious: f64,
}

/// Somebody who is online.
#[derive(Serialize, JsonSchema)]
pub(super) struct Online {
    id: String,
    online: bool,
    latitude: Option<f64>,
    longitude: Option<f64>,
    /// The building.
    b_id: Option<String>,
    /// The range, in metres.
    radious: f64,
    /// Open sessions.
    counter: i64,
}

/// What somebody did.
#[derive(Serialize, JsonSchema)]
pub(super) struct UserLine {
    timestamp: String,
    message: String,
}

/// What a bot said.
#[derive(Serialize, JsonSchema)]
pub(super) struct BotLine {
    bot_id: String,
    timestamp: String,
    message: String,
}

/// Whether a bot may speak.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Clearance {
    id: String,
    state: State,
}

/// Yes or no, as a number or as a truth.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum State {
    Truth(bool),
    Number(#[schemars(range(max = 1))] u8),
}

pub(super) async fn add_building(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Building = ask.read()?;
    let caller = ask.caller().await?;
    let building = [
        ("building", Value::from(said.id)),
        ("name", said.name.into()),
        ("latitude", said.latitude.into()),
        ("longitude", said.longitude.into()),
        ("radius_m", said.radious.into()),
    ];
    ask.call(&caller, "s.addbuilding", building).await?;
    Ok(Answer::nothing())
}

pub(super) async fn buildings(ask: &Ask<'_>) -> Result<Answer, Error> {
    operator(ask).await?;
    bot::buildings(ask).await
}

pub(super) async fn users(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = ask.caller().await?;
    let people = ask.all(&caller, "s.users", &[], (None, "user_id")).await?;
    Answer::json(&ids(&people, "user"))
}

pub(super) async fn online(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = operator(ask).await?;
    let people = ask.all(&caller, "s.online", &[], (Some("people"), "user_id")).await?;
    let mut rows = Vec::with_capacity(people.len());
    for person in &people {
        let id = text(person, "user");
        // Whoever has never said where they are is online all the same.
        let at = ask
            .call(&caller, "s.whereis", [("user", Value::from(id.as_str()))])
            .await;
        let at = at.unwrap_or(Value::Null);
        let figure = |name| field(&at, name).and_then(number);
        rows.push(Online {
            id,
            online: true,
            latitude: figure("latitude"),
            longitude: figure("longitude"),
            b_id: field(&at, "building").and_then(Value::as_text).map(str::to_owned),
            radious: ask.api.house.places.range_of(UserId(whole(person, "user_id"))),
            counter: whole(person, "sessions"),
        });
    }
    Answer::json(&rows)
}

pub(super) async fn in_building(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = operator(ask).await?;
    let building = [("building", Value::from(ask.named.as_str()))];
    let people = ask
        .all(&caller, "s.peoplein", &building, (Some("people"), "user_id"))
        .await?;
    let online = ask.online(&people);
    Answer::json(&online.map(|id| Id { id }).collect::<Vec<_>>())
}

pub(super) async fn log_of_user(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = operator(ask).await?;
    let kinds = ["sign_in", "sign_out", "movement", "message"].map(Value::from);
    let mut wanted = vec![
        ("user", Value::from(ask.named.as_str())),
        ("limit", LINES.into()),
        ("kinds", Value::Array(kinds.to_vec())),
    ];
    // Only admins read what others wrote; a manager is shown that they did.
    if caller.may(Permission::Admin) {
        wanted.push(("texts", true.into()));
    }
    let page = ask.call(&caller, "s.personlog", wanted).await?;
    let lines = field(&page, "lines").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().map(|line| UserLine {
        timestamp: text(line, "at"),
        message: told(ask, line),
    });
    Answer::json(&lines.collect::<Vec<_>>())
}

/// A line of a person's log in the words of the first system.
fn told(ask: &Ask<'_>, line: &Value) -> String {
    let name = |id: &str| {
        let building = ask.api.house.places.building(id);
        building.map_or_else(|_| id.to_owned(), |building| building.name.to_string())
    };
    let building = |of: &str| field(line, of).and_then(Value::as_text).map(name);
    match text(line, "kind").as_str() {
        "sign_in" => match building("building") {
            Some(building) => format!("Logged in. Currently in {building}"),
            None => "Logged in. Currently out of IST registered facilities".to_owned(),
        },
        "sign_out" => "Logged out.".to_owned(),
        "movement" => {
            let [from, to] = ["from", "to"].map(|of| building(of).unwrap_or_else(|| OUTSIDE.to_owned()));
            format!("Moved from: {from} to: {to}")
        }
        _ => match field(line, "body").and_then(Value::as_text) {
            Some(body) => body.to_owned(),
            None => {
                let (characters, people) = (whole(line, "characters"), whole(line, "recipients"));
                format!("Message of {characters} characters to {people} people")
            }
        },
    }
}

pub(super) async fn log_of_building(ask: &Ask<'_>) -> Result<Answer, Error> {
    let caller = ask.caller().await?;
    let wanted = [
        ("building", Value::from(ask.named.as_str())),
        ("limit", LINES.into()),
        ("kinds", Value::Array(vec!["message".into()])),
    ];
    let page = ask.call(&caller, "s.buildinglog", wanted).await?;
    let lines = field(&page, "lines").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().map(|line| BotLine {
        bot_id: text(line, "bot"),
        timestamp: text(line, "at"),
        message: text(line, "body"),
    });
    Answer::json(&lines.collect::<Vec<_>>())
}

pub(super) async fn clear_bot(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Clearance = ask.read()?;
    let caller = ask.caller().await?;
    let command = match said.state {
        State::Truth(true) | State::Number(1) => "s.authorisebot",
        State::Truth(false) | State::Number(0) => "s.revokebot",
        State::Number(other) => {
            let message = format!("`state` is {other}, wanted 0 or 1");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
    };
    ask.call(&caller, command, [("bot", Value::from(said.id))]).await?;
    Ok(Answer::nothing())
}

pub(super) async fn bots(ask: &Ask<'_>) -> Result<Answer, Error> {
    let authorised = match ask.named.as_str() {
        "0" => false,
        "1" => true,
        other => {
            let message = format!("got {other:?}, wanted 0 or 1");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
    };
    let caller = ask.caller().await?;
    let bots = ask
        .all(&caller, "s.bots", &[("authorised", authorised.into())], (None, "bot"))
        .await?;
    Answer::json(&ids(&bots, "bot"))
}

/// Whoever asks, if they operate.
async fn operator(ask: &Ask<'_>) -> Result<Caller, Error> {
    let caller = ask.caller().await?;
    if caller.is_operator() {
        return Ok(caller);
    }
    Err(Error::new(
        ErrorCode::Forbidden,
        "this is for operators: show the token of one",
    ))
}

fn ids(rows: &[Value], name: &str) -> Vec<Id> {
    rows.iter().map(|row| Id { id: text(row, name) }).collect()
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| {
        value
            .as_integer()
            .and_then(|whole| i32::try_from(i128::from(whole)).ok())
            .map(f64::from)
    })
}
