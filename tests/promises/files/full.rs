//! R6: the disk is full. Files are refused at once and by name, everything else goes on, and all is well again with the room.
//!
//! The data folder lies on a small tmpfs; where that cannot be mounted, the test says so and tries nothing.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::content;
use super::sock::FileSock;
use crate::harness::{Raw, Seed, in_minutes, spawn, until};

/// A tmpfs of 64 MiB, unmounted at the end.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    /// `None` where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            Ok(output) => {
                println!(
                    "skipped: no tmpfs can be mounted here: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                );
                None
            }
            Err(err) => {
                println!("skipped: there is no mount: {err}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.folder.path()).status());
    }
}

struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn address(ready: &serde_json::Value) -> std::net::SocketAddr {
    ready["serversock"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_full_disk_refuses_files_at_once_and_nothing_else_and_is_forgotten_with_the_room() {
    let Some(small) = Small::mount() else { return };
    let seed = Seed::shared();
    std::fs::write(small.path().join("motorpool.db"), &seed.database).unwrap();
    let variables = [("MOTORPOOL_FILES__RESERVE_BYTES".to_owned(), (16 << 20).to_string())];
    let (child, ready) = spawn(small.path(), &variables);
    let _killed = Killed(child);
    let mut anna = Raw::resume(address(&ready), seed.token("anna", 0));
    let mut sock = FileSock::attach(&mut anna);
    // What cannot fit is refused before it is sent.
    let began = Instant::now();
    assert_eq!(
        sock.ask("put", json!({"id": 1, "name": "all", "size": 60 << 20}))
            .unwrap_err()
            .code,
        "storage_full"
    );
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    // What fits now may not later: two that fill the disk together.
    let sent = content(1, 30 << 20);
    for id in [2, 3] {
        sock.ask("put", json!({"id": id, "name": format!("{id}"), "size": sent.len()}))
            .unwrap();
    }
    let mut held = [0_usize; 2];
    let (error, took) = 'filling: loop {
        for (at, id) in [(0, 2), (1, 3)] {
            let from = held[at];
            let data = &sent[from..sent.len().min(from + 200_000)];
            let began = Instant::now();
            match sock.chunk(id, u64::try_from(from).unwrap(), data) {
                Ok(now) => held[at] = usize::try_from(now).unwrap(),
                Err(error) => break 'filling (error, began.elapsed()),
            }
        }
    };
    assert_eq!(error.code, "storage_full");
    assert!(took < Duration::from_millis(100), "{took:?}");
    // Something that is not ours takes the rest.
    let ballast = small.path().join("ballast");
    fill(&ballast);
    assert_goes_on(&ready, &mut anna);
    // Room again: it goes on where it was, within a second.
    std::fs::remove_file(&ballast).unwrap();
    sock.ask("abort", json!({"id": 3})).unwrap();
    let began = Instant::now();
    let mut offset = held[0];
    let first = &sent[offset..sent.len().min(offset + 200_000)];
    until("there is room again", || {
        sock.chunk(2, u64::try_from(offset).unwrap(), first).ok()
    });
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    offset += first.len();
    for data in sent[offset..].chunks(200_000) {
        offset = usize::try_from(sock.chunk(2, u64::try_from(offset).unwrap(), data).unwrap()).unwrap();
    }
    let file = sock.ask("finish", json!({"id": 2})).unwrap().fields["file"].clone();
    assert!(sock.get(5, json!({"file": file["file"]}), 0).unwrap() == sent);
}

/// Until the disk takes nothing more.
fn fill(ballast: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(ballast).unwrap();
    let block = vec![0x55; 64 << 10];
    while file.write_all(&block).is_ok() {}
    // And the rest, byte by byte of a page.
    while file.write_all(&[0x55]).is_ok() {}
}

/// Reading, signing in, booking and returning still work: what was put by is given up for them.
fn assert_goes_on(ready: &serde_json::Value, anna: &mut Raw) {
    anna.call(
        "s.availability",
        json!({"start": in_minutes(60), "end": in_minutes(120)}),
    )
    .unwrap();
    let seed = Seed::shared();
    until("a login and a booking", || {
        let mut bert = Raw::resume(address(ready), seed.token("bert", 0));
        let wish = json!({"car": "birch", "start": in_minutes(600), "end": in_minutes(660)});
        let booked = bert.call("s.book", wish).ok()?;
        bert.call("s.cancel", json!({"booking": booked["booking"]})).ok()
    });
}
