//! Resume tokens: how long they live and what they die of.

use std::time::Duration;

use super::*;
use crate::account::store::TOKENS_PER_OWNER_MAX;

fn guest() -> Issue {
    Issue {
        client_id: "client-1".into(),
        name: "console-1".into(),
        kind: "console".into(),
        user_id: None,
        key_id: None,
        begun: Begun::default(),
    }
}

fn of(person: &User) -> Issue {
    Issue {
        user_id: Some(person.id),
        ..guest()
    }
}

async fn issue(house: &House, issue: Issue) -> String {
    house.accounts.issue_token(issue).await.unwrap()
}

async fn is_good(house: &House, token: &str) -> bool {
    match house.accounts.by_token(token).await {
        Ok(_) => true,
        Err(SignInError::BadLogin) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_token_brings_back_client_name_kind_and_person() {
    let (house, ada) = House::with_ada().await;
    let token = issue(&house, of(&ada)).await;
    let resumed = house.accounts.by_token(&token).await.unwrap();
    assert_eq!(
        (resumed.client_id.as_str(), resumed.name.as_str(), resumed.kind.as_str()),
        ("client-1", "console-1", "console")
    );
    assert_eq!((resumed.user_id, resumed.key_id), (Some(ada.id), None));
    let nobody = issue(&house, guest()).await;
    let resumed = house.accounts.by_token(&nobody).await.unwrap();
    assert_eq!((resumed.user_id, resumed.key_id), (None, None));
}

#[tokio::test]
async fn a_token_lives_seven_days_after_its_last_use() {
    let (house, ada) = House::with_ada().await;
    let token = issue(&house, of(&ada)).await;
    let life = Duration::try_from(TOKEN_LIFE).unwrap();
    house.clock.advance(life - Duration::from_secs(1));
    assert!(is_good(&house, &token).await);
    house.clock.advance(life - Duration::from_secs(1));
    assert!(is_good(&house, &token).await, "its use moved its end");
    house.clock.advance(life);
    assert!(!is_good(&house, &token).await);
}

#[tokio::test]
async fn a_token_of_a_disabled_person_is_refused_for_good() {
    let (house, ada) = House::with_ada().await;
    let token = issue(&house, of(&ada)).await;
    house.accounts.set_disabled(ada.id, true, house.change()).await.unwrap();
    assert!(!is_good(&house, &token).await);
    let later = issue(&house, of(&ada)).await;
    assert!(!is_good(&house, &later).await, "one made in between is no better");
    house
        .accounts
        .set_disabled(ada.id, false, house.change())
        .await
        .unwrap();
    assert!(!is_good(&house, &token).await);
}

#[tokio::test]
async fn a_new_password_ends_every_token_of_the_person_and_nobody_elses() {
    let (house, ada) = House::with_ada().await;
    let bob = house.add("bob", "customer").await;
    let tokens = [issue(&house, of(&ada)).await, issue(&house, of(&ada)).await];
    let bobs = issue(&house, of(&bob)).await;
    house
        .accounts
        .set_password(ada.id, "better horse".into(), house.change())
        .await
        .unwrap();
    for token in &tokens {
        assert!(!is_good(&house, token).await);
    }
    assert!(is_good(&house, &bobs).await);
}

#[tokio::test]
async fn a_token_dies_with_its_key() {
    let house = House::new();
    let (id, _) = house
        .accounts
        .key_add(KeyKind::Server, "peer".into(), None, house.change())
        .await
        .unwrap();
    let token = issue(
        &house,
        Issue {
            key_id: Some(id),
            ..guest()
        },
    )
    .await;
    let resumed = house.accounts.by_token(&token).await.unwrap();
    assert_eq!((resumed.user_id, resumed.key_id), (None, Some(id)));
    house.accounts.key_revoke(id, house.change()).await.unwrap();
    assert!(!is_good(&house, &token).await);
    let later = issue(
        &house,
        Issue {
            key_id: Some(id),
            ..guest()
        },
    )
    .await;
    assert!(!is_good(&house, &later).await, "one made after is no better");
}

#[tokio::test]
async fn one_token_more_than_a_person_may_hold_ends_the_oldest() {
    let (house, ada) = House::with_ada().await;
    let mut tokens = Vec::new();
    for _ in 0..TOKENS_PER_OWNER_MAX {
        tokens.push(issue(&house, of(&ada)).await);
        house.clock.advance(Duration::from_secs(1));
    }
    assert!(is_good(&house, &tokens[0]).await);
    tokens.push(issue(&house, of(&ada)).await);
    assert!(!is_good(&house, &tokens[0]).await);
    for token in &tokens[1..] {
        assert!(is_good(&house, token).await);
    }
}
