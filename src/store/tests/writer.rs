//! The writer's promises: groups, savepoints, bounds, deadlines, failures.

use std::fs;
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::SimpleConnection;
use tempfile::tempdir;

use super::*;

/// Queues a job without waiting for its answer.
fn queue<T: Send + 'static>(
    store: &Store,
    job: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
) -> oneshot::Receiver<Result<T, StoreError>> {
    store.writer.submit(job).unwrap()
}

#[tokio::test]
async fn a_failing_or_panicking_job_harms_no_other_in_its_batch() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let held = hold(&store).await;
    let first = queue(&store, |conn| note(conn, "first"));
    let failing = queue(&store, |conn| {
        note(conn, "failing")?;
        Err::<(), _>(StoreError::refused("changed my mind"))
    });
    let panicking = queue(&store, |conn| -> Result<(), StoreError> {
        note(conn, "panicking")?;
        panic!("on purpose")
    });
    let deep = queue(&store, |conn| {
        conn.transaction(|conn| -> Result<(), StoreError> {
            note(conn, "deep")?;
            conn.transaction(|_| -> Result<(), StoreError> { panic!("on purpose, two savepoints down") })
        })
    });
    let last = queue(&store, |conn| note(conn, "last"));
    held.release().await.unwrap();

    assert!(first.await.unwrap().is_ok());
    assert_eq!(failing.await.unwrap().unwrap_err().to_string(), "changed my mind");
    assert!(matches!(panicking.await.unwrap(), Err(StoreError::Panicked)));
    assert!(matches!(deep.await.unwrap(), Err(StoreError::Panicked)));
    assert!(last.await.unwrap().is_ok());
    assert_eq!(store.read(noted).await.unwrap(), ["first", "last"]);
    let figures = store.figures();
    assert_eq!((figures.commits, figures.jobs), (1, 6));
    assert!(!store.failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_many_callers_share_commits() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let held = hold(&store).await;
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for turn in 0..5 {
                    store.write(move |conn| note(conn, &format!("{caller}/{turn}"))).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .collect();
    while store.figures().queued < 64 {
        tokio::task::yield_now().await;
    }
    held.release().await.unwrap();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let figures = store.figures();
    assert_eq!(figures.jobs, 1 + 64 * 5);
    assert!(figures.commits < figures.jobs, "{figures:?}");
    assert_eq!(store.read(noted).await.unwrap().len(), 64 * 5);
}

#[tokio::test]
async fn a_batch_holds_no_more_than_its_bound() {
    for (batch_max, commits) in [(1, 5), (2, 3), (4, 2), (5, 1)] {
        let folder = tempdir().unwrap();
        let store = open_with(
            &folder,
            StoreOptions {
                batch_max,
                ..StoreOptions::default()
            },
        );
        let held = hold(&store).await;
        let answers: Vec<_> = (0..4).map(|_| queue(&store, |conn| note(conn, "x"))).collect();
        held.release().await.unwrap();
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(store.figures().commits, commits, "batch_max {batch_max}");
    }
}

#[tokio::test]
async fn one_job_more_than_the_queue_holds_is_refused_as_busy() {
    let folder = tempdir().unwrap();
    let store = open_with(
        &folder,
        StoreOptions {
            queue_max: 3,
            ..StoreOptions::default()
        },
    );
    let held = hold(&store).await;
    let answers: Vec<_> = (0..3).map(|_| queue(&store, |conn| note(conn, "x"))).collect();
    let refused = store.write(|conn| note(conn, "one too many")).await;
    assert!(matches!(refused, Err(StoreError::Busy { .. })), "{refused:?}");
    held.release().await.unwrap();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(store.write(noted).await.unwrap(), ["x", "x", "x"]);
}

#[tokio::test]
async fn a_job_that_waited_too_long_is_not_run() {
    let wait_max = Duration::from_millis(40);
    let folder = tempdir().unwrap();
    let store = open_with(
        &folder,
        StoreOptions {
            write_wait_max: wait_max,
            ..StoreOptions::default()
        },
    );
    let held = hold(&store).await;
    let late = queue(&store, |conn| note(conn, "late"));
    let queued_at = Instant::now();
    while queued_at.elapsed() <= wait_max {
        tokio::task::yield_now().await;
    }
    let in_time = queue(&store, |conn| note(conn, "in time"));
    held.release().await.unwrap();
    assert!(matches!(late.await.unwrap(), Err(StoreError::Late)));
    in_time.await.unwrap().unwrap();
    assert_eq!(store.read(noted).await.unwrap(), ["in time"]);
}

#[tokio::test]
async fn a_write_sees_everything_queued_before_it() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let held = hold(&store).await;
    let before = queue(&store, |conn| note(conn, "before"));
    let barrier = queue(&store, noted);
    held.release().await.unwrap();
    before.await.unwrap().unwrap();
    assert_eq!(barrier.await.unwrap().unwrap(), ["before"]);
}

#[tokio::test]
async fn what_was_acknowledged_is_on_the_disk() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    for who in ["a", "b", "c"] {
        store.write(move |conn| note(conn, who)).await.unwrap();
    }
    // The files as a crash at this moment would leave them: nothing closed, nothing checkpointed.
    let crashed = tempdir().unwrap();
    for name in ["m.db", "m.db-wal"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    assert_eq!(open(&crashed).read(noted).await.unwrap(), ["a", "b", "c"]);
}

#[tokio::test]
async fn closing_answers_what_is_queued_and_refuses_what_comes_later() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let held = hold(&store).await;
    let queued = queue(&store, |conn| note(conn, "queued"));
    let closing = tokio::task::spawn_blocking({
        let store = store.clone();
        move || store.close()
    });
    while store.figures().queued < 2 {
        tokio::task::yield_now().await;
    }
    let too_late = queue(&store, |conn| note(conn, "too late"));
    held.release().await.unwrap();
    queued.await.unwrap().unwrap();
    closing.await.unwrap();
    assert!(too_late.await.is_err());
    assert!(matches!(
        store.write(|conn| note(conn, "x")).await,
        Err(StoreError::Unavailable)
    ));
    assert_eq!(store.read(noted).await.unwrap(), ["queued"]);
    assert!(!store.failed());
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    // SQLite lifts this bound to the present size: from here the file cannot grow.
    store
        .write(|conn| Ok(conn.batch_execute("PRAGMA max_page_count = 1")?))
        .await
        .unwrap();
    let full = store.write(|conn| note(conn, &"x".repeat(1 << 20))).await;
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    assert!(!store.failed());
    store
        .write(|conn| Ok(conn.batch_execute("PRAGMA max_page_count = 1000000")?))
        .await
        .unwrap();
    store.write(|conn| note(conn, "after")).await.unwrap();
    assert_eq!(store.read(noted).await.unwrap(), ["after"]);
}

#[tokio::test]
async fn a_database_that_breaks_under_us_fails_the_store_for_good() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("m.db");
    let made = open(&folder);
    tokio::task::spawn_blocking(move || made.close()).await.unwrap();
    let store = open(&folder);
    // Its log too: a reader of the first store that was slow to close may have left the pages there.
    for (path, bytes) in [(path, 4_096), (folder.path().join("m.db-wal"), 0)] {
        if path.exists() {
            fs::OpenOptions::new()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(bytes)
                .unwrap();
        }
    }
    let broken = store.write(|conn| note(conn, "x")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable)), "{broken:?}");
    assert!(store.failed());
    store.until_failed().await;
    assert!(matches!(store.write(|_| Ok(())).await, Err(StoreError::Unavailable)));
}

#[tokio::test]
async fn another_program_that_holds_the_database_makes_it_busy_not_failed() {
    let folder = tempdir().unwrap();
    let options = StoreOptions {
        busy_timeout: Duration::from_millis(20),
        ..StoreOptions::default()
    };
    let store = open_with(&folder, options);
    let other = open(&folder);
    let held = hold(&other).await;
    assert!(matches!(
        store.write(|conn| note(conn, "x")).await,
        Err(StoreError::Busy { .. })
    ));
    held.release().await.unwrap();
    store.write(|conn| note(conn, "y")).await.unwrap();
    other.write(|conn| note(conn, "z")).await.unwrap();
    assert_eq!(store.read(noted).await.unwrap(), ["y", "z"]);
    assert!(!store.failed());
}
