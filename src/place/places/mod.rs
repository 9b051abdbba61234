//! The face of the map: where people are, who is near, who may see whom. Cheap to clone; what is asked is answered at once.
//!
//! Held for a moment only, so that it may be asked on any arbiter: no question looks at more than a bounded number of
//! people. Positions are in memory when they are answered and on the disk within a second; choices and buildings
//! are on the disk before they are answered.

mod editing;
mod hearing;
mod writing;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use smol_str::SmolStr;
use tokio::sync::{Mutex, broadcast};

use super::Position;
use super::rules::building::{Building, BuildingFault};
use super::rules::index::Cursor;
use super::rules::person::{Fix, Movement, Person};
use super::rules::visibility::Choice;
use super::rules::world::{Full, Near, People, Standards, World};
use super::store::{self, Settings};
use crate::booking::UserId;
use crate::config::Config;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::PlaceMeters;
use crate::runtime::{Gate, GateError};
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};

/// Movements that may wait for the store; then no position is taken until some are written.
pub(crate) const MOVEMENTS_MAX: usize = 65_536;
/// Movements that a listener may be behind; one more and it misses the oldest.
const LISTENERS_BEHIND_MAX: usize = 1_024;
/// Edits of buildings that may wait for the one that runs.
const EDITS_WAITING_MAX: usize = 64;
/// Why something about places cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    /// The store is being read.
    #[error("positions are being read, try again in a moment")]
    Loading,
    /// A bound is reached.
    #[error(transparent)]
    Full(#[from] Full),
    /// No building.
    #[error(transparent)]
    Building(#[from] BuildingFault),
    /// Nobody knows it.
    #[error("there is no building {0:?}")]
    NoBuilding(String),
    /// Nobody knows them.
    #[error("there is no user {0:?}")]
    NoUser(String),
    /// More people than one message reaches.
    #[error("there are too many people to reach with one message; say it to a smaller range, or to fewer")]
    Crowd,
    /// Too many at once.
    #[error("other buildings are being changed, try again in a moment")]
    Editing(#[source] GateError),
    /// The store.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for PlaceError {
    /// A refusal of our own comes back out of the transaction as it went in.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refused) => refused
                .downcast::<Self>()
                .map_or_else(|other| Self::Store(StoreError::Refused(other)), |ours| *ours),
            other => Self::Store(other),
        }
    }
}

/// Where everybody is; clones are the same map.
#[derive(Clone)]
pub(crate) struct Places(Arc<Inner>);

struct Inner {
    world: RwLock<World>,
    store: Store,
    clock: Clock,
    meters: PlaceMeters,
    is_loaded: AtomicBool,
    /// The number of the last change of settings; given on the writer's thread, so that they stand in its order.
    changes: Arc<AtomicU64>,
    edits: Gate,
    buildings_max: usize,
    /// One writes down at a time, so that what is older is never written last.
    writing: Mutex<()>,
    movements: broadcast::Sender<Arc<Movement>>,
    /// The number of the last watch.
    watches: AtomicU64,
}

impl Places {
    /// An empty map, to be loaded.
    pub(crate) fn new(config: &Config, store: Store, clock: Clock) -> Self {
        let shows = config.places.shows_near;
        let standards = Standards {
            choice: Choice {
                same_building: shows,
                within_range: shows,
                ..Choice::default()
            },
            range_m: f64::from(config.places.range_m),
            people_max: config.limits.positions_max,
            movements_max: MOVEMENTS_MAX,
        };
        Self(Arc::new(Inner {
            world: RwLock::new(World::new(standards)),
            store,
            clock,
            meters: PlaceMeters::new(),
            is_loaded: AtomicBool::new(false),
            changes: Arc::default(),
            edits: Gate::new("places-edits", 1, EDITS_WAITING_MAX),
            buildings_max: config.limits.buildings_max,
            writing: Mutex::new(()),
            movements: broadcast::Sender::new(LISTENERS_BEHIND_MAX),
            watches: AtomicU64::new(0),
        }))
    }

    /// Somebody says where they are; gives the building that is.
    pub(crate) fn say(
        &self,
        user: UserId,
        name: &str,
        position: Position,
        accuracy_m: Option<f64>,
    ) -> Result<Option<Arc<Building>>, PlaceError> {
        let fix = Fix {
            position,
            accuracy_m,
            at: self.0.clock.now(),
        };
        self.loaded()?;
        let said = self.write().say(user, name, fix);
        self.0.meters.said(said.is_ok());
        Ok(said?)
    }

    /// The building somebody is in.
    pub(crate) fn building_of(&self, user: UserId) -> Option<Arc<Building>> {
        let world = self.read();
        let building = world.person(user)?.building.as_ref()?;
        world.buildings().find(building).cloned()
    }

    /// The building of that id.
    pub(crate) fn building(&self, id: &str) -> Result<Arc<Building>, PlaceError> {
        self.loaded()?;
        let found = self.read().buildings().find(id).cloned();
        found.ok_or_else(|| PlaceError::NoBuilding(crate::wire::names::shown(id)))
    }

    /// What is known of somebody, whoever may see them.
    pub(crate) fn person(&self, user: UserId) -> Result<Option<Person>, PlaceError> {
        self.loaded()?;
        Ok(self.read().person(user).cloned())
    }

    /// How far somebody looks; the standard of the house where they never said.
    pub(crate) fn range_of(&self, user: UserId) -> f64 {
        self.read().range_of(user)
    }

    /// At most so many buildings by id, behind `after`.
    pub(crate) fn buildings(&self, after: Option<&str>, page: usize) -> Result<Vec<Arc<Building>>, PlaceError> {
        self.loaded()?;
        Ok(self.read().buildings().list(after, page))
    }

    /// What the house decides for everybody.
    pub(crate) fn standards(&self) -> Standards {
        self.read().standards().clone()
    }

    /// Everybody who was last in a building, by id behind `after`, whoever may see them.
    pub(crate) fn members(&self, building: &str, after: UserId, page: usize) -> Vec<(UserId, SmolStr)> {
        let world = self.read();
        let members = world.members(building, after, page).into_iter();
        members.map(|person| (person.user, person.name.clone())).collect()
    }

    /// Those near whom somebody may see and who are `wanted`, nearest first.
    pub(crate) fn near(
        &self,
        viewer: UserId,
        ask: &Near,
        wanted: impl Fn(UserId) -> bool,
    ) -> Result<People<Cursor>, PlaceError> {
        self.loaded()?;
        Ok(self.read().near(viewer, ask, wanted, self.0.clock.now()))
    }

    /// Those in somebody's building whom they may see and who are `wanted`.
    pub(crate) fn here(
        &self,
        viewer: UserId,
        after: UserId,
        page: usize,
        wanted: impl Fn(UserId) -> bool,
    ) -> Result<People<UserId>, PlaceError> {
        self.loaded()?;
        Ok(self.read().here(viewer, after, page, wanted, self.0.clock.now()))
    }

    /// Whether one may see where another is, now. Everybody sees themselves.
    pub(crate) fn may_see(&self, viewer: UserId, seen: UserId) -> bool {
        self.read().may_see(viewer, seen, self.0.clock.now())
    }

    /// Somebody blocks another, or no longer: while either does, neither sees the other.
    pub(crate) fn set_blocked(&self, by: UserId, blocked: UserId, is_blocked: bool) {
        self.write().set_blocked(by, blocked, is_blocked);
    }

    /// Forgets somebody, as far as memory goes: they are shut out or erased.
    pub(crate) fn forget(&self, user: UserId) {
        self.write().forget(user);
    }

    /// Who goes where from now on, whoever may see it. A listener that is too far behind is told how many it missed.
    #[allow(dead_code, reason = "asked by messages, bots and logs")]
    pub(crate) fn movements(&self) -> broadcast::Receiver<Arc<Movement>> {
        self.0.movements.subscribe()
    }

    /// Changes what somebody chose. `edit` runs beside the writer's other jobs and gives the answer that a retry hears.
    pub(crate) async fn choose<T: Send + 'static>(
        &self,
        (user, name): (UserId, String),
        change: Change,
        edit: impl FnOnce(&mut AnyConn, &mut Settings) -> Result<(T, Option<Vec<u8>>), StoreError> + Send + 'static,
    ) -> Result<T, PlaceError> {
        self.loaded()?;
        let changes = Arc::clone(&self.0.changes);
        let written = self.0.store.write(move |conn| {
            let mut chosen = store::settings_find(conn, user)?;
            let (answer, kept) = edit(conn, &mut chosen)?;
            store::settings_put(conn, user, &chosen, change.at.as_microsecond())?;
            change.record(conn, &format!("user:{user}"), "ok", None, kept.as_deref())?;
            let number = changes.fetch_add(1, Ordering::AcqRel).saturating_add(1);
            Ok((answer, chosen, number))
        });
        let (answer, chosen, number) = written.await?;
        let now = self.0.clock.now();
        let settled = self
            .write()
            .settle((user, &name), number, chosen.visibility, chosen.range_m, now);
        if let Err(full) = settled {
            // It is kept, and holds as soon as there is room for the position that it is about.
            tracing::warn!(%full, "a choice is not in force before the next start");
        }
        Ok(answer)
    }

    /// A number for a new watch.
    pub(crate) fn next_watch(&self) -> u64 {
        self.0.watches.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Choices for a while that ended give way; the figures are brought up to date.
    pub(crate) fn sweep(&self) {
        let mut world = self.write();
        world.expire(self.0.clock.now());
        let (people, unwritten, movements) = world.counts();
        drop(world);
        self.0.meters.there(people, unwritten, movements);
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn meters(&self) -> &PlaceMeters {
        &self.0.meters
    }

    /// Everything that was stored is on the map.
    pub(super) fn set_loaded(&self) {
        self.0.is_loaded.store(true, Ordering::Release);
    }

    pub(super) fn loaded(&self) -> Result<(), PlaceError> {
        if self.0.is_loaded.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(PlaceError::Loading)
    }

    /// The map; held for a moment only.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, World> {
        self.0.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The map, to be changed; held for a moment only.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, World> {
        self.0.world.write().unwrap_or_else(PoisonError::into_inner)
    }
}
