//! One building, or any other area that has a name: a circle or a polygon, and whether it can be.

use std::sync::Arc;

use super::earth::Point;
use super::polygon::{Polygon, PolygonFault};
use crate::place::Position;

/// Characters of an id.
pub(crate) const ID_CHARS_MAX: usize = 50;
/// Characters of a name.
pub(crate) const NAME_CHARS_MAX: usize = 100;
/// Largest circle, in metres.
pub(crate) const RADIUS_M_MAX: f64 = 100_000.0;

/// Why something is no building.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(crate) enum BuildingFault {
    /// Too short or too long.
    #[error("got a `{field}` of {got} characters, wanted 1 to {max}")]
    Length {
        /// Which text.
        field: &'static str,
        /// Its characters.
        got: usize,
        /// The most it may have.
        max: usize,
    },
    /// A letter that nobody can see.
    #[error("got the control character {got:?} in `{field}`")]
    Control {
        /// Which text.
        field: &'static str,
        /// The letter.
        got: char,
    },
    /// White space where it would be taken for none.
    #[error("got white space at an end of `{field}`")]
    Padded {
        /// Which text.
        field: &'static str,
    },
    /// No radius of a place.
    #[error("got a `radius_m` of {got}, wanted more than 0 and at most {RADIUS_M_MAX} metres")]
    Radius {
        /// What it is.
        got: f64,
    },
    /// No polygon.
    #[error(transparent)]
    Polygon(#[from] PolygonFault),
}

/// What area it takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Everything within so many metres of a centre.
    Circle {
        /// Its middle.
        centre: Position,
        /// How far it goes.
        radius_m: f64,
    },
    /// Everything inside of an outline and of no hole.
    Polygon(Polygon),
}

/// A named area.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Building {
    /// What commands and files call it.
    pub(crate) id: Arc<str>,
    /// What people call it.
    pub(crate) name: Arc<str>,
    /// Where it is.
    pub(crate) shape: Shape,
}

impl Building {
    /// A building that can be.
    pub(crate) fn new(id: &str, name: &str, shape: Shape) -> Result<Self, BuildingFault> {
        check_text("building", id, ID_CHARS_MAX)?;
        check_text("name", name, NAME_CHARS_MAX)?;
        if let Shape::Circle { radius_m, .. } = shape
            && !(radius_m > 0.0 && radius_m <= RADIUS_M_MAX)
        {
            return Err(BuildingFault::Radius { got: radius_m });
        }
        Ok(Self {
            id: id.into(),
            name: name.into(),
            shape,
        })
    }

    /// The centre of a circle, the centroid of a polygon's outline: by this the nearest of several is told.
    pub(crate) fn centre(&self) -> Position {
        match &self.shape {
            Shape::Circle { centre, .. } => *centre,
            Shape::Polygon(polygon) => polygon.centroid(),
        }
    }

    /// Nothing of it is farther from its centre.
    pub(crate) fn reach_m(&self) -> f64 {
        match &self.shape {
            Shape::Circle { radius_m, .. } => *radius_m,
            Shape::Polygon(polygon) => polygon.reach_m(),
        }
    }

    /// Whether a position is inside; how far from the centre then, in metres.
    pub(crate) fn contains(&self, position: Position) -> Option<f64> {
        let apart = Point::of(position).metres_to(Point::of(self.centre()));
        let is_inside = match &self.shape {
            Shape::Circle { radius_m, .. } => apart <= *radius_m,
            Shape::Polygon(polygon) => apart <= polygon.reach_m() && polygon.contains(position),
        };
        is_inside.then_some(apart)
    }
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), BuildingFault> {
    let got = text.chars().count();
    if got == 0 || got > max {
        return Err(BuildingFault::Length { field, got, max });
    }
    if let Some(got) = text.chars().find(|letter| letter.is_control()) {
        return Err(BuildingFault::Control { field, got });
    }
    if text.trim() != text {
        return Err(BuildingFault::Padded { field });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(radius_m: f64) -> Shape {
        Shape::Circle {
            centre: Position::new(38.737, -9.138).unwrap(),
            radius_m,
        }
    }

    #[test]
    fn texts_and_radii_are_taken_at_their_bounds_and_refused_beyond() {
        let made = |id: &str, name: &str, radius_m: f64| Building::new(id, name, circle(radius_m)).is_ok();
        for (id, name, radius_m, good) in [
            ("1", "n", 0.001, true),
            (&"i".repeat(50), &"ü".repeat(100), RADIUS_M_MAX, true),
            (&"i".repeat(51), "n", 1.0, false),
            ("1", &"n".repeat(101), 1.0, false),
            ("", "n", 1.0, false),
            ("1", "", 1.0, false),
            ("1", "O'Neill's; DROP TABLE building", 1.0, true),
            ("1", "a\nb", 1.0, false),
            (" 1", "n", 1.0, false),
            ("1", "n ", 1.0, false),
            ("1", "n", 0.0, false),
            ("1", "n", -1.0, false),
            ("1", "n", f64::NAN, false),
            ("1", "n", f64::INFINITY, false),
            ("1", "n", RADIUS_M_MAX + 1.0, false),
        ] {
            assert_eq!(made(id, name, radius_m), good, "{id:?} {name:?} {radius_m}");
        }
    }

    #[test]
    fn a_circle_contains_its_rim() {
        let building = Building::new("1", "n", circle(54.0)).unwrap();
        let north = |metres: f64| Position::new(38.737 + metres / 111_195.08, -9.138).unwrap();
        assert!(building.contains(north(53.9)).is_some());
        assert!(building.contains(north(54.1)).is_none());
    }
}
