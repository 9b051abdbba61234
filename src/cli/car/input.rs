//! Lines from whoever stands at the car. Passwords are not echoed on a terminal.
//!
//! Reading blocks, so it happens on a thread that may; a read that nobody waits for any more ends with the process.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

/// Longest line that is read.
const LINE_BYTES_MAX: u64 = 4 * 1024;

/// Asks for a line; `None` when there are no more.
pub(super) async fn line(prompt: &'static str) -> Option<String> {
    read(move || {
        show(prompt);
        typed()
    })
    .await
}

/// Asks for a line that nobody else should see.
pub(super) async fn secret(prompt: &'static str) -> Option<String> {
    read(move || {
        if std::io::stdin().is_terminal() {
            rpassword::prompt_password(prompt).ok()
        } else {
            show(prompt);
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
    match input.read_line(&mut line) {
        Ok(read) if read > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        Ok(_) | Err(_) => None,
    }
}

/// A prompt that cannot be shown is not waited for in vain: the read that follows ends as the output did.
fn show(prompt: &str) {
    let mut out = std::io::stdout();
    drop(out.write_all(prompt.as_bytes()).and_then(|()| out.flush()));
}
