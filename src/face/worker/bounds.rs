//! The bounds that the worker takes on itself before it reads a byte of anybody's.
//!
//! Address space, no core dump, no look into its memory, less of the processor than the server, an end with the
//! server, and after the models are loaded no file, no connection and no other process any more.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getppid, nice, set_dumpable_behavior, set_parent_process_death_signal,
    setrlimit,
};

use super::Task;

/// Files it may have open: three pipes, a model, and some to spare.
const OPEN_FILES_MAX: u64 = 64;

/// Takes them on. Threads started later have them too.
pub(super) fn take(task: &Task) -> Result<(), String> {
    let limits = set_parent_process_death_signal(Some(Signal::KILL))
        .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable))
        .and_then(|()| setrlimit(Resource::Core, both(0)))
        .and_then(|()| setrlimit(Resource::Nofile, both(OPEN_FILES_MAX)))
        .and_then(|()| setrlimit(Resource::As, both(task.memory_bytes)));
    limits.map_err(|err| format!("the face worker cannot take its bounds on: {err}"))?;
    // A machine that refuses gives it the same weight as the server; that is no reason not to work.
    let _ = nice(i32::from(task.nice));
    let parent = getppid().map(|parent| parent.as_raw_nonzero().get());
    if parent.and_then(|parent| u32::try_from(parent).ok()) != Some(task.parent) {
        // It ended before its end would have been ours.
        return Err("the server has ended".to_owned());
    }
    Ok(())
}

fn both(most: u64) -> Rlimit {
    Rlimit {
        current: Some(most),
        maximum: Some(most),
    }
}

/// From here on it opens no file, listens nowhere, connects to nobody and signals no other process; as far as the
/// kernel has Landlock, an old one leaves some of it open.
#[cfg(feature = "face")]
pub(super) fn close_doors() {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreated, Scope};
    let newest = ABI::V6;
    let closed = Ruleset::default()
        .handle_access(AccessFs::from_all(newest))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(newest)))
        .and_then(|rules| rules.scope(Scope::from_all(newest)))
        .and_then(Ruleset::create)
        .and_then(RulesetCreated::restrict_self);
    // Best effort: what is not closed here is still behind the other bounds.
    drop(closed);
}
