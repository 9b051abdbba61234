//! `motorpool admin key`: keys of cars, bots and servers.
//!
//! A new key is the only line on standard output, once; the store has its hash alone, so that it can
//! never be shown again.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{PAGE_ROWS, Place};
use crate::account::{Accounts, DeviceKey, KeyKind};
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say, say_json};
use crate::fleet::store::car_by_name;
use crate::registry::names;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and print it, this once, alone on a line.
    Add(Add),
    /// List all keys, revoked ones too; never their text.
    List,
    /// Take a key's force.
    Revoke { id: i64 },
    /// Refused: a key is shown once, when it is made.
    #[command(hide = true)]
    Show {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _rest: Vec<String>,
    },
}

/// For whom a key is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Add {
    /// The unit of this car.
    #[arg(long, value_name = "NAME")]
    car: Option<String>,
    /// A bot that signs in as NAME.
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Another server that signs in as NAME.
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
}

/// A new key for programs.
#[derive(Serialize)]
struct NewKeyView<'a> {
    key_id: i64,
    kind: &'static str,
    name: &'a str,
    key: &'a str,
}

/// A key as listed.
#[derive(Debug, Serialize)]
struct KeyView {
    key_id: i64,
    kind: &'static str,
    name: String,
    car_id: Option<i64>,
    made_by: String,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<DeviceKey> for KeyView {
    fn from(key: DeviceKey) -> Self {
        Self {
            key_id: key.id,
            kind: key.kind.as_str(),
            name: key.name,
            car_id: key.car_id,
            made_by: key.made_by,
            created_at: key.created_at.to_string(),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

impl KeyCommand {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(place),
            Self::List => list(place),
            Self::Revoke { id } => revoke(place, id),
            Self::Show { .. } => Err(Failure::usage(
                "a key is shown once, when it is made, and only its hash is kept; make a new one with \
                 `motorpool admin key add` and end the old one with `motorpool admin key revoke`",
            )),
        }
    }
}

impl Add {
    fn run(self, place: &Place) -> Result<(), Failure> {
        let (kind, name) = match (self.car, self.bot, self.server) {
            (Some(name), _, _) => (KeyKind::Car, name),
            (_, Some(name), _) => (KeyKind::Bot, name),
            (_, _, name) => (KeyKind::Server, name.unwrap_or_default()),
        };
        if kind != KeyKind::Car {
            names::check(&name).map_err(Failure::failed)?;
        }
        let missing = if kind == KeyKind::Car {
            Missing::Refuse
        } else {
            Missing::Make
        };
        let tool = Tool::open(&place.store, missing)?;
        let car_id = match kind {
            KeyKind::Car => Some(car_id(&tool, &name)?),
            _ => None,
        };
        let accounts = Accounts::beside(tool.store.clone());
        let (key_id, secret) = tool.wait(accounts.key_add(kind, name.clone(), car_id, change("admin key add")))?;
        if place.json {
            return say_json(&NewKeyView {
                key_id,
                kind: kind.as_str(),
                name: &name,
                key: secret.reveal(),
            });
        }
        note(format!("key {key_id} of {kind} `{name}`; it is shown this once:"));
        say(secret.reveal())
    }
}

fn car_id(tool: &Tool, name: &str) -> Result<i64, Failure> {
    let found = tool
        .store
        .read_blocking(|conn| car_by_name(conn, name))
        .map_err(Failure::failed)?;
    found
        .map(|car| car.id.0)
        .ok_or_else(|| Failure::failed(format!("there is no car {name:?}")))
}

fn revoke(place: &Place, id: i64) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let accounts = Accounts::beside(tool.store.clone());
    let key = tool.wait(accounts.key_revoke(id, change("admin key revoke")))?;
    if place.json {
        return say_json(&KeyView::from(key));
    }
    note(format!(
        "key {id} of {} `{}` opens nothing any more",
        key.kind, key.name
    ));
    Ok(())
}

fn list(place: &Place) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let accounts = Accounts::beside(tool.store.clone());
    let mut views: Vec<KeyView> = Vec::new();
    let mut after = 0;
    loop {
        let page = tool.wait(accounts.key_list(after, PAGE_ROWS))?;
        let Some(last) = page.last() else { break };
        after = last.id;
        views.extend(page.into_iter().map(KeyView::from));
    }
    if place.json {
        return say_json(&views);
    }
    let rows = views.into_iter().map(|view| {
        let revoked = view.revoked_at.map(|at| format!("revoked {at}"));
        [
            view.key_id.to_string(),
            view.kind.to_owned(),
            view.name,
            view.made_by,
            view.created_at,
            revoked.unwrap_or_default(),
        ]
    });
    say(table(["id", "kind", "name", "made by", "made", ""], rows))
}
