//! Lines from whoever stands at the car. Passwords are not echoed on a terminal.
//!
//! Reading blocks, so it happens on a thread that may; a read that nobody waits for any more ends with the process.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::{Mutex, PoisonError};

use crate::cli::show;

/// Longest line that is read.
const LINE_BYTES_MAX: u64 = 4 * 1024;

/// What a person is being asked; shown again below a line that came in between.
static ASKED: Mutex<&str> = Mutex::new("");

/// A line for whoever watches; a closed pipe does not stop a car.
pub(super) fn tell(line: &str) {
    let asked = *ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let line = show::plain(line);
    let text = if asked.is_empty() || !is_person() {
        format!("{line}\n")
    } else {
        format!("\r{line}\n{asked}")
    };
    put(&text);
}

/// Asks for a line; `None` when there are no more.
pub(super) async fn line(prompt: &'static str) -> Option<String> {
    read(move || {
        ask(prompt);
        typed()
    })
    .await
}

/// Asks for a line that nobody else should see.
pub(super) async fn secret(prompt: &'static str) -> Option<String> {
    read(move || {
        if std::io::stdin().is_terminal() {
            ask(prompt);
            let typed = rpassword::read_password().ok();
            answered();
            typed
        } else {
            ask(prompt);
            typed()
        }
    })
    .await
}

/// Whether a person is there, rather than a pipe or nothing.
pub(super) fn is_person() -> bool {
    std::io::stdin().is_terminal()
}

async fn read(read: impl FnOnce() -> Option<String> + Send + 'static) -> Option<String> {
    tokio::task::spawn_blocking(read).await.ok().flatten()
}

fn typed() -> Option<String> {
    let mut line = String::new();
    let mut input = std::io::stdin().lock().take(LINE_BYTES_MAX);
    let read = input.read_line(&mut line);
    answered();
    match read {
        Ok(read) if read > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        Ok(_) | Err(_) => None,
    }
}

fn ask(prompt: &'static str) {
    let last = prompt.lines().last().unwrap_or_default();
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = last;
    put(prompt);
}

fn answered() {
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = "";
}

/// What cannot be shown is not waited for in vain: the read that follows ends as the output did.
fn put(text: &str) {
    let mut out = std::io::stdout();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
