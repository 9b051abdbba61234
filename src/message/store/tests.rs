//! Lines of inboxes against a model: each message once for everybody it is for, in order and without gaps, whatever is
//! posted between the pieces in which many are served.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::account::UserId;
use crate::account::store::{NewUser, user_insert};
use crate::store::schema::{inbox, inbox_line, users};
use crate::store::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

/// People with numbers from 1; the last is shut out.
const PEOPLE: i64 = 8;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody says something at a place where these are.
    AtPlace { sender: i64, there: BTreeSet<i64> },
    /// Somebody writes to these.
    ToPeople { sender: i64, people: BTreeSet<i64> },
    /// Somebody writes to everybody.
    ToEverybody { sender: i64 },
    /// So many of those who wait are served.
    Serve(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let anybody = 1..PEOPLE;
    let some = |from| proptest::collection::btree_set(1..=PEOPLE, from..7);
    let living = proptest::collection::btree_set(1..PEOPLE, 1..3);
    prop_oneof![
        4 => (anybody.clone(), some(0_usize)).prop_map(|(sender, there)| Step::AtPlace { sender, there }),
        2 => (anybody.clone(), living).prop_map(|(sender, people)| Step::ToPeople { sender, people }),
        1 => anybody.prop_map(|sender| Step::ToEverybody { sender }),
        2 => (1..4_usize).prop_map(Step::Serve),
    ]
}

fn store(blocks: &BTreeSet<(i64, i64)>) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(
        &DatabaseUrl::sqlite(folder.path().join("m.db")),
        StoreOptions::default(),
    )
    .unwrap();
    let blocks = blocks.clone();
    store
        .write_blocking(move |conn| {
            for number in 1..=PEOPLE {
                let new = NewUser {
                    username: format!("user-{number}"),
                    first_name: String::new(),
                    last_name: String::new(),
                    email: String::new(),
                    role: "customer".to_owned(),
                    password_hash: None,
                };
                assert_eq!(user_insert(conn, &new, 1)?, UserId(number));
            }
            diesel::update(users::table.find(PEOPLE))
                .set(users::disabled.eq(true))
                .execute(conn)?;
            for (by, blocked) in blocks {
                block_insert(conn, UserId(by), UserId(blocked), 1)?;
            }
            Ok(())
        })
        .unwrap();
    (folder, store)
}

fn draft(id: i64, sender: i64, to: To) -> Draft {
    Draft {
        id,
        kind: SenderKind::User,
        sender: Some(UserId(sender)),
        sender_name: format!("user-{sender}"),
        to,
        body: "x".to_owned(),
        at: 1,
        expires_at: i64::MAX,
        recipients_max: 2,
        origin: None,
    }
}

fn at_place(there: impl IntoIterator<Item = i64>) -> To {
    To::Found(Found {
        target: BUILDING,
        name: Some("civil".to_owned()),
        people: there.into_iter().map(UserId).collect(),
        seen: 3,
    })
}

/// Every inbox; that `seq` counts from 1 without gaps up to the head is looked at.
fn inboxes(conn: &mut AnyConn) -> Result<BTreeMap<i64, Vec<i64>>, StoreError> {
    let lines: Vec<(i64, i64, i64)> = inbox_line::table
        .order((inbox_line::user_id, inbox_line::seq))
        .select((inbox_line::user_id, inbox_line::seq, inbox_line::message_id))
        .load(conn)?;
    let mut inboxes: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (user, seq, message) in lines {
        let theirs = inboxes.entry(user).or_default();
        theirs.push(message);
        assert_eq!(seq, i64::try_from(theirs.len()).unwrap());
    }
    for (user, last_seq) in inbox::table
        .select((inbox::user_id, inbox::last_seq))
        .load::<(i64, i64)>(conn)?
    {
        let count = inboxes.get(&user).map_or(0, Vec::len);
        assert_eq!(last_seq, i64::try_from(count).unwrap(), "the head of {user}");
    }
    Ok(inboxes)
}

/// Whom the model wants to have a message.
fn wanted(step: &Step, blocks: &BTreeSet<(i64, i64)>) -> BTreeSet<i64> {
    let is_heard = |user: i64, sender: i64| user != PEOPLE && !blocks.contains(&(user, sender));
    match step {
        Step::AtPlace { sender, there } => {
            let others = there.iter().copied().filter(|user| user != sender);
            let heard = others.filter(|user| is_heard(*user, *sender));
            heard.filter(|user| !blocks.contains(&(*sender, *user))).collect()
        }
        Step::ToPeople { sender, people } => people.iter().copied().filter(|user| is_heard(*user, *sender)).collect(),
        Step::ToEverybody { sender } => (1..=PEOPLE).filter(|user| is_heard(*user, *sender)).collect(),
        Step::Serve(_) => BTreeSet::new(),
    }
}

fn run(conn: &mut AnyConn, id: i64, step: &Step) -> Result<(), StoreError> {
    let draft = match step {
        Step::AtPlace { sender, there } => draft(id, *sender, at_place(there.iter().copied())),
        Step::ToPeople { sender, people } => {
            let names = people.iter().map(|user| format!("user-{user}")).collect();
            draft(id, *sender, To::People(names))
        }
        Step::ToEverybody { sender } => draft(id, *sender, To::Everybody),
        Step::Serve(most) => return waiting_next(conn, *most).map(drop),
    };
    letter_post(conn, &draft).map(drop)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn everybody_has_each_message_for_them_once_and_in_order(
        steps in proptest::collection::vec(step(), 1..25),
        blocks in proptest::collection::btree_set((1..=PEOPLE, 1..=PEOPLE), 0..5),
    ) {
        let (_folder, store) = store(&blocks);
        let mut model: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (id, step) in (1..).zip(&steps) {
            for user in wanted(step, &blocks) {
                model.entry(user).or_default().push(id);
            }
            let step = step.clone();
            let now = store.write_blocking(move |conn| {
                run(conn, id, &step)?;
                inboxes(conn)
            });
            for (user, lines) in now.unwrap() {
                prop_assert!(model.get(&user).is_some_and(|all| all.starts_with(&lines)), "{user}: {lines:?} of {model:?}");
            }
        }
        let served = store.write_blocking(|conn| {
            while waiting_next(conn, 3)?.is_some() {}
            assert_eq!(waiting_count(conn)?, 0);
            inboxes(conn)
        });
        prop_assert_eq!(served.unwrap(), model);
    }
}

#[test]
fn what_was_made_once_by_one_cause_is_the_same_message_again() {
    let (_folder, store) = store(&BTreeSet::new());
    let said = |id: i64, there: Vec<i64>, origin: &str| Draft {
        kind: SenderKind::Bot,
        sender: None,
        origin: Some(origin.to_owned()),
        ..draft(id, 1, at_place(there))
    };
    let (first, again, other) = (
        said(1, vec![1, 2, 3], "bot:1"),
        said(2, vec![1, 2, 3, 4, 5], "bot:1"),
        said(3, vec![1], "bot:2"),
    );
    let found = store.write_blocking(move |conn| {
        let first = letter_post(conn, &first)?;
        assert_eq!((first.told, first.waiting), (Some(vec![UserId(1), UserId(2)]), 1));
        let again = letter_post(conn, &again)?;
        assert_eq!(
            (again.told, again.waiting, again.recipients),
            (Some(vec![]), 0, first.recipients)
        );
        letter_post(conn, &other)?;
        while waiting_next(conn, 2)?.is_some() {}
        inboxes(conn)
    });
    assert_eq!(
        found.unwrap(),
        BTreeMap::from([(1, vec![1, 3]), (2, vec![1]), (3, vec![1])])
    );
}

#[test]
fn who_is_erased_or_whose_message_ends_waits_no_more() {
    let (_folder, store) = store(&BTreeSet::new());
    let found = store.write_blocking(|conn| {
        letter_post(conn, &draft(1, 7, at_place(1..=5)))?;
        let short = Draft {
            expires_at: 10,
            ..draft(2, 7, at_place(1..=5))
        };
        letter_post(conn, &short)?;
        assert_eq!(waiting_count(conn)?, 3 + 5);
        mail_erase(conn, UserId(4))?;
        assert_eq!(waiting_count(conn)?, 2 + 4);
        message_purge(conn, 11, 100)?;
        assert_eq!(waiting_count(conn)?, 2);
        mail_erase(conn, UserId(7))?;
        assert_eq!(waiting_count(conn)?, 0, "what somebody wrote ends with them");
        inboxes(conn)
    });
    assert_eq!(found.unwrap(), BTreeMap::from([(1, vec![1]), (2, vec![1])]));
}
