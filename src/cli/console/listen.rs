//! What comes without being asked: talk, events, and how the connection is. It appears above the prompt.
//!
//! Nothing waits for the screen: when too many lines are pending, further ones are counted and the count is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use nu_ansi_term::{Color, Style};

use super::called::{self, Called};
use super::events::{self, Tone};
use super::knowledge::Knowledge;
use super::{Shared, help};
use crate::cli::look::Look;
use crate::cli::show;
use crate::client::{ClientError, Incoming, LinkState, Reconnecting};
use crate::runtime::CloseReason;
use crate::wire::{Args, Value};

/// Most lines waiting for the screen.
pub(super) const LINES_MAX: usize = 256;
/// Columns where the terminal does not tell.
const WIDTH: usize = 80;

/// The way to the screen.
#[derive(Clone)]
pub(super) struct Screen {
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Screen {
    pub(super) fn new(lines: SyncSender<String>) -> Self {
        Self {
            lines,
            lost: Arc::default(),
        }
    }

    fn show(&self, style: Style, text: &str) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let note = if lost == 0 {
            String::new()
        } else {
            format!("({lost} lines were lost)\n")
        };
        if let Err(TrySendError::Full(_)) = self
            .lines
            .try_send(format!("{note}{}", Look::of_stdout().paint(style, text)))
        {
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
    }
}

/// What a console shows what it hears with.
#[derive(Clone)]
pub(super) struct Ear {
    pub(super) shared: Shared,
    pub(super) knowledge: Knowledge,
    pub(super) screen: Screen,
    /// Set, the line editor ends.
    pub(super) ended: Arc<AtomicBool>,
}

/// Shows what the server says by itself until the link ends.
pub(super) async fn incoming(link: Reconnecting, ear: Ear) {
    let screen = &ear.screen;
    let Some(mut incoming) = link.incoming() else { return };
    while let Some(came) = incoming.recv().await {
        match came {
            Incoming::Text { from, body } => {
                let from = from.map(|from| format!("{}: ", show::plain(&from))).unwrap_or_default();
                screen.show(Style::new().bold(), &format!("{from}{}", show::plain(&body)));
            }
            Incoming::Event { name, data } => {
                let width = Look::of_stdout().width.map_or(WIDTH, usize::from);
                if let Some((tone, text)) = events::line(&name, &data, width) {
                    screen.show(style(tone), &text);
                }
            }
            Incoming::Refused(err) => screen.show(Style::new().fg(Color::Red), &show::plain(&err.to_string())),
            Incoming::Bye { reason, .. } => {
                let text = format!("the server says good-bye: {}", show::plain(&reason));
                screen.show(style(Tone::Warning), &text);
            }
            Incoming::Call { id, command, args, .. } => called(&link, &ear, id, &command, &args).await,
            Incoming::Request { id, .. } => link.answer(id, Err(unheard())),
        }
    }
}

/// Does what the server called, and answers.
async fn called(link: &Reconnecting, ear: &Ear, id: u64, command: &str, args: &Args) {
    let called = match called::understand(command, args) {
        Ok(called) => called,
        Err(refusal) => return link.answer(id, Err(refusal)),
    };
    called.apply(&ear.shared, &ear.knowledge);
    ear.screen.show(style(Tone::News), &called.said());
    match called {
        // On its way before the good-bye, which the end of the editor brings.
        Called::Leave => {
            if let Ok(client) = link.client(Duration::ZERO).await {
                // A connection that has just gone needs no answer.
                drop(client.answer(id, Ok(Value::Null)).await);
            }
            ear.ended.store(true, Ordering::Release);
        }
        Called::Renamed(_) => link.answer(id, Ok(Value::Null)),
        Called::Forget => {
            link.answer(id, Ok(Value::Null));
            if let Ok(client) = link.client(Duration::ZERO).await {
                // Without an answer the commands stay as they were.
                if let Ok(commands) = help::ask(&client).await {
                    ear.shared.lock().commands = commands;
                }
            }
        }
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Talk => Style::new().bold(),
        Tone::News => Style::new().fg(Color::Cyan),
        Tone::Warning => Style::new().fg(Color::Yellow),
        Tone::Well => Style::new().fg(Color::Green),
    }
}

fn unheard() -> crate::wire::WireError {
    crate::wire::WireError {
        code: crate::wire::ErrorCode::Unavailable,
        message: "a console has no requestables".to_owned(),
        detail: None,
    }
}

/// Shows how the connection is, until it ends for good; then the editor is interrupted.
pub(super) async fn states(link: Reconnecting, ear: Ear) {
    let Ear {
        shared, screen, ended, ..
    } = ear;
    let mut states = link.states();
    let mut was_down = false;
    loop {
        let state = states.borrow_and_update().clone();
        shared.lock().is_up = matches!(state, LinkState::Up { .. });
        match state {
            LinkState::Connecting => {}
            LinkState::Up {
                client,
                welcome,
                resumed,
            } => {
                shared.welcomed(&welcome);
                if was_down {
                    let whom = if resumed { "" } else { " as a new client" };
                    screen.show(Style::new().fg(Color::Green), &format!("connected again{whom}"));
                }
                for notice in &welcome.notices {
                    screen.show(Style::new().fg(Color::Yellow), &show::plain(notice));
                }
                was_down = false;
                // A server without these commands leaves the prompt as the welcome made it.
                drop(shared.refresh(&client).await);
            }
            LinkState::Down { why, retry_in } if !sent_away(&why) => {
                was_down = true;
                let text = format!(
                    "{}; trying again in {:.1} s",
                    show::plain(&why.to_string()),
                    retry_in.as_secs_f32()
                );
                screen.show(Style::new().fg(Color::Yellow), &text);
            }
            LinkState::Down { why, .. } | LinkState::Ended { why } => {
                screen.show(Style::new().fg(Color::Red), &show::plain(&why.to_string()));
                ended.store(true, Ordering::Release);
                return;
            }
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}

/// Whether somebody closed this console on purpose: it does not come again by itself.
fn sent_away(why: &ClientError) -> bool {
    let kicked = CloseReason::Kicked {
        by: String::new(),
        reason: None,
    };
    matches!(why, ClientError::Closed { reason } if reason == kicked.as_str())
}
