//! What is erased is gone, also for whoever kept a copy of the database.

use super::*;
use crate::face::store::erasure_insert;
use crate::store::audit::{AuditFilter, audit_list};

/// What is in the slots of the key store that are in use.
fn slots(place: &Place) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(place.file("face-keys")).unwrap();
    let slots = bytes.chunks(128).skip(1);
    slots
        .filter(|slot| slot.iter().any(|byte| *byte != 0))
        .map(<[u8]>::to_vec)
        .collect()
}

#[actix::test]
async fn the_last_template_takes_the_key_and_the_consent_with_it() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2]).await.unwrap();
    enrol(&vault, BOB, &[3]).await.unwrap();
    let before = slots(&place);
    assert_eq!(before.len(), 2);
    let receipt = vault.erase(ADA, None, change(2), keep_nothing()).await.unwrap();
    assert_eq!((receipt.user, receipt.templates, receipt.erased_at), (ADA, 2, at(2)));
    assert_eq!(receipt.key_destroyed_at, Some(at(2)));
    assert_eq!(receipt.key_fingerprint.as_ref().unwrap().len(), 16);
    let after = slots(&place);
    assert_eq!(after.len(), 1, "her slot is overwritten");
    assert!(before.contains(&after[0]), "his is as it was");
    assert_eq!(faces_of(&vault, ADA).await, []);
    assert_eq!(faces_of(&vault, BOB).await, [face(3)]);
    assert!(vault.list(ADA, at(3)).await.unwrap().consent.is_none());
    assert_eq!(vault.receipts(Some(ADA)).await.unwrap(), std::slice::from_ref(&receipt));
    assert_eq!(vault.receipts(Some(BOB)).await.unwrap(), []);
    assert_eq!(vault.receipts(None).await.unwrap(), [receipt]);
    assert!(matches!(
        vault.erase(ADA, None, change(4), keep_nothing()).await,
        Err(VaultError::Nothing(_))
    ));
}

#[actix::test]
async fn one_template_of_several_goes_and_the_others_are_sealed_under_another_key() {
    let place = place().await;
    let vault = place.vault();
    let made = enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    let before = slots(&place);
    let receipt = vault
        .erase(ADA, Some(made[1].id), change(2), keep_nothing())
        .await
        .unwrap();
    assert_eq!(receipt.templates, 1);
    assert_eq!(faces_of(&vault, ADA).await, [face(1), face(3)]);
    let after = slots(&place);
    assert_eq!(after.len(), 1);
    assert!(!before.contains(&after[0]), "the old key is gone");
    assert!(vault.list(ADA, at(3)).await.unwrap().consent.is_some());
    let unknown = vault.erase(ADA, Some(made[1].id), change(2), keep_nothing()).await;
    assert!(matches!(unknown, Err(VaultError::Nothing(_))));
    let foreign = vault.erase(BOB, Some(made[0].id), change(2), keep_nothing()).await;
    assert!(matches!(foreign, Err(VaultError::Nothing(_))));
    assert_eq!(faces_of(&vault, ADA).await, [face(1), face(3)]);
}

#[actix::test]
async fn an_old_copy_of_the_database_does_not_bring_back_what_was_erased() {
    let mut place = place().await;
    let vault = place.vault();
    let made = enrol(&vault, ADA, &[1, 2]).await.unwrap();
    enrol(&vault, BOB, &[3]).await.unwrap();
    let copy = place.file("copy.db");
    crate::store::backup::backup(place.store.url(), &copy).unwrap();
    vault
        .erase(ADA, Some(made[0].id), change(2), keep_nothing())
        .await
        .unwrap();
    drop(vault);
    place.store = store_at(&copy);
    let vault = place.vault();
    vault.begin(at(3)).await;
    assert_eq!(
        faces_of(&vault, ADA).await,
        [],
        "neither what was erased nor what was sealed with it"
    );
    assert_eq!(faces_of(&vault, BOB).await, [face(3)]);
    let listed = vault.list(ADA, at(3)).await.unwrap();
    assert_eq!((listed.templates.len(), listed.unreadable), (0, 2));
    let found = vault.search(face(1), 5).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.user).collect::<Vec<_>>(), [BOB]);
    // She can enrol again, and what nobody can open goes.
    enrol(&vault, ADA, &[9]).await.unwrap();
    let listed = vault.list(ADA, at(3)).await.unwrap();
    assert_eq!((listed.templates.len(), listed.unreadable), (1, 0));
    assert_eq!(faces_of(&vault, ADA).await, [face(9)]);
}

#[actix::test]
async fn what_broke_off_between_the_decision_and_the_key_is_finished_at_the_next_start() {
    let place = place().await;
    let vault = place.vault();
    let made = enrol(&vault, ADA, &[1]).await.unwrap();
    let key = made[0].key;
    drop(vault);
    // As a process that was killed in between leaves it.
    let begun = place.store.write(move |conn| {
        crate::face::store::template_delete_for_user(conn, ADA)?;
        erasure_insert(
            conn,
            &Receipt {
                receipt: "fe-broken".to_owned(),
                user: ADA,
                templates: 1,
                key: Some(key),
                key_fingerprint: None,
                erased_at: at(2),
                erased_by: "user:1".to_owned(),
                key_destroyed_at: None,
            },
        )
    });
    begun.await.unwrap();
    assert_eq!(slots(&place).len(), 1);
    let vault = place.vault();
    vault.begin(at(3)).await;
    assert_eq!(slots(&place).len(), 0);
    assert_eq!(vault.receipts(None).await.unwrap()[0].key_destroyed_at, Some(at(3)));
}

#[actix::test]
async fn whoever_was_not_recognised_for_long_is_erased_and_nobody_else() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1]).await.unwrap();
    enrol(&vault, BOB, &[2]).await.unwrap();
    vault.matched(BOB, at(50)).await.unwrap();
    assert_eq!(
        vault.expire(at(1), 10, &change(100)).await.unwrap(),
        [],
        "to the microsecond"
    );
    let receipts = vault.expire(at(40), 10, &change(100)).await.unwrap();
    assert_eq!(receipts.iter().map(|receipt| receipt.user).collect::<Vec<_>>(), [ADA]);
    assert_eq!(faces_of(&vault, BOB).await, [face(2)]);
    assert_eq!(vault.expire(at(60), 10, &change(100)).await.unwrap().len(), 1);
}

#[actix::test]
async fn every_change_is_in_the_audit_log_and_no_number_is() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2]).await.unwrap();
    let receipt = vault.erase(ADA, None, change(2), keep_nothing()).await.unwrap();
    let filter = AuditFilter {
        on_what: Some("user:1".to_owned()),
        ..AuditFilter::default()
    };
    let events = place
        .store
        .read(move |conn| audit_list(conn, &filter, 10))
        .await
        .unwrap();
    let details: Vec<&str> = events.iter().map(|event| event.detail.as_deref().unwrap()).collect();
    let erased = format!("receipt {}, 2 templates", receipt.receipt);
    assert_eq!(details, [erased.as_str(), "templates 1, 2"]);
    assert_eq!(events[0].who, "user:1");
}
