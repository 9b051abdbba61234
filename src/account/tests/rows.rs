//! The rows by themselves: upsert, circles of roles, bounds of tables.

use diesel::prelude::*;

use super::*;
use crate::account::groups::GROUP_DEPTH_MAX;
use crate::account::store::*;
use crate::store::schema::{known_source, role, session_token};

fn row(username: &str, phc: Option<&str>) -> NewUser {
    NewUser {
        username: username.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        email: "ada@example.org".into(),
        role: "customer".into(),
        password_hash: phc.map(str::to_owned),
    }
}

fn guest_token(token_hash: [u8; 32], expires_at: i64) -> NewToken {
    let issue = Issue {
        client_id: "client-1".into(),
        name: "console-1".into(),
        kind: "console".into(),
        user_id: None,
        key_id: None,
        begun: Begun::default(),
    };
    NewToken {
        token_hash,
        issue,
        expires_at,
    }
}

#[tokio::test]
async fn an_import_makes_a_person_once_and_keeps_the_password_it_does_not_bring() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            let (id, made) = user_upsert(conn, &row("ada", Some("phc-1")), 7)?;
            assert!(made);
            let renamed = NewUser {
                first_name: "Augusta".into(),
                ..row("ada", None)
            };
            assert_eq!(user_upsert(conn, &renamed, 8)?, (id, false));
            let (person, hashes) = user_secrets_by_id(conn, id)?.unwrap();
            assert_eq!(person.first_name, "Augusta");
            assert_eq!(person.created_at.as_microsecond(), 7);
            assert_eq!(hashes.password.as_deref(), Some("phc-1"));
            user_upsert(conn, &row("ada", Some("phc-2")), 9)?;
            let (_, hashes) = user_secrets_by_id(conn, id)?.unwrap();
            assert_eq!(hashes.password.as_deref(), Some("phc-2"));
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let house = House::new();
    let pages = house
        .store
        .write(|conn| {
            for name in ["ada", "bob", "cyd"] {
                user_insert(conn, &row(name, None), 0)?;
            }
            let first = user_list(conn, UserId(0), 2)?;
            let second = user_list(conn, first[1].id, 2)?;
            Ok([first, second].map(|page| page.into_iter().map(|p| p.username).collect::<Vec<_>>()))
        })
        .await
        .unwrap();
    assert_eq!(pages, [vec!["ada", "bob"], vec!["cyd"]]);
}

fn chain_of(conn: &mut crate::store::AnyConn, name: &str) -> Result<Vec<String>, crate::store::StoreError> {
    chains(conn, &[name.to_owned()])
}

#[tokio::test]
async fn a_circle_of_roles_ends_where_it_closes_and_a_chain_at_sixteen() {
    let house = House::new();
    let (circle, chain, nothing) = house
        .store
        .write(|conn| {
            for n in 0..20 {
                let above = (n > 0).then(|| format!("r{}", n - 1));
                diesel::insert_into(role::table)
                    .values((role::name.eq(format!("r{n}")), role::inherits.eq(above)))
                    .execute(conn)?;
            }
            let chain = chain_of(conn, "r19")?;
            diesel::update(role::table.find("user"))
                .set(role::inherits.eq(Some("admin")))
                .execute(conn)?;
            Ok((chain_of(conn, "admin")?, chain, chain_of(conn, "boss")?))
        })
        .await
        .unwrap();
    assert_eq!(circle, ["admin", "manager", "customer", "user"]);
    assert_eq!((chain.len(), chain[15].as_str()), (GROUP_DEPTH_MAX, "r4"));
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn one_source_more_than_are_remembered_forgets_the_one_not_seen_for_longest() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            let id = user_insert(conn, &row("ada", None), 0)?;
            let max = SOURCES_PER_USER_MAX;
            for n in 0..max {
                source_remember(conn, id, &format!("ip:{n}"), n)?;
            }
            assert!(source_seen_at(conn, id, "ip:0")?.is_some());
            source_remember(conn, id, "ip:0", max)?;
            source_remember(conn, id, "ip:new", max + 1)?;
            assert!(source_seen_at(conn, id, "ip:0")?.is_some(), "it was seen again");
            assert!(source_seen_at(conn, id, "ip:1")?.is_none());
            let kept: i64 = known_source::table.count().get_result(conn)?;
            assert_eq!(kept, max);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn tokens_that_have_run_out_go_as_new_ones_come() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            for n in 0..10u8 {
                let token = guest_token([n; 32], 100);
                token_insert(conn, &token, i64::from(n) * 20)?;
            }
            let kept: i64 = session_token::table.count().get_result(conn)?;
            // The sixth to tenth came at or after 100; each took two run-out ones with it.
            assert_eq!(kept, 1);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn one_guest_more_than_are_remembered_ends_the_oldest_guests_token() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            let hash = |n: i64| {
                let mut hash = [0; 32];
                hash[..8].copy_from_slice(&n.to_be_bytes());
                hash
            };
            for n in 0..GUEST_TOKENS_MAX {
                token_insert(conn, &guest_token(hash(n), 1_000 + n), 0)?;
            }
            assert!(token_by_hash(conn, &hash(0), 0)?.is_some());
            token_insert(conn, &guest_token(hash(GUEST_TOKENS_MAX), 9_000), 0)?;
            assert!(token_by_hash(conn, &hash(0), 0)?.is_none());
            assert!(token_by_hash(conn, &hash(1), 0)?.is_some());
            let kept: i64 = session_token::table.count().get_result(conn)?;
            assert_eq!(kept, GUEST_TOKENS_MAX);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn the_admin_key_is_there_until_it_is_revoked() {
    let house = House::new();
    house
        .store
        .write(|conn| {
            assert!(!admin_key_exists(conn)?);
            let key = NewKey {
                key_hash: [1; 32],
                kind: KeyKind::Admin,
                name: "admin".into(),
                car_id: None,
                made_by: "first run".into(),
            };
            let id = key_insert(conn, &key, 0)?;
            assert!(admin_key_exists(conn)?);
            assert!(key_revoke(conn, id, 1)?);
            assert!(!key_revoke(conn, id, 2)?);
            assert!(!admin_key_exists(conn)?);
            assert_eq!(key_list(conn, 0, 10)?[0].revoked_at.unwrap().as_microsecond(), 1);
            Ok(())
        })
        .await
        .unwrap();
}
