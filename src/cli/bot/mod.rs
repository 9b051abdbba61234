//! `motorpool bot`: a bot from the command line. Its state, its registration, and what it says, once or again and again.
//!
//! Talks to the server as any client does. The key comes from MOTORPOOL_KEY, from --key, or is asked; never from a file.

mod speak;

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use serde::Deserialize;

use super::Failure;
use super::remote::{failure, key, runtime};
use super::tool::{note, say};
use super::trust::TrustFlags;
use crate::client::{Client, ClientError, ConnectOptions, named};
use crate::runtime::CloseReason;
use crate::wire::{ClientKind, ErrorCode, Login, Value};

/// Longest interval of `-i`, in seconds: a day.
const INTERVAL_SECONDS_MAX: u64 = 86_400;

/// Flags of `motorpool bot`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["state", "register", "message"]))]
pub(crate) struct Bot {
    /// Id of the bot.
    #[arg(short = 'b', long = "bot", value_name = "NAME")]
    name: String,
    /// Say how the bot is.
    #[arg(short, long)]
    state: bool,
    /// Register the bot and print its key, this once.
    #[arg(short, long)]
    register: bool,
    /// Have the bot say this to the people of its building.
    #[arg(short, long, value_name = "WORDS", num_args = 1..)]
    message: Vec<String>,
    /// Say it again every so many seconds, until Enter is pressed or the bot is disallowed.
    #[arg(short, long, value_name = "SECONDS", requires = "message", value_parser = clap::value_parser!(u64).range(1..=INTERVAL_SECONDS_MAX))]
    interval: Option<u64>,
    /// The building a new bot speaks in; without it there is a menu.
    #[arg(long, value_name = "ID", requires = "register")]
    building: Option<String>,
    /// Address of the server: host:port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4000")]
    server: String,
    /// Key of the bot; also from MOTORPOOL_KEY.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    trust: TrustFlags,
}

/// What is answered of a bot's state.
#[derive(Deserialize)]
struct State {
    state: String,
}

/// What is answered to a registration.
#[derive(Deserialize)]
struct Registered {
    key: String,
}

/// A building of the menu.
#[derive(Debug, Deserialize)]
struct Building {
    building: String,
    name: String,
}

/// A page of the menu.
#[derive(Debug, Deserialize)]
struct Buildings {
    buildings: Vec<Building>,
    next: Option<String>,
}

impl Bot {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if !self.message.is_empty() {
            return speak::speak(&self);
        }
        let mut options = self.options(ClientKind::Client, None)?;
        options.incoming_max = 0;
        runtime()?.block_on(async {
            let client = self.connect(options).await?;
            let outcome = if self.state {
                self.show_state(&client).await
            } else {
                self.registers(&client).await
            };
            client.bye().await;
            outcome
        })
    }

    fn options(&self, kind: ClientKind, key: Option<String>) -> Result<ConnectOptions, Failure> {
        let mut options = ConnectOptions {
            kind,
            login: key.map(Login::Key),
            ..ConnectOptions::default()
        };
        self.trust.apply(&mut options)?;
        Ok(options)
    }

    async fn connect(&self, options: ConnectOptions) -> Result<Client, Failure> {
        let connected = Client::connect(self.server.as_str(), options).await;
        connected
            .map(|(client, _)| client)
            .map_err(|error| failure(&self.server, &error))
    }

    async fn show_state(&self, client: &Client) -> Result<(), Failure> {
        let arguments = named([("bot", Value::from(&*self.name))]);
        let state: State = self.call(client, "s.botstate", arguments).await?;
        say(state.state)
    }

    async fn registers(&self, client: &Client) -> Result<(), Failure> {
        let building = match &self.building {
            Some(building) => building.clone(),
            None => self.choose(client).await?,
        };
        let arguments = named([("bot", Value::from(&*self.name)), ("building", Value::from(&*building))]);
        let registered: Registered = self.call(client, "s.registerbot", arguments).await?;
        note("Bot successfully registered. Wait for admin authorization...");
        note("Password assigned is:");
        say(registered.key)
    }

    /// A building out of those there are.
    async fn choose(&self, client: &Client) -> Result<String, Failure> {
        let mut buildings: Vec<Building> = Vec::new();
        let mut after = None::<String>;
        loop {
            let arguments = after.map(|after| ("after".to_owned(), Value::from(after)));
            let arguments = crate::wire::Args::Name(arguments.into_iter().collect());
            let page: Buildings = self.call(client, "s.buildings", arguments).await?;
            buildings.extend(page.buildings);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        if buildings.is_empty() {
            return Err(Failure::failed("there are no buildings; an operator adds them first"));
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage("nobody to choose a building; name one with --building"));
        }
        for (number, building) in (1..).zip(&buildings) {
            note(format!(
                "{number}: {} ({})",
                super::show::plain(&building.name),
                building.building
            ));
        }
        let mut out = std::io::stderr();
        drop(write!(out, "building: ").and_then(|()| out.flush()));
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Failure::failed)?;
        let chosen = line
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let chosen = chosen.and_then(|place| buildings.get(place));
        chosen
            .map(|building| building.building.clone())
            .ok_or_else(|| Failure::failed("Wrong option. Try again"))
    }

    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        client: &Client,
        command: &str,
        arguments: crate::wire::Args,
    ) -> Result<T, Failure> {
        let answer = client.call_as(command, arguments).await;
        answer.map_err(|error| failure(&self.server, &error))
    }

    /// The key, asked for where nobody gave it.
    fn key(&self) -> Result<String, Failure> {
        if let Some(key) = key(self.key.clone()) {
            return Ok(key);
        }
        if !std::io::stderr().is_terminal() {
            return Err(Failure::usage(format!(
                "nobody to ask for the key of {}; set MOTORPOOL_KEY",
                self.name
            )));
        }
        rpassword::prompt_password(format!("password of {}: ", self.name)).map_err(Failure::failed)
    }
}

/// In the words that users of bots know.
fn spoken(server: &str, error: &ClientError) -> Failure {
    match error {
        ClientError::Refused(refusal) if refusal.code == ErrorCode::BadLogin => {
            Failure::refused(refusal.code, "Wrong password!")
        }
        ClientError::Closed { reason } if reason == CloseReason::SignedOut.as_str() => {
            Failure::refused(ErrorCode::Forbidden, "Bot has been disallowed")
        }
        _ => failure(server, error),
    }
}
