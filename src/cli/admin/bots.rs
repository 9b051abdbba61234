//! `motorpool admin bot`: which bots there are, and whether they may speak.
//!
//! Only asks and shows; what may be changed is decided by `bot`. Who shuts one out beside a running server ends its
//! connections within a second.

use clap::Subcommand;
use serde::Serialize;

use super::{PAGE_ROWS, Place};
use crate::bot::{Bot, Clearance, roster};
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say, say_json};
use crate::store::outside::{OutsideSubject, outside_insert};

/// What to do with bots.
#[derive(Debug, Subcommand)]
pub(super) enum BotCommand {
    /// List all bots, or those that wait to be let.
    List {
        /// Only those that may not speak.
        #[arg(long)]
        waiting: bool,
    },
    /// Let a bot come in and speak.
    Authorise { bot: String },
    /// Shut a bot out; open connections end within a second.
    Disallow { bot: String },
}

/// A bot as shown; its key is in the store as a hash.
#[derive(Debug, Serialize)]
struct BotView {
    bot: String,
    building: String,
    clearance: &'static str,
    registered_by: String,
    registered_at: String,
    decided_by: Option<String>,
}

impl From<Bot> for BotView {
    fn from(bot: Bot) -> Self {
        Self {
            bot: bot.name,
            building: bot.building,
            clearance: bot.clearance.as_str(),
            registered_by: bot.registered_by,
            registered_at: bot.registered_at.to_string(),
            decided_by: bot.decided_by,
        }
    }
}

impl BotCommand {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::List { waiting } => list(place, waiting),
            Self::Authorise { bot } => decide(place, bot, Clearance::Authorised, "admin bot authorise"),
            Self::Disallow { bot } => decide(place, bot, Clearance::Revoked, "admin bot disallow"),
        }
    }
}

fn decide(place: &Place, name: String, clearance: Clearance, what: &str) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let change = change(what);
    let written = tool.store.write_blocking(move |conn| {
        let bot = roster::decide_now(conn, &name, clearance, &change, |_| None)?;
        outside_insert(conn, OutsideSubject::Key, bot.key_id, change.at.as_microsecond())?;
        Ok(bot)
    });
    let bot = written.map_err(Failure::failed)?;
    if place.json {
        return say_json(&BotView::from(bot));
    }
    note(match clearance {
        Clearance::Authorised => format!("bot {} may speak", bot.name),
        Clearance::Revoked | Clearance::Waiting => format!("bot {} may not speak any more", bot.name),
    });
    Ok(())
}

fn list(place: &Place, is_waiting: bool) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let authorised = is_waiting.then_some(false);
    let mut views: Vec<BotView> = Vec::new();
    let mut after = String::new();
    loop {
        let page = tool.wait(roster::list(&tool.store, authorised, after, PAGE_ROWS))?;
        let Some(last) = page.last() else { break };
        after = last.name.clone();
        views.extend(page.into_iter().map(BotView::from));
    }
    if place.json {
        return say_json(&views);
    }
    let count = views.len();
    let rows = views.into_iter().map(|view| {
        [
            view.bot,
            view.building,
            view.clearance.to_owned(),
            view.registered_by,
            view.registered_at,
        ]
    });
    say(table(["bot", "building", "", "registered by", "registered"], rows))?;
    note(format!("{count} bots"));
    Ok(())
}
