//! A database with many people and a token for each, so that a crowd signs in without one password being hashed.

use std::path::Path;

use motorpool::account::keys;
use motorpool::account::store::{NewToken, NewUser, token_insert, user_insert};
use motorpool::account::{Begun, Issue};
use motorpool::runtime::clock;
use motorpool::store::{DatabaseUrl, Store, StoreOptions};

use super::{Fault, fleet};

/// How long a token is good, in microseconds: two days.
const TOKEN_LASTS: i64 = 48 * 3_600 * 1_000_000;

/// Makes so many people of a role in the store of `folder`; gives a token of each.
pub(crate) fn prepare(folder: &Path, role: &str, people: usize) -> Result<Vec<String>, Fault> {
    let url = DatabaseUrl::sqlite(folder.join("motorpool.db"));
    let store = Store::open(&url, StoreOptions::default())?;
    let now = clock::micros(clock::now());
    let role = role.to_owned();
    let mut secrets = Vec::new();
    for _ in 0..people {
        secrets.push(keys::token_new()?);
    }
    let tokens = secrets.iter().map(|secret| secret.reveal().to_owned()).collect();
    store.write_blocking(move |conn| {
        for (number, secret) in secrets.iter().enumerate() {
            let name = fleet::name(&role, number);
            let new = NewUser {
                username: name.clone(),
                first_name: "Ada".to_owned(),
                last_name: "Lovelace".to_owned(),
                email: format!("{name}@example.org"),
                role: role.clone(),
                password_hash: None,
            };
            let user = user_insert(conn, &new, now)?;
            let token = NewToken {
                token_hash: secret.hash(),
                issue: Issue {
                    client_id: uuid::Uuid::new_v4().to_string(),
                    name,
                    kind: "client".to_owned(),
                    user_id: Some(user),
                    key_id: None,
                    begun: Begun::default(),
                },
                expires_at: now + TOKEN_LASTS,
            };
            token_insert(conn, &token, now)?;
        }
        Ok(())
    })?;
    store.close();
    Ok(tokens)
}
