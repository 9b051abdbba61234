//! What supervision promises: fresh state, a limit, a look at the frozen, an orderly end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix::Message;
use actix_rt::Arbiter;

use super::super::policy::{HeartbeatPolicy, RestartPolicy};
use super::super::service::ServiceError;
use super::super::{Arbiters, metrics};
use super::*;

const POLICY: RestartPolicy = RestartPolicy {
    pause_first: Duration::from_millis(100),
    pause_max: Duration::from_secs(5),
    failures_max: 3,
    healthy_after: Duration::from_secs(60),
    start_max: Duration::from_secs(30),
};

fn spec(name: &'static str) -> ServiceSpec {
    ServiceSpec {
        policy: POLICY,
        ..ServiceSpec::vital(name)
    }
}

#[derive(Default)]
struct Fragile {
    count: u32,
    farewells: Arc<AtomicU32>,
}

impl Actor for Fragile {
    type Context = Context<Self>;
    fn stopped(&mut self, _: &mut Self::Context) {
        self.farewells.fetch_add(1, Ordering::Relaxed);
    }
}

crate::supervised!(Fragile);

struct Count;
impl Message for Count {
    type Result = u32;
}
impl Handler<Count> for Fragile {
    type Result = u32;
    fn handle(&mut self, _: Count, _: &mut Self::Context) -> u32 {
        self.count += 1;
        self.count
    }
}

/// What a test makes the service do.
enum Break {
    Panic,
    Stop,
    Freeze,
    Block(std::sync::mpsc::Receiver<()>),
}
impl Message for Break {
    type Result = ();
}
impl Handler<Break> for Fragile {
    type Result = ();
    fn handle(&mut self, how: Break, ctx: &mut Self::Context) {
        use actix::{ActorContext, AsyncContext};
        match how {
            Break::Panic => panic!("broken on purpose"),
            Break::Stop => ctx.stop(),
            Break::Freeze => ctx.wait(actix::fut::wrap_future(std::future::pending())),
            Break::Block(until) => until.recv().unwrap_or_default(),
        }
    }
}

type Monitoring = tokio::task::JoinHandle<Result<(), GivenUp>>;

fn fragile(name: &'static str) -> (Service<Fragile>, Monitoring) {
    tokio::time::pause();
    let make = || async { Ok::<_, String>(Fragile::default()) };
    let (service, monitor) = supervise(spec(name), &Arbiter::current(), make);
    (service, tokio::spawn(monitor))
}

async fn down(service: &Service<Fragile>) {
    while service.is_up() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn restarts(name: &str, cause: &str) -> String {
    figure(&format!(
        "motorpool_service_restarts_total{{service=\"{name}\",cause=\"{cause}\"}} "
    ))
}

fn shown_up(name: &str) -> String {
    figure(&format!("motorpool_service_up{{service=\"{name}\"}} "))
}

fn figure(start: &str) -> String {
    let rendered = metrics::install().render();
    let line = rendered.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or("no such figure").to_owned()
}

#[actix::test]
async fn a_panic_restarts_the_service_with_fresh_state() {
    let (service, _monitor) = fragile("panics");
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    assert_eq!(service.ask(Count).await, Ok(2));
    assert_eq!(
        service.ask(Break::Panic).await,
        Err(ServiceError::Down { name: "panics" })
    );
    down(&service).await;
    assert_eq!(service.ask(Count).await, Err(ServiceError::Down { name: "panics" }));
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    assert_eq!(restarts("panics", "panicked"), "1");
}

#[actix::test]
async fn a_service_that_stops_by_itself_is_restarted_too() {
    let (service, _monitor) = fragile("stops");
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Break::Stop).await, Ok(()));
    down(&service).await;
    service.wait_up().await.unwrap();
    assert_eq!(restarts("stops", "stopped"), "1");
}

#[actix::test]
async fn a_service_that_keeps_failing_is_given_up_after_the_forgiven_failures_and_one_more() {
    let (service, monitor) = fragile("hopeless");
    let mut lives = 0;
    while service.wait_up().await.is_ok() {
        lives += 1;
        service.ask(Break::Panic).await.unwrap_err();
        down(&service).await;
    }
    assert_eq!(lives, POLICY.failures_max + 1);
    let given_up = GivenUp {
        name: "hopeless",
        vital: true,
        failures: 4,
        last: LifeEnd::Panicked,
    };
    assert_eq!(monitor.await.unwrap(), Err(given_up));
    assert_eq!(
        given_up.to_string(),
        "hopeless was given up after 4 failures in a row, the last: panicked"
    );
}

#[actix::test]
async fn a_start_that_fails_panics_or_hangs_is_tried_again() {
    tokio::time::pause();
    let tries = Arc::new(AtomicU32::new(0));
    let make = {
        let tries = Arc::clone(&tries);
        move || {
            let tried = tries.fetch_add(1, Ordering::Relaxed);
            async move {
                match tried {
                    0 => return Err("store is away"),
                    1 => panic!("broken on purpose"),
                    2 => std::future::pending().await,
                    _ => {}
                }
                Ok(Fragile::default())
            }
        }
    };
    let (service, monitor) = supervise(spec("starts"), &Arbiter::current(), make);
    tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    assert_eq!(tries.load(Ordering::Relaxed), 4);
    assert_eq!(restarts("starts", "failed_start"), "3");
}

#[actix::test]
async fn starts_that_fail_after_a_healthy_life_are_counted_to_the_limit() {
    tokio::time::pause();
    let tries = Arc::new(AtomicU32::new(0));
    let make = {
        let tries = Arc::clone(&tries);
        move || {
            let is_first = tries.fetch_add(1, Ordering::Relaxed) == 0;
            async move { is_first.then(Fragile::default).ok_or("store is away") }
        }
    };
    let (service, monitor) = supervise(spec("lost its store"), &Arbiter::current(), make);
    let monitor = tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    tokio::time::sleep(POLICY.healthy_after).await;
    service.ask(Break::Panic).await.unwrap_err();
    let given_up = timeout(Duration::from_secs(3600), monitor)
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!((given_up.last, given_up.failures), (LifeEnd::FailedStart, 4));
    assert_eq!(tries.load(Ordering::Relaxed), 4);
}

#[actix::test]
async fn a_frozen_service_is_ended_and_restarted() {
    let (service, _monitor) = fragile("freezes");
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    assert_eq!(service.ask(Break::Freeze).await, Ok(()));
    let late = service.ask_within(Count, Duration::from_millis(10)).await;
    assert_eq!(late, Err(ServiceError::Late { name: "freezes" }));
    down(&service).await;
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    assert_eq!(
        service.gate().inside(),
        0,
        "the pass of the late question came back with the end of that life"
    );
    assert_eq!(restarts("freezes", "frozen"), "1");
}

#[actix::test]
async fn a_busy_but_living_service_is_left_alone() {
    let (service, _monitor) = fragile("lives");
    service.wait_up().await.unwrap();
    assert_eq!(service.ask(Count).await, Ok(1));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(service.ask(Count).await, Ok(2));
}

#[actix::test]
async fn a_blocked_arbiter_is_noticed_and_the_service_given_up() {
    // Two real threads, so time is real, and short.
    let arbiter = Arbiter::new();
    let brief = Duration::from_millis(20);
    let spec = ServiceSpec {
        heartbeat: HeartbeatPolicy {
            every: brief,
            answer_within: brief,
            misses_max: 1,
        },
        ..spec("blocked")
    };
    let make = || async { Ok::<_, String>(Fragile::default()) };
    let (service, monitor) = supervise(spec, &arbiter.handle(), make);
    let monitor = tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    let (unblock, until) = std::sync::mpsc::channel();
    tokio::spawn(async move { service.ask(Break::Block(until)).await });
    let given_up = monitor.await.unwrap().unwrap_err();
    assert_eq!((given_up.last, given_up.failures), (LifeEnd::Frozen, 0));
    drop(unblock);
    arbiter.stop();
    arbiter.join().unwrap();
}

#[actix::test]
async fn stopping_for_good_is_orderly_and_no_failure() {
    tokio::time::pause();
    let farewells = Arc::new(AtomicU32::new(0));
    let make = {
        let farewells = Arc::clone(&farewells);
        move || {
            let farewells = Arc::clone(&farewells);
            async move { Ok::<_, String>(Fragile { count: 0, farewells }) }
        }
    };
    let (service, monitor) = supervise(spec("ends"), &Arbiter::current(), make);
    let monitor = tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    service.stop();
    assert_eq!(monitor.await.unwrap(), Ok(()));
    assert_eq!(farewells.load(Ordering::Relaxed), 1);
    assert_eq!(restarts("ends", "stopped"), "0");
}

#[actix::test]
async fn stopping_for_good_also_ends_a_pause() {
    let (service, monitor) = fragile("pauses");
    service.wait_up().await.unwrap();
    service.ask(Break::Panic).await.unwrap_err();
    down(&service).await;
    let began = Instant::now();
    service.stop();
    assert_eq!(monitor.await.unwrap(), Ok(()));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[actix::test]
async fn stopping_for_good_also_ends_a_frozen_service() {
    let (service, monitor) = fragile("freezes at the end");
    service.wait_up().await.unwrap();
    service.ask(Break::Freeze).await.unwrap();
    service.stop();
    assert_eq!(monitor.await.unwrap(), Ok(()));
}

#[actix::test]
async fn a_service_whose_monitor_is_gone_is_down() {
    let (service, monitor) = fragile("unwatched");
    service.wait_up().await.unwrap();
    assert_eq!(shown_up("unwatched"), "1");
    monitor.abort();
    drop(monitor.await);
    assert!(!service.is_up());
    assert_eq!(shown_up("unwatched"), "0");
    assert_eq!(service.ask(Count).await, Err(ServiceError::Down { name: "unwatched" }));
}

#[test]
fn a_service_lives_on_its_arbiter_and_is_asked_from_anywhere() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = Arc::new(builder.worker_threads(2).enable_all().build().unwrap());
    let system = actix_rt::System::with_tokio_rt(move || runtime);
    let arbiters = Arbiters::start(2).unwrap();
    let make = || async { Ok::<_, String>(Fragile::default()) };
    let (service, monitor) = supervise(spec("shared"), &arbiters.next(), make);
    system.block_on(async {
        let monitor = tokio::spawn(monitor);
        service.wait_up().await.unwrap();
        let asked: Vec<_> = (0..200)
            .map(|_| {
                let service = service.clone();
                tokio::spawn(async move { service.ask(Count).await.unwrap() })
            })
            .collect();
        let mut counts = Vec::new();
        for count in asked {
            counts.push(count.await.unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, (1..=200).collect::<Vec<_>>());
        service.stop();
        assert_eq!(monitor.await.unwrap(), Ok(()));
    });
    assert!(arbiters.join(Duration::from_secs(10)));
}
