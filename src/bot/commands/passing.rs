//! Passing on what a bot said: to everybody who is in its building and connected now.
//!
//! It goes into their inboxes like any message, so that whoever loses the connection meanwhile has it later.

use crate::booking::UserId;
use crate::bot::{BotMessage, speech};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::Letter;
use crate::message::store::{SenderKind, To};
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
async fn pass_on(house: &House, said: &BotMessage, by: &'static str) -> Result<usize, Error> {
    let there = listeners(house, &said.building);
    // One message reaches so many; where more are there, it is sent in parts.
    let part = house.config.limits.message_recipients.max(1);
    for people in there.chunks(part) {
        send(house, said, people.to_vec()).await?;
    }
    speech::told(&house.store, said.id, there.len()).await?;
    bot_said(by, there.len());
    Ok(there.len())
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

async fn send(house: &House, said: &BotMessage, people: Vec<UserId>) -> Result<(), Error> {
    let letter = Letter {
        kind: SenderKind::Bot,
        sender: None,
        sender_name: said.bot.clone(),
        to: To::Found {
            target: "building",
            name: Some(said.building.clone()),
            people,
        },
        body: said.body.clone(),
        expires_in_s: None,
        keep: None,
    };
    house.mail.post(letter)?.sent().await.map(drop)
}
