//! A vault that cannot be opened says why in one sentence, and never begins anew where there was something.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn sentence(refused: &VaultError) -> &str {
    match refused {
        VaultError::Unavailable(sentence) => sentence,
        other => panic!("{other:?}"),
    }
}

/// Every command refused with this word in its sentence, and the files as they were.
async fn stays_shut(place: &Place, word: &str) {
    let files = |name| std::fs::read(place.file(name)).ok();
    let before = (files("face-keys"), files("face-server.key"));
    let vault = place.vault();
    vault.begin(at(3)).await;
    let refusals = [
        enrol(&vault, BOB, &[3]).await.unwrap_err(),
        vault.templates_of(&[ADA]).await.unwrap_err(),
        vault.list(ADA, at(3)).await.unwrap_err(),
        vault.export(ADA).await.unwrap_err(),
        vault.search(face(1), 5).await.unwrap_err(),
        vault.erase(ADA, None, change(3), keep_nothing()).await.unwrap_err(),
        vault.check(at(3)).await.unwrap_err(),
    ];
    for refused in &refusals {
        assert!(sentence(refused).contains(word), "{refused}");
    }
    assert_eq!(before, (files("face-keys"), files("face-server.key")));
}

async fn enrolled() -> Place {
    let place = place().await;
    enrol(&place.vault(), ADA, &[1]).await.unwrap();
    place
}

#[actix::test]
async fn files_are_made_at_the_first_enrolment_for_their_owner_alone() {
    let place = place().await;
    let vault = place.vault();
    vault.begin(at(1)).await;
    assert_eq!(vault.templates_of(&[ADA]).await.unwrap(), []);
    assert!(!place.file("face-keys").exists() && !place.file("face-server.key").exists());
    enrol(&vault, ADA, &[1]).await.unwrap();
    for name in ["face-keys", "face-server.key"] {
        let mode = std::fs::metadata(place.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[actix::test]
async fn a_wrong_server_key_opens_nothing_and_the_right_one_opens_it_again() {
    let place = enrolled().await;
    let file = place.file("face-server.key");
    let right = std::fs::read(&file).unwrap();
    std::fs::write(&file, "11".repeat(32)).unwrap();
    stays_shut(&place, "not the one that the key store was made with").await;
    std::fs::write(&file, "short").unwrap();
    stays_shut(&place, "holds no key").await;
    std::fs::write(&file, right).unwrap();
    assert_eq!(faces_of(&place.vault(), ADA).await, [face(1)]);
}

#[actix::test]
async fn a_lost_server_key_is_never_made_anew() {
    let place = enrolled().await;
    std::fs::remove_file(place.file("face-server.key")).unwrap();
    stays_shut(&place, "not the server key").await;
}

#[actix::test]
async fn a_lost_or_foreign_or_damaged_key_store_is_never_begun_anew() {
    let place = enrolled().await;
    let right = std::fs::read(place.file("face-keys")).unwrap();
    std::fs::remove_file(place.file("face-keys")).unwrap();
    stays_shut(&place, "not where face.key_store says").await;
    let other = enrolled().await;
    std::fs::copy(other.file("face-server.key"), place.file("face-server.key")).unwrap();
    std::fs::copy(other.file("face-keys"), place.file("face-keys")).unwrap();
    stays_shut(&place, "another database").await;
    let mut damaged = right;
    damaged[40] ^= 1;
    std::fs::write(place.file("face-keys"), damaged).unwrap();
    stays_shut(&place, "damaged").await;
}

#[actix::test]
async fn two_vaults_never_share_a_key_store() {
    let place = enrolled().await;
    let vault = place.vault();
    vault.check(at(1)).await.unwrap();
    stays_shut(&place, "another program").await;
    drop(vault);
    place.vault().check(at(1)).await.unwrap();
}

#[actix::test]
async fn a_torn_slot_shuts_out_its_person_and_nobody_else() {
    let place = enrolled().await;
    enrol(&place.vault(), BOB, &[2]).await.unwrap();
    let mut torn = std::fs::read(place.file("face-keys")).unwrap();
    torn[128 + 60..256].fill(0);
    std::fs::write(place.file("face-keys"), torn).unwrap();
    let vault = place.vault();
    assert_eq!(faces_of(&vault, ADA).await, []);
    assert_eq!(vault.list(ADA, at(2)).await.unwrap().unreadable, 1);
    assert_eq!(faces_of(&vault, BOB).await, [face(2)]);
    // Another key, in another slot.
    enrol(&vault, ADA, &[5]).await.unwrap();
    assert_eq!(faces_of(&vault, ADA).await, [face(5)]);
}

#[actix::test]
async fn a_slot_of_another_store_opens_nothing() {
    let (place, other) = (enrolled().await, enrolled().await);
    let theirs = std::fs::read(other.file("face-keys")).unwrap();
    let mut ours = std::fs::read(place.file("face-keys")).unwrap();
    ours[128..256].copy_from_slice(&theirs[128..256]);
    std::fs::write(place.file("face-keys"), ours).unwrap();
    assert_eq!(faces_of(&place.vault(), ADA).await, []);
}

#[actix::test]
async fn a_full_key_store_takes_nobody_more_until_somebody_goes() {
    let mut place = place().await;
    place.config.people_max = 1;
    let vault = place.vault();
    enrol(&vault, ADA, &[1]).await.unwrap();
    let refused = enrol(&vault, BOB, &[2]).await.unwrap_err();
    assert!(matches!(refused, VaultError::Full(_)), "{refused}");
    enrol(&vault, ADA, &[3]).await.unwrap();
    vault.erase(ADA, None, change(2), keep_nothing()).await.unwrap();
    enrol(&vault, BOB, &[2]).await.unwrap();
    assert_eq!(
        std::fs::metadata(place.file("face-keys")).unwrap().len(),
        256,
        "the slot is used again"
    );
}

#[actix::test]
async fn a_server_key_that_is_given_makes_no_file() {
    let mut place = place().await;
    place.config.server_key = Some(serde_json::from_str(&format!("\"{}\"", "5a".repeat(32))).unwrap());
    enrol(&place.vault(), ADA, &[1]).await.unwrap();
    assert!(!place.file("face-server.key").exists());
    assert_eq!(faces_of(&place.vault(), ADA).await, [face(1)]);
    place.config.server_key = Some(serde_json::from_str("\"secret\"").unwrap());
    let refused = place.vault().check(at(1)).await.unwrap_err();
    assert!(sentence(&refused).contains("face.server_key is no key"), "{refused}");
    assert!(!format!("{:?} {refused}", place.config).contains("secret\""));
}
