//! What the readers promise.

use std::time::Duration;

use tempfile::tempdir;

use super::*;

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    assert!(matches!(
        store.read(|conn| note(conn, "x")).await,
        Err(StoreError::Database(_))
    ));
    assert!(!store.failed());
    assert!(matches!(
        store.read(|_| -> Result<(), StoreError> { panic!("on purpose") }).await,
        Err(StoreError::Panicked)
    ));
    assert!(store.read(noted).await.unwrap().is_empty());
}

#[tokio::test]
async fn reads_are_bounded_in_number_and_time() {
    let folder = tempdir().unwrap();
    let options = StoreOptions {
        readers: 1,
        read_waiting_max: 1,
        read_deadline: Duration::from_millis(300),
        ..StoreOptions::default()
    };
    let store = open_with(&folder, options);
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = oneshot::channel();
    let inside = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .read(move |_| {
                    let _ = started.send(());
                    let _ = released.recv();
                    Ok(())
                })
                .await
        }
    });
    has_started.await.unwrap();
    let waiting = store.read(noted);
    let one_too_many = async { store.read(noted).await };
    let (waited, refused) = tokio::join!(biased; waiting, one_too_many);
    assert!(matches!(refused, Err(StoreError::Busy { .. })), "{refused:?}");
    assert!(matches!(waited, Err(StoreError::Late)), "{waited:?}");
    assert!(matches!(inside.await.unwrap(), Err(StoreError::Late)));
    drop(release);
    assert!(store.read(noted).await.unwrap().is_empty());
}
