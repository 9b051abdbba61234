//! The tables `person_position` and `person_visibility`.

use diesel::prelude::*;

use crate::account::store::user_is_somebody;
use crate::booking::UserId;
use crate::place::Position;
use crate::place::rules::person::{Fix, Person, StoredFix};
use crate::place::rules::visibility::Visibility;
use crate::runtime::clock::{from_micros, micros};
use crate::store::schema::{person_position, person_visibility, users};
use crate::store::{AnyConn, StoreError};

/// What somebody chose.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Settings {
    /// How far they look; `None` is the standard of the house.
    pub(crate) range_m: Option<f64>,
    /// Who sees them.
    pub(crate) visibility: Visibility,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = person_position, treat_none_as_null = true)]
struct PositionRow {
    user_id: i64,
    latitude: f64,
    longitude: f64,
    accuracy_m: Option<f64>,
    said_at: i64,
    building_id: Option<String>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = person_visibility, treat_none_as_null = true)]
struct SettingsForm<'a> {
    user_id: i64,
    range_m: Option<f64>,
    visibility: &'a str,
    changed_at: i64,
}

impl PositionRow {
    fn fix(&self) -> Result<Fix, StoreError> {
        Ok(Fix {
            position: Position::new(self.latitude, self.longitude).map_err(StoreError::refused)?,
            accuracy_m: self.accuracy_m,
            at: from_micros(self.said_at),
        })
    }
}

fn settings(row: Option<(Option<f64>, String)>) -> Result<Settings, StoreError> {
    let Some((range_m, visibility)) = row else {
        return Ok(Settings::default());
    };
    Ok(Settings {
        range_m,
        visibility: serde_json::from_str(&visibility).map_err(StoreError::refused)?,
    })
}

/// At most `limit` people who are not shut out and of whom something is kept, with numbers above `after`, by number.
pub(crate) fn person_list(conn: &mut AnyConn, after: UserId, limit: i64) -> Result<Vec<Person>, StoreError> {
    type Row = (i64, String, Option<PositionRow>, Option<(Option<f64>, String)>);
    let rows: Vec<Row> = users::table
        .left_join(person_position::table)
        .left_join(person_visibility::table)
        .filter(users::id.gt(after.0))
        .filter(users::disabled.eq(false))
        .filter(
            person_position::user_id
                .is_not_null()
                .or(person_visibility::user_id.is_not_null()),
        )
        .order(users::id)
        .limit(limit)
        .select((
            users::id,
            users::username,
            Option::<PositionRow>::as_select(),
            (person_visibility::range_m, person_visibility::visibility).nullable(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, name, position, choice)| {
            let settings = settings(choice)?;
            let fix = position.as_ref().map(PositionRow::fix).transpose()?;
            Ok(Person {
                fix,
                building: position.and_then(|row| row.building_id).map(Into::into),
                range_m: settings.range_m,
                visibility: (settings.visibility != Visibility::default()).then(|| Box::new(settings.visibility)),
                ..Person::new(UserId(id), name.into())
            })
        })
        .collect()
}

/// Writes where somebody is; of somebody who was erased meanwhile, nothing.
pub(crate) fn position_put(conn: &mut AnyConn, said: &StoredFix) -> Result<(), StoreError> {
    let row = PositionRow {
        user_id: said.user.0,
        latitude: said.fix.position.latitude(),
        longitude: said.fix.position.longitude(),
        accuracy_m: said.fix.accuracy_m,
        said_at: micros(said.fix.at),
        building_id: said.building.as_deref().map(str::to_owned),
    };
    let changed = diesel::update(person_position::table.find(row.user_id))
        .set(&row)
        .execute(conn)?;
    if changed == 0 && user_is_somebody(conn, said.user)? {
        diesel::insert_into(person_position::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// What somebody chose.
pub(crate) fn settings_find(conn: &mut AnyConn, user: UserId) -> Result<Settings, StoreError> {
    let row = person_visibility::table
        .find(user.0)
        .select((person_visibility::range_m, person_visibility::visibility))
        .first(conn)
        .optional()?;
    settings(row)
}

/// Writes what somebody chose; of somebody who was erased meanwhile, nothing.
pub(crate) fn settings_put(conn: &mut AnyConn, user: UserId, chosen: &Settings, at: i64) -> Result<(), StoreError> {
    let text = serde_json::to_string(&chosen.visibility).map_err(StoreError::refused)?;
    let form = SettingsForm {
        user_id: user.0,
        range_m: chosen.range_m,
        visibility: &text,
        changed_at: at,
    };
    let changed = diesel::update(person_visibility::table.find(user.0))
        .set(&form)
        .execute(conn)?;
    if changed == 0 && user_is_somebody(conn, user)? {
        diesel::insert_into(person_visibility::table)
            .values(&form)
            .execute(conn)?;
    }
    Ok(())
}
