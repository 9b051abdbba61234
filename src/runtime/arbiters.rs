//! A fixed number of actor threads, each with an event loop of its own; services and sessions are spread over them.
//!
//! Made once, on the thread that runs the actix `System`. What an actor starts stays on its arbiter. A socket is
//! registered with the loop of the arbiter that keeps it: woken by another thread's loop, every batch of frames
//! would cost two changes of threads.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use actix_rt::{Arbiter, ArbiterHandle};

use super::threads;

/// The pool; lives as long as the server.
#[derive(Debug)]
pub struct Arbiters {
    first: ArbiterHandle,
    rest: Vec<ArbiterHandle>,
    threads: Vec<Arbiter>,
    turn: AtomicUsize,
}

impl Arbiters {
    /// Starts `count` arbiters (at least one). The calling thread must run an actix `System`.
    ///
    /// # Errors
    /// The system's, when a thread cannot be started or no `System` runs here.
    pub fn start(count: usize) -> io::Result<Self> {
        if actix_rt::System::try_current().is_none() {
            return Err(io::Error::other("no actix system runs on this thread"));
        }
        let mut threads = Vec::with_capacity(count.max(1));
        for _ in 0..count.max(1) {
            let thread = Arbiter::try_with_tokio_rt(event_loop)?;
            // actix calls them all alike, with more than the system keeps of a name.
            thread.spawn_fn(|| threads::name_this(c"arbiter"));
            threads.push(thread);
        }
        let mut handles = threads.iter().map(Arbiter::handle);
        let first = handles
            .next()
            .ok_or_else(|| io::Error::other("no arbiter was started"))?;
        let rest = handles.collect();
        Ok(Self {
            first,
            rest,
            threads,
            turn: AtomicUsize::new(0),
        })
    }

    /// The next arbiter, round robin.
    #[must_use]
    pub fn next(&self) -> ArbiterHandle {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.get(turn)
    }

    /// The arbiter for number `i`, counted around.
    #[must_use]
    pub fn get(&self, i: usize) -> ArbiterHandle {
        match (i % self.len()).checked_sub(1) {
            None => self.first.clone(),
            Some(after_first) => self.rest.get(after_first).unwrap_or(&self.first).clone(),
        }
    }

    /// How many there are; never none.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a pool is never empty")]
    pub fn len(&self) -> usize {
        self.rest.len().saturating_add(1)
    }

    /// Stops the event loops; actors still alive on them are dropped.
    pub fn stop(&self) {
        for arbiter in &self.threads {
            arbiter.stop();
        }
    }

    /// Stops and waits for the threads to end, at most `within`; false when one is blocked and was left behind.
    #[must_use]
    pub fn join(self, within: Duration) -> bool {
        self.stop();
        let (done, ended) = mpsc::sync_channel(1);
        let threads = self.threads;
        std::thread::spawn(move || {
            let panicked = threads.into_iter().map(Arbiter::join).filter(Result::is_err).count();
            let _ = done.send(panicked);
        });
        ended.recv_timeout(within).is_ok()
    }
}

/// What an arbiter runs on, as actix makes it, with a name for the threads on which it lets work block.
fn event_loop() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("blocking")
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::ThreadId;

    use actix_rt::System;

    use super::*;

    const JOIN_MAX: Duration = Duration::from_secs(10);

    fn thread_of(arbiter: &ArbiterHandle) -> ThreadId {
        let (tell, told) = mpsc::sync_channel(1);
        assert!(arbiter.spawn_fn(move || tell.send(std::thread::current().id()).unwrap()));
        told.recv_timeout(JOIN_MAX).unwrap()
    }

    #[test]
    fn work_goes_round_robin_over_a_fixed_number_of_threads_that_all_end() {
        let _system = System::new();
        let arbiters = Arbiters::start(3).unwrap();
        assert_eq!(arbiters.len(), 3);
        let turns: Vec<_> = (0..6).map(|_| thread_of(&arbiters.next())).collect();
        assert_eq!(turns[..3], turns[3..]);
        assert_eq!(turns.iter().collect::<HashSet<_>>().len(), 3);
        assert_eq!(thread_of(&arbiters.get(4)), turns[1]);
        assert!(arbiters.join(JOIN_MAX));
    }

    #[test]
    fn a_blocked_arbiter_is_left_behind() {
        let _system = System::new();
        let arbiters = Arbiters::start(2).unwrap();
        let (unblock, until) = mpsc::channel::<()>();
        let (tell, blocked) = mpsc::sync_channel(1);
        arbiters.get(0).spawn_fn(move || {
            tell.send(()).unwrap();
            until.recv().unwrap_or_default();
        });
        blocked.recv_timeout(JOIN_MAX).unwrap();
        assert!(!arbiters.join(Duration::from_millis(50)));
        drop(unblock);
    }

    #[test]
    fn without_a_system_there_are_no_arbiters() {
        assert!(Arbiters::start(1).is_err());
    }
}
