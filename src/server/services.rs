//! Which services there are, on which arbiter each runs, and what it means when one is given up.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;

use super::ServerError;
use crate::booking::Policy;
use crate::booking::engine::{Bookings, News};
use crate::booking::offers::{Changes, Offers};
use crate::booking::view::BookingChanged;
use crate::config::{BookingConfig, Config, Limits};
use crate::datasock::actor::Datasock;
use crate::fleet::operator::Operator;
use crate::house::House;
use crate::place::Places;
use crate::presence::Presence;
use crate::presence::actor::{self as presence_actor, Presences};
use crate::presence::store::presence_begin;
use crate::registry::actor::{Registry, Whom};
use crate::registry::events::Events;
use crate::registry::recent::Memory;
use crate::runtime::clock::Clock;
use crate::runtime::{Arbiters, GivenUp, Service, ServiceSpec, supervise, targets};
use crate::service::outside::Outside;
use crate::service::set::{Left, SETTING_ALL, SETTING_KIND};
use crate::service::{self, Services};
use crate::store::Store;
use crate::store::setting::{setting_find, setting_list};
use crate::subscription::{self, actor::Subscriptions};
use crate::vicinity::{Keeper, Watches};

/// The first vital service that was given up, for whoever waits.
#[derive(Debug, Clone)]
pub(super) struct GivenUps {
    told: watch::Sender<Option<String>>,
}

impl GivenUps {
    pub(super) fn new() -> Self {
        Self {
            told: watch::Sender::new(None),
        }
    }

    /// Runs a monitor, and tells when a vital service is lost.
    fn watch(&self, monitor: impl Future<Output = Result<(), GivenUp>> + Send + 'static) {
        let told = self.told.clone();
        drop(tokio::spawn(async move {
            if let Err(lost) = monitor.await {
                tracing::error!(target: targets::STATUS, service = lost.name, %lost, "a service was given up");
                if lost.vital {
                    told.send_replace(Some(lost.to_string()));
                }
            }
        }));
    }

    /// Ends when a vital service is lost.
    pub(super) async fn any(&self) -> String {
        let mut told = self.told.subscribe();
        let lost = told.wait_for(Option::is_some).await.map(|lost| lost.clone());
        match lost {
            Ok(Some(lost)) => lost,
            _ => std::future::pending().await,
        }
    }
}

/// The services that the house is made of.
pub(super) struct Core {
    pub(super) registry: Service<Registry>,
    pub(super) presence: Presence,
    pub(super) bookings: Service<Bookings>,
    pub(super) offers: Offers,
    pub(super) operator: Service<Operator>,
    pub(super) maindata: Service<Datasock>,
}

/// Starts them in the order of their dependency, and waits until each is up.
pub(super) async fn start(
    config: &Config,
    store: &Store,
    clock: &Clock,
    arbiters: &Arbiters,
    given_up: &GivenUps,
    events: &Events,
) -> Result<Core, ServerError> {
    let (clients_max, socks_max) = (config.limits.connections_max, config.limits.datasocks_per_client);
    let presence = presence(config, store, clock).await?;
    let (registry_events, registry_presence) = (events.clone(), presence.clone());
    let memory = Memory::new(config.limits.in_flight_per_session);
    let (registry, monitor) = supervise(vital("registry", &config.limits), &arbiters.next(), move || {
        let (events, presence) = (registry_events.clone(), registry_presence.clone());
        let registry = Registry::new(clients_max, socks_max, events, presence, memory.clone());
        async move { Ok::<_, std::convert::Infallible>(registry) }
    });
    given_up.watch(monitor);

    let spec = vital("maindata", &config.limits);
    let maindata = datasock(spec, &config.limits, clock, arbiters, given_up);

    let policy = policy(&config.booking, config.limits.open_bookings_per_user);
    let news = news(events, &registry);
    let changes = Changes::default();
    let offers = Offers::new(changes.clone());
    let (engine_store, engine_clock) = (store.clone(), clock.clone());
    let (bookings, monitor) = supervise(vital("bookings", &config.limits), &arbiters.next(), move || {
        Bookings::load(
            engine_store.clone(),
            engine_clock.clone(),
            policy,
            news.clone(),
            changes.clone(),
        )
    });
    given_up.watch(monitor);

    let (operator_store, operator_clock, operator_registry) = (store.clone(), clock.clone(), registry.clone());
    let deadline = Duration::from_millis(config.limits.car_command_ms);
    let spec = ServiceSpec {
        // A car has its own deadline; the service must not give up on it before.
        deadline: deadline + Duration::from_secs(5),
        ..vital("operator", &config.limits)
    };
    let (operator, monitor) = supervise(spec, &arbiters.next(), move || {
        Operator::load(
            operator_store.clone(),
            operator_registry.clone(),
            operator_clock.clone(),
            deadline,
        )
    });
    given_up.watch(monitor);

    for up in [
        registry.wait_up().await,
        maindata.wait_up().await,
        bookings.wait_up().await,
        operator.wait_up().await,
    ] {
        up.map_err(ServerError::new)?;
    }
    Ok(Core {
        registry,
        presence,
        bookings,
        offers,
        operator,
        maindata,
    })
}

/// What somebody else did to a booking, or the time, goes to the clients of its rider.
fn news(events: &Events, registry: &Service<Registry>) -> News {
    let (events, registry) = (events.clone(), registry.clone());
    News::new(move |named, at| {
        let (events, registry) = (events.clone(), registry.clone());
        let whom = Whom::Who(format!("user:{}", named.booking.user));
        let changed = BookingChanged::of(named, at);
        // The engine goes on; the registry's gate bounds how many of these wait.
        drop(tokio::spawn(async move {
            events.mention(&registry, whom, "booking", &changed).await;
        }));
    })
}

/// The actor of a datasock.
fn datasock(
    spec: ServiceSpec,
    limits: &Limits,
    clock: &Clock,
    arbiters: &Arbiters,
    given_up: &GivenUps,
) -> Service<Datasock> {
    let (good_for, clock) = (millis(limits.ticket_ms), clock.clone());
    let (service, monitor) = supervise(spec, &arbiters.next(), move || {
        let clock = clock.clone();
        async move { Ok::<_, std::convert::Infallible>(Datasock::new(good_for, clock)) }
    });
    given_up.watch(monitor);
    service
}

/// The actor of a datasock that is opened while the server runs.
pub(super) fn tickets(house: &House, given_up: &GivenUps, name: &'static str) -> Service<Datasock> {
    let limits = &house.config.limits;
    let spec = ServiceSpec {
        vital: false,
        ..vital(name, limits)
    };
    datasock(spec, limits, &house.clock, &house.arbiters, given_up)
}

/// How long the start waits for the map; a large one is read on while the server serves.
const PLACES_WAIT_MAX: Duration = Duration::from_millis(200);

/// The map, read from the store or about to be.
pub(super) async fn places(config: &Config, store: &Store, clock: &Clock) -> Places {
    let places = Places::new(config, store.clone(), clock.clone());
    let map = places.clone();
    let reading = tokio::spawn(async move {
        if let Err(err) = map.load().await {
            tracing::error!(%err, "positions could not be read; commands about places answer `unavailable`");
        }
    });
    drop(tokio::time::timeout(PLACES_WAIT_MAX, reading).await);
    places
}

/// An empty collection of services, which knows how the switches were left.
pub(super) async fn collection(
    config: &Config,
    store: &Store,
    clock: &Clock,
    arbiters: &Arc<Arbiters>,
) -> Result<Services, ServerError> {
    let left = store.read(|conn| {
        Ok(Left {
            all: setting_find(conn, SETTING_ALL)?,
            each: setting_list(conn, SETTING_KIND)?,
        })
    });
    let left = left.await.map_err(ServerError::new)?;
    let arbiters = arbiters.clone();
    let place = move || arbiters.next();
    Ok(Services::new(left, config.services.failures_max, clock.clone(), place))
}

/// Starts what works beside: it may be down for a while without anybody noticing at once. Then all there are
/// can be looked at.
pub(super) fn start_beside(house: &House, given_up: &GivenUps) -> Result<Service<Outside>, ServerError> {
    let inside = house.clone();
    let (outside, monitor) = supervise(beside("outside-changes"), &house.arbiters.next(), move || {
        Outside::load(inside.clone())
    });
    given_up.watch(monitor);
    let settings = subscription::settings(house);
    let (subscriptions, monitor) = supervise(beside("subscriptions"), &house.arbiters.next(), move || {
        let settings = settings.clone();
        async move { Ok::<_, std::convert::Infallible>(Subscriptions::new(settings)) }
    });
    given_up.watch(monitor);
    let (keeper, watches) = start_map(house, given_up);
    // Set once: the server starts its services once.
    drop(house.subscriptions.set(subscriptions.clone()));
    let presences = presences(house, given_up);
    let fixed = [
        (house.registry.view(), "it knows who is connected"),
        (house.bookings.view(), "it owns every booking"),
        (house.operator.view(), "it owns every command to a car"),
        (
            outside.view(),
            "without it changes by `import` and `admin` would not be seen",
        ),
        (subscriptions.view(), "clients wait for its events"),
        (
            presences.view(),
            "it tells who comes and goes, and writes who was last seen when",
        ),
        (keeper.view(), "it writes down where people are"),
        (watches.view(), "clients wait for its events"),
    ];
    if house.faces.is_enabled() {
        let why = "cars are opened by faces; face.enabled of the configuration switches it off";
        let view = house.faces.analyser().view();
        house.services.fixed(view, why).map_err(ServerError::new)?;
    }
    // Those opened at run time come and go; s.listsocks shows them.
    for view in house.datasocks.views().into_iter().take(1) {
        let why = "clients attach to it";
        house.services.fixed(view, why).map_err(ServerError::new)?;
    }
    for (view, why) in fixed {
        house.services.fixed(view, why).map_err(ServerError::new)?;
    }
    service::add_all(house).map_err(ServerError::new)?;
    Ok(outside)
}

/// Nobody is online yet, and who was when the server before this one died was last seen then.
async fn presence(config: &Config, store: &Store, clock: &Clock) -> Result<Presence, ServerError> {
    let were = store.write(presence_begin).await.map_err(ServerError::new)?;
    if were > 0 {
        tracing::info!(target: targets::STATUS, people = were, "people were online when the server before this one ended");
    }
    Ok(Presence::new(&config.limits, clock))
}

/// Who tells of people.
fn presences(house: &House, given_up: &GivenUps) -> Service<Presences> {
    let limits = &house.config.limits;
    let settings = presence_actor::Settings {
        presence: house.presence.clone(),
        sight: Arc::new(house.clone()),
        store: house.store.clone(),
        write_every: Duration::from_millis(limits.presence_write_ms),
        watchers_max: limits.presence_watchers_max,
        named_max: limits.presence_named_max,
        epoch: house.events.epoch().to_owned(),
    };
    let (presences, monitor) = supervise(beside("presence"), &house.arbiters.next(), move || {
        let settings = settings.clone();
        async move { Ok::<_, std::convert::Infallible>(Presences::new(settings)) }
    });
    given_up.watch(monitor);
    house.presence.told_by(presences.clone());
    presences
}

/// Starts what keeps the map, and what tells of ranges. From now on the mail knows who is in which building.
fn start_map(house: &House, given_up: &GivenUps) -> (Service<Keeper>, Service<Watches>) {
    let places = house.places.clone();
    house
        .mail
        .set_whereabouts(Box::new(move |user, building| places.is_in(user, building)));
    let inside = house.clone();
    let (keeper, monitor) = supervise(beside("places"), &house.arbiters.next(), move || {
        let keeper = Keeper::new(inside.clone());
        async move { Ok::<_, std::convert::Infallible>(keeper) }
    });
    given_up.watch(monitor);
    let inside = house.clone();
    let (watches, monitor) = supervise(beside("range-watches"), &house.arbiters.next(), move || {
        let watches = Watches::new(inside.clone());
        async move { Ok::<_, std::convert::Infallible>(watches) }
    });
    given_up.watch(monitor);
    drop(house.watches.set(watches.clone()));
    (keeper, watches)
}

fn vital(name: &'static str, limits: &Limits) -> ServiceSpec {
    ServiceSpec {
        permits: limits.mailbox,
        ..ServiceSpec::vital(name)
    }
}

fn beside(name: &'static str) -> ServiceSpec {
    ServiceSpec {
        vital: false,
        ..ServiceSpec::vital(name)
    }
}

fn millis(millis: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The rules' own form of the configured figures.
fn policy(config: &BookingConfig, open_bookings_per_user: u32) -> Policy {
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let booking_length_max = minutes(config.duration_minutes_max);
    Policy {
        buffer: minutes(config.buffer_minutes),
        grace_before: minutes(config.grace_before_minutes),
        grace_after: minutes(config.grace_after_minutes),
        start_past_max: minutes(config.start_past_minutes),
        open_bookings_per_user: usize::try_from(open_bookings_per_user).unwrap_or(usize::MAX),
        // 0 waits until the booking's end, which no booking outlasts.
        no_show_after: if config.no_show_minutes == 0 {
            booking_length_max
        } else {
            minutes(config.no_show_minutes)
        },
        booking_length_max,
        horizon_max: SignedDuration::from_hours(24 * i64::from(config.ahead_days_max)),
        early_return_refund: config.early_return_refund,
        ..Policy::default()
    }
}
