//! What the framework promises to every repeating service, and about it. Time is paused.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_rt::Arbiter;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::recipe::{Recipe, Rhythm, Round};
use super::record::Ended;
use super::set::{Left, SERVICES_MAX, Services, Switch};
use super::{ServiceListed, rules};
use crate::error::Error;
use crate::runtime::clock::Clock;
use crate::runtime::metrics;
use crate::wire::ErrorCode;

const FAILURES_MAX: u32 = 3;
const EVERY: Duration = Duration::from_secs(10);
const TIME_MAX: Duration = Duration::from_secs(4);

/// What a round does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Works,
    Fails,
    Panics,
    Hangs,
}

/// A service that does as it is told, and counts its lives and its rounds.
#[derive(Clone)]
struct Told {
    manner: Arc<Mutex<Manner>>,
    lives: Arc<AtomicU32>,
    rounds: Arc<AtomicU32>,
}

/// One life of it.
struct Life {
    told: Told,
    rounds_of_this_life: u32,
}

impl Round for Life {
    fn round(&mut self) -> BoxFuture<'_, Result<String, Error>> {
        async {
            self.told.rounds.fetch_add(1, Ordering::Relaxed);
            self.rounds_of_this_life += 1;
            let manner = *self.told.manner.lock().unwrap();
            match manner {
                Manner::Works => Ok(format!("round {} of this life", self.rounds_of_this_life)),
                Manner::Fails => Err(Error::new(ErrorCode::Unavailable, "the thing is away")),
                Manner::Panics => panic!("broken on purpose"),
                Manner::Hangs => std::future::pending().await,
            }
        }
        .boxed()
    }
}

impl Told {
    fn new(manner: Manner) -> Self {
        Self {
            manner: Arc::new(Mutex::new(manner)),
            lives: Arc::default(),
            rounds: Arc::default(),
        }
    }

    fn now(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn rounds(&self) -> u32 {
        self.rounds.load(Ordering::Relaxed)
    }

    fn recipe(&self, name: &'static str) -> Recipe {
        let told = self.clone();
        Recipe {
            name,
            rhythm: Rhythm {
                time_max: TIME_MAX,
                ..Rhythm::every(EVERY)
            },
            make: Arc::new(move || {
                told.lives.fetch_add(1, Ordering::Relaxed);
                Box::new(Life {
                    told: told.clone(),
                    rounds_of_this_life: 0,
                })
            }),
        }
    }
}

fn services(left: Left) -> Services {
    tokio::time::pause();
    let clock = Clock::fixed(Timestamp::from_second(1_800_000_000).unwrap());
    Services::new(left, FAILURES_MAX, clock, Arbiter::current)
}

fn look(services: &Services, name: &str) -> ServiceListed {
    services
        .list()
        .into_iter()
        .find(|service| service.name == name)
        .unwrap()
}

/// Lets time go on until it is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_000_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: never");
}

fn figure(start: &str) -> String {
    let rendered = metrics::install().render();
    let line = rendered.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or("no such figure").trim().to_owned()
}

fn rounds_counted(name: &str, outcome: &str) -> String {
    figure(&format!(
        "motorpool_service_rounds_total{{service=\"{name}\",outcome=\"{outcome}\"}}"
    ))
}

fn shown_enabled(name: &str) -> String {
    figure(&format!("motorpool_service_enabled{{service=\"{name}\"}}"))
}

#[actix::test]
async fn a_service_does_a_round_at_each_interval_and_says_so() {
    let (services, told) = (services(Left::default()), Told::new(Manner::Works));
    services.add(told.recipe("steady")).unwrap();
    tokio::time::sleep(EVERY * 100).await;
    let rounds = told.rounds();
    assert!((94..=107).contains(&rounds), "{rounds} rounds in 100 intervals");
    let listed = look(&services, "steady");
    assert_eq!((listed.state, listed.up, listed.enabled), (rules::RUNNING, true, true));
    assert_eq!(listed.interval_ms, Some(10_000));
    assert_eq!(listed.last_run.as_deref(), Some("2027-01-15T08:00:00Z"));
    assert_eq!((listed.rounds, listed.failures, listed.restarts), (rounds.into(), 0, 0));
    assert_eq!((listed.took_ms, listed.last_error), (Some(0), None));
    assert_eq!(rounds_counted("steady", "ok"), rounds.to_string());
    assert_eq!(shown_enabled("steady"), "1");
}

#[actix::test]
async fn a_panic_in_a_round_is_a_counter_a_restart_and_fresh_state_and_disturbs_nobody() {
    let services = services(Left::default());
    let (told, other) = (Told::new(Manner::Works), Told::new(Manner::Works));
    services.add(told.recipe("panicky")).unwrap();
    services.add(other.recipe("its neighbour")).unwrap();
    until("two rounds", || told.rounds() == 2).await;
    told.now(Manner::Panics);
    until("a panic", || told.rounds() == 3).await;
    told.now(Manner::Works);
    until("another round", || told.rounds() == 4).await;
    let listed = look(&services, "panicky");
    assert_eq!((listed.failures, listed.restarts), (1, 1));
    assert_eq!(listed.last_error.as_deref(), Some("it panicked; the log has the text"));
    assert_eq!(rounds_counted("panicky", "panicked"), "1");
    assert_eq!(
        figure("motorpool_service_restarts_total{service=\"panicky\",cause=\"panicked\"}"),
        "1"
    );
    assert_eq!(told.lives.load(Ordering::Relaxed), 2);
    let Ended::Ok(did) = services.run("panicky").await.unwrap() else {
        panic!()
    };
    assert_eq!(did, "round 2 of this life", "state is fresh");
    let neighbour = look(&services, "its neighbour");
    assert_eq!((neighbour.failures, neighbour.restarts, neighbour.up), (0, 0, true));
}

#[actix::test]
async fn a_service_that_fails_to_its_limit_is_disabled_visibly_and_enabled_again_it_is_fresh() {
    let (services, told) = (services(Left::default()), Told::new(Manner::Fails));
    services.add(told.recipe("failing")).unwrap();
    until("as many failures as are forgiven", || told.rounds() == FAILURES_MAX).await;
    assert_ne!(look(&services, "failing").state, rules::GAVE_UP, "at the limit");
    until("one more", || look(&services, "failing").state == rules::GAVE_UP).await;
    let listed = look(&services, "failing");
    assert_eq!((listed.up, listed.enabled), (false, false));
    assert_eq!((listed.rounds, listed.failures, listed.restarts), (4, 4, 3));
    assert_eq!(listed.last_error.as_deref(), Some("the thing is away"));
    assert_eq!(shown_enabled("failing"), "0");
    tokio::time::sleep(EVERY * 100).await;
    assert_eq!(told.rounds(), FAILURES_MAX + 1, "it stays so");
    let refused = services.run("failing").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotNow);
    told.now(Manner::Works);
    services.enable("failing", true).await.unwrap();
    until("a round", || told.rounds() == FAILURES_MAX + 2).await;
    let listed = look(&services, "failing");
    assert_eq!(
        (listed.state, listed.enabled, listed.restarts),
        (rules::RUNNING, true, 3)
    );
    assert_eq!(shown_enabled("failing"), "1");
    told.now(Manner::Fails);
    let failed = services.run("failing").await.unwrap();
    assert_eq!(failed, Ended::Failed("the thing is away".to_owned()));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(
        look(&services, "failing").state,
        rules::RESTARTING,
        "the count began anew"
    );
}

#[actix::test]
async fn failures_are_paused_after_and_a_success_in_between_lets_it_live() {
    let (services, told) = (services(Left::default()), Told::new(Manner::Works));
    services.add(told.recipe("wavering")).unwrap();
    for _ in 0..FAILURES_MAX * 4 {
        told.now(Manner::Fails);
        let before = look(&services, "wavering").failures;
        until("a failure", || look(&services, "wavering").failures > before).await;
        told.now(Manner::Works);
        // A minute of health clears the count.
        tokio::time::sleep(Duration::from_secs(62)).await;
        assert_eq!(look(&services, "wavering").state, rules::RUNNING);
    }
}

#[actix::test]
async fn a_round_that_hangs_is_ended_at_its_time_and_counts_as_failed() {
    let (services, told) = (services(Left::default()), Told::new(Manner::Hangs));
    services.add(told.recipe("hanging")).unwrap();
    until("a round", || told.rounds() == 1).await;
    tokio::time::sleep(TIME_MAX - Duration::from_millis(100)).await;
    assert_eq!(look(&services, "hanging").failures, 0);
    let refused = services.run("hanging").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotNow, "never two rounds at once");
    told.now(Manner::Works);
    until("its end", || look(&services, "hanging").failures == 1).await;
    let listed = look(&services, "hanging");
    assert_eq!(listed.last_error.as_deref(), Some("it was not done within 4000 ms"));
    assert!(
        (4_000..4_010).contains(&listed.took_ms.unwrap()),
        "{:?}",
        listed.took_ms
    );
    assert_eq!(rounds_counted("hanging", "timed_out"), "1");
    until("the next life", || told.rounds() == 2).await;
    assert_eq!(look(&services, "hanging").state, rules::RUNNING);
}

#[actix::test]
async fn a_disabled_service_does_only_the_rounds_it_is_asked_for() {
    let left = Left {
        all: None,
        each: vec![("idle".to_owned(), Switch { enabled: false })],
    };
    let (services, told) = (services(left), Told::new(Manner::Works));
    services.add(told.recipe("idle")).unwrap();
    tokio::time::sleep(EVERY * 10).await;
    let listed = look(&services, "idle");
    assert_eq!(
        (listed.state, listed.up, listed.enabled),
        (rules::DISABLED, true, false)
    );
    assert_eq!(told.rounds(), 0, "as it was left");
    assert_eq!(services.run("idle").await.unwrap().as_str(), "ok");
    tokio::time::sleep(EVERY * 10).await;
    assert_eq!(told.rounds(), 1);
    services.enable("idle", true).await.unwrap();
    until("a round of its own", || told.rounds() == 2).await;
    services.enable("idle", false).await.unwrap();
    let rounds = told.rounds();
    tokio::time::sleep(EVERY * 10).await;
    assert_eq!(told.rounds(), rounds);
    assert!(services.remove("idle"));
    services.add(told.recipe("idle")).unwrap();
    assert_eq!(
        look(&services, "idle").state,
        rules::DISABLED,
        "the switch is remembered"
    );
}

#[actix::test]
async fn all_are_switched_together_and_each_keeps_its_own_switch() {
    let services = services(Left::default());
    let (told, off) = (Told::new(Manner::Works), Told::new(Manner::Works));
    services.add(told.recipe("together")).unwrap();
    services.add(off.recipe("off by itself")).unwrap();
    services.enable("off by itself", false).await.unwrap();
    services.enable_all(false).await;
    assert!(!services.all_enabled());
    let rounds = told.rounds();
    tokio::time::sleep(EVERY * 10).await;
    assert_eq!(told.rounds(), rounds);
    assert_eq!(look(&services, "together").state, rules::ALL_OFF);
    assert_eq!(look(&services, "off by itself").state, rules::DISABLED);
    assert_eq!(shown_enabled("together"), "0");
    services.enable_all(true).await;
    until("a round", || told.rounds() > rounds).await;
    assert_eq!(
        (off.rounds(), look(&services, "off by itself").state),
        (0, rules::DISABLED)
    );
}

#[actix::test]
async fn services_come_and_go_while_the_server_runs_up_to_the_bound() {
    let (services, told) = (services(Left::default()), Told::new(Manner::Works));
    for number in 0..SERVICES_MAX {
        services
            .add(told.recipe(Box::leak(format!("number {number}").into_boxed_str())))
            .unwrap();
    }
    let full = services.add(told.recipe("one more")).unwrap_err();
    assert_eq!(full.code(), ErrorCode::Busy, "{full}");
    assert!(services.remove("number 7") && !services.remove("number 7"));
    services.add(told.recipe("one more")).unwrap();
    let twice = services.add(told.recipe("one more")).unwrap_err();
    assert_eq!(twice.code(), ErrorCode::Conflict, "{twice}");
    let gone = services.enable("number 7", true).await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
    assert!(
        gone.message()
            .starts_with("No service 'number 7' found, there are number 0, ")
    );
    services.stop();
    assert!(services.list().is_empty());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rounds = told.rounds();
    tokio::time::sleep(EVERY * 10).await;
    assert_eq!(told.rounds(), rounds, "stopped for good");
}
