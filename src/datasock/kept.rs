//! The definitions of datasocks in the store: written with the change that opens one, gone with the one that closes it.

use super::MAINDATA;
use super::sock::Definition;
use crate::error::Error;
use crate::store::Store;
use crate::store::change::Change;
use crate::store::setting::{setting_delete, setting_list, setting_put};

/// The kind of these settings.
const KIND: &str = "datasock";

/// `Maindata` is opened by the configuration, so nothing of it is kept.
fn is_kept(name: &str) -> bool {
    name != MAINDATA
}

/// Writes that a datasock was opened.
pub(super) async fn put(
    store: &Store,
    name: &str,
    definition: &Definition,
    change: Change,
    answer: Option<Vec<u8>>,
) -> Result<(), Error> {
    let (name, definition) = (name.to_owned(), definition.clone());
    let written = store.write(move |conn| {
        if is_kept(&name) {
            setting_put(conn, &format!("{KIND}:{name}"), &definition, change.at)?;
        }
        let detail = format!("{} at {}", definition.receiver, definition.port);
        change.record(conn, &format!("{KIND}:{name}"), "ok", Some(detail), answer.as_deref())
    });
    Ok(written.await?)
}

/// Writes that datasocks were closed.
pub(super) async fn delete(
    store: &Store,
    names: Vec<String>,
    change: Change,
    answer: Option<Vec<u8>>,
) -> Result<(), Error> {
    let written = store.write(move |conn| {
        for name in &names {
            setting_delete(conn, &format!("{KIND}:{name}"))?;
        }
        let on_what: Vec<String> = names.iter().map(|name| format!("{KIND}:{name}")).collect();
        change.record(conn, &on_what.join(" "), "ok", None, answer.as_deref())
    });
    Ok(written.await?)
}

/// Every definition that was kept.
pub(super) async fn list(store: &Store) -> Result<Vec<(String, Definition)>, Error> {
    Ok(store.read(|conn| setting_list(conn, KIND)).await?)
}
