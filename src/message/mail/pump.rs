//! Pushing to one session from the store: pages within its window, again what was not acknowledged, gaps told.
//!
//! One task a session at most, and only while there is something to push. It holds a page no longer than it takes to
//! hand it to the outbox: when the peer is slow the page is let go of and read again later.

use std::sync::Arc;
use std::time::Duration;

use super::super::store::{Bounds, Lines, Place, cursor_find, inbox_since};
use super::super::window::{Page, Turn};
use super::Mail;
use super::views::{self, GAP, Gap, MESSAGE, view};
use crate::account::UserId;
use crate::registry::Standing;
use crate::registry::events::Mailbag;
use crate::registry::peer::Peer;
use crate::store::StoreError;
use crate::wire::LENGTH_BYTES;

/// Bytes of bodies read at a time.
const PAGE_BYTES_MAX: usize = 48 * 1024;

/// A page of lines and what is known of the inbox at that moment.
struct Read {
    lines: Lines,
    last_seq: u64,
}

/// How the pushing of a page ended.
enum Pushed {
    /// All of it is in the outbox.
    All,
    /// The peer has not taken what came before.
    Slow,
    /// The peer is gone.
    Gone,
}

impl Mail {
    /// Pushes to a session what it has not had, unless somebody does already.
    pub(super) fn push_to(&self, standing: &Arc<Standing>, peer: &Peer) {
        if !standing.mail().window.begin(self.passed()) {
            return;
        }
        let Some(user) = standing.user else { return };
        let pump = Pump {
            mail: self.clone(),
            user,
            standing: Arc::clone(standing),
            peer: peer.clone(),
            has_ended: false,
        };
        drop(tokio::spawn(async move {
            if let Err(err) = pump.run().await {
                tracing::debug!(%err, "an inbox could not be read; it is tried again");
            }
        }));
    }
}

struct Pump {
    mail: Mail,
    user: UserId,
    standing: Arc<Standing>,
    peer: Peer,
    /// Whether there was nothing left to do; somebody else may be at it by now.
    has_ended: bool,
}

/// Who fails or panics half-way leaves the rest to the next sweep.
impl Drop for Pump {
    fn drop(&mut self) {
        if !self.has_ended {
            self.standing.mail().window.rest();
        }
    }
}

impl Pump {
    async fn run(mut self) -> Result<(), StoreError> {
        loop {
            let turn = self.standing.mail().window.turn(self.mail.passed());
            match turn {
                None => {
                    self.has_ended = true;
                    return Ok(());
                }
                Some(Turn::Open) => self.open().await?,
                Some(Turn::Push(page)) => match self.push(self.read(page).await?) {
                    Pushed::All => {}
                    Pushed::Gone => {
                        self.standing.mail().window.close();
                        return Ok(());
                    }
                    Pushed::Slow => self.drained().await,
                },
            }
        }
    }

    /// Waits until the peer has taken what is on its way, or is gone.
    async fn drained(&self) {
        let outbox = self.peer.outbox();
        while outbox.closed().is_none() && outbox.is_over_soft_limit() {
            outbox.drained().await;
        }
    }

    /// Looks up how far this session is.
    async fn open(&self) -> Result<(), StoreError> {
        let (client_id, user) = (self.standing.client_id.to_string(), self.user);
        let epoch = self.mail.epoch().to_owned();
        let (place, head) = {
            let Ok(_turn) = self.mail.0.reading.acquire().await else {
                return Err(StoreError::Unavailable);
            };
            let found = self
                .mail
                .0
                .store
                .read(move |conn| cursor_find(conn, &client_id, user, &epoch));
            found.await?
        };
        let mut mail = self.standing.mail();
        mail.window
            .opened(unsigned(place.seq), place.is_known && !place.is_restored);
        if head.last_seq > place.seq {
            mail.window.more();
        }
        if place.is_restored {
            self.tell_restored(&mut mail, place);
        }
        Ok(())
    }

    /// The client knew another store; it is told before anything else of this one.
    fn tell_restored(&self, mail: &mut Mailbag, place: Place) {
        let gap = Gap::restored(self.mail.epoch());
        let number = self.mail.0.events.number();
        if let Some(frame) = views::frame(self.mail.0.events.epoch(), number, GAP, &gap)
            && self.peer.outbox().push(&frame).is_ok()
        {
            mail.window.sent(number, unsigned(place.seq), self.mail.passed());
            self.mail.0.meters.gap();
        }
    }

    async fn read(&self, page: Page) -> Result<Read, StoreError> {
        let (user, after) = (self.user, i64::try_from(page.after).unwrap_or(i64::MAX));
        let now = self.mail.0.clock.now().as_microsecond();
        let bounds = Bounds {
            lines: page.lines,
            bytes: PAGE_BYTES_MAX,
        };
        let Ok(_turn) = self.mail.0.reading.acquire().await else {
            return Err(StoreError::Unavailable);
        };
        let read = self.mail.0.store.read(move |conn| {
            let lines = inbox_since(conn, user, after, now, bounds)?;
            let last_seq = unsigned(super::rows::inbox_head(conn, user)?.last_seq);
            Ok(Read { lines, last_seq })
        });
        read.await
    }

    /// Hands a page to the outbox, under one lock with other events: numbers rise in the order of sending.
    fn push(&self, read: Read) -> Pushed {
        let mut mail = self.standing.mail();
        self.mail.0.events.send(&mut mail, &self.peer);
        if read.lines.has_more {
            mail.window.more_behind();
        }
        let now = self.mail.passed();
        for line in read.lines.lines {
            let seq = unsigned(line.seq);
            let before = seq.saturating_sub(1);
            if before > mail.window.pushed_to()
                && let Some(ended) = self.push_gap(&mut mail, before, now)
            {
                return ended;
            }
            let message = view(line, self.mail.epoch());
            if let Some(ended) = self.push_one(&mut mail, seq, MESSAGE, &message, now) {
                return ended;
            }
        }
        if !read.lines.has_more
            && read.last_seq > mail.window.pushed_to()
            && let Some(ended) = self.push_gap(&mut mail, read.last_seq, now)
        {
            return ended;
        }
        Pushed::All
    }

    /// Tells that the lines behind what was pushed, up to one, are not there any more.
    fn push_gap(&self, mail: &mut Mailbag, to: u64, now: Duration) -> Option<Pushed> {
        let from = mail.window.pushed_to().saturating_add(1);
        let gap = Gap::gone(self.mail.epoch(), from, to);
        self.mail.0.meters.gap();
        self.push_one(mail, to, GAP, &gap, now)
    }

    /// Pushes one event that stands for everything up to a line; says how that ended if it did not go.
    fn push_one(
        &self,
        mail: &mut Mailbag,
        seq: u64,
        name: &'static str,
        data: &impl serde::Serialize,
        now: Duration,
    ) -> Option<Pushed> {
        let outbox = self.peer.outbox();
        // In order: what was kept before goes before, or an acknowledgement of this one would stand for it.
        if outbox.is_over_soft_limit() || mail.has_unsent() {
            mail.window.more();
            return Some(if outbox.closed().is_some() {
                Pushed::Gone
            } else {
                Pushed::Slow
            });
        }
        let known = mail.window.number_of(seq);
        let number = known.unwrap_or_else(|| self.mail.0.events.number());
        let frame = views::frame(self.mail.0.events.epoch(), number, name, data);
        match frame.filter(|frame| frame.len() <= self.mail.limits().frame_bytes.saturating_add(LENGTH_BYTES)) {
            Some(frame) if outbox.push(&frame).is_ok() => {}
            Some(_) => return Some(Pushed::Gone),
            // Taken when frames might be longer: this client hears that there was one, and finds it nowhere.
            None if name == MESSAGE => return self.push_gap(mail, seq, now),
            None => return Some(Pushed::Gone),
        }
        let is_again = mail.window.sent(number, seq, now);
        self.mail.0.meters.pushed(is_again);
        None
    }
}

/// Numbers of lines are never negative.
fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}
