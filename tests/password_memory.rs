//! Many logins leave no memory behind: what a hash took goes back to the system.
//!
//! A process of its own, so that no other test's memory is counted.

use std::fs;

use futures_util::future::join_all;
use motorpool::account::hasher::Hasher;

/// More than the process itself may come to need, less than two runs of argon2 kept by an allocator.
const GROWTH_KIB_MAX: u64 = 32 * 1024;

fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn many_hashes_leave_no_memory_behind() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let hasher = Hasher::new(4, 100);
    let before = resident_kib().unwrap();
    let hashed = runtime.block_on(join_all((0..40).map(|n| hasher.hash(format!("password-{n}")))));
    let ok = hashed.iter().filter(|hash| hash.is_ok()).count();
    let growth = resident_kib().unwrap().saturating_sub(before);
    assert_eq!(ok, 40, "{:?}", hashed.iter().find(|hash| hash.is_err()));
    assert!(growth < GROWTH_KIB_MAX, "grew by {growth} KiB");
}
