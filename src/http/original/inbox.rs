//! `/API/user/message/receive`: what a session has not fetched of its person's messages, each as a JSON text.
//!
//! A session that fetches for the first time has what came since it began, and what the person has not read before.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::answer::Answer;
use super::ask::{Ask, field, text, whole};
use super::user::Fetch;
use crate::command::Caller;
use crate::error::Error;
use crate::message::commands::LIMIT_MAX;
use crate::registry::actor::{ClientListed, ListUser};
use crate::wire::{ErrorCode, Value};

/// Pages of one answer, and pages that are looked through for the beginning of a session.
const PAGES_MAX: usize = 5;

/// One message.
#[derive(Serialize)]
struct Message {
    timestamp: String,
    id: String,
    message: String,
}

pub(super) async fn receive(ask: &Ask<'_>) -> Result<Answer, Error> {
    let said: Fetch = ask.read()?;
    let caller = ask.person(&said.id, said.token.as_deref()).await?;
    let session = session(ask, &caller, &said.socket_id).await?;
    let fetched = &ask.api.fetched;
    let known = fetched.place(&session.client_id);
    let mut place = match known {
        Some(place) => place,
        None => beginning(ask, &caller, session.connected_at).await?,
    };
    let before = place;
    let mut texts = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = [("after", place.into()), ("limit", LIMIT_MAX.into())];
        let page = ask.call(&caller, "s.inbox", page).await?;
        let lines = rows(&page);
        for line in lines {
            let message = Message {
                timestamp: text(line, "at"),
                id: text(line, "from"),
                message: text(line, "body"),
            };
            texts.push(serde_json::to_string(&message).unwrap_or_default());
            place = place.max(whole(line, "seq"));
        }
        if lines.is_empty() {
            break;
        }
    }
    if place > before {
        ask.call(&caller, "s.read", [("upto", Value::from(place))]).await?;
    }
    fetched.keep(session.client_id.to_string(), place);
    Answer::json(&texts)
}

/// The caller's own session of that id.
async fn session(ask: &Ask<'_>, caller: &Caller, id: &str) -> Result<ClientListed, Error> {
    let client_id = ask.api.clients.of(id).unwrap_or_else(|| Arc::from(id));
    let sessions = ask.api.house.registry.ask(ListUser(caller.user()?)).await?;
    let own = sessions.into_iter().find(|session| *session.client_id == *client_id);
    own.ok_or_else(|| Error::new(ErrorCode::Forbidden, "`socket_id` is no session of yours"))
}

/// Before what came since the session began, and before what was not read.
async fn beginning(ask: &Ask<'_>, caller: &Caller, began_at: Timestamp) -> Result<i64, Error> {
    let mut before = i64::MAX;
    let mut place = i64::MAX;
    for _ in 0..PAGES_MAX {
        let page = [("before", before.into()), ("limit", LIMIT_MAX.into())];
        let page = ask.call(caller, "s.inbox", page).await?;
        place = place.min(whole(&page, "read_seq"));
        let since = |line: &&Value| text(line, "at").parse::<Timestamp>().is_ok_and(|at| at >= began_at);
        let lines = rows(&page);
        match lines.iter().take_while(since).last() {
            Some(oldest) => before = whole(oldest, "seq"),
            None => break,
        }
        place = place.min(before.saturating_sub(1));
    }
    Ok(place)
}

fn rows(page: &Value) -> &[Value] {
    let rows = field(page, "messages").and_then(Value::as_array);
    rows.map(Vec::as_slice).unwrap_or_default()
}
