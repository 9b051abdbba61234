//! The threads of this process by name: given to those that have none of their own, and counted.
//!
//! Read from `/proc/self/task`, which blocks: call it beside the arbiters.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the system tells of them.
const TASKS: &str = "/proc/self/task";

/// Names the calling thread; the system keeps 15 bytes. A thread that keeps its old name works as well.
pub(crate) fn name_this(name: &std::ffi::CStr) {
    let _ = rustix::thread::set_name(name);
}

/// Names for the threads of a runtime: it starts its `workers` first, the others block.
pub(crate) fn runtime_names(workers: usize) -> impl Fn() -> String + Send + Sync + 'static {
    let started = AtomicUsize::new(0);
    move || {
        let is_worker = started.fetch_add(1, Ordering::Relaxed) < workers;
        if is_worker { "worker" } else { "blocking" }.to_owned()
    }
}

/// How many there are of each name.
///
/// # Errors
/// The system's, when it does not tell.
pub(crate) fn counted() -> io::Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    for task in std::fs::read_dir(TASKS)? {
        // One that ended since the folder was read is none any more.
        let Ok(name) = std::fs::read_to_string(task?.path().join("comm")) else {
            continue;
        };
        *counts.entry(name.trim_end().to_owned()).or_default() += 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_counted_under_its_name() {
        let (tell, told) = std::sync::mpsc::sync_channel::<()>(0);
        let (end, until) = std::sync::mpsc::sync_channel::<()>(0);
        let thread = std::thread::spawn(move || {
            name_this(c"count-me");
            tell.send(()).unwrap();
            let _ = until.recv();
        });
        told.recv().unwrap();
        assert_eq!(counted().unwrap().get("count-me"), Some(&1));
        drop(end);
        thread.join().unwrap();
    }

    #[test]
    fn the_first_threads_of_a_runtime_are_its_workers() {
        let name = runtime_names(2);
        assert_eq!([name(), name(), name()], ["worker", "worker", "blocking"]);
    }
}
