//! Codes and the log of sign-ins: their bounds and their ends.

use std::time::Duration;

use super::*;
use crate::account::store::{
    CODES_OPEN_MAX, CodePurpose, NewCode, SignIn, code_by_hash, code_delete_expired, code_insert, sign_in_event_list,
    sign_in_event_prune,
};
use crate::config::SignUp;
use crate::store::stretch::Stretch;

fn code(number: i64) -> NewCode {
    let mut code_hash = [0; 32];
    code_hash[..8].copy_from_slice(&number.to_be_bytes());
    NewCode {
        code_hash,
        purpose: CodePurpose::Invitation,
        role: None,
        user: None,
        note: String::new(),
        made_by: "user:1".into(),
        made_at: 0,
        expires_at: 100,
    }
}

#[tokio::test]
async fn one_code_more_than_may_be_open_is_refused_until_some_have_ended() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            for number in 0..CODES_OPEN_MAX {
                assert!(code_insert(conn, &code(number))?.is_some());
            }
            assert_eq!(code_insert(conn, &code(CODES_OPEN_MAX))?, None);
            let later = NewCode {
                made_at: 100,
                expires_at: 200,
                ..code(CODES_OPEN_MAX)
            };
            assert!(code_insert(conn, &later)?.is_some());
            assert!(code_by_hash(conn, &code(0).code_hash, CodePurpose::Invitation, 99)?.is_some());
            assert!(code_by_hash(conn, &code(0).code_hash, CodePurpose::Invitation, 100)?.is_none());
            assert!(code_by_hash(conn, &code(0).code_hash, CodePurpose::Reset, 99)?.is_none());
            assert_eq!(code_delete_expired(conn, 100, 10)?, 10);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn of_two_who_use_one_invitation_at_once_one_gets_an_account() {
    let house = House::new();
    let until = house.clock.now() + Duration::from_secs(60);
    let (_, secret) = house
        .accounts
        .invitation_add(None, String::new(), until, house.change())
        .await
        .unwrap();
    let sign = |name: &'static str| {
        let invitation = Some(secret.reveal().to_owned());
        house
            .accounts
            .sign_up(draft(name, ""), invitation, SignUp::Invitation, &HOME, house.change())
    };
    let (one, two) = tokio::join!(sign("one"), sign("two"));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let loser = one.err().or(two.err()).unwrap();
    assert!(matches!(loser, AccountError::BadCode), "{loser}");
}

#[tokio::test]
async fn who_signed_in_and_who_was_refused_is_kept_and_let_go() {
    let (house, ada) = House::with_ada().await;
    let issue = Issue {
        client_id: "client-1".into(),
        name: "ada.1".into(),
        kind: "client".into(),
        user_id: Some(ada.id),
        key_id: None,
        begun: Begun {
            how: "password".into(),
            address: HOME.to_string(),
            ..Begun::default()
        },
    };
    let token = house.accounts.issue_token(issue).await.unwrap();
    house.guess("ada", ELSEWHERE).await;
    house.guess("nobody", ELSEWHERE).await;
    let ended = house.accounts.end_token(&token, HOME.to_string()).await.unwrap();
    assert_eq!(ended, ["client-1"]);
    let listed = loop {
        let (user, all) = (ada.id, Stretch::ALL);
        let listed = house
            .store
            .read(move |conn| sign_in_event_list(conn, user, &SignIn::ALL, all, 10))
            .await
            .unwrap();
        // The refusal is written beside, so that it costs its guesser nothing that could be measured.
        if listed.len() == 3 {
            break listed;
        }
        tokio::task::yield_now().await;
    };
    let mut told: Vec<_> = listed
        .iter()
        .map(|event| format!("{} {} {} {}", event.what, event.how, event.address, event.outcome))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "in password ip:192.0.2.7 ok",
            "out self ip:192.0.2.7 ok",
            "refused password ip:198.51.100.9 bad_login"
        ]
    );
    let later = house.clock.now().as_microsecond() + 1;
    let gone = house.store.write(move |conn| sign_in_event_prune(conn, later, 2)).await;
    assert_eq!(gone.unwrap(), 2);
}
