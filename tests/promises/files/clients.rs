//! Clients of others for tus: npm's tus-js-client and PyPI's tuspy send, are cut, and go on.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::sock::FileSock;
use super::{content, sha256};
use crate::harness::{Raw, Server};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a client to its end; gives what it says.
fn run(command: &mut Command, order: &Value) -> Value {
    let output = command
        .arg(order.to_string())
        .output()
        .expect("scripts/setup.sh test brings what this runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let faults = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{faults}");
    serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_else(|err| panic!("{err}: {said}{faults}"))
}

fn javascript(order: &Value) -> Value {
    let mut command = Command::new("node");
    command
        .arg(root("tests/clients/tus.mjs"))
        .env("CLIENTS_PACKAGE", root("target/tools/npm/clients/package.json"));
    run(&mut command, order)
}

fn python(order: &Value) -> Value {
    let mut command = Command::new(root("target/tools/tus/bin/python"));
    command.arg(root("tests/clients/tus.py"));
    run(&mut command, order)
}

/// A file to be sent, and what every order says.
fn order(server: &Server, token: &str, sent: &[u8]) -> Value {
    let path = server.folder().join("to-send.bin");
    std::fs::write(&path, sent).unwrap();
    json!({
        "endpoint": format!("http://{}/api/v1/tus", server.http()),
        "token": token,
        "path": path,
        "chunk": 200_000,
        "metadata": {"filename": "über all.csv", "filetype": "text/csv"},
    })
}

/// The one file there is, byte by byte.
fn assert_kept(server: &Server, token: &str, sent: &[u8]) {
    let mut raw = Raw::resume(server.address(), token);
    let mut sock = FileSock::attach(&mut raw);
    let listed = raw.call("s.files", json!({})).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let file = &listed[0];
    assert_eq!(
        (&file["name"], &file["type"]),
        (&json!("über all.csv"), &json!("text/csv"))
    );
    assert_eq!(file["sha256"], json!(sha256(sent)));
    assert!(sock.get(1, json!({"file": file["file"]}), 0).unwrap() == sent);
}

#[test]
fn tus_js_client_sends_is_cut_goes_on_and_takes_back() {
    let server = Server::start();
    let token = server.token_of("anna");
    let sent = content(1, 1_100_000);
    let mut order = order(&server, token, &sent);
    order["cut_after"] = json!(400_000);
    let cut = javascript(&order);
    assert!(cut["accepted"].as_u64().unwrap() >= 400_000, "{cut}");
    order["cut_after"] = Value::Null;
    order["resume"] = cut["url"].clone();
    let done = javascript(&order);
    assert_eq!(done["done"], true, "{done}");
    assert_kept(&server, token, &sent);
    // Another one is begun and taken back.
    order["resume"] = Value::Null;
    order["cut_after"] = json!(200_000);
    let cut = javascript(&order);
    order["terminate"] = cut["url"].clone();
    assert_eq!(javascript(&order), json!({"terminated": true}));
    let mut raw = Raw::resume(server.address(), token);
    assert_eq!(raw.call("s.uploads", json!({})).unwrap(), json!([]));
}

#[test]
fn tuspy_sends_with_sums_stops_and_goes_on() {
    let server = Server::start();
    let token = server.token_of("bert");
    let sent = content(2, 1_100_000);
    let mut order = order(&server, token, &sent);
    order["stop_at"] = json!(600_000);
    let stopped = python(&order);
    assert_eq!(stopped["offset"], 600_000, "{stopped}");
    order["stop_at"] = Value::Null;
    order["resume"] = stopped["url"].clone();
    assert_eq!(python(&order)["offset"], json!(sent.len()));
    assert_kept(&server, token, &sent);
}
