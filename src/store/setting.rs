//! What was defined while the server ran and must outlive it, as JSON by name.
//!
//! A name is a kind and what it is of: `datasock:track`, `service:ping`; `parent` stands alone. Whoever owns a
//! kind knows its shape. The caller's transaction decides whether a row stands.

use diesel::prelude::*;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::setting;

/// Settings of one kind that are read; more cannot be written.
pub const SETTINGS_PER_KIND_MAX: i64 = 1_024;

/// What belongs to one life of a store and is left out of copies: the epoch in which inboxes count. A store that was
/// put back from a copy counts in another.
pub const INBOX_EPOCH: &str = "inbox-epoch";

#[derive(Insertable)]
#[diesel(table_name = setting)]
struct SettingForm<'a> {
    name: &'a str,
    text: &'a str,
    at: i64,
}

/// Writes a setting, whether it was there or not.
///
/// # Errors
/// `Conflict` when its kind has [`SETTINGS_PER_KIND_MAX`] already.
pub fn setting_put(conn: &mut AnyConn, name: &str, value: &impl Serialize, at: Timestamp) -> Result<(), StoreError> {
    let text = serde_json::to_string(value).map_err(StoreError::refused)?;
    let kind = name.split(':').next().unwrap_or_default();
    setting_delete(conn, name)?;
    let known: i64 = setting::table
        .filter(setting::name.like(format!("{kind}:%")))
        .count()
        .get_result(conn)?;
    if known >= SETTINGS_PER_KIND_MAX {
        return Err(StoreError::Conflict {
            what: format!("{kind}: there are {SETTINGS_PER_KIND_MAX}, which is the most"),
        });
    }
    let form = SettingForm {
        name,
        text: &text,
        at: at.as_microsecond(),
    };
    diesel::insert_into(setting::table).values(form).execute(conn)?;
    Ok(())
}

/// The setting of that name.
pub fn setting_find<T: DeserializeOwned>(conn: &mut AnyConn, name: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = setting::table.find(name).select(setting::text).first(conn).optional()?;
    text.map(|text| read(name, &text)).transpose()
}

/// Every setting of a kind, by what it is of: `datasock` gives `track` for `datasock:track`.
pub fn setting_list<T: DeserializeOwned>(conn: &mut AnyConn, kind: &str) -> Result<Vec<(String, T)>, StoreError> {
    let rows: Vec<(String, String)> = setting::table
        .filter(setting::name.like(format!("{kind}:%")))
        .order(setting::name)
        .limit(SETTINGS_PER_KIND_MAX)
        .select((setting::name, setting::text))
        .load(conn)?;
    rows.into_iter()
        .map(|(name, text)| {
            let value = read(&name, &text)?;
            let of = name.split_once(':').map_or(name.as_str(), |(_, of)| of);
            Ok((of.to_owned(), value))
        })
        .collect()
}

/// Forgets a setting; says whether there was one.
pub fn setting_delete(conn: &mut AnyConn, name: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(setting::table.find(name)).execute(conn)? > 0)
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|err| StoreError::refused(format!("the setting {name} cannot be read: {err}")))
}
