//! Buildings from JSON: the lists of spaces that building services give out, and GeoJSON.
//!
//! A space with a position and a range is a circle; one without is a container of others. A feature is a polygon, or a
//! point with a radius. What a building must be is decided by `place::rules`.

use std::sync::Arc;

use geojson::{Feature, GeoJson, GeometryValue};
use serde_json::{Map, Value};

use super::fault::{Faults, Place, shown};
use super::rules::Row;
use crate::place::Position;
use crate::place::rules::building::{Building, Shape};
use crate::place::rules::polygon::Polygon;

/// What the radius of a circle is called where it comes from.
const RADII: [&str; 4] = ["radius_m", "range", "radius", "radious"];

/// The buildings of a text that is JSON.
pub(super) fn parse(file: &Arc<str>, text: &str, faults: &mut Faults) -> Option<Vec<Row<Building>>> {
    let mut reader = Reader {
        file,
        text,
        from: 0,
        faults,
        rows: Vec::new(),
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(err) => {
            let place = Place {
                file: Arc::clone(file),
                line: Some(err.line()),
            };
            reader.faults.add(place, None, format!("is no JSON: {err}"));
            return None;
        }
    };
    let before = reader.faults.count();
    match value.get("type").and_then(Value::as_str) {
        Some("FeatureCollection" | "Feature") => reader.geojson(),
        _ => reader.spaces(&value),
    }
    if reader.rows.is_empty() && reader.faults.count() == before {
        let place = reader.place(None);
        let message =
            "has no buildings, wanted `containedSpaces` with latitude, longitude and range, or GeoJSON features";
        reader.faults.add(place, None, message);
    }
    Some(reader.rows)
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    /// Behind the id that was found last.
    from: usize,
    faults: &'a mut Faults,
    rows: Vec<Row<Building>>,
}

impl Reader<'_> {
    /// Where the next building of that id stands.
    fn place(&mut self, id: Option<&str>) -> Place {
        let quoted = id.and_then(|id| serde_json::to_string(id).ok());
        let rest = self.text.get(self.from..).unwrap_or_default();
        let found = quoted.and_then(|quoted| Some((rest.find(&quoted)?, quoted.len())));
        let line = found.map(|(at, length)| {
            self.from = self.from.saturating_add(at).saturating_add(length);
            let before = self.text.get(..self.from).unwrap_or_default();
            before.matches('\n').count().saturating_add(1)
        });
        Place {
            file: Arc::clone(self.file),
            line,
        }
    }

    fn spaces(&mut self, value: &Value) {
        match value {
            Value::Array(spaces) => spaces.iter().for_each(|space| self.spaces(space)),
            Value::Object(space) => {
                let radius = RADII.iter().find_map(|name| space.get(*name));
                let is_container = space.contains_key("containedSpaces");
                let is_placed = ["id", "latitude", "longitude"]
                    .iter()
                    .any(|key| space.contains_key(*key));
                if radius.is_some() || is_placed && !is_container {
                    self.space(space, radius);
                }
                if let Some(inner) = space.get("containedSpaces") {
                    self.spaces(inner);
                }
            }
            _ => {
                let place = self.place(None);
                let message = format!("got {}, wanted a space", shown(&value.to_string()));
                self.faults.add(place, None, message);
            }
        }
    }

    fn space(&mut self, space: &Map<String, Value>, radius: Option<&Value>) {
        let id = space.get("id").and_then(id_of);
        let place = self.place(id.as_deref());
        let (latitude, longitude) = (number(space.get("latitude")), number(space.get("longitude")));
        let shape = circle(latitude, longitude, number(radius));
        self.take(place, id, space.get("name"), shape);
    }

    fn geojson(&mut self) {
        let features = match self.text.parse::<GeoJson>() {
            Ok(GeoJson::FeatureCollection(collection)) => collection.features,
            Ok(GeoJson::Feature(feature)) => vec![feature],
            Ok(GeoJson::Geometry(_)) => Vec::new(),
            Err(err) => {
                let place = self.place(None);
                self.faults.add(place, None, format!("is no GeoJSON: {err}"));
                return;
            }
        };
        for feature in features {
            self.feature(&feature);
        }
    }

    fn feature(&mut self, feature: &Feature) {
        let property = |name: &str| feature.properties.as_ref().and_then(|properties| properties.get(name));
        let own = feature.id.as_ref().map(|id| match id {
            geojson::feature::Id::String(text) => text.clone(),
            geojson::feature::Id::Number(number) => number.to_string(),
        });
        let id = own.or_else(|| property("building").or_else(|| property("id")).and_then(id_of));
        let place = self.place(id.as_deref());
        let radius = RADII.iter().find_map(|name| property(name));
        let shape = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
            Some(GeometryValue::Polygon { coordinates }) => rings(coordinates),
            Some(GeometryValue::MultiPolygon { coordinates }) => match coordinates.as_slice() {
                [one] => rings(one),
                many => Err(format!("has {} polygons, wanted one building for each", many.len())),
            },
            Some(GeometryValue::Point { coordinates }) => {
                let (longitude, latitude) = pair(coordinates.as_slice());
                circle(latitude, longitude, number(radius))
            }
            Some(other) => Err(format!(
                "is a {}, wanted a Polygon or a Point with radius_m",
                other.type_name()
            )),
            None => Err("has no geometry".to_owned()),
        };
        self.take(place, id, property("name"), shape);
    }

    fn take(&mut self, place: Place, id: Option<String>, name: Option<&Value>, shape: Result<Shape, String>) {
        let name = name.and_then(Value::as_str);
        let built = match (&id, shape) {
            (None, _) => Err("has no `id`".to_owned()),
            (Some(_), Err(why)) => Err(why),
            // Who has no name is called by its id.
            (Some(id), Ok(shape)) => {
                Building::new(id.trim(), name.map_or(id.as_str(), str::trim), shape).map_err(|fault| fault.to_string())
            }
        };
        match built {
            Ok(of) => self.rows.push(Row { place, of }),
            Err(why) => {
                let which = id.map_or_else(|| "a building".to_owned(), |id| format!("building `{}`", shown(&id)));
                self.faults.add(place, None, format!("{which}: {why}"));
            }
        }
    }
}

fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

fn circle(latitude: Option<f64>, longitude: Option<f64>, radius_m: Option<f64>) -> Result<Shape, String> {
    let (Some(latitude), Some(longitude), Some(radius_m)) = (latitude, longitude, radius_m) else {
        return Err("wanted `latitude`, `longitude` and `range` as numbers".to_owned());
    };
    let centre = Position::new(latitude, longitude).map_err(|err| err.to_string())?;
    Ok(Shape::Circle { centre, radius_m })
}

fn pair(coordinates: &[f64]) -> (Option<f64>, Option<f64>) {
    (coordinates.first().copied(), coordinates.get(1).copied())
}

fn rings(rings: &[Vec<geojson::Position>]) -> Result<Shape, String> {
    let position = |vertex: &geojson::Position| match pair(vertex.as_slice()) {
        (Some(longitude), Some(latitude)) => Position::new(latitude, longitude).map_err(|err| err.to_string()),
        _ => Err("has a vertex without two numbers".to_owned()),
    };
    let rings: Result<Vec<Vec<Position>>, String> =
        rings.iter().map(|ring| ring.iter().map(position).collect()).collect();
    Polygon::new(&rings?)
        .map(Shape::Polygon)
        .map_err(|fault| fault.to_string())
}
