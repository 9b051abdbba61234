//! `motorpool bot -m`: what a bot says, once or every so many seconds.

use std::time::Duration;

use tokio::sync::oneshot;

use super::{Bot, spoken};
use crate::cli::Failure;
use crate::cli::remote::runtime;
use crate::cli::tool::{note, say};
use crate::client::{Client, named};
use crate::wire::{ClientKind, ErrorCode, Value};

/// Signs in as the bot and speaks.
pub(super) fn speak(bot: &Bot) -> Result<(), Failure> {
    let mut options = bot.options(ClientKind::Bot, Some(bot.key()?))?;
    options.incoming_max = 0;
    runtime()?.block_on(async {
        let connected = Client::connect(bot.server.as_str(), options).await;
        let (client, welcome) = connected.map_err(|error| spoken(&bot.server, &error))?;
        if welcome.name != bot.name {
            client.bye().await;
            let message = format!("the key is that of {}, not of {}", welcome.name, bot.name);
            return Err(Failure::refused(ErrorCode::BadLogin, message));
        }
        let outcome = match bot.interval {
            None => once(bot, &client).await,
            Some(seconds) => again_and_again(bot, &client, Duration::from_secs(seconds)).await,
        };
        client.bye().await;
        outcome
    })
}

async fn once(bot: &Bot, client: &Client) -> Result<(), Failure> {
    let body = bot.message.join(" ");
    let arguments = named([("body", Value::from(body))]);
    let sent = client.call("s.botmessage", arguments).await;
    sent.map_err(|error| spoken(&bot.server, &error))?;
    say("Message sent")
}

/// Until somebody presses Enter, or an operator has had enough.
async fn again_and_again(bot: &Bot, client: &Client, pause: Duration) -> Result<(), Failure> {
    note("Press Enter to stop");
    let mut enter = enter();
    let mut every = tokio::time::interval(pause);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => once(bot, client).await?,
            _ = &mut enter => return Ok(()),
            error = client.closing() => return Err(spoken(&bot.server, &error)),
        }
    }
}

/// Ends when somebody presses Enter; never where nobody is there to.
fn enter() -> oneshot::Receiver<()> {
    let (pressed, enter) = oneshot::channel();
    // Waits for as long as the process lives; nothing else waits for it.
    std::thread::spawn(move || {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(1..) => drop(pressed.send(())),
            _ => std::mem::forget(pressed),
        }
    });
    enter
}
