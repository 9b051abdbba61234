//! Another server key: everybody's templates open as before, the old key opens nothing, and wherever it breaks off one of
//! the two keys opens everything.

use super::*;

/// Two people with faces, one of whom was erased again, so that a slot is free.
async fn kept() -> Place {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, BOB, &[7]).await.unwrap();
    enrol(&vault, ADA, &[1, 2]).await.unwrap();
    vault.erase(BOB, None, change(2), keep_nothing()).await.unwrap();
    enrol(&vault, BOB, &[8]).await.unwrap();
    place
}

async fn opens(place: &Place) {
    let vault = place.vault();
    vault.begin(at(3)).await;
    assert_eq!(faces_of(&vault, ADA).await, [face(1), face(2)]);
    assert_eq!(faces_of(&vault, BOB).await, [face(8)]);
    let left: Vec<String> = std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn settings(place: &Place) -> VaultSettings {
    VaultSettings::of(&place.config, place.folder.path())
}

fn files(place: &Place) -> [Vec<u8>; 2] {
    ["face-keys", "face-server.key"].map(|name| std::fs::read(place.file(name)).unwrap())
}

#[actix::test]
async fn under_another_server_key_everything_opens_and_the_old_key_opens_nothing() {
    let place = kept().await;
    let [old_store, old_key] = files(&place);
    // What is kept of the old files lies where it lay.
    let links = ["face-keys", "face-server.key"].map(|name| {
        let link = place.file(&format!("old-{name}"));
        std::fs::hard_link(place.file(name), &link).unwrap();
        link
    });
    let done = settings(&place).rekey().unwrap();
    assert_eq!((done.keys, done.unusable), (2, 0));
    let [new_store, new_key] = files(&place);
    assert!(new_key != old_key && new_store != old_store && new_store.len() == old_store.len());
    for link in links {
        let left = std::fs::read(link).unwrap();
        assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0), "overwritten");
    }
    opens(&place).await;
    std::fs::write(place.file("face-server.key"), &old_key).unwrap();
    let refused = place.vault().templates_of(&[ADA]).await.unwrap_err();
    assert!(refused.to_string().contains("not the one"), "{refused}");
    std::fs::write(place.file("face-server.key"), &new_key).unwrap();
    opens(&place).await;
}

#[actix::test]
async fn what_breaks_off_before_the_exchange_changes_nothing_and_leaves_nothing() {
    let place = kept().await;
    let before = files(&place);
    drop(settings(&place).prepare().unwrap());
    assert!(place.file("face-keys.new").exists() && place.file("face-server.key.new").exists());
    opens(&place).await;
    assert_eq!(files(&place), before);
    // Cut off while the new store was being written.
    std::fs::write(place.file("face-keys.new"), [7; 100]).unwrap();
    std::fs::write(place.file("face-server.key.new"), "22".repeat(32)).unwrap();
    opens(&place).await;
    assert_eq!(files(&place), before);
}

#[actix::test]
async fn what_breaks_off_between_the_two_files_is_finished_by_who_opens_the_vault() {
    let place = kept().await;
    let before = files(&place);
    let settings = settings(&place);
    let prepared = settings.prepare().unwrap();
    prepared.exchange_stores().unwrap();
    drop(prepared);
    assert_eq!(files(&place)[1], before[1], "the old key is still there");
    opens(&place).await;
    assert_ne!(files(&place)[1], before[1]);
    assert_eq!(settings.rekey().unwrap().keys, 2, "and again");
    opens(&place).await;
}

#[actix::test]
async fn nothing_is_changed_where_somebody_has_the_store_open_or_there_is_none() {
    let empty = place().await;
    let refused = settings(&empty).rekey().unwrap_err();
    assert!(refused.to_string().contains("nothing to do"), "{refused}");
    let mut place = kept().await;
    let before = files(&place);
    let vault = place.vault();
    vault.check(at(3)).await.unwrap();
    let refused = settings(&place).rekey().unwrap_err();
    assert!(refused.to_string().contains("stop it first"), "{refused}");
    drop(vault);
    let key = String::from_utf8(before[1].clone()).unwrap();
    place.config.server_key = Some(crate::config::FaceKey(key));
    let refused = settings(&place).rekey().unwrap_err();
    assert!(refused.to_string().contains("face.server_key_file"), "{refused}");
    place.config.server_key = None;
    assert_eq!(files(&place), before);
    opens(&place).await;
}
