//! Programs of the configuration: what they are given is data, what they may take is bounded, their end is the end of
//! all they started.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Raw, Server, until};

/// Whether a process with this among its arguments runs.
fn runs(argument: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line.split(|byte| *byte == 0).any(|one| one == argument.as_bytes()))
}

fn ends(argument: &str) {
    until("the end of the processes", || (!runs(argument)).then_some(()));
}

/// `[a][b]` of a call of `s.show`, which shows each argument in brackets.
const SHOW: &str = r#"
[[command]]
name = "s.show"
about = "Shows its arguments."
category = "demo"
takes_dashes = true
args = [{ name = "more", repeatable = true, about = "Anything." }]
program = ["/usr/bin/printf", "[%s]"]
"#;

#[test]
fn hostile_arguments_arrive_as_data() {
    let server = Server::configured(SHOW);
    let mut guest = server.guest();
    let long = "x".repeat(10_240);
    for hostile in [
        "; rm -r .",
        "$(id)",
        "`id`",
        "a\nb",
        "--help",
        "-n",
        "*",
        "~",
        "'\"",
        "\\n%s",
        "",
        long.as_str(),
    ] {
        let shown = guest.call("s.show", json!(["first", hostile])).unwrap();
        assert_eq!(shown, json!(format!("[first][{hostile}]")));
    }
    let refused = guest.call("s.show", json!(["a\0b"])).unwrap_err();
    assert_eq!(refused.code, "bad_arguments");
    assert!(refused.message.contains("`more` holds a NUL"), "{refused:?}");
    assert_eq!(guest.code_of("s.show", json!([])), "bad_arguments", "one is needed");
    assert_eq!(
        guest.code_of("s.show", json!([1])),
        "bad_arguments",
        "a number is no text"
    );
}

#[test]
fn an_argument_never_becomes_an_option_unless_the_program_takes_none() {
    let toml = SHOW.replace("takes_dashes = true\n", "");
    let server = Server::configured(&toml);
    let mut guest = server.guest();
    let refused = guest.call("s.show", json!(["--version"])).unwrap_err();
    assert_eq!(refused.code, "bad_arguments");
    assert!(refused.message.contains("`more` begins with `-`"), "{refused:?}");
    assert_eq!(guest.call("s.show", json!(["a-b"])), Ok(json!("[a-b]")));
}

#[test]
fn a_program_reads_the_call_as_json_and_its_json_is_the_reply() {
    let toml = r#"
        [[command]]
        name = "s.call_as_read"
        about = "Gives back what it read."
        program = ["/usr/bin/cat"]
        [[requestable]]
        name = "READ"
        about = "Gives back what it read."
        program = ["/usr/bin/cat"]
    "#;
    let server = Server::configured(toml);
    let mut anna = server.as_user("anna");
    let read = anna.call("s.call_as_read", json!([])).unwrap();
    assert_eq!(
        (&read["command"], &read["args"]),
        (&json!("s.call_as_read"), &json!({}))
    );
    let caller = &read["caller"];
    assert_eq!(
        (&caller["client_id"], &caller["username"]),
        (&json!(anna.client_id()), &json!("anna"))
    );
    assert!(
        caller["groups"].as_array().unwrap().contains(&json!("customer")),
        "{caller}"
    );
    anna.send(&json!({"request": {"id": 77, "name": "READ"}}));
    assert_eq!(anna.result(77).unwrap()["command"], json!("READ"));
}

#[test]
fn a_program_sees_nothing_of_the_servers_environment() {
    let toml = r#"
        [[command]]
        name = "s.environment"
        about = "Shows its environment."
        program = ["/usr/bin/env"]
        [[command]]
        name = "s.folder"
        about = "Shows where it runs."
        program = ["/usr/bin/pwd"]
    "#;
    let server = Server::configured(toml);
    let mut guest = server.guest();
    let shown = guest.call("s.environment", json!([])).unwrap();
    for line in shown.as_str().unwrap().lines() {
        let name = line.split('=').next().unwrap();
        assert!(
            name == "PATH" || name == "LANG" || name.starts_with("MOTORPOOL_"),
            "{line}"
        );
    }
    assert!(shown.as_str().unwrap().contains("MOTORPOOL_COMMAND=s.environment"));
    let folder = guest.call("s.folder", json!([])).unwrap();
    assert_eq!(
        folder,
        json!(server.folder().canonicalize().unwrap().display().to_string())
    );
}

/// A program whose child sleeps for a number of seconds nobody else sleeps for.
fn sleeper(seconds: &str, timeout_ms: u32) -> String {
    format!(
        r#"
        [[command]]
        name = "s.sleep"
        about = "Sleeps."
        timeout_ms = {timeout_ms}
        concurrent_max = 1
        program = ["/usr/bin/timeout", "5000", "/usr/bin/sleep", "{seconds}"]
        [limits]
        command_deadline_ms_max = 60000
        "#
    )
}

#[test]
fn at_its_time_limit_a_program_ends_with_all_it_started() {
    let server = Server::configured(&sleeper("4201.25", 400));
    let mut guest = server.guest();
    let id = guest.ask("s.sleep", json!([]));
    until("the sleep", || runs("4201.25").then_some(()));
    let refused = guest.result(id).unwrap_err();
    assert_eq!(refused.code, "timeout");
    assert!(
        refused.message.contains("s.sleep did not end within 400 ms"),
        "{refused:?}"
    );
    ends("4201.25");
    assert!(guest.is_alive());
}

#[test]
fn one_run_too_many_is_busy_and_a_caller_who_goes_ends_its_program() {
    let server = Server::configured(&sleeper("4202.25", 50_000));
    let mut first = server.guest();
    first.ask("s.sleep", json!([]));
    until("the sleep", || runs("4202.25").then_some(()));
    let refused = server.guest().call("s.sleep", json!([])).unwrap_err();
    assert_eq!(refused.code, "busy");
    assert!(refused.message.contains("runs 1 times already"), "{refused:?}");
    first.hang_up();
    ends("4202.25");
}

#[test]
fn a_server_that_is_killed_leaves_no_program_behind() {
    let toml = sleeper("4203.25", 50_000).replace(r#""/usr/bin/timeout", "5000", "#, "");
    let mut server = Server::configured(&toml);
    let mut guest = server.guest();
    guest.ask("s.sleep", json!([]));
    until("the sleep", || runs("4203.25").then_some(()));
    server.kill();
    ends("4203.25");
}

#[test]
fn output_and_memory_have_an_end() {
    let toml = r#"
        [[command]]
        name = "s.full"
        about = "Writes as much as it may."
        output_bytes = 1000
        args = [{ name = "bytes", type = "integer", about = "How much." }]
        program = ["/usr/bin/head", "--zero-terminated", "/etc/passwd", "--bytes"]
        [[command]]
        name = "s.flood"
        about = "Writes without end."
        program = ["/usr/bin/yes"]
        [[command]]
        name = "s.hoard"
        about = "Takes memory without end."
        memory_bytes = 33554432
        timeout_ms = 20000
        program = ["/usr/bin/tail", "/dev/zero"]
    "#;
    let server = Server::configured(toml);
    let mut guest = server.guest();
    let flood = guest.call("s.flood", json!([])).unwrap_err();
    assert_eq!(flood.code, "too_large");
    assert!(
        flood.message.contains("s.flood wrote more than 32768 bytes"),
        "{flood:?}"
    );
    let hoard = guest.call("s.hoard", json!([])).unwrap_err();
    assert_eq!(hoard.code, "unavailable");
    assert!(hoard.message.contains("memory"), "{hoard:?}");
    assert!(guest.call("s.full", json!([100])).is_ok());
    assert!(guest.is_alive());
}

#[test]
fn a_program_that_fails_is_unavailable_with_its_first_line() {
    let toml = r#"
        [[command]]
        name = "s.fails"
        about = "Fails."
        program = ["/usr/bin/cat", "/no/such/file"]
        [[command]]
        name = "s.absent"
        about = "Is not there."
        program = ["./no-such-program"]
        [[command]]
        name = "s.tight"
        about = "Is not there, and has little memory not to be there in."
        memory_bytes = 33554432
        program = ["./no-such-program"]
        [[command]]
        name = "s.noise"
        about = "Says no text."
        program = ["/usr/bin/printf", '\377']
        [[command]]
        name = "s.nothing"
        about = "Says nothing."
        program = ["/usr/bin/true"]
    "#;
    let server = Server::configured(toml);
    let mut guest = server.guest();
    let refused = guest.call("s.fails", json!([])).unwrap_err();
    assert_eq!(refused.code, "unavailable");
    assert!(
        refused.message.starts_with("s.fails ended with exit code 1: "),
        "{refused:?}"
    );
    assert!(refused.message.contains("/no/such/file"), "{refused:?}");
    let absent = guest.call("s.absent", json!([])).unwrap_err();
    assert_eq!(absent.code, "unavailable");
    assert!(absent.message.contains("the program cannot be started"), "{absent:?}");
    // Each time: what is loaded with us must not keep our step from its end.
    for _ in 0..20 {
        let tight = guest.call("s.tight", json!([])).unwrap_err();
        assert_eq!(tight.code, "unavailable", "{tight:?}");
    }
    assert_eq!(guest.code_of("s.noise", json!([])), "internal");
    assert_eq!(guest.call("s.nothing", json!([])), Ok(Value::Null));
}

#[test]
fn permissions_of_a_configured_command_hold_both_ways_and_its_changes_are_audit_events() {
    let toml = r#"
        [[command]]
        name = "s.wash"
        about = "Washes a car."
        category = "car"
        needs = "manager"
        changes = true
        args = [{ name = "car", about = "Which." }]
        program = ["/usr/bin/printf", "washed %s"]
    "#;
    let server = Server::configured(toml);
    let mut anna = server.as_user("anna");
    assert_eq!(anna.code_of("s.wash", json!(["amber"])), "forbidden");
    let mut mona = server.as_user("mona");
    let call = json!({"car": "amber", "request_id": "wash-1"});
    assert_eq!(mona.call("s.wash", call.clone()), Ok(json!("washed amber")));
    assert_eq!(mona.call("s.wash", call), Ok(json!("washed amber")));
    let audit = server.as_user("ada").call("s.audit", json!([])).unwrap();
    assert_eq!(audit.to_string().matches("s.wash").count(), 1, "{audit}");
    let listed = |raw: &Raw| {
        raw.welcome["server"]["commands"]
            .as_array()
            .unwrap()
            .contains(&json!("s.wash"))
    };
    assert!(!listed(&anna) && listed(&mona));
}
