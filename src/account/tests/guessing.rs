//! Passwords, PINs and the lock-out, counted in runs of argon2 rather than in seconds.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::account::lockout::{PASSWORD_FAILURES_MAX, PIN_FAILURES_MAX, WINDOW};

#[tokio::test]
async fn the_right_password_signs_in_and_a_wrong_one_does_not() {
    let (house, ada) = House::with_ada().await;
    assert_eq!(house.accounts.by_password("ada", PASSWORD, &HOME).await.unwrap(), ada);
    assert!(matches!(house.guess("ada", HOME).await, SignInError::BadLogin));
    assert!(matches!(house.guess("bob", HOME).await, SignInError::BadLogin));
}

#[tokio::test]
async fn an_unknown_name_a_disabled_person_and_a_wrong_password_cost_and_say_the_same() {
    let (house, ada) = House::with_ada().await;
    let bob = house.add("bob", "customer").await;
    house.accounts.set_disabled(bob.id, true, house.change()).await.unwrap();
    let nobody = UserDraft {
        password: None,
        ..draft("cyd", "customer")
    };
    house.accounts.user_add(nobody, house.change()).await.unwrap();
    for (name, password) in [
        ("ada", "wrong horse"),
        ("bob", PASSWORD),
        ("cyd", PASSWORD),
        ("nobody", PASSWORD),
    ] {
        let before = house.runs();
        let refused = house.accounts.by_password(name, password, &HOME).await.unwrap_err();
        assert!(matches!(refused, SignInError::BadLogin), "{name}: {refused}");
        assert_eq!(house.runs() - before, 1, "{name}");
    }
    assert!(!ada.disabled);
}

#[tokio::test]
async fn a_lock_out_tells_nobody_which_names_exist() {
    let (house, _) = House::with_ada().await;
    for name in ["ada", "nobody"] {
        let before = house.runs();
        let mut answers = Vec::new();
        for _ in 0..PASSWORD_FAILURES_MAX + 2 {
            answers.push(house.guess(name, ELSEWHERE).await.to_string());
        }
        let locked = format!("too many wrong logins, wait until {}", house.clock.now() + WINDOW);
        assert_eq!(answers[..10], vec!["the login is not valid"; 10]);
        assert_eq!(answers[10..], [locked.clone(), locked]);
        assert_eq!(house.runs() - before, 10, "{name}");
    }
}

#[tokio::test]
async fn of_two_hundred_guesses_at_once_ten_reach_the_hasher() {
    let (house, _) = House::with_ada().await;
    let before = house.runs();
    let ends = join_all((0..200).map(|_| house.guess("ada", ELSEWHERE))).await;
    assert_eq!(house.runs() - before, 10);
    let bad = ends.iter().filter(|end| matches!(end, SignInError::BadLogin)).count();
    let locked = ends
        .iter()
        .filter(|end| matches!(end, SignInError::LockedOut { .. }))
        .count();
    assert_eq!((bad, locked), (10, 190));
}

#[tokio::test]
async fn many_right_passwords_at_once_all_sign_in() {
    let (house, ada) = House::with_ada().await;
    let ends = join_all((0..16).map(|_| house.accounts.by_password("ada", PASSWORD, &HOME))).await;
    assert!(ends.into_iter().all(|end| end.unwrap() == ada));
}

#[tokio::test]
async fn the_owner_at_a_known_source_gets_in_while_a_guesser_is_locked_out() {
    let (house, ada) = House::with_ada().await;
    house.accounts.by_password("ada", PASSWORD, &HOME).await.unwrap();
    for _ in 0..PASSWORD_FAILURES_MAX {
        house.guess("ADA", ELSEWHERE).await;
        house.guess("ada", ELSEWHERE).await;
    }
    assert!(matches!(
        house.guess("ada", ELSEWHERE).await,
        SignInError::LockedOut { .. }
    ));
    let rented_new = Source::Car(3);
    assert!(matches!(
        house.guess("ada", rented_new).await,
        SignInError::LockedOut { .. }
    ));
    assert_eq!(house.accounts.by_password("ada", PASSWORD, &HOME).await.unwrap(), ada);
    let at_the_booked_car = house.accounts.by_password("ada", PASSWORD, &Source::BookedCar(3));
    assert_eq!(at_the_booked_car.await.unwrap(), ada);
}

#[tokio::test]
async fn a_lock_out_ends_when_its_window_does() {
    let (house, _) = House::with_ada().await;
    for _ in 0..PASSWORD_FAILURES_MAX {
        house.guess("ada", ELSEWHERE).await;
    }
    house.clock.advance(WINDOW - Duration::from_secs(1));
    assert!(house.accounts.by_password("ada", PASSWORD, &ELSEWHERE).await.is_err());
    house.clock.advance(Duration::from_secs(1));
    assert!(house.accounts.by_password("ada", PASSWORD, &ELSEWHERE).await.is_ok());
}

#[tokio::test]
async fn a_pin_is_checked_and_locked_apart_from_the_password() {
    let (house, ada) = House::with_ada().await;
    let unset = house.accounts.check_pin(ada.id, "1234", &HOME).await.unwrap_err();
    assert!(matches!(unset, SignInError::BadLogin));
    house
        .accounts
        .set_pin(ada.id, Some("1234".into()), house.change())
        .await
        .unwrap();
    assert!(house.accounts.check_pin(ada.id, "1234", &HOME).await.unwrap().has_pin);
    for _ in 0..PIN_FAILURES_MAX {
        house.accounts.check_pin(ada.id, "4321", &ELSEWHERE).await.unwrap_err();
    }
    let locked = house.accounts.check_pin(ada.id, "1234", &ELSEWHERE).await.unwrap_err();
    assert!(matches!(locked, SignInError::LockedOut { .. }));
    assert!(house.accounts.check_pin(ada.id, "1234", &HOME).await.is_ok());
    assert!(house.accounts.by_password("ada", PASSWORD, &ELSEWHERE).await.is_ok());
    house.accounts.set_pin(ada.id, None, house.change()).await.unwrap();
    assert!(house.accounts.check_pin(ada.id, "1234", &HOME).await.is_err());
}

#[tokio::test]
async fn a_name_and_a_pin_are_locked_with_the_pin_and_unknown_names_like_known_ones() {
    let (house, ada) = House::with_ada().await;
    let pin = Some("1234".to_owned());
    house.accounts.set_pin(ada.id, pin, house.change()).await.unwrap();
    let signed_in = house.accounts.by_pin("ada", "1234", &HOME).await.unwrap();
    assert_eq!(signed_in.id, ada.id);
    for guess in 0..PIN_FAILURES_MAX {
        // Both ways lead to the same count.
        let refused = if guess % 2 == 0 {
            house.accounts.by_pin("ada", "4321", &ELSEWHERE).await
        } else {
            house.accounts.check_pin(ada.id, "4321", &ELSEWHERE).await
        };
        assert!(matches!(refused.unwrap_err(), SignInError::BadLogin));
        let nobody = house.accounts.by_pin("nobody", "1234", &ELSEWHERE).await.unwrap_err();
        assert!(matches!(nobody, SignInError::BadLogin));
    }
    for name in ["ada", "nobody"] {
        let locked = house.accounts.by_pin(name, "1234", &ELSEWHERE).await.unwrap_err();
        assert!(matches!(locked, SignInError::LockedOut { .. }), "{name}");
    }
    // Another name that nobody has is not locked with the first.
    let other = house.accounts.by_pin("somebody", "1234", &ELSEWHERE).await.unwrap_err();
    assert!(matches!(other, SignInError::BadLogin));
    assert!(house.accounts.by_pin("ada", "1234", &HOME).await.is_ok());
}
