//! What a handle promises: a bound that holds, a deadline that is kept, a word when the service is down.

use actix::ResponseFuture;
use actix_rt::Arbiter;
use tokio::sync::Semaphore;

use super::super::supervisor::supervise;
use super::*;

/// Answers when it may.
#[derive(Default)]
struct Slow;

impl Actor for Slow {
    type Context = Context<Self>;
}

crate::supervised!(Slow);

struct AnswerWhen(Arc<Semaphore>);

impl Message for AnswerWhen {
    type Result = u32;
}

impl Handler<AnswerWhen> for Slow {
    type Result = ResponseFuture<u32>;
    fn handle(&mut self, AnswerWhen(may): AnswerWhen, _: &mut Self::Context) -> Self::Result {
        Box::pin(async move {
            may.acquire().await.unwrap().forget();
            7
        })
    }
}

const PERMITS: usize = 2;

async fn slow() -> Service<Slow> {
    tokio::time::pause();
    let spec = ServiceSpec {
        permits: PERMITS,
        ..ServiceSpec::vital("slow")
    };
    let (service, monitor) = supervise(spec, &Arbiter::current(), || async { Ok::<_, String>(Slow) });
    tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    service
}

fn ask_in_background(
    service: &Service<Slow>,
    may: &Arc<Semaphore>,
) -> tokio::task::JoinHandle<Result<u32, ServiceError>> {
    let (service, may) = (service.clone(), Arc::clone(may));
    tokio::spawn(async move { service.ask(AnswerWhen(may)).await })
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn as_many_as_permits_and_places_wait_and_one_more_is_told_busy_at_once() {
    let service = slow().await;
    let may = Arc::new(Semaphore::new(0));
    let places = PERMITS + PERMITS * 4;
    let asked: Vec<_> = (0..places).map(|_| ask_in_background(&service, &may)).collect();
    settle().await;
    assert_eq!(
        (service.gate().inside(), service.gate().waiting()),
        (PERMITS, PERMITS * 4)
    );
    let began = Instant::now();
    let busy = service.ask(AnswerWhen(Arc::clone(&may))).await;
    assert_eq!(busy, Err(ServiceError::Busy { name: "slow" }));
    assert_eq!(began.elapsed(), Duration::ZERO);
    may.add_permits(places);
    for answer in asked {
        assert_eq!(answer.await.unwrap(), Ok(7));
    }
    assert_eq!((service.gate().inside(), service.gate().waiting()), (0, 0));
}

#[actix::test]
async fn a_late_answer_is_said_to_be_late_and_holds_its_pass_until_it_comes() {
    let service = slow().await;
    let may = Arc::new(Semaphore::new(0));
    for _ in 0..PERMITS {
        let began = Instant::now();
        let late = service
            .ask_within(AnswerWhen(Arc::clone(&may)), Duration::from_millis(50))
            .await;
        assert_eq!(late, Err(ServiceError::Late { name: "slow" }));
        assert!(began.elapsed() < Duration::from_millis(60));
    }
    assert_eq!(service.gate().inside(), PERMITS, "the service still has the messages");
    let busy = service
        .ask_within(AnswerWhen(Arc::clone(&may)), Duration::from_millis(50))
        .await;
    assert_eq!(busy, Err(ServiceError::Busy { name: "slow" }));
    may.add_permits(PERMITS);
    settle().await;
    assert_eq!(service.gate().inside(), 0);
}

#[actix::test]
async fn askers_that_leave_do_not_fill_the_mailbox() {
    let service = slow().await;
    let may = Arc::new(Semaphore::new(0));
    for _ in 0..100 {
        let asked = ask_in_background(&service, &may);
        settle().await;
        asked.abort();
        drop(asked.await);
        assert!(service.gate().inside() <= PERMITS);
    }
    assert_eq!(service.gate().inside(), PERMITS);
    may.add_permits(100);
    settle().await;
    assert_eq!(service.gate().inside(), 0);
    assert_eq!(
        may.available_permits(),
        100 - PERMITS,
        "only what was inside reached the service"
    );
}

#[actix::test]
async fn a_stopped_service_is_down_for_all_who_ask_and_all_who_wait() {
    let service = slow().await;
    let may = Arc::new(Semaphore::new(0));
    let asked = ask_in_background(&service, &may);
    settle().await;
    service.stop();
    let down = Err(ServiceError::Down { name: "slow" });
    assert_eq!(asked.await.unwrap().map_err(drop), Err(()));
    assert_eq!(service.ask(AnswerWhen(may)).await, down);
    assert_eq!(service.wait_up().await.map(|()| 0), down);
    assert!(!service.is_up());
}
