//! Starts the tree in order and stops it in the opposite one.
//!
//! The order of starting is the order of dependency: folder, lock, store, runtime, services, house, doors.
//! A vital service that is given up, or a store that failed, ends the process with an error, so that
//! whoever runs it starts it clean.

mod again;
mod announce;
mod doors;
mod drain;
mod embed;
mod entrance;
mod hangup;
mod makings;
mod services;
mod signals;

use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_rt::System;
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use embed::Embedded;
pub(crate) use embed::Plan;
pub use embed::{Running, Server, ServerBuilder};

use crate::account::{Accounts, SecretText};
use crate::command::confirm::Confirmations;
use crate::config::{Config, Limits};
use crate::datasock::actor::Datasock;
use crate::datasock::receivers::Makings;
use crate::datasock::{Datasocks, FILE, FILES, PICTURES};
use crate::dialect;
use crate::extend::{Extensions, add_services};
use crate::house::{Course, House, Rooms};
use crate::http;
use crate::message::mail::{MailLimits, RoomLimits};
use crate::message::{Mail, Rate};
use crate::network::Network;
use crate::registry::events::Events;
use crate::registry::sanctions::{Kind, Sanctions};
use crate::runtime::clock::Clock;
use crate::runtime::{Arbiters, Aside, Gate, Service, metrics, targets, threads};
use crate::session::handshake::Door;
use crate::session::listener;
use crate::shard::Shards;
use crate::signin::Providers;
use crate::store::change::Change;
use crate::store::lock::DataLock;
use crate::store::{Store, StoreOptions};
use crate::webhook::Hooks;
use entrance::Entrance;
use signals::Signals;

/// How long blocking work may hold up the end of the process.
const RUNTIME_STOP_MAX: Duration = Duration::from_millis(500);
/// Short pieces of work beside the arbiters at a time: files, lists, the log.
const ASIDE_INSIDE_MAX: usize = 2;
/// Those that may wait; one more hears `busy`.
const ASIDE_WAITING_MAX: usize = 64;

/// Why a server did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(String);

impl ServerError {
    fn new(why: impl ToString) -> Self {
        Self(why.to_string())
    }
}

/// Where the doors are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) serversock: SocketAddr,
    pub(crate) maindata: SocketAddr,
    pub(crate) http: SocketAddr,
}

/// Runs what was planned until it is told to stop.
///
/// # Errors
/// One line naming what is in the way: a folder, a lock, a database, a port, a service that was given up.
pub(crate) fn run_plan(mut plan: Plan) -> Result<(), ServerError> {
    let stop = watch::Sender::new(Course::Serve);
    let _heard = plan.embedded.is_none().then(|| Signals::steer(stop.clone()));
    loop {
        let bound = run_once(plan.clone(), &stop)?;
        let restarts = stop.send_if_modified(|course| {
            let restarts = *course == Course::Restart;
            if restarts {
                *course = Course::Serve;
            }
            restarts
        });
        if !restarts {
            return Ok(());
        }
        tracing::info!(target: targets::STATUS, "the server begins anew");
        plan = again::plan(plan, bound);
    }
}

/// One life, with folder, lock, store, runtime and arbiters of its own.
fn run_once(plan: Plan, stop: &watch::Sender<Course>) -> Result<Addresses, ServerError> {
    let config = &plan.config;
    let url = config.server.database_url().map_err(ServerError::new)?;
    let folder = &config.server.data;
    fs::create_dir_all(folder).map_err(|err| {
        ServerError(format!(
            "cannot make the data folder {}: {err}; name another with --data",
            folder.display()
        ))
    })?;
    // Held until the end: two servers never share a database.
    let _lock = DataLock::take(url.folder().unwrap_or(folder)).map_err(ServerError::new)?;
    let store = Store::open(&url, store_options(&config.limits)).map_err(ServerError::new)?;

    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores)
        .thread_name_fn(threads::runtime_names(cores))
        .enable_all()
        .build()
        .map_err(ServerError::new)?;
    let runtime = Arc::new(runtime);
    let system = System::with_tokio_rt({
        let runtime = Arc::clone(&runtime);
        move || runtime
    });
    let arbiters = Arc::new(Arbiters::start(cores).map_err(ServerError::new)?);
    let ended = system.block_on(serve(plan, store.clone(), Arc::clone(&arbiters), stop.clone()));
    store.close();
    tear_down(system, arbiters, runtime);
    tracing::info!(target: targets::STATUS, "the server has stopped");
    ended
}

fn tear_down(system: actix_rt::SystemRunner, arbiters: Arc<Arbiters>, runtime: Arc<Runtime>) {
    arbiters.stop();
    if let Ok(arbiters) = Arc::try_unwrap(arbiters)
        && !arbiters.join(RUNTIME_STOP_MAX)
    {
        tracing::warn!(target: targets::STATUS, "an arbiter did not stop in time");
    }
    drop(system);
    if let Ok(runtime) = Arc::try_unwrap(runtime) {
        runtime.shutdown_timeout(RUNTIME_STOP_MAX);
    }
}

fn store_options(limits: &Limits) -> StoreOptions {
    StoreOptions {
        batch_max: limits.store_batch,
        queue_max: limits.store_queue,
        readers: limits.store_readers,
        read_waiting_max: limits.store_readers_waiting,
        read_deadline: Duration::from_millis(limits.store_ms),
        write_wait_max: Duration::from_millis(limits.store_ms),
        ..StoreOptions::default()
    }
}

/// Whom people sign in with; they come back to where the HTTP side is.
fn providers(config: &Config, http: SocketAddr) -> Result<Providers, ServerError> {
    let speaks_tls = config.tls.mode.is_wanted_at(http.ip());
    Providers::new(config, http, speaks_tls).map_err(ServerError::new)
}

/// The life of the server, from its first service to its last good-bye.
async fn serve(
    plan: Plan,
    store: Store,
    arbiters: Arc<Arbiters>,
    stop: watch::Sender<Course>,
) -> Result<Addresses, ServerError> {
    let (config, embedded, metrics) = (plan.config, plan.embedded, measured());
    let (clock, given_up) = (Clock::system(), services::GivenUps::new());
    let (accounts, admin_key) = people(&config, &store, &clock).await?;
    let own = plan.definitions.receivers().map_err(ServerError::new)?;
    let (extensions, tables) =
        Extensions::new(plan.definitions, &config, plan.launcher, plan.source).map_err(ServerError::new)?;
    let (mutes, bans) = sanctions(&store, &clock).await?;
    let (entrance, tls) = Entrance::bind(&config, plan.kept, &clock)?;
    let (addresses, events) = (entrance.addresses, events(&config.limits));

    tracing::info!(target: targets::STATUS, version = env!("CARGO_PKG_VERSION"), data = %config.server.data.display(), "the server starts");
    let core = services::start(&config, &store, &clock, &arbiters, &given_up, &events).await?;
    let makings = makings::makings(&config, plan.launcher.own_program(), &store, &clock, own).await?;
    let house = House::new(Rooms {
        commands: ArcSwap::from_pointee(tables.commands),
        requestables: ArcSwap::from_pointee(tables.requestables),
        extensions,
        services: services::collection(&config, &store, &clock, &arbiters).await?,
        subscriptions: OnceLock::new(),
        in_flight: crate::command::repeat::InFlight::default(),
        jobs: crate::command::jobs::Jobs::default(),
        changes_running: AtomicUsize::new(0),
        confirmations: Confirmations::default(),
        accounts,
        providers: providers(&config, addresses.http)?,
        registry: core.registry,
        presence: core.presence,
        shards: Shards::start(&arbiters, &config.limits),
        mail: mail(&config.limits, &store, &clock, &events).await?,
        mutes,
        bans,
        network: Network::load(&config.server.data, &config.parent).map_err(ServerError)?,
        serversock: addresses.serversock,
        bookings: core.bookings,
        offers: core.offers,
        operator: core.operator,
        faces: makings.faces.clone(),
        files: makings.files.clone(),
        hooks: Hooks::new(store.clone(), &config.webhooks, &config.server.data),
        places: makings.places.clone(),
        watches: OnceLock::new(),
        glimpses: crate::vicinity::Glimpses::default(),
        datasocks: datasocks(core.maindata, addresses.maindata, makings, &config.limits)?,
        log: plan.log,
        aside: Aside::new("aside", ASIDE_INSIDE_MAX, ASIDE_WAITING_MAX),
        open_sockets: crate::session::count::Connections::default(),
        handshakes: Gate::new("handshakes", config.limits.handshakes_max, 0),
        tls,
        arbiters,
        started_at: clock.now(),
        events,
        clock,
        stop,
        draining: AtomicBool::new(false),
        connections: AtomicU64::new(1),
        store: store.clone(),
        config,
    });
    open_datasocks(&house, &given_up, entrance.maindata).await;
    let outside = services::start_beside(&house, &given_up)?;

    let doors = open_doors(&house, metrics, (entrance.serversock, entrance.http), entrance.dialects);
    let hangups = start_added(&house, embedded.is_none()).await?;
    announce::up(&house, &addresses, &doors, admin_key.as_ref(), embedded.as_ref())?;

    let ended = until_over(house.stop.subscribe(), &given_up, &store).await;
    hangups.abort();
    outside.stop();
    house.services.stop();
    drain::down(&house, doors).await;
    ended.map(|()| addresses)
}

/// What happens, for who watches; another life has another name.
fn events(limits: &Limits) -> Events {
    Events::new(uuid::Uuid::new_v4().to_string(), limits.events_per_client)
}

/// Figures are kept from now on.
fn measured() -> metrics::MetricsHandle {
    let metrics = metrics::install();
    drop(tokio::spawn(metrics.clone().upkeep()));
    metrics
}

/// From now on clients come in.
fn open_doors(
    house: &House,
    metrics: metrics::MetricsHandle,
    (serversock, http): (TcpListener, TcpListener),
    dialects: Vec<dialect::Port>,
) -> drain::Doors {
    drain::Doors {
        serversock: tokio::spawn(listener::accept(house.clone(), Door::Serversock, serversock)),
        http: tokio::spawn(http::serve(house.clone(), metrics, http)),
        dialects: dialect::open(house, dialects),
    }
}

/// Starts the services that were added, and listens for SIGHUP.
async fn start_added(house: &House, has_signals: bool) -> Result<JoinHandle<()>, ServerError> {
    add_services(house).await.map_err(ServerError::new)?;
    Ok(hangup::watch(house, has_signals))
}

/// Ends when the server should: asked to, or for want of something it cannot do without.
async fn until_over(
    mut stopped: watch::Receiver<Course>,
    given_up: &services::GivenUps,
    store: &Store,
) -> Result<(), ServerError> {
    tokio::select! {
        _ = stopped.wait_for(|course| *course != Course::Serve) => Ok(()),
        why = given_up.any() => Err(ServerError(why)),
        () = store.until_failed() => Err(ServerError("the database can no longer be written; see the log".to_owned())),
    }
}

/// Messages that are kept.
async fn mail(limits: &Limits, store: &Store, clock: &Clock, events: &Events) -> Result<Mail, ServerError> {
    let days = Duration::from_secs(24 * 60 * 60);
    let limits = MailLimits {
        rate: Rate {
            burst: limits.message_burst,
            per_minute: limits.messages_per_minute,
        },
        recipients_max: limits.message_recipients,
        life_max: days.saturating_mul(u32::try_from(limits.message_days).unwrap_or(u32::MAX)),
        rooms: RoomLimits {
            rooms: limits.rooms_max,
            per_owner: limits.rooms_per_owner,
            members: limits.room_members,
        },
        frame_bytes: limits.frame_bytes,
    };
    Mail::open(store, clock, events, limits).await.map_err(ServerError::new)
}

/// Accounts and groups, and the admin key if this is the first run.
async fn people(config: &Config, store: &Store, clock: &Clock) -> Result<(Accounts, Option<SecretText>), ServerError> {
    let accounts = Accounts::new(store.clone(), &config.limits);
    let admin_key = accounts
        .admin_key_ensure(first_run(clock))
        .await
        .map_err(ServerError::new)?;
    let roomless = accounts.groups_load().await.map_err(ServerError::new)?;
    if !roomless.is_empty() {
        let groups = roomless.join(", ");
        tracing::warn!(groups, "there is no room for these groups; nobody holds them");
    }
    Ok((accounts, admin_key))
}

/// The mutes and the bans in force.
async fn sanctions(store: &Store, clock: &Clock) -> Result<(Sanctions, Sanctions), ServerError> {
    let load = |kind| Sanctions::load(kind, store, clock.now());
    let mutes = load(Kind::Mute).await.map_err(ServerError::new)?;
    let bans = load(Kind::Ban).await.map_err(ServerError::new)?;
    Ok((mutes, bans))
}

fn first_run(clock: &Clock) -> Change {
    Change {
        at: clock.now(),
        who: "server".to_owned(),
        what: "first run".to_owned(),
        request: None,
    }
}

/// `Maindata` accepts, and those that were open before the start listen again.
async fn open_datasocks(house: &House, given_up: &services::GivenUps, data_door: TcpListener) {
    if let Some(sock) = house.datasocks.all().first() {
        let door = Door::Datasock(Arc::clone(sock));
        sock.accepts(tokio::spawn(listener::accept(house.clone(), door, data_door)));
    }
    house.datasocks.use_doors(doors::HouseDoors::new(house, given_up));
    house.datasocks.reopen().await;
    if house.faces.is_enabled() {
        house
            .datasocks
            .open_own(PICTURES, PICTURES, house.config.server.data_listen)
            .await;
        house.faces.vault().begin(house.clock.now()).await;
    }
    if house.config.files.enabled {
        house
            .datasocks
            .open_own(FILES, FILE, house.config.server.data_listen)
            .await;
    }
}

/// `Maindata`, and what the others will be made of.
fn datasocks(
    tickets: Service<Datasock>,
    address: SocketAddr,
    makings: Makings,
    limits: &Limits,
) -> Result<Datasocks, ServerError> {
    Datasocks::new(tickets, address, makings, limits.datasocks_max).map_err(ServerError::new)
}
