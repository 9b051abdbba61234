//! Questions of the house to one client: reaches it, asks, waits within a bound, frees everything after.
//!
//! What the client answers travels on as it is. It decides nothing about who may ask.

use std::time::Duration;

use bytes::BytesMut;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{listed, shown};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Reach;
pub(crate) use crate::registry::actor::Reached;
use crate::registry::peer::AskError;
use crate::runtime::metrics::asks_refused;
use crate::wire::{self, Args, ErrorCode, Frame, Value};

/// Arguments passed on to a client.
pub(crate) const PASSED_ARGS_MAX: usize = 64;

/// Arguments for somebody else: an array or a map, looked at by nobody on the way.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Args")]
pub(crate) struct PassedArgs(pub(crate) Args);

impl TryFrom<Args> for PassedArgs {
    type Error = String;

    fn try_from(args: Args) -> Result<Self, String> {
        match args.len() {
            0..=PASSED_ARGS_MAX => Ok(Self(args)),
            got => Err(format!("got {got} arguments to pass on, at most {PASSED_ARGS_MAX}")),
        }
    }
}

impl JsonSchema for PassedArgs {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PassedArgs".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["array", "object"] })
    }
}

/// What somebody else answered: looked at by nobody on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct PassedAnswer(pub(crate) Value);

impl JsonSchema for PassedAnswer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PassedAnswer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// The client of that name or id.
pub(crate) async fn reach(house: &House, client: &str) -> Result<Reached, Error> {
    let found = house.registry.ask(Reach(client.to_owned())).await?;
    found.ok_or_else(|| {
        let message = format!("no client `{}` is connected", shown(client));
        Error::new(ErrorCode::NotFound, message)
    })
}

/// The client of that name or id, if it offers that requestable.
pub(crate) async fn offering(house: &House, client: &str, name: &str) -> Result<Reached, Error> {
    let client = reach(house, client).await?;
    if client.requestables.iter().any(|offered| offered == name) {
        return Ok(client);
    }
    let (code, offered) = (ErrorCode::UnknownRequestable, &client.requestables);
    Err(not_offered(code, "requestable", &client, name, offered))
}

/// The refusal when a client does not offer what is wanted of it.
pub(crate) fn not_offered(code: ErrorCode, what: &str, client: &Reached, wanted: &str, offered: &[String]) -> Error {
    let (name, wanted) = (client.standing.name(), shown(wanted));
    let message = format!("`{name}` has no {what} `{wanted}`, {}", listed(offered));
    Error::new(code, message).detail(&offered)
}

/// How long a client may take, from what the caller wishes and the server allows.
pub(crate) fn patience(house: &House, wished_ms: Option<u64>) -> Result<Duration, Error> {
    let limits = &house.config.limits;
    match wished_ms {
        Some(0) => Err(Error::new(
            ErrorCode::BadArguments,
            "got 0 for `deadline_ms`, wanted at least 1",
        )),
        wished => {
            let ms = wished.unwrap_or(limits.command_deadline_ms_default);
            Ok(Duration::from_millis(ms.min(limits.command_deadline_ms_max)))
        }
    }
}

/// Puts the question and waits; a client that vanishes is heard of at once, its own error is passed on.
pub(crate) async fn ask(
    house: &House,
    client: &Reached,
    within: Duration,
    frame: impl FnOnce(u64) -> Frame,
) -> Result<Value, Error> {
    let name = client.standing.name();
    let open = client
        .peer
        .question(|id| fitting(frame(id), house.config.limits.frame_bytes));
    let open = open?.map_err(|err| refused(&name, err))?;
    match tokio::time::timeout(within, open.answer()).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(own))) => Err(own.into()),
        Ok(Err(_)) => Err(refused(&name, AskError::Closed)),
        Err(_) => {
            let message = format!("`{name}` did not answer within {} ms", within.as_millis());
            Err(Error::new(ErrorCode::Timeout, message))
        }
    }
}

/// A frame over the limit would cost the asked one its connection.
fn fitting(frame: Frame, frame_bytes_max: usize) -> Result<Frame, Error> {
    const LENGTH_BYTES: usize = 4;
    let mut out = BytesMut::new();
    wire::encode(&frame, &mut out).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))?;
    let got = out.len().saturating_sub(LENGTH_BYTES);
    if got > frame_bytes_max {
        let message = format!("the question to the client would have {got} bytes, at most {frame_bytes_max} fit");
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    Ok(frame)
}

fn refused(name: &str, err: AskError) -> Error {
    let code = match err {
        AskError::Full => {
            asks_refused();
            ErrorCode::Busy
        }
        AskError::Closed => ErrorCode::Unavailable,
    };
    Error::new(code, format!("`{name}`: {err}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_to_pass_on_are_bounded() {
        let args = |count| Args::Position(vec![Value::Null; count]);
        assert!(PassedArgs::try_from(args(PASSED_ARGS_MAX)).is_ok());
        assert!(PassedArgs::try_from(args(PASSED_ARGS_MAX + 1)).is_err());
    }

    #[test]
    fn a_question_as_long_as_a_frame_is_put_and_one_byte_more_is_not() {
        let text = |letters: usize| {
            Frame::Request(wire::Request {
                id: 1,
                name: "x".repeat(letters),
                args: Args::default(),
            })
        };
        let mut out = BytesMut::new();
        wire::encode(&text(1_000), &mut out).unwrap();
        let exact = out.len() - 4;
        assert!(fitting(text(1_000), exact).is_ok());
        let err = fitting(text(1_001), exact).unwrap_err();
        assert_eq!(err.code(), ErrorCode::TooLarge);
    }
}
