//! What is enrolled is found again, by whom it belongs to and by nobody else.

use super::*;
use crate::store::schema::{face_consent, face_template};

#[actix::test]
async fn what_is_enrolled_is_found_again_and_nobody_elses_is_touched() {
    let place = place().await;
    let vault = place.vault();
    let first = enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    enrol(&vault, BOB, &[7]).await.unwrap();
    let more = enrol(&vault, ADA, &[4]).await.unwrap();
    assert_eq!((first.len(), more.len()), (3, 1));
    let found = vault.templates_of(&[BOB, UserId(99), ADA]).await.unwrap();
    assert_eq!(
        found,
        [(BOB, vec![face(7)]), (ADA, vec![face(1), face(2), face(3), face(4)])]
    );
    // And after the files were opened anew.
    drop(vault);
    let listed = place.vault().list(ADA, at(2)).await.unwrap();
    assert_eq!((listed.templates.len(), listed.unreadable), (4, 0));
    assert_eq!(listed.consent.unwrap().version, "v1");
    assert_eq!(faces_of(&place.vault(), BOB).await, [face(7)]);
}

#[actix::test]
async fn two_people_who_enrol_at_once_both_are() {
    let place = place().await;
    let vault = place.vault();
    let (ada, bob) = tokio::join!(enrol(&vault, ADA, &[1, 2, 3]), enrol(&vault, BOB, &[4, 5, 6]));
    ada.unwrap();
    bob.unwrap();
    assert_eq!(faces_of(&vault, ADA).await, [face(1), face(2), face(3)]);
    assert_eq!(faces_of(&vault, BOB).await, [face(4), face(5), face(6)]);
}

#[actix::test]
async fn a_person_has_as_many_templates_as_they_may_and_no_more() {
    let mut place = place().await;
    place.config.templates_per_person = 4;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    let refused = enrol(&vault, ADA, &[4, 5]).await.unwrap_err();
    assert!(
        matches!(
            refused,
            VaultError::TooMany {
                got: 2,
                there: 3,
                max: 4
            }
        ),
        "{refused}"
    );
    enrol(&vault, ADA, &[4]).await.unwrap();
    assert!(enrol(&vault, ADA, &[5]).await.is_err());
    assert_eq!(faces_of(&vault, ADA).await.len(), 4);
}

#[actix::test]
async fn all_people_together_have_as_many_templates_as_they_may_and_no_more() {
    let mut place = place().await;
    place.config.templates_max = 4;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    assert!(matches!(enrol(&vault, BOB, &[4, 5]).await, Err(VaultError::Full(_))));
    enrol(&vault, BOB, &[4]).await.unwrap();
    assert!(matches!(enrol(&vault, ADA, &[5]).await, Err(VaultError::Full(_))));
}

#[actix::test]
async fn without_a_consent_in_force_nothing_is_kept() {
    let place = place().await;
    let vault = place.vault();
    let standing = || vault.enrol(ADA, vec![face(1)], Consent::Standing, change(1), keep_nothing());
    assert!(matches!(standing().await, Err(VaultError::NoConsent)));
    let given = ("v1".to_owned(), "Keep my face.".to_owned(), Proof::Pin);
    vault.consent(ADA, given, change(1), None).await.unwrap();
    standing().await.unwrap();
    vault.erase(ADA, None, change(2), keep_nothing()).await.unwrap();
    assert!(
        matches!(standing().await, Err(VaultError::NoConsent)),
        "it was taken back"
    );
}

#[actix::test]
async fn people_who_are_shut_out_are_neither_enrolled_nor_compared() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1]).await.unwrap();
    let disable = |disabled| {
        place
            .store
            .write(move |conn| crate::account::store::user_set_disabled(conn, ADA, disabled))
    };
    disable(true).await.unwrap();
    assert_eq!(vault.templates_of(&[ADA]).await.unwrap(), []);
    assert!(matches!(enrol(&vault, ADA, &[2]).await, Err(VaultError::NoUser(ADA))));
    assert!(matches!(
        enrol(&vault, UserId(99), &[2]).await,
        Err(VaultError::NoUser(_))
    ));
    disable(false).await.unwrap();
    assert_eq!(faces_of(&vault, ADA).await, [face(1)]);
}

#[actix::test]
async fn a_row_that_was_moved_or_changed_does_not_open() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    enrol(&vault, BOB, &[4]).await.unwrap();
    // To another person, with its key and without.
    let moved = |id: i64, user: UserId, key_too: bool| {
        place.store.write(move |conn| {
            let keys: i64 = face_template::table
                .filter(face_template::user_id.eq(user.0))
                .filter(face_template::id.ne(id))
                .select(face_template::key_id)
                .first(conn)?;
            diesel::update(face_template::table.find(id))
                .set(face_template::user_id.eq(user.0))
                .execute(conn)?;
            if key_too {
                diesel::update(face_template::table.find(id))
                    .set(face_template::key_id.eq(keys))
                    .execute(conn)?;
            }
            Ok(())
        })
    };
    moved(1, BOB, false).await.unwrap();
    moved(2, BOB, true).await.unwrap();
    assert_eq!(faces_of(&vault, BOB).await, [face(4)]);
    assert_eq!(faces_of(&vault, ADA).await, [face(3)]);
    // One template in the place of another of the same person.
    enrol(&vault, ADA, &[5]).await.unwrap();
    let swapped = place.store.write(|conn| {
        let (nonce, sealed): (Vec<u8>, Vec<u8>) = face_template::table
            .find(3)
            .select((face_template::nonce, face_template::sealed))
            .first(conn)?;
        Ok(diesel::update(face_template::table.find(5))
            .set((face_template::nonce.eq(nonce), face_template::sealed.eq(sealed)))
            .execute(conn)?)
    });
    assert_eq!(swapped.await.unwrap(), 1);
    assert_eq!(faces_of(&vault, ADA).await, [face(3)]);
}

#[actix::test]
async fn every_sealing_has_a_nonce_of_its_own_and_one_key_a_person() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 1, 1]).await.unwrap();
    enrol(&vault, BOB, &[1]).await.unwrap();
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = place
        .store
        .read(|conn| {
            Ok(face_template::table
                .order(face_template::id)
                .select((face_template::nonce, face_template::sealed, face_template::key_id))
                .load(conn)?)
        })
        .await
        .unwrap();
    for (number, row) in rows.iter().enumerate() {
        assert_eq!((row.0.len(), row.1.len()), (12, EMBEDDING_FLOATS * 4 + 16));
        let others = rows.iter().take(number);
        assert!(others.clone().all(|other| other.0 != row.0 && other.1 != row.1));
    }
    assert_eq!((rows[0].2, rows[1].2), (rows[1].2, rows[2].2));
    assert_ne!(rows[0].2, rows[3].2);
}

#[actix::test]
async fn a_search_finds_whoever_is_nearest_and_follows_every_change() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2, 3]).await.unwrap();
    let found = vault.search(face(1), 5).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].user, found[0].template), (ADA, 1));
    assert!(found[0].distance < 1e-6);
    let bobs = enrol(&vault, BOB, &[50, 51]).await.unwrap();
    let found = vault.search(face(50), 1).await.unwrap();
    assert_eq!((found[0].user, found[0].template), (BOB, bobs[0].id));
    let both = vault.search(face(51), 5).await.unwrap();
    assert_eq!(both.iter().map(|hit| hit.user).collect::<Vec<_>>(), [BOB, ADA]);
    vault
        .erase(BOB, Some(bobs[1].id), change(2), keep_nothing())
        .await
        .unwrap();
    assert!(vault.search(face(51), 1).await.unwrap()[0].distance > 0.1);
    assert_eq!(vault.search(face(50), 1).await.unwrap()[0].user, BOB);
    vault.erase(ADA, None, change(2), keep_nothing()).await.unwrap();
    let found = vault.search(face(1), 5).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.user).collect::<Vec<_>>(), [BOB]);
    // One that loads it anew sees the same.
    assert_eq!(place_again(&place, vault).search(face(1), 5).await.unwrap(), found);
}

fn place_again(place: &Place, vault: Vault) -> Vault {
    drop(vault);
    place.vault()
}

#[actix::test]
async fn an_export_has_all_there_is_of_one_person_and_nothing_of_another() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1, 2]).await.unwrap();
    enrol(&vault, BOB, &[3]).await.unwrap();
    vault.erase(ADA, Some(1), change(2), keep_nothing()).await.unwrap();
    let export = vault.export(ADA).await.unwrap();
    let numbers: Vec<&Embedding> = export.templates.iter().map(|(_, face)| face).collect();
    assert_eq!(numbers, [&face(2)]);
    assert_eq!(export.texts, [("v1".to_owned(), "Keep my face.".to_owned())]);
    assert_eq!(
        (export.consents.len(), export.receipts.len(), export.unreadable),
        (1, 1, 0)
    );
}

#[actix::test]
async fn a_consent_stays_known_after_it_was_taken_back() {
    let place = place().await;
    let vault = place.vault();
    enrol(&vault, ADA, &[1]).await.unwrap();
    vault.erase(ADA, None, change(3), keep_nothing()).await.unwrap();
    let rows: Vec<(i64, Option<i64>, Option<String>)> = place
        .store
        .read(|conn| {
            Ok(face_consent::table
                .select((
                    face_consent::given_at,
                    face_consent::withdrawn_at,
                    face_consent::withdrawn_by,
                ))
                .load(conn)?)
        })
        .await
        .unwrap();
    let wanted = (
        at(1).as_microsecond(),
        Some(at(3).as_microsecond()),
        Some("user:1".to_owned()),
    );
    assert_eq!(rows, [wanted]);
}
