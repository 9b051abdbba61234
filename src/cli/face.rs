//! `motorpool face list|export|erase|receipts USER`: what is kept of a person's face, from this machine.
//!
//! Each is one call, made by the person or by an operator. What may be seen or erased is the server's to decide. The numbers
//! of an export go to standard output or to a new file of its owner alone, and nowhere else.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::remote::{Remote, runtime};
use super::tool::{note, say};
use super::trust::TrustFlags;
use super::{Failure, show};
use crate::client::{Client, named};
use crate::wire::{Args as Arguments, ClientKind, Value, json};

/// Flags of `motorpool face`.
#[derive(Debug, Args)]
pub(crate) struct Face {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List consent and templates of a person, without the numbers.
    List(One),
    /// Give a person everything there is of their face, numbers too, as JSON.
    Export(Export),
    /// Erase a person's face and print the receipt.
    Erase(Erase),
    /// List receipts of what was erased.
    Receipts(One),
}

/// Whose, where, and as whom.
#[derive(Debug, Args)]
struct One {
    /// Whose face it is.
    #[arg(value_name = "USER")]
    user: String,
    /// Address of the server: host:port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4000")]
    server: String,
    /// Sign in as this operator instead of USER; the password comes from MOTORPOOL_PASSWORD or is asked.
    #[arg(long, value_name = "NAME")]
    login: Option<String>,
    /// One JSON document instead of tables.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    trust: TrustFlags,
}

#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    one: One,
    /// Write to this new file, which its owner alone can read, instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Erase {
    #[command(flatten)]
    one: One,
    /// The number of one template; all of them and the consent unless said.
    #[arg(long, value_name = "NUMBER")]
    template: Option<i64>,
    /// Do not ask: what is erased cannot be brought back.
    #[arg(long)]
    yes: bool,
}

impl Face {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::List(one) => one.print(&one.call("s.faces", one.person(None))?),
            What::Receipts(one) => one.print(&one.call("s.facereceipts", one.person(None))?),
            What::Export(export) => export.run(),
            What::Erase(erase) => erase.run(),
        }
    }
}

impl One {
    /// The person and more, as arguments.
    fn person(&self, more: Option<(&str, Value)>) -> Arguments {
        let user = ("user", Value::from(&*self.user));
        let all = std::iter::once(user).chain(more);
        Arguments::Name(all.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn call(&self, command: &str, arguments: Arguments) -> Result<Value, Failure> {
        let login = self.login.clone().unwrap_or_else(|| self.user.clone());
        let remote = Remote::at(self.server.clone(), login, self.trust.clone());
        let mut options = remote.options(ClientKind::Client)?;
        options.incoming_max = 0;
        let answer = runtime()?.block_on(async {
            let (client, _) = Client::connect(self.server.as_str(), options).await?;
            let answer = client.call(command, arguments).await;
            client.bye().await;
            answer
        });
        answer.map_err(|error| remote.failure(&error))
    }

    fn print(&self, answer: &Value) -> Result<(), Failure> {
        if self.json {
            say(json::to_json(answer))
        } else {
            say(show::render(answer))
        }
    }
}

impl Export {
    fn run(self) -> Result<(), Failure> {
        let one = &self.one;
        if one.login.as_ref().is_some_and(|login| *login != one.user) {
            let user = &one.user;
            let message = format!("everything of a face goes to its person alone: {user} signs in for it");
            return Err(Failure::usage(message));
        }
        // Before anything is asked of anybody.
        let file = self.out.as_deref().map(new_file).transpose()?;
        let answer = one.call("s.exportface", named([]));
        let (Some(mut file), Some(out)) = (file, &self.out) else {
            return say(json::to_json(&answer?));
        };
        let written = answer.and_then(|answer| {
            let whole = format!("{}\n", json::to_json(&answer));
            let written = file.write_all(whole.as_bytes()).and_then(|()| file.sync_all());
            written.map_err(|error| Failure::failed(format!("cannot write {}: {error}", out.display())))
        });
        if written.is_err() {
            // Nothing half is left behind; an empty file is no harm if even that fails.
            drop(std::fs::remove_file(out));
        }
        written?;
        say(format!(
            "everything of the face of {} is in {}",
            one.user,
            out.display()
        ))
    }
}

impl Erase {
    fn run(self) -> Result<(), Failure> {
        let one = &self.one;
        if !self.yes {
            let what = self.template.map_or_else(
                || format!("the face of {} and their consent", one.user),
                |template| format!("template {template} of {}", one.user),
            );
            agree(&what)?;
        }
        let template = self.template.map(|number| ("template", Value::from(number)));
        let answer = one.call("s.eraseface", one.person(template))?;
        one.print(&answer)
    }
}

/// A file that was not there, for its owner alone.
fn new_file(path: &Path) -> Result<std::fs::File, Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    opened.map_err(|error| Failure::failed(format!("cannot make {}: {error}", path.display())))
}

/// Says what cannot be undone, and waits for a yes.
fn agree(what: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "nobody to ask whether to erase {what}; say --yes"
        )));
    }
    note(format!("{what} will be erased and cannot be brought back"));
    let mut out = std::io::stderr();
    drop(write!(out, "type yes to erase: ").and_then(|()| out.flush()));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::failed)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    Err(Failure::failed("nothing was erased"))
}
