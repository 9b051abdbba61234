//! SIGTERM and SIGINT end the server, in whichever life: they are heard on a thread that outlives a restart.

use std::thread::JoinHandle;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::house::Course;
use crate::runtime::targets;

/// Heard until it is dropped.
pub(super) struct Signals {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Signals {
    /// From here on the first of them sets the course. Where signals cannot be caught the log says so.
    pub(super) fn steer(stop: watch::Sender<Course>) -> Self {
        match Self::start(stop) {
            Ok(signals) => signals,
            Err(err) => {
                tracing::warn!(target: targets::STATUS, %err, "signals cannot be caught; stop the server with s.shutdown()");
                Self {
                    end: None,
                    thread: None,
                }
            }
        }
    }

    fn start(stop: watch::Sender<Course>) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let (term, int) = caught(&runtime)?;
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name("signals".to_owned());
        let thread = thread.spawn(move || runtime.block_on(hear(term, int, ended, stop)))?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

fn caught(runtime: &Runtime) -> std::io::Result<(Signal, Signal)> {
    let _on = runtime.enter();
    Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
}

async fn hear(mut term: Signal, mut int: Signal, ended: oneshot::Receiver<()>, stop: watch::Sender<Course>) {
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        _ = ended => return,
    }
    stop.send_replace(Course::End);
}

impl Drop for Signals {
    fn drop(&mut self) {
        // The thread ends with either half.
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
