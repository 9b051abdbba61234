//! Changes of people, keys and signs: what they do, what they refuse, what they leave in the audit log.

use diesel::prelude::*;

use super::*;
use crate::store::outside::outside_list_after;
use crate::store::schema::{audit_event, users};

async fn audit(house: &House) -> Vec<(String, String)> {
    house
        .store
        .read(|conn| {
            Ok(audit_event::table
                .select((audit_event::what, audit_event::on_what))
                .order(audit_event::id)
                .load(conn)?)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_person_is_added_once_with_a_role_there_is() {
    let (house, ada) = House::with_ada().await;
    assert_eq!(house.accounts.user_by_name("ada").await.unwrap(), ada);
    assert_eq!(house.accounts.user_by_id(ada.id).await.unwrap(), ada);
    let again = house.accounts.user_add(draft("ada", "customer"), house.change()).await;
    assert_eq!(again.unwrap_err().to_string(), "username \"ada\" is taken");
    let boss = house.accounts.user_add(draft("bob", "boss"), house.change()).await;
    assert_eq!(boss.unwrap_err().to_string(), "there is no role \"boss\"");
    let spaced = house.accounts.user_add(draft("b b", "customer"), house.change()).await;
    assert!(matches!(spaced, Err(AccountError::Policy(_))));
    assert_eq!(audit(&house).await, [("s.test".into(), format!("user:{}", ada.id))]);
}

#[tokio::test]
async fn a_password_changes_for_who_knows_the_old_one() {
    let (house, ada) = House::with_ada().await;
    let change = |old: &'static str, new: &str| {
        house
            .accounts
            .change_password(ada.id, old, new.to_owned(), &HOME, None, house.change())
    };
    let wrong = change("wrong horse", "better horse").await.unwrap_err();
    assert!(matches!(wrong, AccountError::SignIn(SignInError::BadLogin)));
    let short = change(PASSWORD, "horse").await.unwrap_err();
    assert_eq!(short.to_string(), "password has 5 characters, wanted at least 8");
    change(PASSWORD, "better horse").await.unwrap();
    assert!(house.accounts.by_password("ada", PASSWORD, &HOME).await.is_err());
    assert!(house.accounts.by_password("ada", "better horse", &HOME).await.is_ok());
}

#[tokio::test]
async fn a_password_in_the_store_is_an_argon2id_text() {
    let (house, ada) = House::with_ada().await;
    house
        .accounts
        .set_pin(ada.id, Some("1234".into()), house.change())
        .await
        .unwrap();
    let stored: (Option<String>, Option<String>) = house
        .store
        .read(|conn| {
            Ok(users::table
                .select((users::password_hash, users::pin_hash))
                .first(conn)?)
        })
        .await
        .unwrap();
    for phc in [stored.0.unwrap(), stored.1.unwrap()] {
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }
}

#[tokio::test]
async fn a_reset_password_works_and_the_old_one_does_not() {
    let (house, ada) = House::with_ada().await;
    let given = house.accounts.reset_password(ada.id, house.change()).await.unwrap();
    assert!(house.accounts.by_password("ada", given.reveal(), &HOME).await.is_ok());
    assert!(house.accounts.by_password("ada", PASSWORD, &HOME).await.is_err());
    let nobody = house
        .accounts
        .reset_password(UserId(99), house.change())
        .await
        .unwrap_err();
    assert_eq!(nobody.to_string(), "there is no user 99");
}

#[tokio::test]
async fn roles_bring_those_they_include_until_the_person_is_disabled() {
    let (house, ada) = House::with_ada().await;
    let held = |id| house.accounts.permissions_of(id);
    assert_eq!(held(ada.id).await.unwrap(), ["customer", "user", "guest"]);
    house
        .accounts
        .set_role(ada.id, "admin".into(), house.change())
        .await
        .unwrap();
    assert_eq!(
        held(ada.id).await.unwrap(),
        ["admin", "manager", "customer", "user", "guest"]
    );
    house
        .accounts
        .set_role(ada.id, "boss".into(), house.change())
        .await
        .unwrap_err();
    assert_eq!(
        held(ada.id).await.unwrap(),
        ["admin", "manager", "customer", "user", "guest"]
    );
    house.accounts.set_disabled(ada.id, true, house.change()).await.unwrap();
    assert!(held(ada.id).await.unwrap().is_empty());
    assert!(held(UserId(99)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_signs_in_until_it_is_revoked() {
    let house = House::new();
    let (id, secret) = house
        .accounts
        .key_add(KeyKind::Bot, "weather".into(), None, house.change())
        .await
        .unwrap();
    let key = house.accounts.by_key(secret.reveal()).await.unwrap();
    assert_eq!((key.id, key.kind, key.name.as_str()), (id, KeyKind::Bot, "weather"));
    assert!(house.accounts.key_by_id(id).await.is_ok());
    let revoked = house.accounts.key_revoke(id, house.change()).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(house.clock.now()));
    let refused = house.accounts.by_key(secret.reveal()).await.unwrap_err();
    assert!(matches!(refused, SignInError::BadLogin));
    assert!(house.accounts.key_by_id(id).await.is_err());
    house.accounts.key_revoke(id, house.change()).await.unwrap();
    assert_eq!(audit(&house).await.len(), 2, "revoking twice is one change");
    house.accounts.key_revoke(99, house.change()).await.unwrap_err();
}

#[tokio::test]
async fn the_admin_key_is_made_once() {
    let house = House::new();
    let first = house.accounts.admin_key_ensure(house.change()).await.unwrap().unwrap();
    assert_eq!(
        house.accounts.by_key(first.reveal()).await.unwrap().kind,
        KeyKind::Admin
    );
    assert!(house.accounts.admin_key_ensure(house.change()).await.unwrap().is_none());
    assert_eq!(house.accounts.key_list(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_key_of_ours_opens_nothing() {
    let house = House::new();
    for text in ["", "mp_bot_", "hunter22", "mp_admin_' OR 1=1 --"] {
        assert!(
            matches!(house.accounts.by_key(text).await, Err(SignInError::BadLogin)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_engineer_is_recognised_by_device_or_code() {
    let (house, _) = House::with_ada().await;
    let eve = house.add("eve", "engineer").await;
    let accounts = &house.accounts;
    accounts
        .engineer_device_add(eve.id, "AA-BB-CC-00-11-22", house.change())
        .await
        .unwrap();
    let code = accounts.engineer_code_add(eve.id, house.change()).await.unwrap();
    assert_eq!(accounts.engineer_by_device("aa:bb:cc:00:11:22").await.unwrap(), eve);
    assert_eq!(accounts.engineer_by_code(code.reveal()).await.unwrap(), eve);
    assert!(accounts.engineer_by_device("aa:bb:cc:00:11:23").await.is_err());
    let lost = code;
    let code = accounts.engineer_code_add(eve.id, house.change()).await.unwrap();
    assert_eq!(accounts.engineer_by_code(code.reveal()).await.unwrap(), eve);
    assert!(
        accounts.engineer_by_code(lost.reveal()).await.is_err(),
        "a new code takes its place"
    );
    let twice = accounts
        .engineer_device_add(eve.id, "aa:bb:cc:00:11:22", house.change())
        .await;
    assert!(matches!(twice, Err(AccountError::Taken { .. })));
    let nobody = accounts.engineer_code_add(UserId(99), house.change()).await;
    assert!(matches!(nobody, Err(AccountError::Missing { .. })));
    let addr = "aa:bb:cc:00:11:22";
    let (ada, change) = (UserId(1), house.change());
    accounts
        .engineer_device_remove(ada, addr, change.clone())
        .await
        .unwrap_err();
    accounts
        .engineer_device_remove(eve.id, addr, change.clone())
        .await
        .unwrap();
    assert!(accounts.engineer_by_device(addr).await.is_err());
    accounts
        .engineer_code_remove(eve.id, "mp_code_x", change)
        .await
        .unwrap_err();
    accounts.set_disabled(eve.id, true, house.change()).await.unwrap();
    assert!(accounts.engineer_by_code(code.reveal()).await.is_err());
}

#[tokio::test]
async fn a_change_beside_a_running_server_is_left_where_it_looks() {
    let (house, ada) = House::with_ada().await;
    let beside = Accounts::beside(house.store.clone());
    beside.set_role(ada.id, "manager".into(), house.change()).await.unwrap();
    let seen = house.store.read(|conn| outside_list_after(conn, 0)).await.unwrap();
    assert_eq!(
        seen.iter().map(|change| change.subject_id).collect::<Vec<_>>(),
        [ada.id.0]
    );
}
