//! What the list of holdings promises: every table is in it or is said to hold nothing of a person.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use jiff::Timestamp;
use tempfile::tempdir;

use super::holdings::{By, Fate, HOLDINGS, IMPERSONAL};
use super::personal::{Place, erase, shown};
use crate::account::UserId;
use crate::account::store::{NewUser, user_by_id, user_insert};
use crate::message::store::{CursorRow, cursor_save};
use crate::place::Position;
use crate::place::rules::person::{Fix, Movement, StoredFix};
use crate::place::store::{Settings, movement_insert, position_put, settings_put};
use crate::presence::Mark;
use crate::presence::store::presence_put;
use crate::store::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    tbl: String,
    #[diesel(sql_type = Text)]
    col: String,
    /// Whether it refers to a person.
    #[diesel(sql_type = BigInt)]
    refers: i64,
}

fn open() -> (tempfile::TempDir, Store) {
    let folder = tempdir().unwrap();
    let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    (folder, store)
}

fn columns(conn: &mut AnyConn) -> Result<Vec<Column>, StoreError> {
    Ok(sql_query(
        "SELECT t.name AS tbl, c.name AS col, \
         (SELECT COUNT(*) FROM pragma_foreign_key_list(t.name) f WHERE f.\"from\" = c.name AND f.\"table\" = 'user') AS refers \
         FROM sqlite_schema t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    .load(conn)?)
}

/// Whether a column is named after somebody.
fn is_named_after_somebody(column: &Column) -> bool {
    let name = column.col.as_str();
    column.refers > 0
        || [
            "who",
            "subject",
            "username",
            "sender_id",
            "blocked_id",
            "user_id",
            "given_by",
            "erased_by",
        ]
        .contains(&name)
        || ["_user_id", "_by", "by_name", "sender_name"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Columns that are named after somebody who is looked after by another column of the same row, or who is an operator in
/// office, and why.
const LOOKED_AFTER: &[(&str, &str)] = &[
    // Of the same person as `id`.
    ("user", "username"),
    // The kind of thing that was changed, not somebody.
    ("outside_change", "subject"),
    ("face_template", "made_by"),
    ("face_consent", "given_by"),
    ("face_consent", "withdrawn_by"),
    ("face_erasure", "erased_by"),
    // Of the same person as `sender_id`.
    ("message", "sender_name"),
    // Of the same person as `user_id`, and gone with the session.
    ("provider_identity", "subject"),
    ("provider_grant", "subject"),
    // Nobody is told who blocks them; the row goes with either.
    ("block", "blocked_id"),
];

#[test]
fn every_table_is_a_holding_or_holds_nothing_of_a_person() {
    let (_folder, store) = open();
    let columns = store.read_blocking(columns).unwrap();
    let mut faults = Vec::new();
    for column in &columns {
        let table = column.tbl.as_str();
        let is_holding = HOLDINGS.iter().any(|holding| holding.table == table);
        let is_impersonal = IMPERSONAL.iter().any(|(name, _)| *name == table);
        if is_holding == is_impersonal {
            faults.push(format!(
                "{table} is in HOLDINGS: {is_holding}, in IMPERSONAL: {is_impersonal}; src/journal/holdings must say one"
            ));
        }
        let is_listed = HOLDINGS
            .iter()
            .any(|holding| holding.table == table && holding.by.column() == column.col);
        let is_looked_after = LOOKED_AFTER.contains(&(table, &column.col));
        if is_named_after_somebody(column) && !is_listed && !is_looked_after {
            faults.push(format!("{table}.{} names somebody and is no holding", column.col));
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    for holding in HOLDINGS {
        let has = |name: &str| {
            columns
                .iter()
                .any(|column| column.tbl == holding.table && column.col == name)
        };
        let emptied = match holding.fate {
            Fate::Emptied(emptied) => emptied,
            _ => &[],
        };
        for name in holding.shown.iter().chain(emptied).chain(&[holding.by.column()]) {
            assert!(has(name), "{} has no {name}", holding.table);
        }
        for secret in ["hash", "salt", "sealed", "nonce", "secret", "answer"] {
            assert!(
                !holding.shown.iter().any(|name| name.contains(secret)),
                "{} shows {secret}",
                holding.table
            );
        }
    }
    for (table, why) in IMPERSONAL {
        assert!(
            columns.iter().any(|column| column.tbl == *table) && !why.is_empty(),
            "{table}"
        );
    }
}

fn person(conn: &mut AnyConn, name: &str) -> Result<UserId, StoreError> {
    let new = NewUser {
        username: name.to_owned(),
        first_name: "O'Neill".to_owned(),
        last_name: "L".to_owned(),
        email: "a@example.org".to_owned(),
        role: "customer".to_owned(),
        password_hash: None,
    };
    user_insert(conn, &new, 1)
}

#[test]
fn pages_hold_everything_once_and_end() {
    let (_folder, store) = open();
    let (anna, bert) = store
        .write_blocking(|conn| {
            let (anna, bert) = (person(conn, "anna")?, person(conn, "bert")?);
            for number in 0..1_234 {
                for user in [anna, bert] {
                    sql_query("INSERT INTO known_source (user_id, source, seen_at) VALUES ($1, $2, 7)")
                        .bind::<BigInt, _>(user.0)
                        .bind::<Text, _>(format!("{number:05} o'clock"))
                        .execute(conn)?;
                }
            }
            Ok((anna, bert))
        })
        .unwrap();
    let anna = store.read_blocking(|conn| user_by_id(conn, anna)).unwrap().unwrap();
    let (mut from, mut sources, mut pages) = (Place::default(), Vec::new(), 0);
    loop {
        let anna = anna.clone();
        let (page, next) = store.read_blocking(move |conn| shown(conn, &anna, from)).unwrap();
        pages += 1;
        for part in page.iter().filter(|part| part.holding.table == "known_source") {
            assert!(matches!(part.holding.by, By::Id("user_id")));
            sources.extend(part.rows.iter().map(|row| row[0].clone().unwrap()));
        }
        let Some(next) = next else { break };
        from = next;
    }
    let wanted: Vec<String> = (0..1_234).map(|number| format!("{number:05} o'clock")).collect();
    assert_eq!(sources, wanted);
    assert!(pages > 1, "{pages}");
    let ended = store.write_blocking({
        let anna = anna.clone();
        move |conn| erase(conn, &anna, 9)
    });
    let known = ended
        .unwrap()
        .0
        .into_iter()
        .find(|one| one.holding.table == "known_source");
    assert_eq!(known.unwrap().rows, 1_234);
    let left = store.read_blocking(|conn| {
        let nobody = user_by_id(conn, anna.id)?.unwrap();
        let bert = user_by_id(conn, bert)?.unwrap();
        Ok((nobody, shown(conn, &bert, Place::default())?))
    });
    let (nobody, (of_bert, _)) = left.unwrap();
    assert_eq!((nobody.username.as_str(), nobody.first_name.as_str()), ("erased-1", ""));
    assert!(nobody.disabled && !nobody.has_password && nobody.email.is_empty());
    assert!(
        of_bert.iter().any(|part| part.holding.table == "known_source"),
        "bert keeps his"
    );
}

#[test]
fn nothing_of_somebody_lands_after_they_were_erased_whatever_was_on_its_way() {
    let (_folder, store) = open();
    let rows = store.write_blocking(|conn| {
        let (anna, bert) = (person(conn, "anna")?, person(conn, "bert")?);
        let anna = user_by_id(conn, anna)?.unwrap();
        let late = |conn: &mut AnyConn, user: UserId| {
            let at = Timestamp::from_second(7).unwrap();
            let fix = Fix {
                position: Position::new(1.0, 2.0).unwrap(),
                accuracy_m: None,
                at,
            };
            let building = None;
            position_put(conn, &StoredFix { user, fix, building })?;
            let movement = Movement {
                user,
                name: "late".into(),
                from: None,
                to: Some("civil".into()),
                at,
                left: None,
            };
            movement_insert(conn, &movement)?;
            settings_put(conn, user, &Settings::default(), 7)?;
            let mark = Mark {
                seen_at: at,
                is_online: false,
            };
            presence_put(conn, &[(user, mark)])?;
            let cursor = CursorRow {
                client_id: format!("client of {user}"),
                user,
                seq: 1,
            };
            cursor_save(conn, &[cursor], "e", 7)
        };
        late(conn, anna.id)?;
        erase(conn, &anna, 8)?;
        late(conn, anna.id)?;
        late(conn, bert)?;
        let tables = |conn: &mut AnyConn, user| {
            let user = user_by_id(conn, user)?.unwrap();
            let (page, _) = shown(conn, &user, Place::default())?;
            let tables: Vec<&str> = page.iter().map(|part| part.holding.table).collect();
            Ok::<_, StoreError>(tables)
        };
        Ok((tables(conn, anna.id)?, tables(conn, bert)?))
    });
    let (of_anna, of_bert) = rows.unwrap();
    assert_eq!(of_anna, ["user"]);
    assert_eq!(
        of_bert,
        [
            "user",
            "presence",
            "person_position",
            "person_visibility",
            "movement",
            "inbox_cursor"
        ]
    );
}
