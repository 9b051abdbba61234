//! Keeps one repeating service: its switch, its lives, and that it was given up.
//!
//! It turns switches and asks the actor; when to restart and when to give up is the supervisor's policy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_rt::ArbiterHandle;
use tokio::sync::oneshot;

use super::actor::{Repeater, Run, Switched};
use super::recipe::Recipe;
use super::record::{Ended, Record};
use super::rules::Facts;
use super::view::ServiceListed;
use crate::error::Error;
use crate::runtime::clock::Clock;
use crate::runtime::{GivenUp, RestartPolicy, Service, ServiceSpec, supervise};
use crate::wire::ErrorCode;

/// Messages a repeating service may have: switches and rounds asked for.
const PERMITS: usize = 8;
/// A life this long clears the count of failures, or twice the time a round may take.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// One repeating service over all its lives.
pub(super) struct Keeper {
    recipe: Recipe,
    record: Arc<Record>,
    failures_max: u32,
    place: ArbiterHandle,
    life: Mutex<Life>,
}

/// Under supervision, or given up.
struct Life {
    service: Option<Service<Repeater>>,
    /// Restarts under supervisions that ended.
    restarts_before: u64,
}

impl Keeper {
    /// Starts it, on or off.
    pub(super) fn start(
        recipe: Recipe,
        is_enabled: bool,
        all_enabled: Arc<AtomicBool>,
        failures_max: u32,
        clock: Clock,
        place: ArbiterHandle,
    ) -> Arc<Self> {
        let record = Record::new(recipe.name, recipe.rhythm, is_enabled, all_enabled, clock);
        let keeper = Arc::new(Self {
            record: Arc::new(record),
            recipe,
            failures_max,
            place,
            life: Mutex::new(Life {
                service: None,
                restarts_before: 0,
            }),
        });
        keeper.supervise();
        keeper
    }

    fn spec(&self) -> ServiceSpec {
        ServiceSpec {
            vital: false,
            permits: PERMITS,
            policy: RestartPolicy {
                pause_first: Duration::from_secs(1),
                pause_max: Duration::from_secs(60),
                failures_max: self.failures_max,
                healthy_after: HEALTHY_AFTER.max(self.recipe.rhythm.time_max.saturating_mul(2)),
                ..RestartPolicy::default()
            },
            ..ServiceSpec::vital(self.recipe.name)
        }
    }

    /// Begins its lives.
    fn supervise(self: &Arc<Self>) {
        let (record, make) = (self.record.clone(), self.recipe.make.clone());
        let (service, monitor) = supervise(self.spec(), &self.place, move || {
            let (record, work) = (record.clone(), make());
            async move { Ok::<_, std::convert::Infallible>(Repeater::fresh(record, work).await) }
        });
        self.lock().service = Some(service);
        self.measure();
        let keeper = self.clone();
        drop(tokio::spawn(async move {
            if let Err(lost) = monitor.await {
                keeper.give_up(&lost);
            }
        }));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_up(&self, lost: &GivenUp) {
        {
            let mut life = self.lock();
            if let Some(service) = life.service.take() {
                life.restarts_before = life.restarts_before.saturating_add(service.view().look().restarts);
            }
        }
        self.measure();
        let error = self
            .record
            .done()
            .last_error
            .map(|(_, error)| error)
            .unwrap_or_default();
        tracing::error!(
            service = self.recipe.name,
            failures = lost.failures,
            error,
            "a service gave up and is disabled; s.services(true, name) starts it afresh"
        );
    }

    fn measure(&self) {
        self.record.meters.enabled(self.facts().is_on());
    }

    fn facts(&self) -> Facts {
        let life = self.lock();
        Facts {
            is_up: life.service.as_ref().is_some_and(Service::is_up),
            is_enabled: self.record.is_enabled(),
            all_enabled: self.record.all_enabled(),
            gave_up: life.service.is_none(),
        }
    }

    /// Turns its switch. One that gave up begins afresh when it is switched on.
    pub(super) async fn enable(self: &Arc<Self>, is_enabled: bool) {
        self.record.enable(is_enabled);
        if is_enabled && self.facts().gave_up {
            self.record.forgive();
            self.supervise();
        }
        self.switched().await;
    }

    /// Tells the actor that its switch, or that of all, was turned.
    pub(super) async fn switched(&self) {
        self.measure();
        let service = self.lock().service.clone();
        if let Some(service) = service {
            // One that is down looks at the switches when it comes back.
            if let Err(err) = service.ask(Switched).await {
                tracing::debug!(%err, "a service looks at its switches later");
            }
        }
    }

    /// One round now, whatever the switches say.
    pub(super) async fn run(&self) -> Result<Ended, Error> {
        let name = self.recipe.name;
        let Some(service) = self.lock().service.clone() else {
            let message = format!("{name} gave up; s.services(true, {name}) starts it afresh");
            return Err(Error::new(ErrorCode::NotNow, message));
        };
        let (asked, ended) = oneshot::channel();
        if !service.ask(Run { asked: Some(asked) }).await? {
            let message = format!("a round of {name} is running");
            return Err(Error::new(ErrorCode::NotNow, message));
        }
        ended
            .await
            .map_err(|_| Error::new(ErrorCode::Unavailable, format!("{name} ended during the round")))
    }

    /// How it is.
    pub(super) fn look(&self) -> ServiceListed {
        let facts = self.facts();
        let done = self.record.done();
        let restarts = {
            let life = self.lock();
            let now = life
                .service
                .as_ref()
                .map_or(0, |service| service.view().look().restarts);
            life.restarts_before.saturating_add(now)
        };
        ServiceListed::repeating(self.recipe.name, facts, self.recipe.rhythm, &done, restarts)
    }

    /// Ends it for good.
    pub(super) fn stop(&self) {
        if let Some(service) = &self.lock().service {
            service.stop();
        }
        self.record.meters.enabled(false);
    }
}

/// A switch shared by many.
pub(super) fn switch(is_on: bool) -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(is_on))
}

/// Turns a switch; says whether it was turned the other way before.
pub(super) fn turn(switch: &AtomicBool, is_on: bool) -> bool {
    switch.swap(is_on, Ordering::AcqRel) != is_on
}
