//! Events that one client has not acknowledged: what is sent when, how often again, and what is let go.
//!
//! Pure: time is what has passed since some fixed instant. Numbers rise; on one connection the first sending is in
//! their order, so that an acknowledgement of one means all before it.

use std::collections::VecDeque;
use std::time::Duration;

/// Wait for an acknowledgement before an event is sent again; doubled each time.
pub(crate) const AGAIN_FIRST: Duration = Duration::from_secs(5);
/// Longest such wait.
pub(crate) const AGAIN_MAX: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Kept<E> {
    number: u64,
    event: E,
    /// When it is sent again; `None` when it was not sent on this connection.
    again_at: Option<Duration>,
    /// The wait after the next sending.
    pause: Duration,
    was_sent: bool,
}

/// What one client has yet to acknowledge, oldest first.
#[derive(Debug)]
pub(crate) struct Undelivered<E> {
    kept: VecDeque<Kept<E>>,
    /// Let go at the bound since the last acknowledgement.
    lost: u64,
    is_loss_told: bool,
    is_open: bool,
}

impl<E> Default for Undelivered<E> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            lost: 0,
            is_loss_told: false,
            is_open: false,
        }
    }
}

impl<E> Undelivered<E> {
    /// Keeps an event; at the bound the oldest is let go. Says how many were.
    pub(crate) fn keep(&mut self, number: u64, event: E, max: usize) -> u64 {
        let mut lost = 0;
        while self.kept.len() >= max.max(1) {
            self.kept.pop_front();
            lost += 1;
        }
        if lost > 0 {
            self.lost = self.lost.saturating_add(lost);
            self.is_loss_told = false;
        }
        self.kept.push_back(Kept {
            number,
            event,
            again_at: None,
            pause: AGAIN_FIRST,
            was_sent: false,
        });
        lost
    }

    /// The first event behind `after` that is to be sent now: new on this connection, or not acknowledged in time.
    pub(crate) fn due(&self, after: u64, now: Duration) -> Option<(u64, &E)> {
        let behind = self.kept.iter().filter(|kept| kept.number > after && self.is_open);
        let mut due = behind.filter(|kept| kept.again_at.is_none_or(|at| at <= now));
        due.next().map(|kept| (kept.number, &kept.event))
    }

    /// An event was sent. Says whether it had been sent before.
    pub(crate) fn sent(&mut self, number: u64, now: Duration) -> bool {
        let Some(kept) = self.kept.iter_mut().find(|kept| kept.number == number) else {
            return false;
        };
        kept.again_at = Some(now.saturating_add(kept.pause));
        kept.pause = kept.pause.saturating_mul(2).min(AGAIN_MAX);
        std::mem::replace(&mut kept.was_sent, true)
    }

    /// Everything up to this number has arrived. What was never sent cannot have.
    pub(crate) fn acknowledge(&mut self, number: u64) {
        while self
            .kept
            .front()
            .is_some_and(|kept| kept.number <= number && kept.was_sent)
        {
            self.kept.pop_front();
        }
        if self.is_loss_told {
            self.lost = 0;
        }
    }

    /// How many were let go, when the client is to hear of it now.
    pub(crate) fn loss(&mut self) -> Option<u64> {
        if self.lost == 0 || self.is_loss_told || !self.is_open {
            return None;
        }
        self.is_loss_told = true;
        Some(self.lost)
    }

    /// The client is there, on a new connection: everything is sent again.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
        self.is_loss_told = false;
        for kept in &mut self.kept {
            kept.again_at = None;
            kept.pause = AGAIN_FIRST;
        }
    }

    /// The client is away: events wait.
    pub(crate) fn close(&mut self) {
        self.is_open = false;
    }

    /// Whether there is something that was not sent on this connection.
    pub(crate) fn has_unsent(&self) -> bool {
        self.is_open && self.kept.iter().any(|kept| kept.again_at.is_none())
    }

    /// Whether there is nothing to send and nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.lost == 0
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    /// Sends what is due; gives the numbers.
    fn send(undelivered: &mut Undelivered<u64>, now: u64) -> Vec<u64> {
        let (mut sent, mut after) = (Vec::new(), 0);
        while let Some((number, event)) = undelivered.due(after, at(now)) {
            assert_eq!(number, *event);
            undelivered.sent(number, at(now));
            sent.push(number);
            after = number;
        }
        sent
    }

    fn open_with(numbers: &[u64], max: usize) -> Undelivered<u64> {
        let mut undelivered = Undelivered::default();
        undelivered.open();
        assert!(!undelivered.has_unsent());
        for number in numbers {
            undelivered.keep(*number, *number, max);
        }
        undelivered
    }

    #[test]
    fn an_event_comes_again_after_5_seconds_then_doubling_to_60() {
        let mut one = open_with(&[7], 8);
        let sent: Vec<u64> = (0..=300).filter(|second| send(&mut one, *second) == [7]).collect();
        assert_eq!(sent, [0, 5, 15, 35, 75, 135, 195, 255]);
    }

    #[test]
    fn an_acknowledgement_clears_what_was_sent_up_to_it_and_nothing_else() {
        let mut some = open_with(&[3, 5, 9], 8);
        assert!(some.has_unsent());
        assert_eq!(send(&mut some, 0), [3, 5, 9]);
        assert!(!some.has_unsent());
        some.keep(11, 11, 8);
        some.acknowledge(5);
        assert_eq!(send(&mut some, 5), [9, 11]);
        some.acknowledge(4);
        some.keep(12, 12, 8);
        some.acknowledge(u64::MAX);
        assert_eq!((some.len(), send(&mut some, 6)), (1, vec![12]), "12 had not been sent");
    }

    #[test]
    fn at_the_bound_the_oldest_goes_and_the_client_hears_how_many() {
        let mut some = open_with(&[1, 2], 2);
        assert_eq!(some.loss(), None);
        assert_eq!(some.keep(3, 3, 2), 1);
        assert_eq!((some.loss(), some.loss()), (Some(1), None), "told once");
        assert_eq!(some.keep(4, 4, 2), 1);
        assert_eq!(some.loss(), Some(2));
        some.open();
        assert_eq!(some.loss(), Some(2), "again on the next connection");
        assert_eq!(send(&mut some, 0), [3, 4]);
        some.acknowledge(4);
        some.open();
        assert!(some.is_empty() && some.loss().is_none());
    }

    #[test]
    fn while_the_client_is_away_nothing_is_sent_and_all_of_it_when_it_is_back() {
        let mut some = open_with(&[1], 8);
        assert_eq!(send(&mut some, 0), [1]);
        some.close();
        some.keep(2, 2, 8);
        assert_eq!(send(&mut some, 100), Vec::<u64>::new());
        some.open();
        assert_eq!(send(&mut some, 101), [1, 2]);
        assert_eq!(send(&mut some, 105), Vec::<u64>::new());
    }

    proptest! {
        /// Whatever happens, an event is acknowledged, waiting or counted as lost; none vanishes.
        #[test]
        fn no_event_vanishes(steps in prop::collection::vec((0..6u8, 0..20u64), 1..200)) {
            let mut undelivered = Undelivered::<u64>::default();
            let (mut told, mut arrived, mut lost, mut now) = (BTreeSet::new(), 0u64, 0u64, 0u64);
            let (mut next, mut seen) = (1u64, 0u64);
            for (step, figure) in steps {
                match step {
                    0 | 1 => {
                        lost += undelivered.keep(next, next, 4);
                        told.insert(next);
                        next += 1;
                    }
                    2 => undelivered.open(),
                    3 => undelivered.close(),
                    4 => now += figure,
                    _ => {
                        let before = undelivered.len();
                        undelivered.acknowledge(seen.saturating_sub(figure % 3));
                        arrived += u64::try_from(before - undelivered.len()).unwrap();
                    }
                }
                let sent = send(&mut undelivered, now);
                prop_assert!(sent.is_sorted());
                seen = seen.max(sent.last().copied().unwrap_or(0));
                prop_assert!(undelivered.len() <= 4);
                let waiting = u64::try_from(undelivered.len()).unwrap();
                prop_assert_eq!(arrived + waiting + lost, u64::try_from(told.len()).unwrap());
            }
        }
    }
}
