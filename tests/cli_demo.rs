//! `motorpool demo` as a program: riders ride, and nothing is left when it ends.
//!
//! The temporary folder is the test's own, so that what is left behind would be seen.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Lines that are read before the demo is given up.
const LINES_MAX: usize = 2_000;

#[test]
fn riders_ride_both_ways_and_an_interrupt_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_motorpool"))
        // A database named in the environment is somebody's real one and is not touched.
        .env("MOTORPOOL_SERVER__DATABASE", dir.path().join("real.db"))
        .env("TMPDIR", dir.path())
        .args(["demo", "--fast", "--seconds", "60"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut phone, mut password, mut returned) = (false, false, 0);
    let mut told = Vec::new();
    for line in BufReader::new(demo.stdout.take().unwrap()).lines().take(LINES_MAX) {
        let line = line.unwrap();
        phone |= line.contains("by phone and drives off");
        password |= line.contains("by password at the car");
        returned += usize::from(line.contains(" and is charged "));
        told.push(line);
        if phone && password && returned >= 4 {
            break;
        }
    }
    assert!(phone && password && returned >= 4, "{}", told.join("\n"));
    let pid = i32::try_from(demo.id()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_folder_that_holds_something_is_not_played_in() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("precious"), "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_motorpool"))
        .arg("demo")
        .arg("--dir")
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("is not empty"), "{line}");
}
