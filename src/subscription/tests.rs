//! What the subscriptions actor promises, with time paused: looks that fail, hang and panic, and its own end.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use actix::prelude::*;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio_util::codec::Decoder;

use super::actor::{Settings, Subscriptions};
use super::look::Looks;
use super::rules::{Bounds, Pace};
use super::*;
use crate::account::Source;
use crate::command::Caller;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::registry::permissions::Permission;
use crate::registry::recent::Outcome;
use crate::runtime::{OutboxLimits, outbox};
use crate::wire::{self, ClientKind, ErrorCode, Event, Frame, FrameCodec, Value};

/// What there is to look at: by name, how it behaves.
#[derive(Default)]
struct World {
    value: AtomicU64,
    looks: AtomicUsize,
    looking_most: AtomicUsize,
    looking: AtomicUsize,
    needs_manager: Mutex<bool>,
}

impl Looks for Arc<World> {
    fn needs(&self, what: &What) -> Option<Permission> {
        match (what.name.as_str(), *self.needs_manager.lock().unwrap()) {
            ("NOTHING", _) => None,
            (_, true) => Some(Permission::Manager),
            _ => Some(Permission::User),
        }
    }

    fn look(&self, what: &What, _caller: Caller) -> BoxFuture<'static, Outcome> {
        let (world, name) = (self.clone(), what.name.clone());
        async move {
            world.looks.fetch_add(1, Ordering::Relaxed);
            let now = world.looking.fetch_add(1, Ordering::Relaxed) + 1;
            world.looking_most.fetch_max(now, Ordering::Relaxed);
            let outcome = match name.as_str() {
                "PANICS" => panic!("a look that panics"),
                "HANGS" => std::future::pending().await,
                "FAILS" => Err(Error::new(ErrorCode::Unavailable, "not now")),
                _ => {
                    let value = world.value.load(Ordering::Relaxed);
                    Ok(Bytes::from(wire::to_cbor(&value).unwrap()))
                }
            };
            world.looking.fetch_sub(1, Ordering::Relaxed);
            outcome
        }
        .boxed()
    }
}

const BOUNDS: Bounds = Bounds {
    look: Duration::from_millis(500),
    per_client: 8,
    total: 64,
    looks: 2,
};

fn settings(world: &Arc<World>) -> Settings {
    Settings {
        looks: Arc::new(world.clone()),
        bounds: BOUNDS,
        look_max: Duration::from_secs(5),
        frame_bytes_max: 65_536,
        epoch: "e".to_owned(),
        numbers: Arc::default(),
    }
}

/// A client and the other end of its connection.
struct Reader {
    standing: Arc<Standing>,
    peer: Peer,
    stream: DuplexStream,
    buffer: BytesMut,
    waiting: VecDeque<Event>,
}

impl Reader {
    fn new(name: &str) -> Self {
        let (ours, theirs) = tokio::io::duplex(4_096);
        let limits = OutboxLimits {
            soft_bytes: 2_048,
            hard_bytes: 1 << 20,
            stall_max: Duration::from_secs(3_600),
            flush_max: Duration::from_secs(1),
        };
        let (outbox, writer) = outbox(ours, limits);
        actix_rt::spawn(writer);
        let permissions = Permissions::NONE.with(Permission::User);
        let kind = ClientKind::Client;
        Self {
            standing: Arc::new(Standing::new(
                Arc::from(name),
                kind,
                None,
                None,
                name.to_owned(),
                permissions,
            )),
            peer: Peer::new(1, outbox),
            stream: theirs,
            buffer: BytesMut::new(),
            waiting: VecDeque::new(),
        }
    }

    fn wish(&self, name: &str, args: &[u8], pace: Pace) -> Subscribe {
        Subscribe {
            what: What {
                name: name.to_owned(),
                args: Args::default(),
                client: None,
            },
            args: Arc::from(args),
            pace,
            standing: self.standing.clone(),
            source: Source::Address(std::net::Ipv4Addr::LOCALHOST.into()),
            peer: self.peer.clone(),
        }
    }

    async fn subscribe(&self, actor: &Addr<Subscriptions>, name: &str, pace: Pace) -> Result<u64, Error> {
        actor.send(self.wish(name, &[], pace)).await.unwrap()
    }

    async fn event(&mut self) -> Event {
        let mut codec = FrameCodec::new(65_536);
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            while let Some(item) = codec.decode(&mut self.buffer).unwrap() {
                match wire::decode(&item).unwrap() {
                    Frame::Event(event) => self.waiting.push_back(event),
                    other => panic!("got a {}", other.kind()),
                }
            }
            if self.waiting.is_empty() {
                assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the end");
            }
        }
    }

    /// The next event, if it comes within so long.
    async fn event_within(&mut self, ms: u64) -> Option<Event> {
        tokio::time::timeout(Duration::from_millis(ms), self.event()).await.ok()
    }
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    let data = event.data.as_map().unwrap();
    data.iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .map(|(_, value)| value)
}

fn number(event: &Event, name: &str) -> Option<u64> {
    field(event, name).map(|value| u64::try_from(value.as_integer().unwrap()).unwrap())
}

fn code(event: &Event) -> Option<&str> {
    let error = field(event, "error")?.as_map().unwrap();
    error.iter().find(|(key, _)| key.as_text() == Some("code"))?.1.as_text()
}

fn start(world: &Arc<World>) -> Addr<Subscriptions> {
    Subscriptions::new(settings(world)).start()
}

#[actix::test]
async fn a_change_is_pushed_once_to_everybody_and_many_share_one_look() {
    tokio::time::pause();
    let world = Arc::new(World::default());
    let actor = start(&world);
    let mut readers: Vec<Reader> = (0..8).map(|number| Reader::new(&format!("r{number}"))).collect();
    for reader in &readers {
        reader.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    }
    for reader in &mut readers {
        assert_eq!(number(&reader.event().await, "value"), Some(0));
    }
    world.value.store(1, Ordering::Relaxed);
    for reader in &mut readers {
        let event = reader.event().await;
        assert_eq!(
            (event.name.as_str(), event.seq, number(&event, "value")),
            ("VALUE", 0, Some(1))
        );
    }
    assert_eq!(world.looks.load(Ordering::Relaxed), 2);
    assert_eq!(readers[0].event_within(10_000).await, None, "nothing changed");
    let looks = world.looks.load(Ordering::Relaxed);
    assert!((18..=24).contains(&looks), "{looks} looks in some ten seconds");
}

#[actix::test]
async fn at_an_interval_the_value_comes_changed_or_not() {
    tokio::time::pause();
    let actor = start(&Arc::default());
    let mut reader = Reader::new("r");
    let every = Pace::Every(Duration::from_secs(2));
    let id = reader.subscribe(&actor, "VALUE", every).await.unwrap();
    let began = tokio::time::Instant::now();
    for _ in 0..5 {
        assert_eq!(number(&reader.event().await, "subscription"), Some(id));
    }
    let took = began.elapsed();
    assert!((8_000..8_100).contains(&took.as_millis()), "{took:?}");
}

#[actix::test]
async fn a_look_that_fails_panics_or_hangs_is_told_once_and_stops_nobody_else() {
    tokio::time::pause();
    let world = Arc::new(World::default());
    let actor = start(&world);
    let mut reader = Reader::new("r");
    let mut ids = std::collections::BTreeMap::new();
    for name in ["PANICS", "HANGS", "FAILS", "VALUE"] {
        ids.insert(reader.subscribe(&actor, name, Pace::OnChange).await.unwrap(), name);
    }
    let mut told = Vec::new();
    while let Some(event) = reader.event_within(20_000).await {
        told.push((
            ids[&number(&event, "subscription").unwrap()],
            code(&event).map(str::to_owned),
        ));
        if told.len() == 4 {
            world.value.store(9, Ordering::Relaxed);
        }
    }
    told.sort_unstable();
    let wanted = [
        ("FAILS", Some("unavailable".to_owned())),
        ("HANGS", Some("timeout".to_owned())),
        ("PANICS", Some("internal".to_owned())),
        ("VALUE", None),
        ("VALUE", None),
    ];
    assert_eq!(told, wanted);
    assert!(
        world.looks.load(Ordering::Relaxed) > 20,
        "they were looked at again and again"
    );
}

#[actix::test]
async fn no_more_looks_run_at_the_same_time_than_may() {
    tokio::time::pause();
    let world = Arc::new(World::default());
    let actor = start(&world);
    let mut reader = Reader::new("r");
    // Other arguments make other sources.
    for number in 0..6 {
        let wish = reader.wish("HANGS", &[number], Pace::OnChange);
        actor.send(wish).await.unwrap().unwrap();
    }
    for _ in 0..6 {
        assert_eq!(code(&reader.event().await), Some("timeout"));
    }
    let looks = world.looks.load(Ordering::Relaxed);
    assert!((6..=8).contains(&looks), "{looks}: in turn, each once before any twice");
}

#[actix::test]
async fn a_subscriber_that_does_not_read_is_passed_over_and_gets_the_newest_value_later() {
    tokio::time::pause();
    let world = Arc::new(World::default());
    let actor = start(&world);
    let (mut slow, mut quick) = (Reader::new("slow"), Reader::new("quick"));
    let id = slow.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    quick.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    // Each event has some 80 bytes: the pipe and the soft limit hold a hundred of them at most.
    for value in 1..=200 {
        world.value.store(value, Ordering::Relaxed);
        while number(&quick.event().await, "value") != Some(value) {}
    }
    let listed = actor.send(ListOf(Some(Arc::from("slow")))).await.unwrap();
    let (pushed, skipped) = (listed[0].pushed, listed[0].skipped);
    assert!(skipped > 50 && pushed < 150, "{pushed} pushed, {skipped} skipped");
    assert!(slow.peer.outbox().closed().is_none(), "and it is not cut off for that");
    let mut last = 0;
    while let Some(event) = slow.event_within(5_000).await {
        assert_eq!(number(&event, "subscription"), Some(id));
        let value = number(&event, "value").unwrap();
        assert!(value > last || last == 0, "{value} after {last}");
        last = value;
    }
    assert_eq!(last, 200);
}

#[actix::test]
async fn who_loses_the_permission_is_told_and_hears_no_more() {
    tokio::time::pause();
    let world = Arc::new(World::default());
    let actor = start(&world);
    let mut reader = Reader::new("r");
    let id = reader.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    assert_eq!(number(&reader.event().await, "value"), Some(0));
    *world.needs_manager.lock().unwrap() = true;
    world.value.store(1, Ordering::Relaxed);
    let event = reader.event().await;
    assert_eq!(
        (number(&event, "subscription"), code(&event)),
        (Some(id), Some("forbidden"))
    );
    assert_eq!(field(&event, "ended"), Some(&Value::Bool(true)));
    assert_eq!(reader.event_within(5_000).await, None);
    assert!(actor.send(ListOf(None)).await.unwrap().is_empty());
}

#[actix::test]
async fn one_more_than_may_is_refused_and_who_left_makes_room() {
    tokio::time::pause();
    let actor = start(&Arc::default());
    let reader = Reader::new("r");
    for _ in 0..BOUNDS.per_client {
        reader.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    }
    let refused = reader.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Busy);
    assert!(refused.message().contains('8'), "{refused}");
    // The same client on another connection: the old one is over.
    reader.peer.close(crate::runtime::CloseReason::Replaced);
    let again = Reader::new("r");
    again.subscribe(&actor, "VALUE", Pace::OnChange).await.unwrap();
    assert_eq!(actor.send(ListOf(None)).await.unwrap().len(), 1);
}

/// A message that no actor survives.
#[derive(Message)]
#[rtype(result = "()")]
struct Die;

impl Handler<Die> for Subscriptions {
    type Result = ();

    fn handle(&mut self, _: Die, _: &mut Self::Context) {
        panic!("a life that ends by a panic");
    }
}

#[actix::test]
async fn when_the_actor_is_restarted_its_subscribers_are_told_and_may_come_again() {
    let world = Arc::new(World::default());
    let settings = settings(&world);
    let arbiter = actix_rt::Arbiter::new();
    let spec = crate::runtime::ServiceSpec::vital("subscriptions-of-a-test");
    let (service, monitor) = crate::runtime::supervise(spec, &arbiter.handle(), move || {
        let settings = settings.clone();
        async move { Ok::<_, std::convert::Infallible>(Subscriptions::new(settings)) }
    });
    let monitor = tokio::spawn(monitor);
    service.wait_up().await.unwrap();
    let mut reader = Reader::new("r");
    let wish = |reader: &Reader| reader.wish("VALUE", &[], Pace::OnChange);
    let first = service.ask(wish(&reader)).await.unwrap().unwrap();
    assert_eq!(number(&reader.event().await, "value"), Some(0));
    service.ask(Die).await.unwrap_err();
    let event = reader.event().await;
    assert_eq!(
        (number(&event, "subscription"), code(&event)),
        (Some(first), Some("unavailable"))
    );
    assert_eq!(field(&event, "ended"), Some(&Value::Bool(true)));
    while service.view().look().restarts == 0 {
        tokio::task::yield_now().await;
    }
    service.wait_up().await.unwrap();
    let second = service.ask(wish(&reader)).await.unwrap().unwrap();
    assert!(second > first, "a number never means two things");
    assert_eq!(number(&reader.event().await, "subscription"), Some(second));
    service.stop();
    monitor.await.unwrap().unwrap();
    arbiter.stop();
}
