//! What was defined at run time is kept, replaced, listed and bounded.

use jiff::Timestamp;
use tempfile::tempdir;

use super::*;
use crate::store::setting::{SETTINGS_PER_KIND_MAX, setting_delete, setting_find, setting_list, setting_put};

#[test]
fn a_setting_is_found_by_name_and_by_kind_until_it_is_deleted() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let at = Timestamp::from_second(1).unwrap();
    store
        .write_blocking(move |conn| {
            setting_put(conn, "datasock:b", &1_u32, at)?;
            setting_put(conn, "datasock:a", &1_u32, at)?;
            setting_put(conn, "datasock:a", &2_u32, at)?;
            setting_put(conn, "parent", &"x", at)?;
            assert_eq!(
                setting_list::<u32>(conn, "datasock")?,
                [("a".to_owned(), 2), ("b".to_owned(), 1)]
            );
            assert_eq!(setting_find::<String>(conn, "parent")?.as_deref(), Some("x"));
            assert!(setting_find::<u32>(conn, "parent").is_err(), "another shape");
            assert!(setting_delete(conn, "parent")?);
            assert!(!setting_delete(conn, "parent")?);
            assert_eq!(setting_find::<String>(conn, "parent")?, None);
            Ok(())
        })
        .unwrap();
}

#[test]
fn settings_of_a_kind_are_bounded() {
    let folder = tempdir().unwrap();
    let store = open(&folder);
    let at = Timestamp::from_second(1).unwrap();
    let put = move |conn: &mut AnyConn, number: i64| setting_put(conn, &format!("service:{number:04}"), &number, at);
    store
        .write_blocking(move |conn| (0..SETTINGS_PER_KIND_MAX).try_for_each(|number| put(conn, number)))
        .unwrap();
    store.write_blocking(move |conn| put(conn, 0)).unwrap();
    let one_more = store.write_blocking(move |conn| put(conn, SETTINGS_PER_KIND_MAX));
    assert!(matches!(one_more, Err(StoreError::Conflict { .. })), "{one_more:?}");
}
