//! What stands before the line: `name@server (role) > `, and `offline` while there is no connection.

use std::borrow::Cow;

use reedline::{Color, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus};

use super::Shared;
use crate::cli::show;

/// The prompt of a console.
pub(super) struct ConsolePrompt(pub(super) Shared);

impl Prompt for ConsolePrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        let standing = self.0.lock();
        let state = if standing.is_up { &standing.role } else { "offline" };
        Cow::Owned(show::plain(&format!("{}@{} ({state})", standing.name, standing.server)))
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(" > ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("... ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "nothing like ",
        };
        Cow::Owned(format!(" ({failing}`{}`) ", search.term))
    }

    fn get_prompt_color(&self) -> Color {
        if self.0.lock().is_up {
            Color::Green
        } else {
            Color::Yellow
        }
    }

    fn get_indicator_color(&self) -> Color {
        self.get_prompt_color()
    }
}
