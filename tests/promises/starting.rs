//! Starts that cannot be: one clear line naming the thing and the way out, and an exit code that is not 0.
//!
//! And the start that can: what the ready file and the banner say.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use diesel::RunQueryDsl;
use motorpool::store::{DatabaseUrl, Store, StoreOptions};

use crate::harness::{Raw, Server, get, refused_start, serve_command, spawn};

/// A start with these flags and variables must fail with 1 and name all of these.
fn refuses(folder: &Path, flags: &[&str], variables: &[(&str, &str)], named: &[&str]) {
    let owned: Vec<_> = variables
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let (code, line) = refused_start(serve_command(folder, &owned).args(flags));
    assert_eq!(code, 1, "{line}");
    for name in named {
        assert!(line.contains(name), "{line:?} does not name {name:?}");
    }
}

#[test]
fn a_port_in_use_is_named_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--data-listen", "--http"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_motorpool"));
        command.arg("serve").arg("--data").arg(folder.path());
        for each in ["--listen", "--data-listen", "--http"] {
            command.args([each, if each == flag { &address } else { "127.0.0.1:0" }]);
        }
        let (code, line) = refused_start(&mut command);
        assert_eq!(code, 1);
        assert!(line.contains(&address) && line.contains(flag), "{line}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let under = file.join("data");
    refuses(&under, &[], &[], &[under.to_str().unwrap(), "--data"]);
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    // Root writes everywhere.
    if fs::write(closed.join("probe"), "").is_err() {
        refuses(&closed, &[], &[], &[closed.to_str().unwrap()]);
    }
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("motorpool.db");
    let store = Store::open(&DatabaseUrl::sqlite(file.clone()), StoreOptions::default()).unwrap();
    store
        .write_blocking(|conn| {
            let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101')";
            diesel::sql_query(newer).execute(conn)?;
            Ok(())
        })
        .unwrap();
    store.close();
    drop(store);
    let before = fs::read(&file).unwrap();
    refuses(folder.path(), &[], &[], &["99990101", "newer"]);
    assert_eq!(fs::read(&file).unwrap(), before, "it was not touched");
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("motorpool.db");
    fs::write(&file, "this is a letter to my aunt\n".repeat(200)).unwrap();
    refuses(folder.path(), &[], &[], &[file.to_str().unwrap()]);
}

#[test]
fn a_wrong_configuration_is_named_by_key_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("motorpool.toml");
    let flags = ["--config", file.to_str().unwrap()];
    refuses(&data, &flags, &[], &[file.to_str().unwrap()]);
    for (text, named) in [
        ("[limits]\nhandshake_mss = 5", "handshake_mss"),
        ("[limits]\nhandshake_ms = 1", "handshake_ms"),
        ("[limits]\nhandshake_ms = \"soon\"", "handshake_ms"),
        ("[limitz]\n", "limitz"),
        ("[limits\n", "motorpool.toml"),
        ("[limits]\nframe_bytes = 1048576", "frame_bytes"),
    ] {
        fs::write(&file, text).unwrap();
        refuses(&data, &flags, &[], &[named]);
    }
    refuses(
        &data,
        &[],
        &[("MOTORPOOL_LIMITS__STALL_MS", "never")],
        &["MOTORPOOL_LIMITS__STALL_MS"],
    );
    refuses(
        &data,
        &[],
        &[("MOTORPOOL_LIMITZ__STALL_MS", "1000")],
        &["MOTORPOOL_LIMITZ__STALL_MS"],
    );
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn two_servers_never_share_a_folder_and_the_first_goes_on() {
    let server = Server::start();
    let pid = server.ready["pid"].to_string();
    refuses(&server.folder(), &[], &[], &[&pid, server.folder().to_str().unwrap()]);
    assert!(server.guest().is_alive());
}

#[test]
fn a_wrong_flag_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (code, line) = refused_start(serve_command(folder.path(), &[]).arg("--lisen=1"));
    assert_eq!(code, 2, "{line}");
    assert!(line.contains("--lisen") && line.contains("--help"), "{line}");
}

#[test]
fn a_first_run_shows_the_admin_key_once_and_it_makes_an_admin() {
    let folder = tempfile::tempdir().unwrap();
    let banner = |folder: &Path| fs::read_to_string(folder.join("out.txt")).unwrap();
    let key_in = |text: &str| {
        let at = text.find("mp_admin_")?;
        Some(text[at..].split_whitespace().next().unwrap().to_owned())
    };
    let (mut child, ready) = spawn(folder.path(), &[]);
    assert_eq!(ready["pid"], child.id());
    let http = ready["http"].as_str().unwrap().parse().unwrap();
    assert_eq!(get(http, "/health/ready").unwrap().0, 200);
    let first = banner(folder.path());
    let address = ready["serversock"].as_str().unwrap();
    assert!(first.contains(address) && first.contains("next:"), "{first}");
    let key = key_in(&first).expect("an admin key");
    let mut guest = Raw::guest(address.parse().unwrap());
    assert_eq!(
        guest.code_of("s.getadmin", serde_json::json!({"key": "mp_admin_wrong"})),
        "bad_login"
    );
    guest.call("s.getadmin", serde_json::json!({"key": key})).unwrap();
    guest.call("s.users", serde_json::json!([])).unwrap();
    let stored = fs::read(folder.path().join("motorpool.db")).unwrap();
    let log = fs::read(folder.path().join("log.txt")).unwrap();
    for kept in [stored, log] {
        assert!(
            !kept.windows(key.len()).any(|window| window == key.as_bytes()),
            "the key itself is kept nowhere"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, _) = spawn(folder.path(), &[]);
    assert_eq!(key_in(&banner(folder.path())), None, "shown once");
    child.kill().unwrap();
    child.wait().unwrap();
}
