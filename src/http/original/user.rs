//! `/API/user/..`: where one is, who is there, messages. Each body says who asks, and its token proves it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Id};
use super::ask::{Ask, field, text};
use crate::error::Error;
use crate::wire::{ErrorCode, Value};

/// Where nobody is in a building.
pub(super) const OUTSIDE: &str = "Out of IST registered facilities";
/// Letters of a message; the first system lost longer ones from its log.
const MESSAGE_LETTERS_MAX: usize = 250;

/// Where somebody is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Coordinates {
    id: String,
    #[schemars(range(min = -90, max = 90))]
    latitude: f64,
    #[schemars(range(min = -180, max = 180))]
    longitude: f64,
    /// A bearer token of that person; the one of the request where it is left out.
    token: Option<String>,
}

/// How far one's range goes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    id: String,
    /// Metres; may be spelt `radius`.
    #[serde(alias = "radius")]
    radious: f64,
    token: Option<String>,
}

/// Who asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Me {
    id: String,
    token: Option<String>,
}

/// Around where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Around {
    id: String,
    #[schemars(range(min = -90, max = 90))]
    latitude: f64,
    #[schemars(range(min = -180, max = 180))]
    longitude: f64,
    /// Metres; may be spelt `radius`.
    #[serde(alias = "radius")]
    radious: f64,
    token: Option<String>,
}

/// What is said to whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    id: String,
    users: Users,
    #[schemars(length(min = 1, max = 250))]
    message: String,
    token: Option<String>,
}

/// People, as a list or one a line.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Users {
    List(Vec<String>),
    Lines(String),
}

/// Which session fetches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fetch {
    pub(super) id: String,
    /// The client id, or the Socket.IO id, of a session of that person.
    pub(super) socket_id: String,
    pub(super) token: Option<String>,
}

pub(super) async fn coordinates(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Coordinates = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    let place = [("latitude", said.latitude.into()), ("longitude", said.longitude.into())];
    let at = ask.call(&caller, "s.move", place).await?;
    let name = field(&at, "name").and_then(Value::as_text).unwrap_or(OUTSIDE);
    Ok(Answer::Text(name.to_owned()))
}

pub(super) async fn range(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Range = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    ask.call(&caller, "s.setrange", [("radius_m", said.radious.into())])
        .await?;
    Ok(Answer::Text(String::new()))
}

pub(super) async fn building(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Me = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    let people = ask
        .all(&caller, "s.peoplehere", &[], (Some("people"), "user_id"))
        .await?;
    let ids = people.iter().map(|person| Id {
        id: text(person, "user"),
    });
    Answer::json(&ids.collect::<Vec<_>>())
}

pub(super) async fn around(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Around = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    let around = [
        ("latitude", said.latitude.into()),
        ("longitude", said.longitude.into()),
        ("radius_m", said.radious.into()),
    ];
    let people = ask
        .all(&caller, "s.peoplenear", &around, (Some("people"), "user_id"))
        .await?;
    let names = people.iter().map(|person| text(person, "user"));
    Answer::json(&names.collect::<Vec<_>>())
}

pub(super) async fn send(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Message = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    let letters = said.message.chars().count();
    if letters > MESSAGE_LETTERS_MAX {
        let message = format!("`message` has {letters} letters, wanted at most {MESSAGE_LETTERS_MAX}");
        return Err(Error::new(ErrorCode::BadArguments, message));
    }
    let users: Vec<String> = match said.users {
        Users::List(users) => users,
        Users::Lines(text) => text
            .lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    if users.is_empty() {
        return Err(Error::new(ErrorCode::BadArguments, "`users` names nobody"));
    }
    let users = Value::Array(users.into_iter().map(Value::Text).collect());
    ask.call(&caller, "s.send", [("body", said.message.into()), ("users", users)])
        .await?;
    Ok(Answer::Text(String::new()))
}
