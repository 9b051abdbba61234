//! The table `building`.

use diesel::prelude::*;

use crate::place::Position;
use crate::place::rules::building::{Building, Shape};
use crate::place::rules::polygon::Polygon;
use crate::store::schema::building;
use crate::store::{AnyConn, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = building)]
struct BuildingRow {
    id: String,
    name: String,
    latitude: f64,
    longitude: f64,
    radius_m: Option<f64>,
    rings: Option<String>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = building, treat_none_as_null = true)]
struct BuildingForm<'a> {
    id: &'a str,
    name: &'a str,
    latitude: f64,
    longitude: f64,
    radius_m: Option<f64>,
    rings: Option<String>,
    changed_at: i64,
}

impl TryFrom<BuildingRow> for Building {
    type Error = StoreError;

    fn try_from(row: BuildingRow) -> Result<Self, StoreError> {
        let centre = Position::new(row.latitude, row.longitude).map_err(StoreError::refused)?;
        let shape = match (row.radius_m, row.rings) {
            (Some(radius_m), _) => Shape::Circle { centre, radius_m },
            (None, rings) => Shape::Polygon(polygon(&rings.unwrap_or_default())?),
        };
        Self::new(&row.id, &row.name, shape).map_err(StoreError::refused)
    }
}

fn polygon(rings: &str) -> Result<Polygon, StoreError> {
    let rings: Vec<Vec<(f64, f64)>> = serde_json::from_str(rings).map_err(StoreError::refused)?;
    let position = |(east, north): (f64, f64)| Position::new(north, east);
    let rings: Result<Vec<Vec<Position>>, _> = rings
        .into_iter()
        .map(|ring| ring.into_iter().map(position).collect())
        .collect();
    Polygon::new(&rings.map_err(StoreError::refused)?).map_err(StoreError::refused)
}

fn rings_of(shape: &Shape) -> Result<Option<String>, StoreError> {
    let Shape::Polygon(polygon) = shape else {
        return Ok(None);
    };
    let vertex = |position: &Position| (position.longitude(), position.latitude());
    let rings: Vec<Vec<(f64, f64)>> = polygon
        .rings()
        .iter()
        .map(|ring| ring.iter().map(vertex).collect())
        .collect();
    serde_json::to_string(&rings).map(Some).map_err(StoreError::refused)
}

/// Every building. How many there may be is bounded where they are added.
pub(crate) fn building_list_all(conn: &mut AnyConn) -> Result<Vec<Building>, StoreError> {
    let rows: Vec<BuildingRow> = building::table
        .order(building::id)
        .select(BuildingRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Building::try_from).collect()
}

/// The building of that id.
pub(crate) fn building_find(conn: &mut AnyConn, id: &str) -> Result<Option<Building>, StoreError> {
    let row = building::table
        .find(id)
        .select(BuildingRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Building::try_from).transpose()
}

/// Writes a building, in the place of the one with its id if there is one; says whether there was. One more than `most` is
/// a conflict.
pub(crate) fn building_put(conn: &mut AnyConn, new: &Building, most: usize, at: i64) -> Result<bool, StoreError> {
    let form = BuildingForm {
        id: &new.id,
        name: &new.name,
        latitude: new.centre().latitude(),
        longitude: new.centre().longitude(),
        radius_m: match new.shape {
            Shape::Circle { radius_m, .. } => Some(radius_m),
            Shape::Polygon(_) => None,
        },
        rings: rings_of(&new.shape)?,
        changed_at: at,
    };
    let there: i64 = building::table.count().get_result(conn)?;
    let changed = diesel::update(building::table.find(&*new.id))
        .set(&form)
        .execute(conn)?;
    if changed > 0 {
        return Ok(true);
    }
    if usize::try_from(there).is_ok_and(|there| there >= most) {
        return Err(StoreError::Conflict {
            what: format!("there are {most} buildings, which is the most"),
        });
    }
    diesel::insert_into(building::table).values(&form).execute(conn)?;
    Ok(false)
}

/// Removes a building; `Missing` when there is none of that id.
pub(crate) fn building_delete(conn: &mut AnyConn, id: &str) -> Result<(), StoreError> {
    if diesel::delete(building::table.find(id)).execute(conn)? == 0 {
        return Err(StoreError::Missing);
    }
    Ok(())
}
