//! Bans and mutes as rows: one of a kind on a subject, ended ones in nobody's way, a bound.

use tempfile::tempdir;

use super::*;
use crate::store::sanction::*;

fn row(subject: &str, made_at: i64, until_at: i64) -> SanctionRow {
    SanctionRow {
        kind: "ban".to_owned(),
        subject: subject.to_owned(),
        name: "anna".to_owned(),
        by_name: "mona".to_owned(),
        reason: None,
        until_at,
        made_at,
    }
}

#[test]
fn a_sanction_stands_once_until_its_end_and_ended_ones_go() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store
        .write_blocking(|conn| sanction_insert(conn, &row("user:1", 0, 60)))
        .unwrap();
    let twice = store.write_blocking(|conn| sanction_insert(conn, &row("user:1", 59, 90)));
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
    store
        .write_blocking(|conn| {
            sanction_insert(conn, &row("user:1", 60, 90))?;
            sanction_insert(conn, &row("user:2", 0, 70))?;
            assert_eq!(sanction_list(conn, "mute", 0)?, []);
            assert_eq!(sanction_list(conn, "ban", 69)?.len(), 2);
            assert_eq!(sanction_list(conn, "ban", 70)?, [row("user:1", 60, 90)]);
            assert_eq!(sanction_delete_ended(conn, 70, 10)?, 1);
            assert_eq!(sanction_delete_ended(conn, 70, 10)?, 0);
            assert!(sanction_delete(conn, "ban", "user:1")?);
            assert!(!sanction_delete(conn, "ban", "user:1")?);
            Ok(())
        })
        .unwrap();
}

#[test]
fn one_sanction_more_than_there_may_be_is_refused_until_one_ends() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    store
        .write_blocking(|conn| {
            diesel::sql_query(format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {SANCTIONS_MAX}) \
                 INSERT INTO sanction (kind, subject, name, by_name, until_at, made_at) \
                 SELECT 'ban', 'user:' || i, 'x', 'mona', CASE i WHEN 1 THEN 10 ELSE 60 END, 0 FROM n"
            ))
            .execute(conn)?;
            Ok(())
        })
        .unwrap();
    let refused = store.write_blocking(|conn| sanction_insert(conn, &row("user:more", 9, 60)));
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    store
        .write_blocking(|conn| sanction_insert(conn, &row("user:more", 10, 60)))
        .unwrap();
}
