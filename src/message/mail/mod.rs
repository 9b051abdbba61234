//! The mail of the house: takes messages that are kept, and pushes them to every session of those they are for.
//!
//! A message is acknowledged when it is on the disk. From there each session is pushed to from the store, in pages and
//! within its window, so that neither a slow nor an absent session takes memory. Nothing here knows a command.

mod acts;
mod handing;
mod letter;
mod notices;
mod pump;
mod receipts;
mod room_looks;
mod rooms;
mod routes;
mod views;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub(crate) use acts::{Act, Asker, RoomDone, RoomLimits, RoomRefusal};
pub(crate) use letter::{Keep, Letter, Pending, Sent};
pub(crate) use notices::{NoticeView, NoticeWanted};
pub(crate) use receipts::ReaderView;
pub(crate) use room_looks::RoomSeen;
pub(crate) use views::{MessageView, view};

use super::allowance::{Allowance, Rate};
use super::store::{
    CursorRow, Head, Lines, NoticeRow, cursor_save, epoch_ensure, letter_last_id, notice_list, waiting_count,
};
use super::window::Window;
use super::{refusal, store as rows};
use crate::account::UserId;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::events::Events;
use crate::registry::peer::Peer;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::MailMeters;
use crate::store::{Store, StoreError};
use crate::wire::Value;
use routes::Routes;

/// Sessions that read a page from the store at the same time; others wait their turn.
const READING_MAX: usize = 4;
/// Places of sessions saved in one commit.
const PLACES_MAX: usize = 500;

/// Bounds of the mail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MailLimits {
    /// What one sender may send.
    pub(crate) rate: Rate,
    /// People that one message may reach.
    pub(crate) recipients_max: usize,
    /// For how long a message is kept at most.
    pub(crate) life_max: Duration,
    /// How many rooms, and how many in one.
    pub(crate) rooms: RoomLimits,
    /// Longest frame that a peer takes.
    pub(crate) frame_bytes: usize,
}

/// The way to everybody's inbox; cheap to clone.
#[derive(Clone)]
pub(crate) struct Mail(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    events: Events,
    limits: MailLimits,
    /// In which inboxes count.
    epoch: String,
    /// The next message's number.
    numbers: AtomicU64,
    allowance: Mutex<Allowance>,
    routes: Routes,
    reading: Semaphore,
    /// Emergency notices in force.
    notices: Mutex<Vec<Arc<NoticeRow>>>,
    whereabouts: OnceLock<Whereabouts>,
    /// People who wait for a line of a message to a place.
    waiting: AtomicUsize,
    /// One serves those who wait at a time.
    handing: tokio::sync::Mutex<()>,
    since: Instant,
    meters: MailMeters,
}

/// Whether somebody is in the building of that id.
pub(crate) type Whereabouts = Box<dyn Fn(UserId, &str) -> bool + Send + Sync>;

impl Mail {
    /// Over a store; numbers go on behind those it holds, and grow over restarts.
    pub(crate) async fn open(
        store: &Store,
        clock: &Clock,
        events: &Events,
        limits: MailLimits,
    ) -> Result<Self, StoreError> {
        let (now, fresh) = (clock.now(), uuid::Uuid::new_v4().simple().to_string());
        let (epoch, last_id, notices, waiting) = store
            .write(move |conn| {
                let epoch = epoch_ensure(conn, &fresh, now)?;
                let notices = notice_list(conn, now.as_microsecond())?;
                Ok((epoch, letter_last_id(conn)?, notices, waiting_count(conn)?))
            })
            .await?;
        // They begin with the microseconds since 1970, so that those of messages which are not kept grow as well.
        let first = now.as_microsecond().max(last_id.saturating_add(1));
        let meters = MailMeters::new();
        meters.waiting(waiting);
        Ok(Self(Arc::new(Inner {
            store: store.clone(),
            clock: clock.clone(),
            events: events.clone(),
            limits,
            epoch,
            numbers: AtomicU64::new(u64::try_from(first).unwrap_or(1)),
            allowance: Mutex::new(Allowance::new(limits.rate)),
            routes: Routes::default(),
            reading: Semaphore::new(READING_MAX),
            notices: Mutex::new(notices.into_iter().map(Arc::new).collect()),
            whereabouts: OnceLock::new(),
            waiting: AtomicUsize::new(waiting),
            handing: tokio::sync::Mutex::new(()),
            since: Instant::now(),
            meters,
        })))
    }

    /// A number for a message.
    pub(crate) fn number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// In which inboxes count.
    pub(crate) fn epoch(&self) -> &str {
        &self.0.epoch
    }

    /// Bounds of it.
    pub(crate) fn limits(&self) -> MailLimits {
        self.0.limits
    }

    /// A session was welcomed: what its person has not had follows.
    pub(crate) fn arrived(&self, standing: &Arc<Standing>, peer: &Peer) {
        self.tell_notices(standing, peer, &self.notices_in_force());
        let Some(user) = standing.user else { return };
        let before = self.0.routes.enter(user, standing, peer);
        // A client that comes again at once goes on where it was, saved or not.
        let place = before.and_then(|route| route.standing.mail().window.place());
        standing.mail().window = match place {
            Some(acked) => Window::returning(acked),
            None => Window::arriving(),
        };
        self.push_to(standing, peer);
    }

    /// A session acknowledged every event up to a number.
    /// `peer` is where the session is pushed to, when it said so there.
    pub(crate) fn acknowledged(&self, standing: &Arc<Standing>, peer: Option<&Peer>, number: u64) {
        let had = {
            let mut mail = standing.mail();
            mail.acknowledge(number, self.passed());
            mail.notices.arrived(number)
        };
        if !had.is_empty() {
            self.note_notices(standing, had);
        }
        if let Some(peer) = peer.filter(|_| standing.user.is_some()) {
            self.push_to(standing, peer);
        }
    }

    /// Tells people of something while they are there; again until each client has acknowledged it.
    fn mention(&self, people: &[UserId], name: &'static str, data: &impl Serialize) {
        let Ok(data) = Value::serialized(data) else {
            tracing::error!(event = name, "an event of ours cannot be encoded");
            return;
        };
        for route in self.0.routes.of(Some(people)) {
            let mut mail = route.standing.mail();
            self.0.events.keep(&mut mail, name, &data);
            self.0.events.send(&mut mail, &route.peer);
        }
    }

    /// These people, or everybody, may have new lines.
    fn told(&self, people: Option<&[UserId]>) {
        for route in self.0.routes.of(people) {
            route.standing.mail().window.more();
            self.push_to(&route.standing, &route.peer);
        }
    }

    /// What is not acknowledged comes again, and what was pushed only in part goes on; who waits for a line gets it;
    /// sessions that ended are forgotten, and how far each one is gets saved. Says how many places were.
    pub(crate) async fn sweep(&self) -> Result<usize, StoreError> {
        let in_buildings: Vec<_> = {
            let notices = self.notices_in_force().into_iter();
            notices.filter(|notice| notice.building.is_some()).collect()
        };
        let mut unsaved = Vec::new();
        for (user, route) in self.0.routes.all() {
            let is_gone = route.peer.outbox().closed().is_some();
            let place = {
                let mail = route.standing.mail();
                // The last place of a session is saved in any case: it is kept from then on as long as its token.
                if is_gone {
                    mail.window.place()
                } else {
                    mail.window.unsaved()
                }
            };
            match place {
                Some(seq) => unsaved.push((user, route.clone(), seq)),
                None if is_gone => self.0.routes.leave(user, &route),
                None => {}
            }
            if !is_gone {
                // Somebody may have gone into a building that a notice is for.
                if !in_buildings.is_empty() {
                    self.tell_notices(&route.standing, &route.peer, &in_buildings);
                }
                self.push_to(&route.standing, &route.peer);
            }
        }
        let saved = unsaved.len();
        for places in unsaved.chunks(PLACES_MAX) {
            self.save(places).await?;
        }
        self.0.meters.sessions(self.0.routes.count());
        self.hand_on().await?;
        Ok(saved)
    }

    async fn save(&self, places: &[(UserId, routes::Route, u64)]) -> Result<(), StoreError> {
        let rows: Vec<CursorRow> = places
            .iter()
            .map(|(user, route, seq)| CursorRow {
                client_id: route.standing.client_id.to_string(),
                user: *user,
                seq: i64::try_from(*seq).unwrap_or(i64::MAX),
            })
            .collect();
        let (epoch, at) = (self.0.epoch.clone(), self.0.clock.now().as_microsecond());
        self.0
            .store
            .write(move |conn| cursor_save(conn, &rows, &epoch, at))
            .await?;
        for (_, route, seq) in places {
            let is_gone = route.peer.outbox().closed().is_some();
            route.standing.mail().window.saved(*seq, is_gone);
        }
        Ok(())
    }

    /// A page of an inbox, as its person reads it.
    pub(crate) async fn inbox(&self, user: UserId, asked: InboxAsked) -> Result<InboxPage, Error> {
        let now = self.0.clock.now().as_microsecond();
        let page = self.0.store.read(move |conn| {
            let head = rows::inbox_head(conn, user)?;
            let unread = rows::inbox_unread(conn, user, head.read_seq, now)?;
            let from = if asked.is_unread { head.read_seq } else { 0 };
            let lines = match asked.after {
                Some(after) => rows::inbox_since(conn, user, after.max(from), now, asked.bounds)?,
                None => {
                    let before = asked.before.unwrap_or(i64::MAX);
                    rows::inbox_newest(conn, user, (from, before), now, asked.bounds)?
                }
            };
            Ok(InboxPage { head, unread, lines })
        });
        Ok(page.await?)
    }

    /// Marks an inbox as read up to a line.
    pub(crate) async fn read(&self, user: UserId, upto: i64) -> Result<ReadTo, Error> {
        let now = self.0.clock.now().as_microsecond();
        let read = self.0.store.write(move |conn| {
            let (before, head) = rows::inbox_read(conn, user, upto)?;
            let unread = rows::inbox_unread(conn, user, head.read_seq, now)?;
            Ok(ReadTo { before, head, unread })
        });
        Ok(read.await?)
    }

    /// Tells the mail who knows where people are; once.
    pub(crate) fn set_whereabouts(&self, whereabouts: Whereabouts) {
        drop(self.0.whereabouts.set(whereabouts));
    }

    fn notices(&self) -> MutexGuard<'_, Vec<Arc<NoticeRow>>> {
        self.0.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn passed(&self) -> Duration {
        self.0.since.elapsed()
    }

    fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.0.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one message out of a sender's allowance.
    fn take(&self, sender: &str) -> Result<(), Error> {
        let taken = self.allowance().take(sender, self.passed());
        taken.map_err(|again| {
            self.0.meters.rate_limited();
            refusal::too_many(again, self.0.limits.rate.per_minute)
        })
    }
}

/// Which page of an inbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InboxAsked {
    /// Oldest first behind this line.
    pub(crate) after: Option<i64>,
    /// Newest first before this line.
    pub(crate) before: Option<i64>,
    /// Only what is not read.
    pub(crate) is_unread: bool,
    /// How much.
    pub(crate) bounds: rows::Bounds,
}

/// How far an inbox is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadTo {
    /// Its head before that.
    pub(crate) before: Head,
    /// Its head.
    pub(crate) head: Head,
    /// How many lines are not read.
    pub(crate) unread: i64,
}

/// A page of an inbox.
#[derive(Debug)]
pub(crate) struct InboxPage {
    /// The head.
    pub(crate) head: Head,
    /// How many lines are not read.
    pub(crate) unread: i64,
    /// The lines.
    pub(crate) lines: Lines,
}
