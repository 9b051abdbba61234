//! Resume tokens: how long they live and what they die of.

use std::time::Duration;

use super::*;
use crate::account::store::TOKENS_PER_OWNER_MAX;

async fn issue(house: &House, owner: TokenFor) -> SecretText {
    house.accounts.issue_token("client-1", "console-1", "console", owner).await.unwrap()
}

async fn is_good(house: &House, token: &SecretText) -> bool {
    match house.accounts.by_token(token.reveal()).await {
        Ok(_) => true,
        Err(SignInError::BadLogin) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_token_brings_back_client_name_kind_and_person() {
    let (house, ada) = House::with_ada().await;
    let token = issue(&house, TokenFor::User(ada.id)).await;
    let resumed = house.accounts.by_token(token.reveal()).await.unwrap();
    assert_eq!(
        (resumed.client_id.as_str(), resumed.name.as_str(), resumed.kind.as_str()),
        ("client-1", "console-1", "console")
    );
    assert_eq!(resumed.owner, TokenOwner::User(ada));
    let guest = issue(&house, TokenFor::Guest).await;
    let resumed = house.accounts.by_token(guest.reveal()).await.unwrap();
    assert_eq!(resumed.owner, TokenOwner::Guest);
}

#[tokio::test]
async fn a_token_lives_seven_days_after_its_last_use() {
    let (house, ada) = House::with_ada().await;
    let token = issue(&house, TokenFor::User(ada.id)).await;
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
    let token = issue(&house, TokenFor::User(ada.id)).await;
    house.accounts.set_disabled(ada.id, true, house.change()).await.unwrap();
    assert!(!is_good(&house, &token).await);
    let later = issue(&house, TokenFor::User(ada.id)).await;
    assert!(!is_good(&house, &later).await, "one made in between is no better");
    house.accounts.set_disabled(ada.id, false, house.change()).await.unwrap();
    assert!(!is_good(&house, &token).await);
}

#[tokio::test]
async fn a_new_password_ends_every_token_of_the_person_and_nobody_elses() {
    let (house, ada) = House::with_ada().await;
    let bob = house.add("bob", "customer").await;
    let tokens = [issue(&house, TokenFor::User(ada.id)).await, issue(&house, TokenFor::User(ada.id)).await];
    let bobs = issue(&house, TokenFor::User(bob.id)).await;
    house.accounts.set_password(ada.id, "better horse".into(), house.change()).await.unwrap();
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
    let token = issue(&house, TokenFor::Key(id)).await;
    let resumed = house.accounts.by_token(token.reveal()).await.unwrap();
    assert!(matches!(resumed.owner, TokenOwner::Key(key) if key.id == id));
    house.accounts.key_revoke(id, house.change()).await.unwrap();
    assert!(!is_good(&house, &token).await);
    let later = issue(&house, TokenFor::Key(id)).await;
    assert!(!is_good(&house, &later).await, "one made after is no better");
}

#[tokio::test]
async fn one_token_more_than_a_person_may_hold_ends_the_oldest() {
    let (house, ada) = House::with_ada().await;
    let mut tokens = Vec::new();
    for _ in 0..TOKENS_PER_OWNER_MAX {
        tokens.push(issue(&house, TokenFor::User(ada.id)).await);
        house.clock.advance(Duration::from_secs(1));
    }
    assert!(is_good(&house, &tokens[0]).await);
    tokens.push(issue(&house, TokenFor::User(ada.id)).await);
    assert!(!is_good(&house, &tokens[0]).await);
    for token in &tokens[1..] {
        assert!(is_good(&house, token).await);
    }
}
