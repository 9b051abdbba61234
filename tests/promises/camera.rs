//! `motorpool car --camera`: a folder is the camera, and the whole way from its files to the server's word is walked.
//!
//! The person is a pipe; the server, its face worker and the unit are the real ones.

#![cfg(feature = "face")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::faces::{OBAMA, Posture, models};
use crate::harness::{Server, until};

/// Frames for whatever the challenge asks, a few of each so that a step may come twice.
fn camera(folder: &Path) {
    for shot in 0..3_u32 {
        for (step, turned, nearer) in [
            ("straight", 0.0, 0.0),
            ("turn_left", 0.3, 0.0),
            ("turn_right", -0.3, 0.0),
            ("nearer", 0.0, 0.25),
        ] {
            let frame = OBAMA.frame(Posture {
                turned,
                nearer,
                shifted: 5 * shot,
            });
            std::fs::write(folder.join(format!("{step}-{shot}.jpg")), frame).unwrap();
        }
    }
}

/// What a person sees who chooses the face, types that PIN, and waits for an answer that holds one of these.
fn shown(server: &Server, folder: &Path, ends: &[&str]) -> String {
    let state = tempfile::tempdir().unwrap();
    let mut unit = Command::new(env!("CARGO_BIN_EXE_motorpool"))
        .args(["car", &server.address().to_string(), "--key", server.key("amber")])
        .arg("--state-dir")
        .arg(state.path())
        .arg("--camera")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    unit.stdin.as_mut().unwrap().write_all(b"2\n4711\n").unwrap();
    let mut out = unit.stdout.take().unwrap();
    let (heard, lines) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = out.read(&mut bytes) {
            if heard
                .send(String::from_utf8_lossy(&bytes[..count]).into_owned())
                .is_err()
            {
                break;
            }
        }
    });
    let mut text = String::new();
    until("the answer at the car", || {
        text.extend(lines.try_iter());
        ends.iter().any(|end| text.contains(end)).then_some(())
    });
    unit.kill().unwrap();
    unit.wait().unwrap();
    drop(lines);
    reader.join().unwrap();
    text
}

#[test]
fn a_folder_is_a_camera_and_a_stranger_before_it_is_told_of_the_other_way() {
    let models = models().display().to_string();
    let server = Server::with(&[
        ("MOTORPOOL_FACE__MODELS", &*models),
        ("MOTORPOOL_LIMITS__COMMAND_DEADLINE_MS_DEFAULT", "30000"),
        ("MOTORPOOL_FACE__DECISION_MS", "20000"),
        ("MOTORPOOL_FACE__DEADLINE_MS", "10000"),
        ("MOTORPOOL_FACE__CHALLENGE_SECONDS", "120"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    camera(folder.path());
    // Nobody has booked this car, so no face opens it: the frames were looked at and were a living person's.
    let text = shown(&server, folder.path(), &["): unlock with", "not unlocked"]);
    assert!(text.contains("look straight at the camera"), "{text}");
    assert!(text.contains("please input your PIN:"), "{text}");
    assert!(
        text.contains("your face is not in database or you did not book this car (this is no face of a rider"),
        "{text}"
    );
    let empty = tempfile::tempdir().unwrap();
    let text = shown(&server, empty.path(), &["holds no pictures"]);
    assert!(text.contains("not unlocked: the camera gives no picture"), "{text}");
}
