//! `motorpool console ADDR`: a person's line to a server.
//!
//! Calls are run and shown as tables, other text goes to the operators, what the server says by itself appears above
//! the prompt. It comes again after a cut and says so. With standard input from elsewhere every line is run in turn,
//! and the exit code is that of the last.

mod assist;
mod complete;
mod cursor;
mod editor;
mod help;
mod history;
mod knowledge;
mod listen;
mod own;
mod prompt;
mod run;

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use tokio::runtime::Runtime;

use super::Failure;
use super::remote::{Remote, runtime};
use crate::client::{Client, ClientError, LinkState, Pauses, Reconnecting};
use crate::wire::{self, ClientKind, Welcome};
use run::Outcome;

/// Most bytes of one line from a pipe.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// A cut connection is tried again at least this often.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Flags of `motorpool console`.
#[derive(Debug, Args)]
pub(crate) struct Console {
    #[command(flatten)]
    remote: Remote,
    /// Name to appear under [default: the user's].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// What the prompt and the completion know of this connection.
#[derive(Debug, Default)]
struct Standing {
    name: String,
    server: String,
    role: String,
    is_up: bool,
    permissions: Vec<String>,
    commands: Vec<help::Known>,
}

/// The standing, shared between the editor and the connection.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Standing>>);

impl Shared {
    /// The standing is valid after every statement, so a panic of another holder does not matter.
    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn welcomed(&self, welcome: &Welcome) {
        let mut standing = self.lock();
        standing.server.clone_from(&welcome.server.name);
        standing.is_up = true;
        if standing.commands.is_empty() {
            standing.commands = welcome
                .server
                .commands
                .iter()
                .map(|name| help::Known::named(name))
                .collect();
        }
        standing.called(&welcome.name, &welcome.permissions);
    }

    /// Asks the server who we are now; rights and names change while connected.
    async fn refresh(&self, client: &Client) -> Result<(), ClientError> {
        let you: You = client.call_as("s.whoami", wire::Args::default()).await?;
        let has_changed = {
            let mut standing = self.lock();
            let has_changed = standing.permissions != you.permissions;
            standing.called(&you.name, &you.permissions);
            has_changed || standing.commands.iter().all(|known| known.about.is_empty())
        };
        if has_changed {
            let commands = help::ask(client).await?;
            self.lock().commands = commands;
        }
        Ok(())
    }
}

impl Standing {
    fn called(&mut self, name: &str, permissions: &[String]) {
        name.clone_into(&mut self.name);
        permissions.clone_into(&mut self.permissions);
        self.role = role(permissions).to_owned();
    }
}

/// What `s.whoami()` answers, as far as the prompt needs it.
#[derive(Debug, Deserialize)]
struct You {
    name: String,
    permissions: Vec<String>,
}

/// The most that the permissions amount to.
fn role(permissions: &[String]) -> &str {
    let by_rank = ["admin", "manager", "engineer", "customer", "user"];
    let held = |role: &&&str| permissions.iter().any(|permission| permission == **role);
    by_rank.iter().find(held).copied().unwrap_or("guest")
}

impl Console {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let is_interactive = std::io::stdin().is_terminal();
        let mut options = self.remote.options(ClientKind::Console)?;
        options.name = self.name.clone().or_else(|| self.remote.user().map(ToOwned::to_owned));
        if !is_interactive {
            options.incoming_max = 0;
        }
        let runtime = runtime()?;
        let pauses = Pauses {
            max: PAUSE_MAX,
            ..Pauses::default()
        };
        let link = {
            let _entered = runtime.enter();
            Reconnecting::start(self.remote.addr.clone(), options, pauses)
        };
        let welcome = runtime
            .block_on(first(&link))
            .map_err(|error| self.remote.failure(&error))?;
        let outcome = if is_interactive {
            editor::talk(&runtime, &link, &welcome)
        } else {
            piped(&runtime, &link)
        };
        runtime.block_on(link.bye());
        match outcome? {
            Outcome::Done => Ok(()),
            Outcome::Refused(error) => Err(self.remote.failure(&error).said()),
        }
    }
}

/// The first connection: not reached at once is not reached.
async fn first(link: &Reconnecting) -> Result<Arc<Welcome>, ClientError> {
    let mut states = link.states();
    let settled = states.wait_for(|state| !matches!(state, LinkState::Connecting)).await;
    match settled.as_deref() {
        Ok(LinkState::Up { welcome, .. }) => Ok(welcome.clone()),
        Ok(LinkState::Down { why, .. } | LinkState::Ended { why }) => Err(why.clone()),
        Ok(LinkState::Connecting) | Err(_) => Err(ClientError::gone()),
    }
}

/// Runs every line of standard input.
fn piped(runtime: &Runtime, link: &Reconnecting) -> Result<Outcome, Failure> {
    let mut input = std::io::stdin().lock();
    let mut last = Outcome::Done;
    loop {
        let mut line = String::new();
        let read = (&mut input).take(LINE_BYTES_MAX).read_line(&mut line);
        let read = read.map_err(|error| Failure::failed(format!("cannot read standard input: {error}")))?;
        if read == 0 {
            return Ok(last);
        }
        match runtime.block_on(run::line(link, &line))? {
            Some(outcome) => last = outcome,
            None => return Ok(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_names_the_highest_role() {
        let held = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(role(&held(&["user", "customer", "admin", "manager"])), "admin");
        assert_eq!(role(&held(&["user", "customer"])), "customer");
        assert_eq!(role(&held(&["user"])), "user");
        assert_eq!(role(&[]), "guest");
    }
}
