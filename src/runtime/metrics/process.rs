//! Figures of the process itself, under the names every Prometheus dashboard knows.
//!
//! Read from `/proc/self`; where there is none, the figures are absent.

use std::fs;

use ::metrics::gauge;

use super::names;
use crate::runtime::clock;

/// Notes when the process began to measure.
pub(super) fn started() {
    gauge!(names::PROCESS_START_TIME).set(clock::now().as_duration().as_secs_f64());
}

/// Reads memory and open files.
pub(super) fn measure() {
    if let Some(bytes) = fs::read_to_string("/proc/self/status")
        .ok()
        .as_deref()
        .and_then(resident_bytes)
    {
        gauge!(names::PROCESS_RESIDENT_MEMORY).set(bytes);
    }
    if let Some(fds) = fs::read_dir("/proc/self/fd")
        .ok()
        .and_then(|dir| u32::try_from(dir.count()).ok())
    {
        // One of them is the directory being read.
        gauge!(names::PROCESS_OPEN_FDS).set(f64::from(fds.saturating_sub(1)));
    }
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u32 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(f64::from(kib) * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    12 kB\n"), Some(12_288.0));
        assert_eq!(resident_bytes("VmRSS:\t twelve kB\n"), None);
        assert_eq!(resident_bytes(""), None);
    }
}
