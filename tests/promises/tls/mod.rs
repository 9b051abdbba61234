//! TLS 1.3: what the doors promise, whom our clients believe, which files are taken.

mod doors;
mod files;
mod trust;

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::harness::{Raw, Server, Stream, get_over, metric_in};

/// TLS on loopback too.
const EVERYWHERE: (&str, &str) = ("MOTORPOOL_TLS__MODE", "everywhere");

fn secured() -> Server {
    Server::with(&[EVERYWHERE, ("MOTORPOOL_LIMITS__HANDSHAKE_MS", "1000")])
}

fn guest(server: &Server) -> Raw {
    let stream = Stream::tls(server.address(), &server.folder());
    Raw::over(stream).greet(json!({})).unwrap()
}

fn figure(server: &Server, name: &str, labels: &[&str]) -> f64 {
    let stream = Stream::tls(server.http(), &server.folder());
    let (status, _, body) = get_over(stream, "/metrics").unwrap();
    assert_eq!(status, 200);
    metric_in(&body, name, labels)
}

fn fingerprint(server: &Server) -> String {
    let mut command = motorpool();
    command
        .args(["admin", "tls", "fingerprint", "--data"])
        .arg(server.folder());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Our program with a state folder of its own.
fn motorpool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOTORPOOL_")) {
        command.env_remove(name);
    }
    command
}

/// `motorpool call ADDR 's.ping()'` with these flags: exit code and what it said.
fn call(server: &Server, state: &Path, flags: &[&str]) -> (i32, String) {
    let mut command = motorpool();
    command.env("XDG_STATE_HOME", state);
    command.arg("call").arg(server.address().to_string()).arg("s.ping()");
    let output = command.args(flags).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}
