//! What comes without being asked: talk, events, and how the connection is. It appears above the prompt.
//!
//! Nothing waits for the screen: when too many lines are pending, further ones are counted and the count is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use nu_ansi_term::{Color, Style};

use super::Shared;
use crate::cli::show;
use crate::client::{ClientError, Incoming, LinkState, Reconnecting};
use crate::runtime::CloseReason;
use crate::wire::Value;

/// Most lines waiting for the screen.
pub(super) const LINES_MAX: usize = 256;

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
        if let Err(TrySendError::Full(_)) = self.lines.try_send(format!("{note}{}", style.paint(text))) {
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
    }
}

/// Shows what the server says by itself until the link ends.
pub(super) async fn incoming(link: Reconnecting, screen: Screen) {
    let Some(mut incoming) = link.incoming() else { return };
    while let Some(came) = incoming.recv().await {
        match came {
            Incoming::Text { from, body } => {
                let from = from.map(|from| format!("{}: ", show::plain(&from))).unwrap_or_default();
                screen.show(Style::new().bold(), &format!("{from}{}", show::plain(&body)));
            }
            // Where to attach is for programs.
            Incoming::Event { name, .. } if name == "datasocks" => {}
            Incoming::Event { name, data } => match said(&data).filter(|_| name == "message") {
                Some(talk) => screen.show(Style::new().bold(), &talk),
                None => {
                    let text = format!("[{}] {}", show::plain(&name), show::render(&data));
                    screen.show(Style::new().fg(Color::Cyan), &text);
                }
            },
            Incoming::Refused(err) => screen.show(Style::new().fg(Color::Red), &show::plain(&err.to_string())),
            // The connection's end is shown with its reason.
            Incoming::Bye { .. } => {}
            Incoming::Call { id, .. } => link.answer(id, Err(unheard("commands"))),
            Incoming::Request { id, .. } => link.answer(id, Err(unheard("requestables"))),
        }
    }
}

/// A message of somebody else, as talk.
fn said(data: &Value) -> Option<String> {
    let field = |name: &str| {
        let found = data.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name));
        found?.1.as_text().map(show::plain)
    };
    Some(format!("{}: {}", field("from")?, field("body")?))
}

fn unheard(what: &str) -> crate::wire::WireError {
    crate::wire::WireError {
        code: crate::wire::ErrorCode::Unavailable,
        message: format!("a console has no {what}"),
        detail: None,
    }
}

/// Shows how the connection is, until it ends for good; then the editor is interrupted.
pub(super) async fn states(link: Reconnecting, shared: Shared, screen: Screen, ended: Arc<AtomicBool>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_like_talk_and_moves_no_cursor() {
        let text = |text: &str| Value::Text(text.to_owned());
        let data = Value::Map(vec![
            (text("id"), Value::from(7)),
            (text("from"), text("anna")),
            (text("body"), text("on my\u{1b}[2J way")),
        ]);
        assert_eq!(said(&data).as_deref(), Some("anna: on my[2J way"));
        assert_eq!(said(&Value::Map(vec![(text("from"), text("anna"))])), None);
        assert_eq!(said(&Value::Null), None);
    }
}
