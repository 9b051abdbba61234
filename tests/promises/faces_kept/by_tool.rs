//! `motorpool enroll`: pictures from files, with consent, and a word on each that is not good enough.

use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::{OBAMAS, Sitting, server, templates};
use crate::harness::{PASSWORD, Server};

fn enroll(server: &Server, variables: &[(&str, &str)], files: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    command.args(["enroll", "anna"]);
    command.args(files.iter().map(|file| folder.join(file)));
    command.args(["--server", &server.address().to_string()]).args(more);
    command.env_remove("MOTORPOOL_PIN").envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_person_enrols_themselves_from_files_once_they_agree_to_the_present_text() {
    let server = server(&[]);
    let own = [("MOTORPOOL_PASSWORD", PASSWORD)];
    let (code, _, told) = enroll(&server, &own, &OBAMAS, &[]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("nobody to ask for consent"), "{told}");
    let (code, _, told) = enroll(&server, &own, &OBAMAS, &["--consent", "yesterday"]);
    assert_eq!(code, Some(3), "{told}");
    let mut anna = server.as_user("anna");
    let text = anna.call("s.faceconsent", json!([])).unwrap();
    let agreed = ["--consent", text["version"].as_str().unwrap()];
    let (code, _, told) = enroll(&server, &own, &OBAMAS[..2], &agreed);
    assert_eq!((code, told.contains("wanted 3 to 10")), (Some(3), true), "{told}");
    let (code, said, told) = enroll(&server, &own, &["obama.jpg", "obama2.jpg", "biden.jpg"], &agreed);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("bad_arguments") && said.contains("biden.jpg"),
        "{said} {told}"
    );
    let (code, said, told) = enroll(&server, &own, &OBAMAS, &agreed);
    assert_eq!((code, &*said), (Some(0), "3 pictures of anna are kept\n"), "{told}");
    let listed = anna.call("s.faces", json!([])).unwrap();
    assert_eq!(templates(&listed).len(), 3);
}

#[test]
fn an_operator_enrols_a_person_who_types_their_pin_and_nobody_without_their_consent() {
    let server = server(&[]);
    let mut anna = server.as_user("anna");
    let version = anna.call("s.faceconsent", json!([])).unwrap()["version"].clone();
    let operator = ["--login", "mona"];
    let agreed = ["--login", "mona", "--consent", version.as_str().unwrap()];
    let theirs = [("MOTORPOOL_PASSWORD", PASSWORD)];
    let (code, _, told) = enroll(&server, &theirs, &OBAMAS, &operator);
    assert_eq!((code, told.contains("forbidden")), (Some(3), true), "{told}");
    let (code, _, told) = enroll(&server, &theirs, &OBAMAS, &agreed);
    assert_eq!((code, told.contains("PIN of anna")), (Some(2), true), "{told}");
    anna.call("s.setpin", json!({"password": PASSWORD, "pin": "4711"}))
        .unwrap();
    let wrong = [("MOTORPOOL_PASSWORD", PASSWORD), ("MOTORPOOL_PIN", "1174")];
    let (code, _, told) = enroll(&server, &wrong, &OBAMAS, &agreed);
    assert_eq!((code, told.contains("bad_login")), (Some(3), true), "{told}");
    let right = [("MOTORPOOL_PASSWORD", PASSWORD), ("MOTORPOOL_PIN", "4711")];
    let (code, said, told) = enroll(&server, &right, &OBAMAS, &agreed);
    assert_eq!((code, &*said), (Some(0), "3 pictures of anna are kept\n"), "{told}");
}

/// `motorpool face ...` of anna's, unless an operator signs in.
fn face(server: &Server, args: &[&str]) -> (Option<i32>, String, String) {
    let (what, more) = args.split_first().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    command.args(["face", what, "anna"]).args(more);
    command.args(["--server", &server.address().to_string()]);
    command.env("MOTORPOOL_PASSWORD", PASSWORD);
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_person_lists_takes_along_and_erases_their_face_from_a_terminal() {
    let server = server(&[]);
    let mut anna = server.as_user("anna");
    Sitting::of(&server, "anna").enrol_self(&OBAMAS).unwrap();
    let (code, said, told) = face(&server, &["list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|err| panic!("{err}: {said} {told}"));
    assert_eq!((code, templates(&listed).len()), (Some(0), 3));
    assert!(!said.contains("numbers"), "{said}");
    // Everything, into a file of its owner alone, and never over one that is there.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("face.json");
    let out = ["export", "--out", file.to_str().unwrap()];
    assert_eq!(face(&server, &out).0, Some(0));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let whole: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(whole["templates"][2]["numbers"].as_array().unwrap().len(), 128);
    assert_eq!(face(&server, &out).0, Some(1));
    assert!(face(&server, &["export"]).1.contains("\"numbers\":["));
    let (code, _, told) = face(&server, &["export", "--login", "mona"]);
    assert_eq!((code, told.contains("person alone")), (Some(2), true), "{told}");
    // Nothing is erased unasked.
    let (code, _, told) = face(&server, &["erase"]);
    assert_eq!((code, told.contains("--yes")), (Some(2), true), "{told}");
    let number = templates(&listed)[0].to_string();
    let (code, said, told) = face(&server, &["erase", "--template", &number, "--yes", "--json"]);
    assert_eq!(
        (code, said.contains("\"templates\":1")),
        (Some(0), true),
        "{said} {told}"
    );
    let (code, said, told) = face(&server, &["erase", "--yes", "--login", "mona"]);
    assert_eq!((code, said.contains("receipt")), (Some(0), true), "{said} {told}");
    let (code, said, _) = face(&server, &["receipts", "--json"]);
    let receipts: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, receipts.as_array().unwrap().len()), (Some(0), 2), "{said}");
    let (code, _, told) = face(&server, &["erase", "--yes"]);
    assert_eq!((code, told.contains("not_found")), (Some(3), true), "{told}");
    assert!(templates(&anna.call("s.faces", json!([])).unwrap()).is_empty());
}

#[test]
fn another_server_key_is_made_while_no_server_runs_and_every_face_opens_under_it() {
    let mut server = server(&[]);
    Sitting::of(&server, "anna").enrol_self(&OBAMAS).unwrap();
    let rekey = |server: &Server| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
        command.args(["admin", "face", "rekey", "--data"]).arg(server.folder());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let told = [stdout, stderr].concat();
        (status.code(), String::from_utf8(told).unwrap())
    };
    let key = server.folder().join("face-server.key");
    let before = std::fs::read(&key).unwrap();
    let (code, told) = rekey(&server);
    assert_eq!((code, told.contains("stop it first")), (Some(1), true), "{told}");
    assert_eq!(std::fs::read(&key).unwrap(), before);
    server.terminate();
    assert!(server.ended().success());
    let (code, told) = rekey(&server);
    assert_eq!(
        (code, told.contains("keys under a new server key: 1;")),
        (Some(0), true),
        "{told}"
    );
    assert_ne!(std::fs::read(&key).unwrap(), before);
    server.start_again();
    let exported = server.as_user("anna").call("s.exportface", json!([])).unwrap();
    let open = exported["templates"].as_array().unwrap().len();
    assert_eq!((open, &exported["unreadable"]), (3, &json!(0)));
    let audit = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": "faces"}))
        .unwrap();
    assert!(audit.to_string().contains("face rekey"), "{audit}");
}
