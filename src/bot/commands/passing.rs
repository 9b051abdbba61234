//! Passing on what a bot said: to everybody who is in its building and connected now.
//!
//! It goes into their inboxes like any message, so that whoever loses the connection meanwhile has it later. Passed on again,
//! because nobody noted any more that it was, it is still one message.

use crate::booking::UserId;
use crate::bot::{BotMessage, speech};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::Letter;
use crate::message::store::{BUILDING, Found, SenderKind, To};
use crate::runtime::metrics::bot_said;

/// People of a building that are looked at in one step.
const STEP: usize = 1_000;

/// Passes on what is written down already. What cannot be passed on now, the service `bot-schedules` tries again: nobody
/// else is held up by it.
pub(crate) async fn pass_on_or_later(house: &House, said: &BotMessage, by: &'static str) {
    if let Err(err) = pass_on(house, said, by).await {
        tracing::warn!(bot = said.bot, message.id = said.id, %err, "what a bot said could not be passed on yet");
    }
}

/// Passes on what is written down already, and writes to how many. `by` is for figures.
async fn pass_on(house: &House, said: &BotMessage, by: &'static str) -> Result<(), Error> {
    let people = listeners(house, &said.building);
    let heard = if people.is_empty() {
        0
    } else {
        send(house, said, people).await?
    };
    speech::told(&house.store, said.id, heard).await?;
    bot_said(by, heard);
    Ok(())
}

/// Who is in a building and online.
fn listeners(house: &House, building: &str) -> Vec<UserId> {
    let (mut there, mut after) = (Vec::new(), UserId(i64::MIN));
    loop {
        let step = house.places.members(building, after, STEP);
        let Some((last, _)) = step.last() else { return there };
        after = *last;
        there.extend(
            step.iter()
                .map(|(user, _)| *user)
                .filter(|user| house.presence.is_online(*user)),
        );
    }
}

/// As one message; the same one when it was sent before. Says to how many.
async fn send(house: &House, said: &BotMessage, people: Vec<UserId>) -> Result<usize, Error> {
    let letter = Letter {
        kind: SenderKind::Bot,
        sender: None,
        sender_name: said.bot.clone(),
        to: To::Found(Found {
            target: BUILDING,
            name: Some(said.building.clone()),
            seen: people.len(),
            people,
        }),
        body: said.body.clone(),
        expires_in_s: None,
        origin: Some(format!("bot:{}", said.id)),
        keep: None,
    };
    Ok(house.mail.post(letter)?.sent().await?.recipients)
}
