//! Reading the configuration again: all of what may change under a running server is swapped, or nothing.
//!
//! Calls that run go on with what they were started as. What needs a restart is named, and stays as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::Mutex;

use super::define::{Defined, Definitions};
use super::error::DefinitionError;
use super::programs;
use crate::command::builtin;
use crate::command::dispatch::kept;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::house::House;
use crate::program::Launcher;
use crate::requestable;
use crate::service::set::SERVICES_MAX;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// Sections that take effect at once.
const LIVE: [&str; 3] = ["command", "requestable", "service"];

/// Where the configuration is read from again.
#[derive(Clone)]
pub(crate) struct Source(Arc<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>);

impl Source {
    pub(crate) fn new(read: impl Fn() -> Result<Config, ConfigError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// As it is now. It blocks.
    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        (self.0)()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// What was added to this server, and how more is.
pub(crate) struct Extensions {
    base: Defined,
    own: Definitions,
    launcher: Launcher,
    source: Option<Source>,
    /// The configuration whose programs are in the tables.
    now: Mutex<Config>,
}

impl Extensions {
    /// With the tables to start with.
    pub(crate) fn new(
        own: Definitions,
        config: &Config,
        launcher: Launcher,
        source: Option<Source>,
    ) -> Result<(Self, Defined), DefinitionError> {
        let base = own.added_to(&builtin::table(), &requestable::builtin::table())?;
        let all = programs::of_config(config, launcher).added_to(&base.commands, &base.requestables)?;
        let now = Mutex::new(config.clone());
        let extensions = Self {
            base,
            own,
            launcher,
            source,
            now,
        };
        Ok((extensions, all))
    }
}

/// What a reload did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Reloaded {
    commands: Changed,
    requestables: Changed,
    services: Changed,
    /// Keys whose new values wait for a restart.
    needs_restart: Vec<String>,
}

/// Names, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Changed {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Changed {
    fn between<T: PartialEq>(old: &[T], new: &[T], name: impl Fn(&T) -> &str) -> Self {
        let old: BTreeMap<&str, &T> = old.iter().map(|one| (name(one), one)).collect();
        let new: BTreeMap<&str, &T> = new.iter().map(|one| (name(one), one)).collect();
        let mut changed = Self::default();
        for (name, one) in &new {
            match old.get(name) {
                None => changed.added.push((*name).to_owned()),
                Some(before) if before != one => changed.changed.push((*name).to_owned()),
                Some(_) => {}
            }
        }
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        changed.removed = gone.map(|name| (*name).to_owned()).collect();
        changed
    }
}

/// Starts the services that were added.
pub(crate) async fn add_services(house: &House) -> Result<(), Error> {
    let extensions = &house.extensions;
    let config = extensions.now.lock().await;
    let programs = programs::of_config(&config, extensions.launcher);
    for definitions in [&extensions.own, &programs] {
        for recipe in definitions.recipes(house) {
            house.services.add(recipe)?;
        }
    }
    Ok(())
}

/// Reads the configuration again.
pub(crate) async fn reload(house: &House, change: Change) -> Result<Reloaded, Error> {
    certificate(house).await;
    let reloaded = take_over(house, change).await;
    match &reloaded {
        Ok(reloaded) => tracing::info!(?reloaded, "the configuration was read again"),
        Err(err) => tracing::error!(%err, "the configuration was not taken over; everything stays as it was"),
    }
    reloaded
}

/// The certificate has files of its own: it is read again also where the configuration has a fault.
async fn certificate(house: &House) {
    let tls = house.tls.clone();
    match house.aside.run(move || tls.reload()).await {
        Ok(Ok(Some(fingerprint))) => tracing::info!(%fingerprint, "the certificate was read again"),
        Ok(Ok(None)) => tracing::info!("no listener speaks TLS: no certificate was read"),
        Ok(Err(err)) => tracing::error!(%err, "the certificate in use stays"),
        Err(err) => tracing::error!(%err, "reading the certificate again broke down"),
    }
}

async fn take_over(house: &House, change: Change) -> Result<Reloaded, Error> {
    let extensions = &house.extensions;
    let Some(Source(read)) = extensions.source.clone() else {
        let message = "this server was started without a configuration that can be read again";
        return Err(Error::new(ErrorCode::NotNow, message));
    };
    let mut now = extensions.now.lock().await;
    let fresh = house.aside.run(move || read()).await?.map_err(|err| refused(&err))?;
    let programs = programs::of_config(&fresh, extensions.launcher);
    let base = &extensions.base;
    let all = programs
        .added_to(&base.commands, &base.requestables)
        .map_err(|err| refused(&err))?;
    let reloaded = Reloaded {
        commands: Changed::between(&now.command, &fresh.command, |one| &one.name),
        requestables: Changed::between(&now.requestable, &fresh.requestable, |one| &one.name),
        services: Changed::between(&now.service, &fresh.service, |one| &one.name),
        needs_restart: waiting(&house.config, &fresh),
    };
    services_fit(house, &reloaded.services)?;
    let (detail, answer) = (serde_json::to_string(&reloaded).ok(), kept(Ok(&reloaded)));
    let record =
        move |conn: &mut crate::store::AnyConn| change.record(conn, "configuration", "ok", detail, answer.as_deref());
    house.store.write(record).await?;
    house.commands.store(Arc::new(all.commands));
    house.requestables.store(Arc::new(all.requestables));
    let services = &reloaded.services;
    for name in services.removed.iter().chain(&services.changed) {
        house.services.remove(name);
    }
    for recipe in programs.recipes(house) {
        let is_new = services
            .added
            .iter()
            .chain(&services.changed)
            .any(|name| name == recipe.name);
        if is_new && let Err(err) = house.services.add(recipe) {
            tracing::error!(%err, "a service of the configuration was not started");
        }
    }
    *now = fresh;
    Ok(reloaded)
}

fn refused(why: &dyn fmt::Display) -> Error {
    Error::new(ErrorCode::Conflict, format!("nothing was changed: {why}"))
}

/// Whether all new services will have a place and a name of their own.
fn services_fit(house: &House, services: &Changed) -> Result<(), Error> {
    let there: BTreeSet<&str> = house.services.list().iter().map(|one| one.name).collect();
    if let Some(taken) = services.added.iter().find(|name| there.contains(name.as_str())) {
        return Err(refused(&format!("there is a service `{taken}` already")));
    }
    let count = there
        .len()
        .saturating_add(services.added.len())
        .saturating_sub(services.removed.len());
    if count > SERVICES_MAX {
        return Err(refused(&format!("{count} services, at most {SERVICES_MAX} fit")));
    }
    Ok(())
}

/// Keys of the configuration whose values differ and do not take effect.
fn waiting(running: &Config, fresh: &Config) -> Vec<String> {
    let (running, fresh) = (keys(running), keys(fresh));
    let all: BTreeSet<&String> = running.keys().chain(fresh.keys()).collect();
    let differs = all.into_iter().filter(|key| running.get(*key) != fresh.get(*key));
    differs.cloned().collect()
}

/// Every key with its value, but for what takes effect at once.
fn keys(config: &Config) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    if let Ok(Json::Object(sections)) = serde_json::to_value(config) {
        let fixed = sections
            .into_iter()
            .filter(|(section, _)| !LIVE.contains(&section.as_str()));
        for (section, keys) in fixed {
            let keys = keys.as_object().cloned().unwrap_or_default();
            found.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_changed_and_removed_is_named() {
        let between = Changed::between(
            &[("a", 1), ("b", 1), ("c", 1)],
            &[("b", 2), ("c", 1), ("d", 1)],
            |one| one.0,
        );
        assert_eq!(between.added, ["d"]);
        assert_eq!(between.changed, ["b"]);
        assert_eq!(between.removed, ["a"]);
    }

    #[test]
    fn keys_that_wait_for_a_restart_are_named_whole() {
        let mut fresh = Config::default();
        assert_eq!(waiting(&Config::default(), &fresh), Vec::<String>::new());
        fresh.server.name = "other".to_owned();
        fresh.limits.frame_bytes = 2_048;
        assert_eq!(
            waiting(&Config::default(), &fresh),
            ["limits.frame_bytes", "server.name"]
        );
    }
}
