//! Polygons on the map: rings of vertices, what is inside of them, and whether they can be.
//!
//! Edges are straight in degrees, as GeoJSON has them; a ring may cross the 180th meridian. A point on an edge belongs
//! to one of the two sides, the same at every look.

use super::earth::Point;
use crate::place::Position;

/// Vertices of one polygon, its holes included.
pub(crate) const VERTICES_MAX: usize = 1_000;
/// Holes of one polygon.
pub(crate) const HOLES_MAX: usize = 16;
/// No vertex may be farther from the centroid, in metres.
pub(crate) const REACH_M_MAX: f64 = 100_000.0;

/// Why rings are no polygon.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(crate) enum PolygonFault {
    /// There is nothing.
    #[error("got no ring, wanted the outline first and then its holes")]
    Empty,
    /// Too few corners.
    #[error("ring {ring} has {got} different vertices, wanted at least 3")]
    Corners {
        /// Counted from 1.
        ring: usize,
        /// Its vertices.
        got: usize,
    },
    /// Too many corners.
    #[error("got {got} vertices, wanted at most {VERTICES_MAX}")]
    Vertices {
        /// All of them.
        got: usize,
    },
    /// Too many holes.
    #[error("got {got} holes, wanted at most {HOLES_MAX}")]
    Holes {
        /// How many.
        got: usize,
    },
    /// Edges that meet elsewhere than at their ends.
    #[error("ring {ring} crosses or touches itself")]
    Crosses {
        /// Counted from 1.
        ring: usize,
    },
    /// All vertices in a line.
    #[error("ring {ring} encloses nothing")]
    Flat {
        /// Counted from 1.
        ring: usize,
    },
    /// A hole that is no hole.
    #[error("ring {ring} is a hole that is not inside of the outline")]
    Outside {
        /// Counted from 1.
        ring: usize,
    },
    /// Rings that meet.
    #[error("rings {one} and {other} meet")]
    Meet {
        /// Counted from 1.
        one: usize,
        /// Counted from 1.
        other: usize,
    },
    /// Larger than any place.
    #[error("a vertex is {got:.0} m from the centroid, wanted at most {REACH_M_MAX}")]
    Reach {
        /// How far.
        got: f64,
    },
}

/// A vertex in degrees east and north, counted on over the 180th meridian.
type Vertex = (f64, f64);

/// An outline with holes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Polygon {
    outline: Vec<Vertex>,
    holes: Vec<Vec<Vertex>>,
    centroid: Position,
    reach_m: f64,
}

impl Polygon {
    /// Of rings of positions, the outline first; each may repeat its first position at its end.
    pub(crate) fn new(rings: &[Vec<Position>]) -> Result<Self, PolygonFault> {
        let (first, others) = rings.split_first().ok_or(PolygonFault::Empty)?;
        let got = rings.iter().map(Vec::len).sum();
        // A ring that repeats its first position has one more than it has vertices.
        if got > VERTICES_MAX.saturating_add(rings.len()) {
            return Err(PolygonFault::Vertices { got });
        }
        if others.len() > HOLES_MAX {
            return Err(PolygonFault::Holes { got: others.len() });
        }
        let start = first.first().map_or(0.0, |position| position.longitude());
        let outline = ring(first, start, 1)?;
        let mut holes = Vec::with_capacity(others.len());
        for (number, hole) in (2..).zip(others) {
            holes.push(ring(hole, start, number)?);
        }
        let vertices = outline.len() + holes.iter().map(Vec::len).sum::<usize>();
        if vertices > VERTICES_MAX {
            return Err(PolygonFault::Vertices { got: vertices });
        }
        apart(&outline, &holes)?;
        let centroid = centroid(&outline);
        let middle = Point::of(centroid);
        let farthest = first
            .iter()
            .map(|vertex| Point::of(*vertex).metres_to(middle))
            .fold(0.0, f64::max);
        if farthest > REACH_M_MAX {
            return Err(PolygonFault::Reach { got: farthest });
        }
        Ok(Self {
            outline,
            holes,
            centroid,
            // An edge that is straight in degrees is not the shortest way.
            reach_m: farthest * 1.05 + 1.0,
        })
    }

    /// The middle of its outline.
    pub(crate) fn centroid(&self) -> Position {
        self.centroid
    }

    /// Nothing of it is farther from its centroid.
    pub(crate) fn reach_m(&self) -> f64 {
        self.reach_m
    }

    /// Whether a position is inside, and in no hole.
    pub(crate) fn contains(&self, position: Position) -> bool {
        let vertex = (
            near_turn(position.longitude(), self.centroid.longitude),
            position.latitude(),
        );
        encloses(&self.outline, vertex) && !self.holes.iter().any(|hole| encloses(hole, vertex))
    }

    /// Its rings, not closed, the outline first.
    pub(crate) fn rings(&self) -> Vec<Vec<Position>> {
        let ring = |ring: &Vec<Vertex>| ring.iter().map(|vertex| on_map(*vertex)).collect();
        std::iter::once(&self.outline).chain(&self.holes).map(ring).collect()
    }
}

fn on_map((east, north): Vertex) -> Position {
    let longitude = if east > 180.0 {
        east - 360.0
    } else if east < -180.0 {
        east + 360.0
    } else {
        east
    };
    Position {
        latitude: north.clamp(-90.0, 90.0),
        longitude,
    }
}

/// A longitude as it is counted from nearby.
fn near_turn(longitude: f64, from: f64) -> f64 {
    let off = longitude - from;
    if off > 180.0 {
        longitude - 360.0
    } else if off < -180.0 {
        longitude + 360.0
    } else {
        longitude
    }
}

/// One ring, without its repeated end.
fn ring(positions: &[Position], start: f64, number: usize) -> Result<Vec<Vertex>, PolygonFault> {
    let mut ring: Vec<Vertex> = Vec::with_capacity(positions.len());
    let mut before = start;
    for position in positions {
        let east = near_turn(position.longitude(), before);
        before = east;
        let vertex = (east, position.latitude());
        if ring.last() != Some(&vertex) {
            ring.push(vertex);
        }
    }
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    if ring.len() < 3 {
        return Err(PolygonFault::Corners {
            ring: number,
            got: ring.len(),
        });
    }
    if crosses_itself(&ring) {
        return Err(PolygonFault::Crosses { ring: number });
    }
    if doubled_area(&ring) == 0.0 {
        return Err(PolygonFault::Flat { ring: number });
    }
    Ok(ring)
}

/// The edges of a ring, each with its number.
fn edges(ring: &[Vertex]) -> impl Iterator<Item = (Vertex, Vertex)> + Clone + '_ {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(from, to)| (*from, *to))
}

/// Twice the area, with a sign for the direction.
fn doubled_area(ring: &[Vertex]) -> f64 {
    let origin = ring.first().copied().unwrap_or_default();
    edges(ring).map(|(from, to)| turn(origin, from, to)).sum()
}

/// On which side of the line through the first two the third one is: above 0 on the left.
fn turn(a: Vertex, b: Vertex, c: Vertex) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Whether two edges have a point in common.
fn meet(one: (Vertex, Vertex), other: (Vertex, Vertex)) -> bool {
    let within = |(from, to): (Vertex, Vertex), at: Vertex| {
        at.0 >= from.0.min(to.0) && at.0 <= from.0.max(to.0) && at.1 >= from.1.min(to.1) && at.1 <= from.1.max(to.1)
    };
    let (a, b) = (turn(one.0, one.1, other.0), turn(one.0, one.1, other.1));
    let (c, d) = (turn(other.0, other.1, one.0), turn(other.0, other.1, one.1));
    let is_across = |one: f64, other: f64| (one > 0.0 && other < 0.0) || (one < 0.0 && other > 0.0);
    (is_across(a, b) && is_across(c, d))
        || (a == 0.0 && within(one, other.0))
        || (b == 0.0 && within(one, other.1))
        || (c == 0.0 && within(other, one.0))
        || (d == 0.0 && within(other, one.1))
}

/// Two edges that follow one another share a vertex and no more; any other two have nothing in common.
fn crosses_itself(ring: &[Vertex]) -> bool {
    let last = ring.len().saturating_sub(1);
    let goes_back = |((from, at), (_, to)): ((Vertex, Vertex), (Vertex, Vertex))| {
        let same_way = (from.0 - at.0) * (to.0 - at.0) + (from.1 - at.1) * (to.1 - at.1) > 0.0;
        turn(from, at, to) == 0.0 && same_way
    };
    if edges(ring).zip(edges(ring).cycle().skip(1)).any(goes_back) {
        return true;
    }
    edges(ring).enumerate().any(|(at, one)| {
        let others = edges(ring).enumerate().skip(at.saturating_add(2));
        let mut others = others.filter(|(other, _)| at != 0 || *other != last);
        others.any(|(_, other)| meet(one, other))
    })
}

/// Holes are inside of the outline, and rings do not meet.
fn apart(outline: &[Vertex], holes: &[Vec<Vertex>]) -> Result<(), PolygonFault> {
    let rings: Vec<&[Vertex]> = std::iter::once(outline)
        .chain(holes.iter().map(Vec::as_slice))
        .collect();
    for (one, ring) in (1..).zip(&rings) {
        for (other, further) in (1..).zip(&rings).skip(one) {
            let touches = edges(ring).any(|edge| edges(further).any(|against| meet(edge, against)));
            if touches {
                return Err(PolygonFault::Meet { one, other });
            }
        }
    }
    for (number, hole) in (2..).zip(holes) {
        let is_inside = hole.first().is_some_and(|vertex| encloses(outline, *vertex));
        let is_in_another = holes
            .iter()
            .filter(|other| !std::ptr::eq(*other, hole))
            .any(|other| hole.first().is_some_and(|vertex| encloses(other, *vertex)));
        if !is_inside || is_in_another {
            return Err(PolygonFault::Outside { ring: number });
        }
    }
    Ok(())
}

/// Counts how often a way to the east leaves the ring.
fn encloses(ring: &[Vertex], (east, north): Vertex) -> bool {
    let crossed = edges(ring).filter(|((from_east, from_north), (to_east, to_north))| {
        let spans = (*from_north > north) != (*to_north > north);
        spans && east < (to_east - from_east) * (north - from_north) / (to_north - from_north) + from_east
    });
    crossed.count() % 2 == 1
}

/// The centre of the area.
fn centroid(ring: &[Vertex]) -> Position {
    // Counted from a vertex: large numbers would eat up the small differences.
    let (east, north) = ring.first().copied().unwrap_or_default();
    let area = doubled_area(ring);
    let sum = edges(ring).fold((0.0, 0.0), |sum, (from, to)| {
        let (from, to) = ((from.0 - east, from.1 - north), (to.0 - east, to.1 - north));
        let part = from.0 * to.1 - to.0 * from.1;
        (sum.0 + (from.0 + to.0) * part, sum.1 + (from.1 + to.1) * part)
    });
    on_map((east + sum.0 / (3.0 * area), north + sum.1 / (3.0 * area)))
}

#[cfg(test)]
mod tests;
