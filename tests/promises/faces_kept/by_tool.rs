//! `motorpool enroll`: pictures from files, with consent, and a word on each that is not good enough.

use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::{OBAMAS, server, templates};
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
