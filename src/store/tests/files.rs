//! What happens with files and folders that are not as they should be, and with copies.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use diesel::connection::SimpleConnection;
use tempfile::tempdir;

use super::*;
use crate::store::backup::{self, check, restore};
use crate::store::lock::{DataLock, LOCK_FILE};

fn refusal(url: &DatabaseUrl) -> StoreError {
    Store::open(url, StoreOptions::default()).err().unwrap()
}

#[test]
fn a_new_database_belongs_to_its_owner_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new/m.db");
    let store = Store::open(&DatabaseUrl::sqlite(&path), StoreOptions::default()).unwrap();
    store.write_blocking(|conn| note(conn, "x")).unwrap();
    for name in ["new/m.db", "new/m.db-wal"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(
        fs::metadata(folder.path().join("new")).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

/// The versions of the tables, as their folders are numbered.
fn versions() -> Vec<String> {
    let folders = fs::read_dir("migrations/sqlite").unwrap();
    let mut versions: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split('_').next().unwrap().to_owned())
        .collect();
    versions.sort_unstable();
    versions
}

#[test]
fn a_database_of_a_newer_program_is_refused_by_name() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store
        .write_blocking(|conn| {
            Ok(conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')")?)
        })
        .unwrap();
    store.close();
    drop(store);
    let error = refusal(&url(&folder));
    let latest = versions().pop().unwrap();
    assert!(
        matches!(&error, StoreError::Newer { found, known } if found == &["9999"] && *known == latest),
        "{error:?}"
    );
    assert!(error.to_string().contains("run the newer motorpool"), "{error}");
    assert!(matches!(
        check(url(&folder).path().unwrap()),
        Err(StoreError::Newer { .. })
    ));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for path in [folder.path().join("file/m.db"), "/proc/motorpool/m.db".into()] {
        let error = refusal(&DatabaseUrl::sqlite(&path));
        assert!(matches!(error, StoreError::File { .. }), "{error:?}");
        assert!(
            error.to_string().contains(path.parent().unwrap().to_str().unwrap()),
            "{error}"
        );
    }
    let error = refusal(&DatabaseUrl::sqlite(folder.path()));
    assert!(error.to_string().contains("cannot open the database"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("m.db");
    let text = "these are holiday letters, not rows\n".repeat(300);
    fs::write(&path, &text).unwrap();
    assert!(matches!(refusal(&url(&folder)), StoreError::Damaged { .. }));
    assert!(matches!(check(&path), Err(StoreError::Damaged { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn postgres_is_refused_for_now_with_a_plain_sentence() {
    let error = refusal(&"postgres://localhost/fleet".parse().unwrap());
    assert!(
        error.to_string().starts_with("PostgreSQL comes with a later release"),
        "{error}"
    );
}

#[test]
fn two_servers_never_share_a_folder() {
    let folder = tempdir().unwrap();
    let lock = DataLock::take(folder.path()).unwrap();
    let second = DataLock::take(folder.path());
    assert!(
        matches!(&second, Err(StoreError::Locked { holder: Some(pid), .. }) if *pid == std::process::id()),
        "{second:?}"
    );
    let other_process = || {
        Command::new("flock")
            .arg("-n")
            .arg(folder.path().join(LOCK_FILE))
            .arg("true")
            .status()
            .unwrap()
            .success()
    };
    assert!(!other_process());
    drop(lock);
    assert!(other_process());
    DataLock::take(folder.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_others_write_is_whole_and_can_be_restored() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store.write(|conn| note(conn, "before")).await.unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for turn in 0..200 {
                store.write(move |conn| note(conn, &format!("{turn}"))).await.unwrap();
            }
        }
    });
    let copy = folder.path().join("copy.db");
    let made = tokio::task::spawn_blocking({
        let (store, copy) = (store.clone(), copy.clone());
        move || store.backup(&copy)
    });
    let made = made.await.unwrap().unwrap();
    writing.await.unwrap();
    assert_eq!(made, check(&copy).unwrap());
    assert_eq!(made.migrations, versions());
    assert!(matches!(store.backup(&copy), Err(StoreError::Exists { .. })));

    let other = tempdir().unwrap();
    restore(&copy, &url(&other)).unwrap();
    let restored = open(&other).read(noted).await.unwrap();
    let all = store.read(noted).await.unwrap();
    assert_eq!(all.len(), 201);
    assert!(!restored.is_empty());
    assert_eq!(restored, all[..restored.len()]);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["copy.db", "m.db", "m.db-shm", "m.db-wal"]);
}

#[test]
fn a_restore_replaces_the_database_and_its_log() {
    let folder = tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let store = open(&folder);
    store.write_blocking(|conn| note(conn, "kept")).unwrap();
    store.backup(&copy).unwrap();
    store.write_blocking(|conn| note(conn, "after the copy")).unwrap();
    store.close();
    drop(store);
    // A log that a crash left behind would be replayed into the new file.
    fs::write(folder.path().join("m.db-wal"), vec![7; 4_096]).unwrap();
    restore(&copy, &url(&folder)).unwrap();
    assert!(!folder.path().join("m.db-wal").exists());
    assert_eq!(open(&folder).read_blocking(noted).unwrap(), ["kept"]);
}

#[test]
fn a_restore_beside_a_server_or_from_a_bad_copy_changes_nothing() {
    let folder = tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let store = open(&folder);
    store.write_blocking(|conn| note(conn, "mine")).unwrap();
    store.backup(&copy).unwrap();

    let lock = DataLock::take(folder.path()).unwrap();
    assert!(matches!(restore(&copy, &url(&folder)), Err(StoreError::Locked { .. })));
    drop(lock);

    let bad = folder.path().join("bad.db");
    let mut bytes = fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xa5);
    fs::write(&bad, bytes).unwrap();
    assert!(matches!(restore(&bad, &url(&folder)), Err(StoreError::Damaged { .. })));
    fs::write(&bad, "").unwrap();
    assert!(matches!(restore(&bad, &url(&folder)), Err(StoreError::Damaged { .. })));
    assert!(matches!(
        restore(&folder.path().join("none.db"), &url(&folder)),
        Err(StoreError::File { .. })
    ));
    assert!(!folder.path().join("none.db").exists());
    assert_eq!(store.read_blocking(noted).unwrap(), ["mine"]);
}

#[test]
fn a_backup_that_fails_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let to = folder.path().join("copy.db");
    assert!(backup::backup(&url(&folder), &to).is_err());
    assert!(backup::backup(&url(&folder), &folder.path().join("no/such/copy.db")).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
