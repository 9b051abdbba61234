//! Threads that do nothing but write and read files: few, behind the rest of the server, with a bounded queue before them.
//!
//! Hashing costs as much as a core gives. On threads of their own, which stand back, uploads take what commands leave.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use crate::file::error::FileError;
use crate::runtime::metrics::{files_refused, files_waiting};

/// How far these threads stand back behind the others, in steps of `nice`.
const NICE: i32 = 5;

type Work = Box<dyn FnOnce() + Send>;

/// The queue before the threads; they end with it.
pub(super) struct Workers {
    queue: Sender<Work>,
}

impl Workers {
    /// So many threads, 0 for one for two cores.
    pub(super) fn start(threads: usize, waiting_max: usize) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let threads = if threads == 0 { cores.div_ceil(2) } else { threads };
        let (queue, works) = bounded::<Work>(waiting_max);
        for number in 0..threads {
            let works = works.clone();
            std::thread::Builder::new()
                .name(format!("file-{number}"))
                .spawn(move || {
                    // Where that is not allowed they are as quick as the others.
                    let _ = rustix::process::nice(NICE);
                    while let Ok(work) = works.recv() {
                        // The one who waits hears of a panic by the end of its channel.
                        drop(catch_unwind(AssertUnwindSafe(work)));
                        files_waiting(works.len());
                    }
                })?;
        }
        Ok(Self { queue })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FileError> {
        let (tell, told) = oneshot::channel();
        self.enqueue(Box::new(move || {
            // Who asked may have gone; what was done stays done.
            drop(tell.send(work()));
        }))?;
        told.await.map_err(|_| FileError::Broken)
    }

    pub(super) fn leave(&self, work: impl FnOnce() + Send + 'static) {
        drop(self.enqueue(Box::new(work)));
    }

    fn enqueue(&self, work: Work) -> Result<(), FileError> {
        self.queue.try_send(work).map_err(|err| match err {
            TrySendError::Full(_) => {
                files_refused("busy");
                FileError::Busy
            }
            TrySendError::Disconnected(_) => FileError::Broken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_may_wait_is_refused_and_a_panic_harms_nobody_else() {
        let workers = Workers::start(1, 1).unwrap();
        let (hold, held) = crossbeam_channel::bounded::<()>(0);
        let (began, begins) = crossbeam_channel::bounded::<()>(1);
        workers.leave(move || {
            let _ = began.send(());
            let _ = held.recv();
        });
        begins.recv().unwrap();
        workers.leave(|| panic!("on purpose"));
        assert!(matches!(workers.run(|| 1).await, Err(FileError::Busy)));
        drop(hold);
        // Room comes back once the thread has taken what waited.
        loop {
            match workers.run(|| 2).await {
                Ok(two) => break assert_eq!(two, 2),
                Err(FileError::Busy) => tokio::task::yield_now().await,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(matches!(
            workers.run(|| -> u8 { panic!("on purpose") }).await,
            Err(FileError::Broken)
        ));
    }
}
