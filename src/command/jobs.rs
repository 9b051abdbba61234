//! Calls that take time: who runs what, since when, and how one of them is given up.
//!
//! A call that is done at once never comes here. Bounded by the calls that sessions may have open. It decides nothing
//! about who may cancel whose.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::registry::Standing;

/// One running call as it is listed.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Its number, never used again while the server runs.
    pub(crate) id: u64,
    /// The command.
    pub(crate) command: &'static str,
    /// Who called it.
    pub(crate) caller: Arc<Standing>,
    /// Since when it runs.
    pub(crate) since: Instant,
    /// How long it may run, as far as its caller waits.
    pub(crate) limit: Duration,
    /// Whether it can be given up.
    pub(crate) cancellable: bool,
}

struct Running {
    job: Job,
    cancel: Option<oneshot::Sender<String>>,
}

#[derive(Default)]
struct Open {
    next: u64,
    running: BTreeMap<u64, Running>,
}

/// Why a call was not given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CancelError {
    /// It ended, or there never was one.
    #[error("no call of that number runs")]
    Unknown,
    /// It changes something, and half a change is none.
    #[error("it changes something and runs to its end")]
    RunsToItsEnd,
}

/// Every call that runs now; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Open>>);

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a call on the list until its ticket is dropped.
    pub(crate) fn begin(
        &self,
        command: &'static str,
        caller: Arc<Standing>,
        limit: Duration,
        cancellable: bool,
    ) -> Ticket {
        let (cancel, cancelled) = oneshot::channel();
        let mut open = self.lock();
        open.next += 1;
        let id = open.next;
        let job = Job {
            id,
            command,
            caller,
            since: Instant::now(),
            limit,
            cancellable,
        };
        let cancel = cancellable.then_some(cancel);
        open.running.insert(id, Running { job, cancel });
        drop(open);
        Ticket {
            jobs: self.clone(),
            id,
            cancelled,
        }
    }

    /// The calls that run, oldest first.
    pub(crate) fn listed(&self) -> Vec<Job> {
        self.lock()
            .running
            .values()
            .map(|running| running.job.clone())
            .collect()
    }

    /// The call of that number.
    pub(crate) fn find(&self, id: u64) -> Option<Job> {
        self.lock().running.get(&id).map(|running| running.job.clone())
    }

    /// Gives a call up; its caller hears by whom.
    pub(crate) fn cancel(&self, id: u64, by: &str) -> Result<(), CancelError> {
        let mut open = self.lock();
        let running = open.running.get_mut(&id).ok_or(CancelError::Unknown)?;
        if !running.job.cancellable {
            return Err(CancelError::RunsToItsEnd);
        }
        let cancel = running.cancel.take().ok_or(CancelError::Unknown)?;
        cancel.send(by.to_owned()).map_err(|_| CancelError::Unknown)
    }
}

/// A call's place on the list.
pub(crate) struct Ticket {
    jobs: Jobs,
    id: u64,
    cancelled: oneshot::Receiver<String>,
}

impl Ticket {
    /// The end of the work, or who gave it up before.
    pub(crate) async fn until_cancelled<T>(mut self, work: impl Future<Output = T>) -> Result<T, String> {
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            // Where there is no canceller, only the work is waited for.
            Ok(by) = &mut self.cancelled => Err(by),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.jobs.lock().running.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::permissions::Permissions;
    use crate::wire::ClientKind;

    fn caller() -> Arc<Standing> {
        let none = Permissions::NONE;
        Arc::new(Standing::new(
            "c".into(),
            ClientKind::Client,
            None,
            None,
            "ada".to_owned(),
            none,
        ))
    }

    fn begin(jobs: &Jobs, cancellable: bool) -> Ticket {
        jobs.begin("s.wait", caller(), Duration::from_secs(5), cancellable)
    }

    #[actix::test]
    async fn a_call_is_listed_while_it_runs_and_gone_when_it_ends() {
        let jobs = Jobs::default();
        let ticket = begin(&jobs, true);
        let listed = jobs.listed();
        assert_eq!((listed.len(), listed[0].command), (1, "s.wait"));
        assert_eq!(ticket.until_cancelled(async { 7 }).await, Ok(7));
        assert!(jobs.listed().is_empty() && jobs.find(listed[0].id).is_none());
        assert_eq!(jobs.cancel(listed[0].id, "ada"), Err(CancelError::Unknown));
    }

    #[actix::test]
    async fn a_cancelled_call_ends_with_the_name_of_who_did_it() {
        let jobs = Jobs::default();
        let ticket = begin(&jobs, true);
        let id = jobs.listed()[0].id;
        jobs.cancel(id, "mona").unwrap();
        assert_eq!(jobs.cancel(id, "mona"), Err(CancelError::Unknown), "once");
        let ended = ticket.until_cancelled(std::future::pending::<()>()).await;
        assert_eq!(ended, Err("mona".to_owned()));
        assert!(jobs.listed().is_empty());
    }

    #[actix::test]
    async fn a_call_that_changes_something_runs_to_its_end() {
        let jobs = Jobs::default();
        let ticket = begin(&jobs, false);
        let id = jobs.listed()[0].id;
        assert_eq!(jobs.cancel(id, "mona"), Err(CancelError::RunsToItsEnd));
        let (tell, told) = oneshot::channel();
        let waiting = actix_rt::spawn(ticket.until_cancelled(told));
        tell.send(7).unwrap();
        assert_eq!(waiting.await.unwrap(), Ok(Ok(7)));
    }
}
