//! What files promise where no socket can try it: time that passes, power that is lost, contents that go away.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;

use super::store::upload_synced;
use super::{Asker, Begun, FileError, Files, Upload, Wish};
use crate::account::UserId;
use crate::account::store::{NewUser, user_insert};
use crate::config::FilesConfig;
use crate::registry::Standing;
use crate::registry::permissions::Permissions;
use crate::runtime::clock::Clock;
use crate::store::change::Change;
use crate::store::{DatabaseUrl, Store, StoreOptions};
use crate::wire::ClientKind;

struct House {
    folder: TempDir,
    store: Store,
    clock: Clock,
    asker: Asker,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let new = NewUser {
            username: "anna".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            role: "customer".to_owned(),
            password_hash: None,
        };
        let user: UserId = store.write(move |conn| user_insert(conn, &new, 1)).await.unwrap();
        let standing = Standing::new(
            Arc::from("c-1"),
            ClientKind::Client,
            Some((user, "anna".to_owned())),
            None,
            "anna".to_owned(),
            Permissions::from_roles(["customer", "user"]),
        );
        Self {
            asker: Asker::of(&standing).unwrap(),
            clock: Clock::fixed(Timestamp::from_second(1_700_000_000).unwrap()),
            folder,
            store,
        }
    }

    /// As a server that has just started sees them.
    fn files(&self) -> Files {
        let config = FilesConfig {
            reserve_bytes: 65_536,
            sync_bytes: 65_536,
            ..FilesConfig::default()
        };
        Files::open(&config, self.folder.path(), self.store.clone(), self.clock.clone()).unwrap()
    }

    async fn begin(&self, files: &Files, size: u64) -> Upload {
        let wish = Wish {
            name: "one".to_owned(),
            size: Some(size),
            ..Wish::default()
        };
        files.begin(self.asker.clone(), wish).await.unwrap()
    }

    async fn resume(&self, files: &Files, id: &str) -> Result<Upload, FileError> {
        match files.resume(self.asker.clone(), id).await? {
            Begun::Upload(upload) => Ok(upload),
            Begun::Done(_) => panic!("it is a file"),
        }
    }

    fn change(&self) -> Change {
        Change {
            at: self.clock.now(),
            who: self.asker.who.clone(),
            what: "test".to_owned(),
            request: None,
        }
    }
}

fn some(bytes: usize) -> Bytes {
    Bytes::from(vec![7; bytes])
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn an_upload_nobody_goes_on_with_is_let_go_with_its_part_and_its_room() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 10).await;
    upload.write(0, some(4)).await.unwrap();
    let id = upload.id().to_string();
    house.clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(files.expire().await.unwrap(), 0);
    // A byte more is a day more, whatever stands in the store.
    upload.write(4, some(1)).await.unwrap();
    house.clock.advance(Duration::from_secs(2));
    assert_eq!(files.expire().await.unwrap(), 0);
    house.clock.advance(DAY);
    assert!(matches!(upload.write(5, some(1)).await, Err(FileError::Misfit(_))));
    assert_eq!(files.expire().await.unwrap(), 1);
    assert!(matches!(house.resume(&files, &id).await, Err(FileError::NoUpload(_))));
    assert_eq!(files.uploads(house.asker.clone()).await.unwrap(), []);
    assert_eq!(files.sweep().await.unwrap(), 0, "the part went with it");
}

#[tokio::test]
async fn after_a_loss_of_power_only_what_was_flushed_is_believed() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 1_000).await;
    upload.write(0, some(600)).await.unwrap();
    let id = upload.id().clone();
    drop(upload);
    drop(files);
    // The same run of the machine: all that was written is there.
    let again = house.files();
    assert_eq!(house.resume(&again, &id.to_string()).await.unwrap().held().await, 600);
    drop(again);
    // Another run: the length of the part proves nothing.
    let row = id.clone();
    let expires_at = (house.clock.now() + DAY).as_microsecond();
    let noted = house
        .store
        .write(move |conn| upload_synced(conn, &row, 250, "another run", expires_at));
    noted.await.unwrap();
    let upload = house.resume(&house.files(), &id.to_string()).await.unwrap();
    assert_eq!(upload.held().await, 250);
    upload.write(250, some(750)).await.unwrap();
    let (file, _) = upload.finish(None, house.change()).await.unwrap();
    let whole = ring::digest::digest(&ring::digest::SHA256, &some(1_000));
    assert_eq!(file.sha256, super::disk::hex_of(whole.as_ref()));
}

#[tokio::test]
async fn a_sender_who_goes_in_the_middle_of_a_step_does_not_stop_it_half_way() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 1_000_000).await;
    let mut offset = 0;
    for turn in 0..40_u64 {
        let write = upload.write(offset, some(20_000));
        // Polled once or not at all, then dropped.
        if turn % 2 == 0 {
            drop(tokio::time::timeout(Duration::ZERO, write).await);
        } else {
            drop(write);
        }
        offset = upload.held().await;
        if offset % 20_000 != 0 {
            panic!("half a step: {offset}");
        }
    }
    // A step may still be on its way when the next is asked for: it is told where that goes.
    loop {
        match upload.write(upload.held().await, some(1)).await {
            Ok(_) => break,
            Err(FileError::Misfit(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let held = upload.held().await;
    upload
        .write(held, some(usize::try_from(1_000_000 - held).unwrap()))
        .await
        .unwrap();
    let (file, _) = upload.finish(None, house.change()).await.unwrap();
    let whole = ring::digest::digest(&ring::digest::SHA256, &some(1_000_000));
    assert_eq!(file.sha256, super::disk::hex_of(whole.as_ref()));
}

#[tokio::test]
async fn what_came_since_a_mark_can_be_taken_back() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 100).await;
    upload.write(0, some(10)).await.unwrap();
    let mark = upload.mark().await.unwrap();
    upload.write(10, Bytes::from(vec![9; 50])).await.unwrap();
    assert_eq!(upload.back_to(mark).await.unwrap(), 10);
    upload.write(10, some(90)).await.unwrap();
    let (file, _) = upload.finish(None, house.change()).await.unwrap();
    let whole = ring::digest::digest(&ring::digest::SHA256, &some(100));
    assert_eq!(file.sha256, super::disk::hex_of(whole.as_ref()));
    // Who asks for the end twice hears of the same file.
    assert_eq!(upload.finish(None, house.change()).await.unwrap().0.id, file.id);
}

#[tokio::test]
async fn a_content_that_is_not_there_is_said_and_its_row_stays() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 4).await;
    upload.write(0, some(4)).await.unwrap();
    let (file, _) = upload.finish(None, house.change()).await.unwrap();
    let digits = file.content.digits();
    let path = house
        .folder
        .path()
        .join("files")
        .join(&digits[..2])
        .join(&digits[2..4])
        .join(digits);
    let aside = house.folder.path().join("aside");
    std::fs::rename(&path, &aside).unwrap();
    assert!(matches!(
        files.read(house.asker.clone(), file.id).await,
        Err(FileError::Missing(_))
    ));
    assert_eq!(files.sweep().await.unwrap(), 0);
    std::fs::rename(&aside, &path).unwrap();
    assert!(
        files.read(house.asker.clone(), file.id).await.is_ok(),
        "it comes back with the disk"
    );
}

#[tokio::test]
async fn a_server_that_ended_between_the_rename_and_the_row_goes_on_with_the_upload() {
    let house = House::new().await;
    let files = house.files();
    let upload = house.begin(&files, 4).await;
    upload.write(0, some(4)).await.unwrap();
    let id = upload.id().clone();
    drop(upload);
    drop(files);
    let folder = house
        .folder
        .path()
        .join("files")
        .join(&id.digits()[..2])
        .join(&id.digits()[2..4]);
    std::fs::rename(folder.join(format!("{}.part", id.digits())), folder.join(id.digits())).unwrap();
    let again = house.files();
    assert_eq!(again.sweep().await.unwrap(), 0, "a row tells of it");
    let upload = house.resume(&again, &id.to_string()).await.unwrap();
    assert_eq!(upload.held().await, 4);
    assert_eq!(upload.finish(None, house.change()).await.unwrap().0.size, 4);
}

#[tokio::test]
async fn a_size_nobody_declared_ends_where_its_sender_says() {
    let house = House::new().await;
    let files = house.files();
    let wish = Wish {
        name: "stream".to_owned(),
        ..Wish::default()
    };
    let upload = files.begin(house.asker.clone(), wish).await.unwrap();
    upload.write(0, some(1_234)).await.unwrap();
    assert_eq!(upload.finish(None, house.change()).await.unwrap().0.size, 1_234);
}
