//! Reading the configuration again: all or nothing, and nobody is disconnected.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Server, refused_start, serve_command, until};

const HELLO: &str = r#"
[[command]]
name = "s.hello"
about = "Says hello."
program = ["/usr/bin/printf", "hello"]
"#;

const SLOW: &str = r#"
[[command]]
name = "s.slow"
about = "Takes a while."
program = ["/usr/bin/sleep", "2"]
"#;

const CLOCK: &str = r#"
[[service]]
name = "says-hello"
every_ms = 20
program = ["/usr/bin/printf", "hello again"]
"#;

fn reload(server: &Server) -> Value {
    server.as_user("ada").call("s.reload", json!([])).unwrap()
}

#[test]
fn a_reload_adds_changes_and_removes_and_an_open_call_ends_well() {
    let server = Server::configured(&[HELLO, SLOW].concat());
    let mut guest = server.guest();
    assert_eq!(guest.call("s.hello", json!([])), Ok(json!("hello")));
    let slow = guest.ask("s.slow", json!([]));
    let more = r#"
        [[requestable]]
        name = "COLOUR"
        about = "A colour."
        program = ["/usr/bin/printf", "red"]
    "#;
    server.configure(&[&HELLO.replace("\"hello\"", "\"good day\""), more].concat());
    let reloaded = reload(&server);
    assert_eq!(
        reloaded["commands"],
        json!({"added": [], "changed": ["s.hello"], "removed": ["s.slow"]})
    );
    assert_eq!(reloaded["requestables"]["added"], json!(["COLOUR"]));
    assert_eq!(reloaded["needs_restart"], json!([]));
    assert_eq!(guest.call("s.hello", json!([])), Ok(json!("good day")));
    assert_eq!(guest.code_of("s.slow", json!([])), "unknown_command");
    guest.send(&json!({"request": {"id": 901, "name": "COLOUR"}}));
    assert_eq!(guest.result(901), Ok(json!("red")));
    assert_eq!(guest.result(slow), Ok(Value::Null), "it ends as what it was started as");
}

#[test]
fn a_bad_file_changes_nothing_and_says_why() {
    let server = Server::configured(HELLO);
    let mut ada = server.as_user("ada");
    let bad = [
        (HELLO.replace("s.hello", "hello"), "command `hello`: wanted `s.`"),
        (HELLO.replace("s.hello", "s.help"), "command `s.help` is there already"),
        (
            HELLO.replace("name =", "needs = \"wizard\"\nname ="),
            "needs `wizard`, and there is no such group",
        ),
        (
            HELLO.replace("/usr/bin/printf", "printf"),
            "`command.s.hello.program` is \"printf\", wanted a path",
        ),
        (
            HELLO.replace("name =", "timeout_ms = 1\nname ="),
            "`command.s.hello.timeout_ms` is 1, wanted 10 to 60000",
        ),
        (HELLO.replace("about", "abuot"), "unknown key"),
        ([HELLO, HELLO].concat(), "declare it once"),
        (
            CLOCK.replace("says-hello", "retention"),
            "there is a service `retention` already",
        ),
        ("this is not TOML".to_owned(), "is not valid TOML"),
    ];
    for (toml, why) in bad {
        server.configure(&toml);
        let refused = ada.call("s.reload", json!([])).unwrap_err();
        assert_eq!(refused.code, "conflict");
        assert!(
            refused.message.contains("nothing was changed") && refused.message.contains(why),
            "{refused:?}"
        );
        assert_eq!(ada.call("s.hello", json!([])), Ok(json!("hello")));
    }
    let log = fs::read_to_string(server.folder().join("log.txt")).unwrap();
    assert!(log.contains("the configuration was not taken over"), "{log}");
}

#[test]
fn a_bad_file_ends_the_start_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("motorpool.toml"), HELLO.replace("s.hello", "s.help")).unwrap();
    let mut command = serve_command(folder.path(), &[]);
    let (_, said) = refused_start(command.stdout(Stdio::null()));
    assert!(said.contains("command `s.help` is there already"), "{said}");
}

#[test]
fn sighup_reads_the_configuration_again_and_disconnects_nobody() {
    let server = Server::configured("");
    let mut guest = server.guest();
    assert_eq!(guest.code_of("s.hello", json!([])), "unknown_command");
    server.configure(HELLO);
    server.hang_up();
    until("the new command", || guest.call("s.hello", json!([])).ok());
    let audit = server.as_user("ada").call("s.audit", json!([])).unwrap();
    assert!(audit.to_string().contains("SIGHUP"), "{audit}");
}

#[test]
fn what_needs_a_restart_is_named_and_only_admins_reload() {
    let server = Server::configured(HELLO);
    server.configure(&["[server]\nname = \"other\"\n[limits]\nframe_bytes = 32768\n", HELLO].concat());
    assert_eq!(
        reload(&server)["needs_restart"],
        json!(["limits.frame_bytes", "server.name"])
    );
    for person in ["anna", "emil", "mona"] {
        assert_eq!(server.as_user(person).code_of("s.reload", json!([])), "forbidden");
    }
}

#[test]
fn configured_services_run_and_come_and_go_and_a_restart_keeps_what_is_configured() {
    let mut server = Server::configured("");
    server.configure(&[CLOCK, HELLO].concat());
    assert_eq!(reload(&server)["services"]["added"], json!(["says-hello"]));
    let mut ada = server.as_user("ada");
    until("a round of the service", || {
        let listed = ada.call("s.services_info", json!([])).unwrap();
        let own = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "says-hello");
        own.unwrap()["rounds"].as_u64().filter(|rounds| *rounds > 0)
    });
    server.restart();
    assert_eq!(server.guest().call("s.hello", json!([])), Ok(json!("hello")));
    server.configure("");
    assert_eq!(reload(&server)["services"]["removed"], json!(["says-hello"]));
    let listed = server.as_user("ada").call("s.services_info", json!([])).unwrap();
    assert!(!listed.to_string().contains("says-hello"), "{listed}");
    assert_eq!(server.guest().code_of("s.hello", json!([])), "unknown_command");
}
