//! The lock-out rules shared by all sessions: a place is taken before hashing and always accounted for.
//!
//! An [`Attempt`] that is dropped without a word counts as a wrong guess, so nobody guesses for
//! free by hanging up. The lock is held for a look-up, never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use super::lockout::{Bucket, Entry, LockOut};
use crate::runtime::clock::Clock;
use crate::runtime::metrics::names;

/// Guesses waiting for others of their bucket to end; one more is refused as busy.
pub(crate) const WAITING_MAX: usize = 256;
/// Longest such wait.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(5);

/// Why a guess is not heard now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotHeard {
    LockedOut { retry_at: Timestamp },
    Busy,
}

pub(crate) struct Guesses {
    lockout: Mutex<LockOut>,
    ended: Notify,
    waiting: Semaphore,
    clock: Clock,
}

impl Guesses {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            lockout: Mutex::default(),
            ended: Notify::new(),
            waiting: Semaphore::new(WAITING_MAX),
            clock,
        }
    }

    /// A place for one guess of `bucket`, after a bounded wait for those being checked.
    pub(crate) async fn enter(&self, bucket: Bucket) -> Result<Attempt<'_>, NotHeard> {
        // The first look is free; only who has to wait needs room to wait in.
        if let Some(attempt) = self.look(bucket)? {
            return Ok(attempt);
        }
        let Ok(_room) = self.waiting.try_acquire() else {
            metrics::counter!(names::LOGIN_WAIT_REFUSED).increment(1);
            return Err(NotHeard::Busy);
        };
        tokio::time::timeout(WAIT_MAX, self.wait(bucket))
            .await
            .unwrap_or(Err(NotHeard::Busy))
    }

    async fn wait(&self, bucket: Bucket) -> Result<Attempt<'_>, NotHeard> {
        loop {
            // Listening starts before looking, so an end in between is not missed.
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if let Some(attempt) = self.look(bucket)? {
                return Ok(attempt);
            }
            ended.await;
        }
    }

    /// A place if there is one now; `None` while others are being checked.
    fn look(&self, bucket: Bucket) -> Result<Option<Attempt<'_>>, NotHeard> {
        match self.reserve(bucket) {
            Entry::Reserved => Ok(Some(Attempt {
                guesses: self,
                bucket,
                open: true,
            })),
            Entry::LockedOut { retry_at } => Err(NotHeard::LockedOut { retry_at }),
            Entry::Wait => Ok(None),
        }
    }

    fn reserve(&self, bucket: Bucket) -> Entry {
        let now = self.clock.now();
        let mut lockout = self.lock();
        let forgotten = lockout.forgotten();
        let entry = lockout.reserve(bucket, now);
        let newly_forgotten = lockout.forgotten() - forgotten;
        drop(lockout);
        if newly_forgotten > 0 {
            metrics::counter!(names::LOGIN_LOCKOUTS_FORGOTTEN).increment(newly_forgotten);
        }
        entry
    }

    /// A panic while the lock was held leaves at worst one place taken; refusing everybody would be worse.
    fn lock(&self) -> MutexGuard<'_, LockOut> {
        self.lockout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One guess on its way to the hasher and back.
#[must_use]
pub(crate) struct Attempt<'a> {
    guesses: &'a Guesses,
    bucket: Bucket,
    open: bool,
}

impl Attempt<'_> {
    /// The guess was wrong; says whether it locked the bucket.
    pub(crate) fn failed(mut self) -> bool {
        self.open = false;
        let locked = self.guesses.lock().failed(self.bucket, self.guesses.clock.now());
        self.guesses.ended.notify_waiters();
        locked
    }

    /// The guess was right.
    pub(crate) fn succeeded(mut self) {
        self.open = false;
        self.guesses.lock().succeeded(self.bucket);
        self.guesses.ended.notify_waiters();
    }

    /// The guess never reached the hasher.
    pub(crate) fn given_back(mut self) {
        self.open = false;
        self.guesses.lock().given_back(self.bucket);
        self.guesses.ended.notify_waiters();
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.open {
            self.guesses.lock().failed(self.bucket, self.guesses.clock.now());
            self.guesses.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::lockout::{Guess, PASSWORD_FAILURES_MAX};

    fn bucket() -> Bucket {
        Bucket::new(Guess::Password, "ada", None)
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_up_counts_as_a_wrong_guess() {
        let guesses = Guesses::new(Clock::fixed(Timestamp::UNIX_EPOCH));
        for _ in 0..PASSWORD_FAILURES_MAX {
            drop(guesses.enter(bucket()).await.ok().unwrap());
        }
        assert!(matches!(
            guesses.enter(bucket()).await.err(),
            Some(NotHeard::LockedOut { .. })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_goes_on_when_a_place_is_given_back() {
        let guesses = Guesses::new(Clock::fixed(Timestamp::UNIX_EPOCH));
        let mut inside = Vec::new();
        for _ in 0..PASSWORD_FAILURES_MAX {
            inside.push(guesses.enter(bucket()).await.ok().unwrap());
        }
        let leave = async { inside.pop().unwrap().succeeded() };
        let (entered, ()) = tokio::join!(guesses.enter(bucket()), leave);
        entered.ok().unwrap().given_back();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_and_one_too_many_does_not_wait() {
        let guesses = Guesses::new(Clock::fixed(Timestamp::UNIX_EPOCH));
        let mut inside = Vec::new();
        for _ in 0..PASSWORD_FAILURES_MAX {
            inside.push(guesses.enter(bucket()).await.ok().unwrap());
        }
        let begun = tokio::time::Instant::now();
        let waiting = (0..=WAITING_MAX).map(|_| async {
            let refused = guesses.enter(bucket()).await.err();
            (refused, begun.elapsed())
        });
        let ends = futures_util::future::join_all(waiting).await;
        assert!(ends.iter().all(|(refused, _)| *refused == Some(NotHeard::Busy)));
        assert_eq!(ends.iter().filter(|(_, after)| *after >= WAIT_MAX).count(), WAITING_MAX);
        assert_eq!(ends.iter().filter(|(_, after)| after.is_zero()).count(), 1);
    }
}
