//! The sessions of one arbiter: where each is reached, when it was last heard, when it was pinged.
//!
//! Lives on its arbiter and is never shared between threads. Not more members than there are connections.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::wheel::{Patience, Verdict, Wheel};
use crate::registry::peer::Peer;

/// When a session was last heard; the session moves it, the wheel reads it.
pub(crate) type Heard = Rc<Cell<Instant>>;

struct Member {
    peer: Peer,
    heard: Heard,
    pinged_at: Option<Instant>,
    /// Whether it hears what is said to everybody; a datasock does not.
    is_client: bool,
}

/// What a round of the wheel came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) pings: u64,
    pub(super) closed: u64,
}

/// The members, by their places.
pub(super) struct Members {
    places: Vec<Option<Member>>,
    free: Vec<usize>,
    by_connection: HashMap<u64, usize>,
    wheel: Wheel,
    patience: Patience,
    began: Instant,
}

impl Members {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            by_connection: HashMap::new(),
            wheel: Wheel::new(patience.tick_ms()),
            patience,
            began: Instant::now(),
        }
    }

    fn ms(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.began);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// Places, occupied or not: the range of [`reach`](Self::reach).
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    pub(super) fn enter(&mut self, peer: Peer, is_client: bool) -> (usize, Heard) {
        let heard: Heard = Rc::new(Cell::new(Instant::now()));
        let connection = peer.connection;
        let member = Member {
            peer,
            heard: heard.clone(),
            pinged_at: None,
            is_client,
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        if let Some(slot) = self.places.get_mut(place) {
            *slot = Some(member);
        }
        self.by_connection.insert(connection, place);
        self.wheel.put(place, self.ms(heard.get()) + self.patience.ping_ms);
        (place, heard)
    }

    pub(super) fn leave(&mut self, place: usize) {
        if let Some(member) = self.places.get_mut(place).and_then(Option::take) {
            self.wheel.take(place);
            self.by_connection.remove(&member.peer.connection);
            self.free.push(place);
        }
    }

    /// A client at a place, if there is one that hears what is said to all.
    pub(super) fn reach(&self, place: usize) -> Option<&Peer> {
        let member = self.places.get(place)?.as_ref()?;
        member.is_client.then_some(&member.peer)
    }

    pub(super) fn find(&self, connection: u64) -> Option<&Peer> {
        let place = self.by_connection.get(&connection)?;
        self.places.get(*place)?.as_ref().map(|member| &member.peer)
    }

    /// It answered its ping: how long that took.
    pub(super) fn ponged(&mut self, place: usize) -> Option<Duration> {
        let pinged_at = self.places.get_mut(place)?.as_mut()?.pinged_at.take()?;
        Some(pinged_at.elapsed())
    }

    /// Looks at everybody who is due. What is to be done to a peer is the caller's.
    pub(super) fn round(&mut self, mut ping: impl FnMut(&Peer), mut close: impl FnMut(&Peer)) -> Round {
        let now = Instant::now();
        let now_ms = self.ms(now);
        let mut round = Round::default();
        for place in self.wheel.due(now_ms) {
            let Some(member) = self.places.get(place).and_then(Option::as_ref) else {
                continue;
            };
            let heard = member.heard.get();
            let is_pinged = member.pinged_at.is_some_and(|pinged_at| pinged_at >= heard);
            let verdict = self.patience.judge(now_ms, self.ms(heard), is_pinged);
            match verdict {
                Verdict::Wait { until } => self.wheel.put(place, until),
                Verdict::Ping { until } => {
                    ping(&member.peer);
                    round.pings += 1;
                    self.wheel.put(place, until);
                    if let Some(member) = self.places.get_mut(place).and_then(Option::as_mut) {
                        member.pinged_at = Some(now);
                    }
                }
                Verdict::Close => {
                    close(&member.peer);
                    round.closed += 1;
                }
            }
        }
        round
    }

    /// As if everybody had just been heard: nobody was looked at for a while.
    pub(super) fn begin_anew(&mut self) {
        let now = Instant::now();
        let next = self.ms(now) + self.patience.ping_ms;
        for (place, member) in self.places.iter_mut().enumerate() {
            if let Some(member) = member {
                member.heard.set(now);
                member.pinged_at = None;
                self.wheel.put(place, next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{OutboxLimits, outbox};

    const PATIENCE: Patience = Patience {
        ping_ms: 100,
        close_ms: 300,
    };

    fn peer(connection: u64) -> Peer {
        let limits = OutboxLimits {
            soft_bytes: 1_024,
            hard_bytes: 4_096,
            stall_max: Duration::from_secs(1),
            flush_max: Duration::from_secs(1),
        };
        let (outbox, writer) = outbox(tokio::io::sink(), limits);
        drop(tokio::spawn(writer));
        Peer::new(connection, outbox)
    }

    /// Lets time pass; gives who was pinged and who was closed.
    async fn pass(members: &mut Members, ms: u64) -> (Vec<u64>, Vec<u64>) {
        tokio::time::advance(Duration::from_millis(ms)).await;
        let (mut pinged, mut closed) = (Vec::new(), Vec::new());
        let round = members.round(|peer| pinged.push(peer.connection), |peer| closed.push(peer.connection));
        assert_eq!(round.pings, u64::try_from(pinged.len()).unwrap());
        (pinged, closed)
    }

    #[tokio::test(start_paused = true)]
    async fn the_silent_are_pinged_once_and_closed_and_who_answers_is_measured() {
        let mut members = Members::new(PATIENCE);
        let (place, heard) = members.enter(peer(1), true);
        members.enter(peer(2), false);
        assert_eq!(pass(&mut members, 50).await, (vec![], vec![]));
        assert_eq!(pass(&mut members, 60).await, (vec![1, 2], vec![]));
        tokio::time::advance(Duration::from_millis(7)).await;
        heard.set(Instant::now());
        assert_eq!(members.ponged(place), Some(Duration::from_millis(7)));
        assert_eq!(members.ponged(place), None, "one answer to one ping");
        assert_eq!(pass(&mut members, 93).await, (vec![], vec![]), "heard a moment ago");
        assert_eq!(pass(&mut members, 95).await, (vec![1], vec![2]));
    }

    #[tokio::test(start_paused = true)]
    async fn who_left_is_reached_by_nobody_and_the_place_is_anothers() {
        let mut members = Members::new(PATIENCE);
        let (place, _) = members.enter(peer(1), true);
        members.leave(place);
        members.leave(place);
        assert!(members.find(1).is_none() && members.reach(place).is_none());
        assert_eq!(members.enter(peer(2), true).0, place);
        assert_eq!(members.places(), 1);
        assert_eq!(pass(&mut members, 110).await, (vec![2], vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_rest_everybody_counts_as_just_heard() {
        let mut members = Members::new(PATIENCE);
        members.enter(peer(1), true);
        tokio::time::advance(Duration::from_secs(60)).await;
        members.begin_anew();
        assert_eq!(pass(&mut members, 90).await, (vec![], vec![]));
        assert_eq!(pass(&mut members, 20).await, (vec![1], vec![]));
    }
}
