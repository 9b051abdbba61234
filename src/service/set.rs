//! All services of the house: those it is made of, to be looked at, and the repeating ones, to be switched.
//!
//! A collection, filled at the start and changed while the server runs. It keeps the switches in memory; who
//! turns one for good writes it to the store first.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use actix_rt::ArbiterHandle;
use serde::{Deserialize, Serialize};

use super::keeper::{Keeper, switch, turn};
use super::recipe::Recipe;
use super::record::Ended;
use super::view::ServiceListed;
use crate::error::Error;
use crate::runtime::ServiceView;
use crate::runtime::clock::Clock;
use crate::wire::ErrorCode;

/// Services there may be; one more is refused with `busy`.
pub(crate) const SERVICES_MAX: usize = 256;

/// The kind of setting that keeps a switch: `service:backup`.
pub(crate) const SETTING_KIND: &str = "service";
/// The setting that keeps the switch of all.
pub(crate) const SETTING_ALL: &str = "services";

/// A switch as it is kept in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Switch {
    /// Whether it is on.
    pub(crate) enabled: bool,
}

/// The switches as they were left.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Of all together; on where nobody said otherwise.
    pub(crate) all: Option<Switch>,
    /// Of each, by name.
    pub(crate) each: Vec<(String, Switch)>,
}

/// All services; cheap to clone.
#[derive(Clone)]
pub(crate) struct Services(Arc<Inner>);

struct Inner {
    entries: RwLock<BTreeMap<&'static str, Entry>>,
    all_enabled: Arc<AtomicBool>,
    /// Switches as they are kept in the store, also of services that are not there now.
    kept: Mutex<HashMap<String, bool>>,
    failures_max: u32,
    clock: Clock,
    place: Box<dyn Fn() -> ArbiterHandle + Send + Sync>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
enum Entry {
    /// Always on, and why.
    Fixed(ServiceView, &'static str),
    Repeating(Arc<Keeper>),
}

impl Services {
    /// None yet. Each repeating service will run on a place of its own; `failures_max` in a row are forgiven.
    pub(crate) fn new(
        left: Left,
        failures_max: u32,
        clock: Clock,
        place: impl Fn() -> ArbiterHandle + Send + Sync + 'static,
    ) -> Self {
        let kept = left.each.into_iter().map(|(name, switch)| (name, switch.enabled));
        Self(Arc::new(Inner {
            entries: RwLock::default(),
            all_enabled: switch(left.all.is_none_or(|all| all.enabled)),
            kept: Mutex::new(kept.collect()),
            failures_max,
            clock,
            place: Box::new(place),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Lists a service that is always on, because of `why`.
    pub(crate) fn fixed(&self, view: ServiceView, why: &'static str) -> Result<(), Error> {
        let name = view.look().name;
        self.insert(name, || Entry::Fixed(view, why))
    }

    /// Adds a repeating service and starts it, on or off as it was left.
    pub(crate) fn add(&self, recipe: Recipe) -> Result<(), Error> {
        let name = recipe.name;
        let kept = self
            .0
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .copied();
        let is_enabled = kept.unwrap_or(recipe.rhythm.is_enabled);
        self.insert(name, || {
            let inner = &self.0;
            let place = (inner.place)();
            Entry::Repeating(Keeper::start(
                recipe,
                is_enabled,
                inner.all_enabled.clone(),
                inner.failures_max,
                inner.clock.clone(),
                place,
            ))
        })
    }

    fn insert(&self, name: &'static str, entry: impl FnOnce() -> Entry) -> Result<(), Error> {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.contains_key(name) {
            let message = format!("there is a service `{name}` already");
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if entries.len() >= SERVICES_MAX {
            let message = format!("there are {SERVICES_MAX} services, which is the most");
            return Err(Error::new(ErrorCode::Busy, message));
        }
        entries.insert(name, entry());
        Ok(())
    }

    /// Ends a repeating service and takes it out; its switch is remembered. Says whether it was there.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        let Some(Entry::Repeating(keeper)) = entries.get(name) else {
            return false;
        };
        keeper.stop();
        entries.remove(name);
        true
    }

    /// Ends all repeating services and forgets everything.
    pub(crate) fn stop(&self) {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        for entry in std::mem::take(&mut *entries).into_values() {
            if let Entry::Repeating(keeper) = entry {
                keeper.stop();
            }
        }
    }

    /// How each one is, by name.
    pub(crate) fn list(&self) -> Vec<ServiceListed> {
        let entries = self.0.entries.read().unwrap_or_else(PoisonError::into_inner).clone();
        let look = |entry: Entry| match entry {
            Entry::Fixed(view, _) => ServiceListed::plain(view.look()),
            Entry::Repeating(keeper) => keeper.look(),
        };
        entries.into_values().map(look).collect()
    }

    /// Held by who turns a switch, so that the store and the memory agree.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    /// Whether the routine of all is on.
    pub(crate) fn all_enabled(&self) -> bool {
        self.0.all_enabled.load(Ordering::Acquire)
    }

    /// Turns the routine of all; each keeps its own switch.
    pub(crate) async fn enable_all(&self, is_enabled: bool) {
        if !turn(&self.0.all_enabled, is_enabled) {
            return;
        }
        for keeper in self.keepers() {
            keeper.switched().await;
        }
    }

    fn keepers(&self) -> Vec<Arc<Keeper>> {
        let entries = self.0.entries.read().unwrap_or_else(PoisonError::into_inner);
        let keepers = entries.values().filter_map(|entry| match entry {
            Entry::Repeating(keeper) => Some(keeper.clone()),
            Entry::Fixed(..) => None,
        });
        keepers.collect()
    }

    /// Whether a service of that name can be switched; if not, why.
    pub(crate) fn may_switch(&self, name: &str) -> Result<(), Error> {
        self.keeper(name, "cannot be switched").map(drop)
    }

    /// Turns the switch of one.
    pub(crate) async fn enable(&self, name: &str, is_enabled: bool) -> Result<(), Error> {
        let keeper = self.keeper(name, "cannot be switched")?;
        self.keep(name, is_enabled);
        keeper.enable(is_enabled).await;
        Ok(())
    }

    fn keep(&self, name: &str, is_enabled: bool) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name.to_owned(), is_enabled);
    }

    /// One round of one, now.
    pub(crate) async fn run(&self, name: &str) -> Result<Ended, Error> {
        self.keeper(name, "has no rounds")?.run().await
    }

    fn keeper(&self, name: &str, cannot: &str) -> Result<Arc<Keeper>, Error> {
        let entries = self.0.entries.read().unwrap_or_else(PoisonError::into_inner);
        match entries.get(name) {
            Some(Entry::Repeating(keeper)) => Ok(keeper.clone()),
            Some(Entry::Fixed(_, why)) => {
                let message = format!("Service '{name}' {cannot}: {why}");
                Err(Error::new(ErrorCode::NotNow, message))
            }
            None => {
                let names: Vec<&str> = entries.keys().copied().collect();
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                let message = format!("No service '{shown}' found, there are {}", names.join(", "));
                Err(Error::new(ErrorCode::NotFound, message).detail(&names))
            }
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}
