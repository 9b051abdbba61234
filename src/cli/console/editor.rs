//! The line editor: history, completion, hints, and lines from outside above the prompt.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reedline::{
    ColumnarMenu, Emacs, ExternalPrinter, KeyCode, KeyModifiers, MenuBuilder as _, Reedline, ReedlineEvent,
    ReedlineMenu, Signal, default_emacs_keybindings,
};
use tokio::runtime::Runtime;

use super::assist::{Assist, Hints};
use super::knowledge::Knowledge;
use super::listen::{self, Screen};
use super::own::{Own, own};
use super::prompt::ConsolePrompt;
use super::run::{self, Outcome};
use super::{Shared, history};
use crate::cli::{Failure, show};
use crate::client::Reconnecting;
use crate::wire::Welcome;

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
    let knowledge = Knowledge::new(link, runtime.handle(), &shared);
    let mut editor = editor(&shared, &knowledge, printer, ended.clone());
    let prompt = ConsolePrompt(shared.clone());
    let mut last = Outcome::Done;
    loop {
        let read = editor
            .read_line(&prompt)
            .map_err(|error| Failure::failed(format!("the line editor failed: {error}")))?;
        match read {
            Signal::Success(line) => {
                let line = match own(&line) {
                    None => line,
                    Some(Own::Call(call)) => call,
                    Some(Own::Open(missing)) => {
                        run::warn(missing)?;
                        continue;
                    }
                    Some(Own::Clear) => {
                        // A screen that cannot be emptied is no reason to leave.
                        drop(editor.clear_screen());
                        continue;
                    }
                };
                match runtime.block_on(run::line(link, &line))? {
                    Some(outcome) => last = outcome,
                    None => return Ok(Outcome::Done),
                }
            }
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

fn editor(
    shared: &Shared,
    knowledge: &Knowledge,
    printer: ExternalPrinter<String>,
    ended: Arc<AtomicBool>,
) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let complete = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, complete);
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let menu = ColumnarMenu::default()
        .with_name(MENU)
        .with_marker(" > ")
        .with_columns(2);
    let assist = || Assist {
        shared: shared.clone(),
        knowledge: knowledge.clone(),
    };
    let editor = Reedline::create()
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_completer(Box::new(assist()))
        .with_highlighter(Box::new(assist()))
        .with_hinter(Box::new(Hints::new(shared)))
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
