//! The line editor: history, completion, hints, and lines from outside above the prompt.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, CompletionResult, DefaultHinter, Emacs, ExternalPrinter, Highlighter, KeyCode,
    KeyModifiers, MenuBuilder as _, Reedline, ReedlineEvent, ReedlineMenu, Signal, Span, StyledText, Suggestion,
    default_emacs_keybindings,
};
use tokio::runtime::Runtime;

use super::listen::{self, Screen};
use super::prompt::ConsolePrompt;
use super::run::{self, Outcome};
use super::{Shared, history};
use crate::cli::{Failure, show};
use crate::client::Reconnecting;
use crate::wire::Welcome;

/// Most commands offered at once.
const SUGGESTIONS_MAX: usize = 200;
const MENU: &str = "commands";

/// Talks to a person until they leave or the connection ends for good.
pub(super) fn talk(runtime: &Runtime, link: &Reconnecting, welcome: &Welcome) -> Result<Outcome, Failure> {
    let shared = Shared::default();
    shared.welcomed(welcome);
    let printer = ExternalPrinter::new(listen::LINES_MAX);
    let screen = Screen::new(printer.sender());
    let ended = Arc::new(AtomicBool::new(false));
    greet(welcome)?;
    drop(runtime.spawn(listen::incoming(link.clone(), screen.clone())));
    drop(runtime.spawn(listen::states(link.clone(), shared.clone(), screen, ended.clone())));
    let mut editor = editor(&shared, printer, ended.clone());
    let prompt = ConsolePrompt(shared.clone());
    let mut last = Outcome::Done;
    loop {
        let read = editor
            .read_line(&prompt)
            .map_err(|error| Failure::failed(format!("the line editor failed: {error}")))?;
        match read {
            Signal::Success(line) => match runtime.block_on(run::line(link, &line))? {
                Some(outcome) => last = outcome,
                None => return Ok(Outcome::Done),
            },
            Signal::CtrlD => return Ok(Outcome::Done),
            Signal::ExternalBreak(_) => return Ok(last),
            _ => {}
        }
        if ended.load(Ordering::Acquire) {
            return Ok(last);
        }
        runtime.block_on(async {
            if let Ok(client) = link.client(std::time::Duration::ZERO).await {
                // The next line shows what is wrong, if anything is.
                drop(shared.refresh(&client).await);
            }
        });
    }
}

fn greet(welcome: &Welcome) -> Result<(), Failure> {
    let server = &welcome.server;
    let text = format!("{} (motorpool {}), {}", server.name, server.version, server.description);
    let text = text.trim_end_matches([',', ' ']);
    let lines = format!("{}\nhelp shows what can be typed, Ctrl-D leaves", show::plain(text));
    writeln!(std::io::stdout(), "{lines}").map_err(|error| Failure::failed(format!("cannot write: {error}")))
}

fn editor(shared: &Shared, printer: ExternalPrinter<String>, ended: Arc<AtomicBool>) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let complete = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, complete);
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let menu = ColumnarMenu::default()
        .with_name(MENU)
        .with_marker(" > ")
        .with_columns(2);
    let editor = Reedline::create()
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_completer(Box::new(Commands(shared.clone())))
        .with_highlighter(Box::new(Commands(shared.clone())))
        .with_hinter(Box::new(
            DefaultHinter::default().with_style(Style::new().fg(Color::DarkGray)),
        ))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_partial_completions(true)
        .with_quick_completions(true)
        .with_external_printer(printer)
        .with_break_signal(ended);
    match history::open() {
        Some(history) => editor.with_history(history),
        None => editor,
    }
}

/// Completes and colours the names of the server's commands.
struct Commands(Shared);

impl Completer for Commands {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let typed = line.get(..pos).unwrap_or_default();
        let begin = typed.len() - typed.trim_start().trim_start_matches("help ").len();
        let word = typed.get(begin..).unwrap_or_default();
        let asks_help = typed.trim_start().starts_with("help ");
        let standing = self.0.lock();
        let matching = standing
            .commands
            .iter()
            .filter(|known| known.name().starts_with(word) && !word.contains('('));
        let suggestions = matching.take(SUGGESTIONS_MAX).map(|known| {
            let brackets = match (asks_help, known.takes_nothing()) {
                (true, _) => "",
                (false, true) => "()",
                (false, false) => "(",
            };
            Suggestion {
                value: format!("{}{brackets}", known.name()),
                display_override: Some(show::plain(&known.signature)),
                description: known
                    .about
                    .lines()
                    .next()
                    .map(show::plain)
                    .filter(|about| !about.is_empty()),
                span: Span::new(begin, pos),
                ..Suggestion::default()
            }
        });
        CompletionResult::fresh(suggestions.collect::<Vec<_>>())
    }
}

impl Highlighter for Commands {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let (name, rest) = line.split_at(line.find('(').unwrap_or(line.len()));
        let is_known = self.0.lock().commands.iter().any(|known| known.name() == name.trim());
        let style = if is_known {
            Style::new().fg(Color::Cyan)
        } else {
            Style::new()
        };
        let mut styled = StyledText::new();
        styled.push((style, name.to_owned()));
        styled.push((Style::new(), rest.to_owned()));
        styled
    }
}
