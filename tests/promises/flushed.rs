//! An acknowledgement follows its flush, as seen by the system itself; and a disk that fails at the flush acknowledges nothing.
//!
//! Under strace, which some machines forbid: then these tests say so and are skipped.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Raw, Server, hour};

/// What is looked at: writing to sockets, to the log of the database, and flushing it.
const CALLS: &str = "write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync";
/// Acknowledgements that are followed to their flush, of each kind.
const TRIES: i64 = 40;
/// How long a server may live on whose disk fails at the flush.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

fn may_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-f", "true"])
        .stderr(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        println!("skipped: strace may not look at processes here");
    }
    may
}

/// What the trace tells, in the order of its lines.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// Something was written to the log of the database, or its writing began.
    Written,
    /// All that was written before this began is on the disk.
    Flushed,
    /// Bytes went to the client.
    Said,
}

/// The steps of one client, in order. A flush counts from its end, for what was written before its beginning.
fn steps(trace: &str, port: u16) -> Vec<Step> {
    let to_client = format!("->127.0.0.1:{port}]>");
    let (mut found, mut begun) = (Vec::new(), Vec::new());
    for line in trace.lines() {
        let process = line.split(' ').next().unwrap_or_default();
        let is_log = line.contains("motorpool.db-wal>");
        let is_flush = line.contains("fsync(") || line.contains("fdatasync(");
        if is_log && line.contains("pwrite64(") {
            found.push(Step::Written);
        } else if is_log && is_flush && line.contains("<unfinished") {
            begun.push((process, found.len()));
        } else if (line.contains("fsync resumed") || line.contains("fdatasync resumed")) && line.ends_with("= 0") {
            let Some(at) = begun.iter().position(|(known, _)| *known == process) else {
                continue;
            };
            let (_, at) = begun.remove(at);
            // What was written while it ran is not on the disk by it.
            if !found[at..].contains(&Step::Written) {
                found.push(Step::Flushed);
            }
        } else if is_log && is_flush && line.ends_with("= 0") {
            found.push(Step::Flushed);
        } else if line.contains(&to_client) && !line.contains("resumed") {
            found.push(Step::Said);
        }
    }
    found
}

/// Acknowledgements before which something was written that was not flushed, and those before which nothing was flushed at all.
fn unflushed(steps: &[Step]) -> (usize, usize, usize) {
    let (mut said, mut dirty, mut bare) = (0, 0, 0);
    let (mut is_dirty, mut is_flushed) = (false, false);
    for step in steps {
        match step {
            Step::Written => is_dirty = true,
            Step::Flushed => (is_dirty, is_flushed) = (false, true),
            Step::Said => {
                said += 1;
                dirty += usize::from(is_dirty);
                bare += usize::from(!is_flushed);
                is_flushed = false;
            }
        }
    }
    (said, dirty, bare)
}

fn port_of(raw: &mut Raw) -> u16 {
    raw.another_handle().local_addr().unwrap().port()
}

#[test]
fn every_acknowledgement_of_a_booking_or_a_message_follows_its_flush() {
    if !may_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let server = Server::traced(&trace, &["-e", &format!("trace={CALLS}")]);
    // Nobody else writes: the services that write by the clock do so seldom, and what they wrote they flush.
    let mut anna = server.as_user("anna");
    let port = port_of(&mut anna);
    let before = std::fs::read_to_string(&trace).unwrap().lines().count();
    for number in 0..TRIES {
        let args = json!({"car": "amber", "start": hour(2 * number), "end": hour(2 * number + 1)});
        let booking = anna.call("s.book", args).unwrap()["booking"].clone();
        anna.call("s.cancel", json!({"booking": booking})).unwrap();
        anna.call("s.send", json!({"body": "hello", "users": ["bert"]}))
            .unwrap();
    }
    drop(server);
    let whole = std::fs::read_to_string(&trace).unwrap();
    let rest: String = whole.lines().skip(before).map(|line| format!("{line}\n")).collect();
    let found = steps(&rest, port);
    let (said, dirty, bare) = unflushed(&found);
    println!("acknowledgements {said}, before an unfinished flush {dirty}, without a flush {bare}");
    assert!(said >= usize::try_from(3 * TRIES).unwrap(), "{said}");
    assert_eq!(bare, 0, "of {said}");
    // What services write meanwhile looks like that now and then; an acknowledgement before its flush would look so each time.
    assert!(dirty * 20 <= said, "{dirty} of {said}");
}

#[test]
fn a_trace_in_which_the_flush_comes_late_is_seen() {
    use Step::{Flushed, Said, Written};
    assert_eq!(unflushed(&[Written, Flushed, Said, Written, Flushed, Said]), (2, 0, 0));
    assert_eq!(unflushed(&[Written, Said, Flushed]), (1, 1, 1));
    assert_eq!(unflushed(&[Written, Flushed, Said, Said]), (2, 0, 1));
    let trace = "7 pwrite64(1</d/motorpool.db-wal>, \"\"..., 9, 0) = 9\n\
                 7 fsync(1</d/motorpool.db-wal> <unfinished ...>\n\
                 8 sendto(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, \"\"..., 9, 0) = 9\n\
                 7 <... fsync resumed>) = 0\n";
    assert_eq!(steps(trace, 2), [Written, Said, Flushed]);
    let failed = "7 fsync(1</d/motorpool.db-wal>) = -1 EIO (Input/output error) (INJECTED)\n";
    assert_eq!(steps(failed, 2), []);
}

/// Calls on a server that may be gone.
fn tried(raw: &mut Raw, id: i64, command: &str, args: &Value) -> Option<Value> {
    raw.try_call(u64::try_from(id).unwrap(), command, args)?.ok()
}

/// Books until the disk fails at that flush; gives what was acknowledged.
fn book_until_it_fails(folder: &Path, when: u32) -> usize {
    let trace = folder.join(format!("trace-{when}"));
    let inject = format!("inject=fsync,fdatasync:error=EIO:when={when}+");
    let mut server = Server::traced(&trace, &["-e", "trace=fsync,fdatasync", "-e", &inject]);
    let mut anna = server.as_user("anna");
    let mut acknowledged = 0;
    let mut failed_at = Instant::now();
    for number in 0..TRIES {
        let args = json!({"car": "birch", "start": hour(2 * number), "end": hour(2 * number + 1)});
        failed_at = Instant::now();
        let Some(booking) = tried(&mut anna, 1_000 + 2 * number, "s.book", &args) else {
            break;
        };
        acknowledged += 1;
        failed_at = Instant::now();
        // Nobody may have too many open.
        let args = json!({"booking": booking["booking"]});
        if tried(&mut anna, 1_001 + 2 * number, "s.cancel", &args).is_none() {
            break;
        }
    }
    let status = server.ended();
    let took = failed_at.elapsed();
    assert!(!status.success(), "{status}");
    assert!(took < ENDS_WITHIN, "{took:?}");
    // The disk works again.
    server.start_again();
    let bookings = server
        .as_user("anna")
        .call("s.bookings", json!({"car": "birch"}))
        .unwrap();
    let there = bookings.as_array().unwrap().len();
    // What was refused may be there or not; what was acknowledged is.
    assert!(
        there >= acknowledged && there <= acknowledged + 1,
        "{there} of {acknowledged}"
    );
    acknowledged
}

#[test]
fn a_disk_that_fails_at_the_flush_ends_the_server_and_acknowledges_nothing() {
    if !may_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Beyond those of the start and of the sign-in.
    let acknowledged: usize = [24, 31]
        .iter()
        .map(|when| book_until_it_fails(folder.path(), *when))
        .sum();
    println!("acknowledged before the disk failed: {acknowledged}");
    assert!(acknowledged > 0);
}
