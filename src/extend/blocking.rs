//! Work that blocks its thread: a bounded number at a time, beside the event loops, given up on its deadline.
//!
//! A thread cannot be stopped from outside. Work that goes on after its deadline keeps its place until it ends, so
//! that work which never ends fills the places and nothing else.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::runtime::Gate;
use crate::wire::ErrorCode;

/// Blocking work that runs at the same time in one process.
pub(crate) const RUNNING_MAX: usize = 32;
/// Calls that wait for a place.
const WAITING_MAX: usize = 256;
/// How long they wait.
const WAIT_MAX: Duration = Duration::from_secs(5);

fn gate() -> &'static Gate {
    static GATE: OnceLock<Gate> = OnceLock::new();
    GATE.get_or_init(|| Gate::new("blocking_commands", RUNNING_MAX, WAITING_MAX))
}

/// Tells the work that nobody waits any more, unless it has ended.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Runs it on a thread of its own; `given_up` becomes true when the waiting ends.
pub(super) async fn beside<R: Send + 'static>(
    given_up: Arc<AtomicBool>,
    work: impl FnOnce() -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let wanted = Wanted(given_up);
    let busy = |err: crate::runtime::GateError| Error::new(ErrorCode::Busy, err.to_string());
    let pass = gate().enter(WAIT_MAX).await.map_err(busy)?;
    let ended = tokio::task::spawn_blocking(move || {
        let outcome = work();
        drop(pass);
        outcome
    })
    .await;
    drop(wanted);
    match ended {
        Ok(outcome) => outcome,
        Err(err) => match err.try_into_panic() {
            // Handled by whoever guards all work.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::new(ErrorCode::ShuttingDown, "the server is shutting down")),
        },
    }
}
