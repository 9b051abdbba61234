//! The table `presence`: when each person was last seen, and how long the server was last known to live.

use diesel::prelude::*;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Mark;
use crate::account::store::user_is_somebody;
use crate::booking::UserId;
use crate::runtime::clock;
use crate::store::schema::{person_position, presence, users};
use crate::store::setting::{setting_find, setting_put};
use crate::store::{AnyConn, StoreError};

/// The setting that says when the server was last known to live.
const SETTING: &str = "presence";

#[derive(Debug, Serialize, Deserialize)]
struct Lived {
    /// Microseconds since 1970.
    until: i64,
}

/// Writes marks; of a person whose account is gone, or who was erased meanwhile, none.
pub(crate) fn presence_put(conn: &mut AnyConn, marks: &[(UserId, Mark)]) -> Result<(), StoreError> {
    for (user, mark) in marks {
        let columns = (
            presence::seen_at.eq(clock::micros(mark.seen_at)),
            presence::is_online.eq(mark.is_online),
        );
        let known = diesel::update(presence::table.find(user.0))
            .set(columns)
            .execute(conn)?;
        if known > 0 {
            continue;
        }
        if user_is_somebody(conn, *user)? {
            diesel::insert_into(presence::table)
                .values((presence::user_id.eq(user.0), columns))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// The server lives at this instant.
pub(crate) fn presence_live(conn: &mut AnyConn, at: Timestamp) -> Result<(), StoreError> {
    let until = clock::micros(at);
    setting_put(conn, SETTING, &Lived { until }, at)
}

/// A server starts: nobody is online. Who was when the one before it died was seen until that was last known to live.
/// Says how many those were.
pub(crate) fn presence_begin(conn: &mut AnyConn) -> Result<usize, StoreError> {
    let lived: Option<Lived> = setting_find(conn, SETTING)?;
    let until = lived.map_or(i64::MIN, |lived| lived.until);
    let online = presence::table.filter(presence::is_online.eq(true));
    // Who came after that instant was seen then.
    diesel::update(online.filter(presence::seen_at.lt(until)))
        .set(presence::seen_at.eq(until))
        .execute(conn)?;
    let were = diesel::update(presence::table.filter(presence::is_online.eq(true)))
        .set(presence::is_online.eq(false))
        .execute(conn)?;
    Ok(were)
}

/// When a person was last seen, as far as it is written.
pub(crate) fn presence_find(conn: &mut AnyConn, user: UserId) -> Result<Option<Timestamp>, StoreError> {
    let seen: Option<i64> = presence::table
        .find(user.0)
        .select(presence::seen_at)
        .first(conn)
        .optional()?;
    Ok(seen.map(clock::from_micros))
}

/// Somebody who was online when that was last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WasOnline {
    pub(crate) user: UserId,
    pub(crate) name: String,
    /// When they came.
    pub(crate) since: Timestamp,
    /// The building they said they are in.
    pub(crate) building: Option<String>,
}

/// At most `limit` people who were online when that was last written, in one building or anywhere, with numbers above
/// `after`, by number. It says nothing of a server that has died since: see [`presence_lived`].
pub(crate) fn presence_list_online(
    conn: &mut AnyConn,
    building: Option<&str>,
    after: UserId,
    limit: i64,
) -> Result<Vec<WasOnline>, StoreError> {
    let mut query = presence::table
        .inner_join(users::table.left_join(person_position::table))
        .filter(presence::is_online.eq(true))
        .filter(presence::user_id.gt(after.0))
        .order(presence::user_id)
        .limit(limit)
        .select((
            presence::user_id,
            users::username,
            presence::seen_at,
            person_position::building_id.nullable(),
        ))
        .into_boxed();
    if let Some(building) = building {
        query = query.filter(person_position::building_id.eq(building));
    }
    let rows: Vec<(i64, String, i64, Option<String>)> = query.load(conn)?;
    let was = |(user, name, since, building)| WasOnline {
        user: UserId(user),
        name,
        since: clock::from_micros(since),
        building,
    };
    Ok(rows.into_iter().map(was).collect())
}

/// When a server was last known to live.
pub(crate) fn presence_lived(conn: &mut AnyConn) -> Result<Option<Timestamp>, StoreError> {
    let lived: Option<Lived> = setting_find(conn, SETTING)?;
    Ok(lived.map(|lived| clock::from_micros(lived.until)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::store::{NewUser, user_insert};
    use crate::store::{DatabaseUrl, Store, StoreOptions};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn person(conn: &mut AnyConn, name: &str) -> UserId {
        let new = NewUser {
            username: name.to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            role: "user".to_owned(),
            password_hash: None,
        };
        user_insert(conn, &new, 0).unwrap()
    }

    fn mark(second: i64, is_online: bool) -> Mark {
        Mark {
            seen_at: at(second),
            is_online,
        }
    }

    #[test]
    fn after_a_crash_nobody_is_online_and_each_was_seen_until_the_server_last_lived() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("motorpool.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let ended = store.write_blocking(|conn| {
            assert_eq!(presence_begin(conn)?, 0, "the first start");
            let (anna, bert, carl) = (person(conn, "anna"), person(conn, "bert"), person(conn, "carl"));
            presence_put(
                conn,
                &[(anna, mark(10, true)), (bert, mark(11, true)), (carl, mark(13, true))],
            )?;
            presence_put(conn, &[(bert, mark(11, false)), (UserId(99), mark(1, true))])?;
            presence_live(conn, at(12))?;
            assert_eq!(presence_begin(conn)?, 2);
            assert_eq!(presence_begin(conn)?, 0);
            let seen = [anna, bert, carl].map(|user| presence_find(conn, user).unwrap());
            assert_eq!(seen, [Some(at(12)), Some(at(11)), Some(at(13))]);
            assert_eq!(presence_find(conn, UserId(99))?, None, "no account, no mark");
            Ok(())
        });
        ended.unwrap();
        store.close();
    }
}
