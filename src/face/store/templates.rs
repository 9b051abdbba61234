//! The table `face_template`.
//!
//! Holds sealed templates; the keys that open them are in the key store and never here.

use diesel::dsl::max;
use diesel::prelude::*;

use super::instant;
use crate::booking::UserId;
use crate::face::vault::{MODEL, Seen, TemplateAbout};
use crate::store::schema::{face_template, users};
use crate::store::{AnyConn, StoreError};

/// A template as it lies in the store.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = face_template)]
pub(in crate::face) struct SealedRow {
    /// Its number.
    pub(in crate::face) id: i64,
    /// Whose it is.
    pub(in crate::face) user_id: i64,
    /// The key that opens it.
    pub(in crate::face) key_id: i64,
    /// Of the sealing.
    pub(in crate::face) nonce: Vec<u8>,
    /// Numbers and tag.
    pub(in crate::face) sealed: Vec<u8>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = face_template)]
struct AboutRow {
    id: i64,
    user_id: i64,
    key_id: i64,
    model: String,
    made_at: i64,
    made_by: String,
    matched_at: Option<i64>,
    sharpness: f32,
    brightness: f32,
    face_pixels: i32,
}

impl From<AboutRow> for TemplateAbout {
    fn from(row: AboutRow) -> Self {
        Self {
            id: row.id,
            user: UserId(row.user_id),
            key: row.key_id,
            model: row.model,
            made_at: instant(row.made_at),
            made_by: row.made_by,
            matched_at: row.matched_at.map(instant),
            seen: Seen {
                sharpness: row.sharpness,
                brightness: row.brightness,
                face_pixels: row.face_pixels,
            },
        }
    }
}

/// Makes a template that is not sealed yet, and says its number: what is sealed names it.
pub(in crate::face) fn template_insert(
    conn: &mut AnyConn,
    (user, key): (UserId, i64),
    seen: Seen,
    (made_by, at): (&str, i64),
) -> Result<i64, StoreError> {
    let nothing: &[u8] = &[];
    Ok(diesel::insert_into(face_template::table)
        .values((
            face_template::user_id.eq(user.0),
            face_template::key_id.eq(key),
            face_template::nonce.eq(nothing),
            face_template::sealed.eq(nothing),
            face_template::model.eq(MODEL),
            face_template::made_at.eq(at),
            face_template::made_by.eq(made_by),
            face_template::sharpness.eq(seen.sharpness),
            face_template::brightness.eq(seen.brightness),
            face_template::face_pixels.eq(seen.face_pixels),
        ))
        .returning(face_template::id)
        .get_result(conn)?)
}

/// Puts what was sealed in its place.
pub(in crate::face) fn template_reseal(
    conn: &mut AnyConn,
    id: i64,
    key: i64,
    nonce: &[u8],
    sealed: &[u8],
) -> Result<(), StoreError> {
    let changed = diesel::update(face_template::table.find(id))
        .set((
            face_template::key_id.eq(key),
            face_template::nonce.eq(nonce),
            face_template::sealed.eq(sealed),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// The person's templates, oldest first, without what is sealed.
pub(in crate::face) fn template_list(conn: &mut AnyConn, user: UserId) -> Result<Vec<TemplateAbout>, StoreError> {
    let rows: Vec<AboutRow> = face_template::table
        .filter(face_template::user_id.eq(user.0))
        .order(face_template::id)
        .select(AboutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(TemplateAbout::from).collect())
}

/// The sealed templates of those people; those of people who are shut out only when `disabled_too`.
pub(in crate::face) fn template_sealed_of(
    conn: &mut AnyConn,
    people: &[UserId],
    disabled_too: bool,
) -> Result<Vec<SealedRow>, StoreError> {
    let people: Vec<i64> = people.iter().map(|user| user.0).collect();
    let mut query = face_template::table
        .inner_join(users::table)
        .filter(face_template::user_id.eq_any(people))
        .filter(face_template::model.eq(MODEL))
        .order((face_template::user_id, face_template::id))
        .select(SealedRow::as_select())
        .into_boxed();
    if !disabled_too {
        query = query.filter(users::disabled.eq(false));
    }
    Ok(query.load(conn)?)
}

/// At most `limit` sealed templates with numbers above `after`, by number.
pub(in crate::face) fn template_page(conn: &mut AnyConn, after: i64, limit: i64) -> Result<Vec<SealedRow>, StoreError> {
    Ok(face_template::table
        .filter(face_template::id.gt(after))
        .filter(face_template::model.eq(MODEL))
        .order(face_template::id)
        .limit(limit)
        .select(SealedRow::as_select())
        .load(conn)?)
}

/// How many templates there are.
pub(in crate::face) fn template_count(conn: &mut AnyConn) -> Result<i64, StoreError> {
    Ok(face_template::table.count().get_result(conn)?)
}

/// Deletes one template of a person; says whether it was there.
pub(in crate::face) fn template_delete(conn: &mut AnyConn, user: UserId, id: i64) -> Result<bool, StoreError> {
    let row = face_template::table.find(id).filter(face_template::user_id.eq(user.0));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Deletes the templates of a person; says how many there were.
pub(in crate::face) fn template_delete_for_user(conn: &mut AnyConn, user: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(face_template::table.filter(face_template::user_id.eq(user.0))).execute(conn)?)
}

/// Writes that the person was recognised.
pub(in crate::face) fn template_matched(conn: &mut AnyConn, user: UserId, at: i64) -> Result<(), StoreError> {
    diesel::update(face_template::table.filter(face_template::user_id.eq(user.0)))
        .set(face_template::matched_at.eq(Some(at)))
        .execute(conn)?;
    Ok(())
}

/// At most `limit` people none of whose templates was made or matched since `before`.
pub(in crate::face) fn template_users_idle(
    conn: &mut AnyConn,
    before: i64,
    limit: i64,
) -> Result<Vec<UserId>, StoreError> {
    let idle: Vec<i64> = face_template::table
        .group_by(face_template::user_id)
        .having(
            max(face_template::made_at).lt(before).and(
                max(face_template::matched_at)
                    .is_null()
                    .or(max(face_template::matched_at).lt(before)),
            ),
        )
        .order(face_template::user_id)
        .limit(limit)
        .select(face_template::user_id)
        .load(conn)?;
    Ok(idle.into_iter().map(UserId).collect())
}
