//! Runs that ended well within one turn of a session, counted together at its end.
//!
//! Figures are shared by all threads: counted one by one, each run would fetch them from another core's cache. A run
//! is counted before its answer is written, and before another command runs, which may look at the figures.

use std::sync::Arc;
use std::time::Duration;

use super::table::Entry;

/// Runs of one command that are not counted yet; at most the frames of one turn.
#[derive(Default)]
pub(crate) struct Counted {
    entry: Option<Arc<Entry>>,
    took: Vec<Duration>,
}

impl Counted {
    /// Another command is about to run: counts what is left of those before it.
    pub(crate) fn begin(&mut self, entry: &Arc<Entry>) {
        let is_same = self.entry.as_ref().is_some_and(|known| Arc::ptr_eq(known, entry));
        if !is_same {
            self.settle();
        }
    }

    /// A run of the command that began last ended well.
    pub(super) fn well(&mut self, entry: &Arc<Entry>, took: Duration) {
        if self.entry.is_none() {
            self.entry = Some(Arc::clone(entry));
        }
        self.took.push(took);
    }

    /// Counts all.
    pub(crate) fn settle(&mut self) {
        let took = std::mem::take(&mut self.took);
        if let Some(entry) = self.entry.take() {
            entry.meters.ok_each(&took);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.settle();
    }
}
