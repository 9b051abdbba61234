//! What the presence actor promises, with time paused: graces, hidden people, slow watchers, rights that go, storms.

mod storm;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actix::prelude::*;
use bytes::BytesMut;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio_util::codec::Decoder;

use super::actor::*;
use super::store::presence_find;
use super::*;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::registry::permissions::{Permission, Permissions};
use crate::runtime::{OutboxLimits, outbox};
use crate::store::{DatabaseUrl, Store, StoreOptions};
use crate::wire::{self, ClientKind, ErrorCode, Event, Frame, FrameCodec};

/// Who is hidden from everybody, and whether that can be said at all.
#[derive(Default)]
struct World {
    hidden: Mutex<BTreeSet<UserId>>,
    is_blind: Mutex<bool>,
    asked: Mutex<usize>,
}

impl Sight for World {
    fn seen(&self, _by: UserId, people: Vec<UserId>) -> BoxFuture<'static, Result<Vec<UserId>, Error>> {
        *self.asked.lock().unwrap() += 1;
        if *self.is_blind.lock().unwrap() {
            return std::future::ready(Err(Error::new(ErrorCode::Unavailable, "not now"))).boxed();
        }
        let hidden = self.hidden.lock().unwrap();
        let seen = people.into_iter().filter(|user| !hidden.contains(user)).collect();
        std::future::ready(Ok(seen)).boxed()
    }
}

struct Bench {
    presence: Presence,
    world: Arc<World>,
    actor: Addr<Presences>,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(limits: &Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("motorpool.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let presence = Presence::new(limits, &Clock::system());
        let world = Arc::new(World::default());
        let settings = Settings {
            presence: presence.clone(),
            sight: world.clone(),
            store: store.clone(),
            // The store works on a thread of its own, which paused time would not wait for.
            write_every: Duration::from_secs(1 << 30),
            watchers_max: limits.presence_watchers_max,
            named_max: limits.presence_named_max,
            epoch: "e".to_owned(),
        };
        Self {
            presence,
            world,
            actor: Presences::new(settings).start(),
            store,
            _folder: folder,
        }
    }

    async fn watch(&self, watcher: &Watcher, users: &[i64]) -> Result<BTreeMap<UserId, bool>, Error> {
        let people = users.iter().map(|user| {
            let is_seen = !self.world.hidden.lock().unwrap().contains(&UserId(*user));
            (UserId(*user), (Arc::from(format!("u{user}")), is_seen))
        });
        self.ask(watcher, Wish::These(people.collect())).await
    }

    async fn ask(&self, watcher: &Watcher, wish: Wish) -> Result<BTreeMap<UserId, bool>, Error> {
        let watch = Watch {
            wish,
            standing: watcher.standing.clone(),
            peer: watcher.peer.clone(),
        };
        self.actor.send(watch).await.unwrap()
    }

    fn enter(&self, user: i64) -> Here {
        self.presence.enter(UserId(user), &format!("u{user}"))
    }
}

/// A client and the other end of its connection.
struct Watcher {
    standing: Arc<Standing>,
    peer: Peer,
    stream: DuplexStream,
    buffer: BytesMut,
    waiting: VecDeque<Event>,
}

impl Watcher {
    fn new(number: u64, permission: Permission) -> Self {
        let (ours, theirs) = tokio::io::duplex(4_096);
        let limits = OutboxLimits {
            soft_bytes: 2_048,
            hard_bytes: 16_384,
            stall_max: Duration::from_secs(3_600),
            flush_max: Duration::from_secs(1),
        };
        let (outbox, writer) = outbox(ours, limits);
        actix_rt::spawn(writer);
        let name = format!("w{number}");
        let user = (UserId(1_000_000), name.clone());
        let permissions = Permissions::NONE.with(permission);
        let standing = Standing::new(
            Arc::from(name.as_str()),
            ClientKind::Client,
            Some(user),
            None,
            name,
            permissions,
        );
        Self {
            standing: Arc::new(standing),
            peer: Peer::new(number, outbox),
            stream: theirs,
            buffer: BytesMut::new(),
            waiting: VecDeque::new(),
        }
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

    /// The next news, if some comes within so long: of whom, and whether they are online.
    async fn news_within(&mut self, ms: u64) -> Option<(i64, bool)> {
        let event = tokio::time::timeout(Duration::from_millis(ms), self.event())
            .await
            .ok()?;
        assert_eq!((event.name.as_str(), event.seq), ("presence", 0));
        let field = |name: &str| {
            let data = event.data.as_map().unwrap();
            let found = data.iter().find(|(key, _)| key.as_text() == Some(name));
            found.unwrap().1.clone()
        };
        let user = i64::try_from(field("user_id").as_integer().unwrap()).unwrap();
        assert_eq!(field("user").as_text(), Some(format!("u{user}").as_str()));
        Some((user, field("online").as_bool().unwrap()))
    }
}

#[actix::test]
async fn who_comes_again_within_the_grace_is_no_news_and_who_stays_away_is_once() {
    tokio::time::pause();
    let bench = Bench::new(&Limits::default());
    let mut anna = Watcher::new(1, Permission::User);
    assert_eq!(
        bench.watch(&anna, &[7, 8]).await.unwrap(),
        BTreeMap::from([(UserId(7), false), (UserId(8), false)])
    );
    let mut here = bench.enter(7);
    assert_eq!(anna.news_within(1_000).await, Some((7, true)));
    for _ in 0..10 {
        drop(here);
        assert_eq!(anna.news_within(4_000).await, None);
        assert!(bench.presence.is_online(UserId(7)));
        here = bench.enter(7);
        assert_eq!(anna.news_within(10_000).await, None);
    }
    let second = bench.enter(7);
    drop(here);
    assert_eq!(anna.news_within(60_000).await, None, "another session is open");
    drop(second);
    assert_eq!(anna.news_within(4_900).await, None);
    assert_eq!(anna.news_within(300).await, Some((7, false)));
    assert_eq!(anna.news_within(60_000).await, None);
    assert!(!bench.presence.is_online(UserId(7)));
}

#[actix::test]
async fn nobody_hears_of_others_than_those_they_watch() {
    tokio::time::pause();
    let bench = Bench::new(&Limits::default());
    let (mut anna, mut bert) = (Watcher::new(1, Permission::User), Watcher::new(2, Permission::User));
    bench.watch(&anna, &[7]).await.unwrap();
    let _here = [bench.enter(7), bench.enter(8)];
    assert_eq!(anna.news_within(1_000).await, Some((7, true)));
    assert_eq!(anna.news_within(10_000).await, None);
    assert_eq!(bert.news_within(10_000).await, None);
    assert!(bench.actor.send(Unwatch { connection: 1 }).await.unwrap());
    assert!(!bench.actor.send(Unwatch { connection: 1 }).await.unwrap());
    let asked = *bench.world.asked.lock().unwrap();
    drop(_here);
    assert_eq!(anna.news_within(60_000).await, None);
    assert_eq!(*bench.world.asked.lock().unwrap(), asked, "nobody watches, nobody asks");
}

#[actix::test]
async fn who_may_not_be_seen_is_offline_and_who_hides_goes_like_anybody() {
    tokio::time::pause();
    let bench = Bench::new(&Limits::default());
    let mut anna = Watcher::new(1, Permission::User);
    bench.world.hidden.lock().unwrap().insert(UserId(7));
    let here = bench.enter(7);
    assert_eq!(
        bench.watch(&anna, &[7]).await.unwrap(),
        BTreeMap::from([(UserId(7), false)])
    );
    assert_eq!(anna.news_within(60_000).await, None);
    // Seen from now on: those who decide say so, and without their word it is found out a little later.
    bench.world.hidden.lock().unwrap().clear();
    bench.presence.look_again(UserId(7));
    assert_eq!(anna.news_within(300).await, Some((7, true)));
    bench.world.hidden.lock().unwrap().insert(UserId(7));
    assert_eq!(anna.news_within(6_000).await, Some((7, false)));
    drop(here);
    assert_eq!(anna.news_within(60_000).await, None, "a hidden person leaves unheard");
    // When it cannot be said who may be seen, nobody is shown.
    *bench.world.is_blind.lock().unwrap() = true;
    bench.world.hidden.lock().unwrap().clear();
    let _here = bench.enter(7);
    assert_eq!(anna.news_within(20_000).await, None);
    *bench.world.is_blind.lock().unwrap() = false;
    assert_eq!(anna.news_within(6_000).await, Some((7, true)));
}

#[actix::test]
async fn an_operator_hears_of_everybody_until_it_is_none() {
    tokio::time::pause();
    let bench = Bench::new(&Limits::default());
    let mut mona = Watcher::new(1, Permission::Manager);
    bench.world.hidden.lock().unwrap().insert(UserId(7));
    bench.ask(&mona, Wish::Everybody).await.unwrap();
    let here = [bench.enter(7), bench.enter(8)];
    assert_eq!(mona.news_within(1_000).await, Some((7, true)));
    assert_eq!(mona.news_within(1_000).await, Some((8, true)));
    mona.standing.rights().lose(Permissions::NONE.with(Permission::Manager));
    drop(here);
    let last = mona.event().await;
    let ended = ("ended".into(), wire::Value::Bool(true));
    assert_eq!(last.data.as_map().unwrap(), &vec![ended]);
    assert!(
        tokio::time::timeout(Duration::from_secs(60), mona.event())
            .await
            .is_err()
    );
}

#[actix::test]
async fn a_watcher_that_does_not_read_keeps_its_connection_and_hears_in_the_end_what_is_so() {
    tokio::time::pause();
    let limits = Limits {
        presence_grace_ms: 0,
        ..Limits::default()
    };
    let bench = Bench::new(&limits);
    let (mut slow, mut all) = (Watcher::new(1, Permission::User), Watcher::new(2, Permission::Manager));
    let users: Vec<i64> = (1..=100).collect();
    bench.watch(&slow, &users).await.unwrap();
    bench.ask(&all, Wish::Everybody).await.unwrap();
    let mut last = Vec::new();
    for round in 0..20 {
        let here: Vec<Here> = users.iter().map(|user| bench.enter(*user)).collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if round == 19 {
            last = here;
        }
    }
    for watcher in [&mut slow, &mut all] {
        assert!(watcher.peer.outbox().closed().is_none(), "it is not cut off for that");
        let (mut known, mut count) = (BTreeSet::new(), 0);
        while let Some((user, is_online)) = watcher.news_within(2_000).await {
            if is_online {
                known.insert(user)
            } else {
                known.remove(&user)
            };
            count += 1;
        }
        assert_eq!(known, BTreeSet::from_iter(users.iter().copied()));
        assert!(count < 600, "{count} events of 4000 changes");
    }
    drop(last);
}

#[actix::test]
async fn a_life_that_ends_tells_those_who_watched_and_bounds_refuse_by_name() {
    let limits = Limits {
        presence_watchers_max: 1,
        presence_named_max: 2,
        ..Limits::default()
    };
    let bench = Bench::new(&limits);
    let (mut anna, bert) = (Watcher::new(1, Permission::User), Watcher::new(2, Permission::User));
    let refused = bench.watch(&anna, &[1, 2, 3]).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message().contains('2')),
        (ErrorCode::Busy, true)
    );
    bench.watch(&anna, &[1, 2]).await.unwrap();
    let refused = bench.watch(&bert, &[1]).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message().contains('1')),
        (ErrorCode::Busy, true)
    );
    bench.actor.send(crate::runtime::Halt).await.unwrap();
    assert_eq!(anna.event().await.data.as_map().unwrap().len(), 1);
}

#[actix::test]
async fn what_is_written_at_the_end_is_the_end_of_each_session() {
    let bench = Bench::new(&Limits::default());
    let user = bench
        .store
        .write(|conn| {
            let new = crate::account::store::NewUser {
                username: "u1".to_owned(),
                first_name: String::new(),
                last_name: String::new(),
                email: String::new(),
                role: "user".to_owned(),
                password_hash: None,
            };
            crate::account::store::user_insert(conn, &new, 0)
        })
        .await
        .unwrap();
    let before = bench.presence.now();
    drop(bench.enter(user.0));
    let after = bench.presence.now();
    bench.actor.send(WriteAll).await.unwrap();
    assert_eq!(bench.presence.unwritten(user), None);
    let seen = bench
        .store
        .read(move |conn| presence_find(conn, user))
        .await
        .unwrap()
        .unwrap();
    let whole = |at: Timestamp| at.as_microsecond();
    assert!(
        (whole(before)..=whole(after)).contains(&whole(seen)),
        "{before} {seen} {after}"
    );
}
