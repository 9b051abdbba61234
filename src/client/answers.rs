//! Answers of ours that are not known to have arrived.
//!
//! Answers what is to be sent next, and forgets only what the server has confirmed by answering a later ping. Bounded:
//! the oldest goes when there are too many, and is counted. Pure.

use std::collections::VecDeque;

/// Most answers kept.
pub(super) const KEPT_MAX: usize = 64;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept<T> {
    number: u64,
    pub(super) id: u64,
    pub(super) outcome: T,
    is_sent: bool,
}

impl<T> Kept<T> {
    /// Its place in the order of answers.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

/// Answers in the order in which they were given.
#[derive(Debug)]
pub(super) struct Answers<T> {
    kept: VecDeque<Kept<T>>,
    last: u64,
    lost: u64,
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            last: 0,
            lost: 0,
        }
    }
}

impl<T: Clone> Answers<T> {
    pub(super) fn keep(&mut self, id: u64, outcome: T) {
        if self.kept.len() >= KEPT_MAX {
            self.kept.pop_front();
            self.lost += 1;
        }
        self.last += 1;
        self.kept.push_back(Kept {
            number: self.last,
            id,
            outcome,
            is_sent: false,
        });
    }

    /// The first that is not on its way.
    pub(super) fn next(&self) -> Option<Kept<T>> {
        self.kept.iter().find(|kept| !kept.is_sent).cloned()
    }

    /// It is on its way.
    pub(super) fn sent(&mut self, number: u64) {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.number == number) {
            kept.is_sent = true;
        }
    }

    /// The newest that is on its way: what the server has read when it answers a ping sent now.
    pub(super) fn newest_sent(&self) -> u64 {
        let sent = self.kept.iter().filter(|kept| kept.is_sent);
        sent.map(Kept::number).max().unwrap_or_default()
    }

    /// All that were on their way up to this one have arrived.
    pub(super) fn confirm(&mut self, newest: u64) {
        self.kept.retain(|kept| !kept.is_sent || kept.number > newest);
    }

    /// The connection broke: what was on its way may not have arrived.
    pub(super) fn cut(&mut self) {
        for kept in &mut self.kept {
            kept.is_sent = false;
        }
    }

    /// How many were given up because there were too many.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(count: u64) -> Answers<()> {
        let mut answers = Answers::default();
        for id in 0..count {
            answers.keep(id, ());
        }
        answers
    }

    fn send_all(answers: &mut Answers<()>) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Some(kept) = answers.next() {
            answers.sent(kept.number());
            ids.push(kept.id);
        }
        ids
    }

    #[test]
    fn what_was_not_confirmed_before_a_cut_is_sent_again_in_order() {
        let mut answers = given(2);
        assert_eq!(send_all(&mut answers), [0, 1]);
        let newest = answers.newest_sent();
        answers.keep(7, ());
        assert_eq!(send_all(&mut answers), [7]);
        // The pong covers what was sent before its ping and nothing else.
        answers.confirm(newest);
        answers.keep(8, ());
        answers.cut();
        assert_eq!(send_all(&mut answers), [7, 8]);
    }

    #[test]
    fn the_oldest_answer_goes_when_there_are_too_many() {
        let max = u64::try_from(KEPT_MAX).unwrap();
        let mut answers = given(max);
        assert_eq!((answers.lost(), send_all(&mut answers).len()), (0, KEPT_MAX));
        answers.keep(max, ());
        answers.cut();
        let ids = send_all(&mut answers);
        assert_eq!((answers.lost(), ids.len(), ids[0]), (1, KEPT_MAX, 1));
    }
}
