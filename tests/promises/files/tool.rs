//! `motorpool file` as scripts use it: what it says, how it ends, what it remembers.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use super::{content, sha256};
use crate::harness::{PASSWORD, Server, until};

/// The tool as anna, in a folder of its own.
fn tool(server: &Server, home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOTORPOOL_")) {
        command.env_remove(name);
    }
    let (what, rest) = args.split_first().unwrap();
    command.args(["file", what, &server.address().to_string()]).args(rest);
    command.args(["--login", "anna"]).env("MOTORPOOL_PASSWORD", PASSWORD);
    command
        .env("XDG_STATE_HOME", home.join("state"))
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

fn run(server: &Server, home: &Path, args: &[&str]) -> Output {
    tool(server, home, args).output().unwrap()
}

fn out(output: &Output) -> String {
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// The line of a run that did not do its work.
fn refused(output: &Output, exit: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{said}");
    said
}

#[test]
fn a_file_goes_there_and_back_and_is_never_written_over() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let sent = content(1, 700_000);
    std::fs::write(home.path().join("1.bin"), &sent).unwrap();
    let put = out(&run(
        &server,
        home.path(),
        &["put", "1.bin", "--type", "application/x-map"],
    ));
    assert!(put.contains(&sha256(&sent)) && put.contains("version 1"), "{put}");
    let number = put.split(' ').next().unwrap();
    assert!(out(&run(&server, home.path(), &["ls"])).contains("1.bin"));
    // Its own name is taken in this folder.
    let said = refused(&run(&server, home.path(), &["get", number]), 1);
    assert!(said.contains("is there already"), "{said}");
    out(&run(&server, home.path(), &["get", number, "--out", "back.bin"]));
    assert!(std::fs::read(home.path().join("back.bin")).unwrap() == sent);
    // A part of an earlier try is gone on with; one of something else is found out by the hash.
    std::fs::write(
        home.path().join(format!(".motorpool-file-{number}.part")),
        &sent[..300_000],
    )
    .unwrap();
    out(&run(&server, home.path(), &["get", number, "--out", "again.bin"]));
    assert!(std::fs::read(home.path().join("again.bin")).unwrap() == sent);
    std::fs::write(
        home.path().join(format!(".motorpool-file-{number}.part")),
        vec![0; 1_000],
    )
    .unwrap();
    refused(&run(&server, home.path(), &["get", number, "--out", "wrong.bin"]), 1);
    assert!(!home.path().join("wrong.bin").exists());
    out(&run(&server, home.path(), &["rm", number]));
    assert!(refused(&run(&server, home.path(), &["rm", number]), 3).contains("not_found"));
    assert!(refused(&run(&server, home.path(), &["get", number, "--out", "x"]), 3).contains("not_found"));
    refused(&run(&server, home.path(), &["put", "nothing.bin"]), 1);
    refused(&run(&server, home.path(), &["put", "1.bin", "--watch"]), 2);
}

#[test]
fn a_folder_is_sent_oldest_first_once_and_what_is_refused_is_said() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("measured");
    std::fs::create_dir(&folder).unwrap();
    for (name, text, minutes) in [
        ("b.csv", "1,2\n", 30),
        ("a.csv", "3,4\n", 20),
        ("bad.csv", "5\n6,7\n", 10),
        ("c.txt", "no", 5),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let at = std::time::SystemTime::now() - std::time::Duration::from_secs(60 * minutes);
        std::fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(at)
            .unwrap();
    }
    let args = [
        "put",
        "measured",
        "--extension",
        "csv",
        "--oldest-first",
        "--check",
        "csv",
    ];
    let first = run(&server, home.path(), &args);
    let said = refused(&first, 3);
    assert!(said.contains("bad.csv") && said.contains("row 2"), "{said}");
    let names: Vec<String> = String::from_utf8(first.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(names, ["b.csv", "a.csv"]);
    // Again: nothing but what was refused is tried, and what changed is sent.
    std::fs::write(folder.join("bad.csv"), "5,6\n").unwrap();
    let again = out(&run(&server, home.path(), &args));
    assert_eq!(again.lines().count(), 1, "{again}");
    assert!(again.contains("bad.csv"));
    assert_eq!(out(&run(&server, home.path(), &args)), "");
    let listed = server.as_user("anna").call("s.files", json!({})).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_watched_folder_is_sent_as_it_fills() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("watched");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("1.csv"), "one").unwrap();
    let mut command = tool(&server, home.path(), &["put", "watched", "--watch"]);
    let _watching = Killed(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let token = server.token_of("anna");
    let names = |server: &Server| {
        let mut raw = crate::harness::Raw::resume(server.address(), token);
        raw.call("s.files", json!({})).unwrap().as_array().unwrap().len()
    };
    until("the first file", || (names(&server) == 1).then_some(()));
    std::fs::write(folder.join("2.csv"), "two").unwrap();
    until("the second file", || (names(&server) == 2).then_some(()));
}
