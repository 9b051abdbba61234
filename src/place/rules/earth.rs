//! Points on the sphere of the earth's mean radius, and the grid of cells that it is divided into.
//!
//! Distances here are metres on that sphere, within 0.6 % of those on the ellipsoid. As points in space they need no
//! care at the poles and at the 180th meridian.

use std::f64::consts::{FRAC_PI_2, TAU};

use crate::place::Position;

/// Mean radius of the earth in metres (IUGG).
const RADIUS_M: f64 = 6_371_008.8;
/// Metres of one degree of latitude.
const DEGREE_M: f64 = RADIUS_M * TAU / 360.0;
/// With fewer columns than these a row is near a pole, where its cells are no squares.
const COLUMNS_SQUARE_MIN: f64 = 8.0;

/// A point in space, metres from the centre of the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point([f64; 3]);

impl Point {
    /// Where a position is.
    pub(crate) fn of(position: Position) -> Self {
        let (latitude, longitude) = (position.latitude().to_radians(), position.longitude().to_radians());
        let (height, ring) = latitude.sin_cos();
        let (east, front) = longitude.sin_cos();
        Self([RADIUS_M * ring * front, RADIUS_M * ring * east, RADIUS_M * height])
    }

    /// Its coordinates.
    pub(crate) fn xyz(self) -> [f64; 3] {
        self.0
    }

    /// The square of the straight way through the earth; it grows with the distance.
    pub(crate) fn chord2(self, other: Self) -> f64 {
        let ([x, y, z], [a, b, c]) = (self.0, other.0);
        // Fused steps would be calls of a function where the processor is not known to have them.
        (x - a) * (x - a) + (y - b) * (y - b) + (z - c) * (z - c)
    }

    /// Metres over the ground.
    pub(crate) fn metres_to(self, other: Self) -> f64 {
        metres(self.chord2(other))
    }
}

/// Metres over the ground of the square of a straight way.
pub(crate) fn metres(chord2: f64) -> f64 {
    /// Below it (some 12 km) three terms of the series of the arc sine are as exact as the numbers are.
    const SHORT: f64 = 1e-3;
    let half = chord2.sqrt() / (2.0 * RADIUS_M);
    let arc = if half < SHORT {
        let square = half * half;
        half * (1.0 + square * (1.0 / 6.0 + square * (3.0 / 40.0)))
    } else {
        half.min(1.0).asin()
    };
    2.0 * RADIUS_M * arc
}

/// The square of the straight way of so many metres over the ground.
pub(crate) fn chord2(metres: f64) -> f64 {
    let chord = 2.0 * RADIUS_M * (metres / (2.0 * RADIUS_M)).min(FRAC_PI_2).sin();
    chord * chord
}

/// One cell of a grid: whole numbers of its row and of its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    row: f64,
    column: f64,
}

impl Cell {
    /// What tells it from every other cell of its grid.
    pub(crate) fn key(self) -> (u64, u64) {
        (self.row.to_bits(), self.column.to_bits())
    }
}

/// The earth in cells of about the same size, the same for everybody at any time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    edge_m: f64,
    /// Degrees of latitude of a row.
    height: f64,
    /// The last row.
    top: f64,
}

impl Grid {
    /// Cells with edges of so many metres; at least one.
    pub(crate) fn of(edge_m: f64) -> Self {
        let edge_m = edge_m.max(1.0);
        let height = edge_m / DEGREE_M;
        Self {
            edge_m,
            height,
            top: (180.0 / height).ceil() - 1.0,
        }
    }

    /// The cell of a position.
    pub(crate) fn cell(&self, position: Position) -> Cell {
        let row = ((position.latitude() + 90.0) / self.height)
            .floor()
            .clamp(0.0, self.top);
        let columns = self.columns(row);
        let column = ((position.longitude() + 180.0) / 360.0 * columns).floor();
        // The 180th meridian is one line with two names.
        let column = if column >= columns { 0.0 } else { column };
        Cell { row, column }
    }

    /// The middle of a cell.
    pub(crate) fn centre(&self, cell: Cell) -> Position {
        let latitude = ((cell.row + 0.5) * self.height - 90.0).min(90.0);
        let longitude = (cell.column + 0.5) / self.columns(cell.row) * 360.0 - 180.0;
        Position { latitude, longitude }
    }

    /// No point of a cell is farther from its middle than so many metres.
    pub(crate) fn reach_m(&self, cell: Cell) -> f64 {
        // Half the diagonal of a square is 0.71 edges; a column may be an eighth wider. At a pole a cell is a cap or a ring.
        let edges = if self.columns(cell.row) >= COLUMNS_SQUARE_MIN {
            0.77
        } else {
            1.6
        };
        edges * self.edge_m
    }

    /// Columns of a row: as many as its longer edge has room for.
    fn columns(&self, row: f64) -> f64 {
        let (south, north) = (row * self.height - 90.0, (row + 1.0) * self.height - 90.0);
        let nearest = if south < 0.0 && north > 0.0 {
            0.0
        } else {
            south.abs().min(north.abs())
        };
        let around = TAU * RADIUS_M * nearest.to_radians().cos();
        (around / self.edge_m).floor().max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).unwrap()
    }

    fn anywhere() -> impl Strategy<Value = Position> {
        (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(latitude, longitude)| at(latitude, longitude))
    }

    #[test]
    fn distances_on_the_sphere_are_those_of_the_haversine() {
        for (from, to, wanted) in [
            ((0.0, 0.0), (0.0, 1.0), 111_195.1),
            ((0.0, 0.0), (90.0, 0.0), 10_007_557.2),
            ((0.0, 179.5), (0.0, -179.5), 111_195.1),
            ((90.0, 10.0), (90.0, -120.0), 0.0),
            ((38.736_7, -9.138_3), (38.736_7, -9.138_3), 0.0),
            ((10.0, 20.0), (-10.0, -160.0), 20_015_114.4),
        ] {
            let measured = Point::of(at(from.0, from.1)).metres_to(Point::of(at(to.0, to.1)));
            assert!((measured - wanted).abs() < 0.2, "{from:?} {to:?}: {measured}");
        }
    }

    proptest! {
        #[test]
        fn short_ways_are_as_exact_as_long_ones(metres_there in 0.001..20_000.0_f64) {
            let chord2 = chord2(metres_there);
            let exact = 2.0 * RADIUS_M * (chord2.sqrt() / (2.0 * RADIUS_M)).asin();
            prop_assert!((metres(chord2) - exact).abs() <= exact * 1e-15, "{} {exact}", metres(chord2));
        }

        #[test]
        fn a_way_through_the_earth_is_a_way_over_the_ground(metres_there in 0.0..20_000_000.0_f64) {
            prop_assert!((metres(chord2(metres_there)) - metres_there).abs() < 1.0);
        }

        #[test]
        fn a_position_is_within_reach_of_the_middle_of_its_cell(
            position in anywhere(),
            edge_m in prop_oneof![Just(100.0), Just(128.0), Just(500.0), Just(10_000.0)],
        ) {
            let grid = Grid::of(edge_m);
            let cell = grid.cell(position);
            let middle = grid.centre(cell);
            let apart = Point::of(position).metres_to(Point::of(middle));
            prop_assert!(apart <= grid.reach_m(cell), "{apart} m of {}", grid.reach_m(cell));
        }

        #[test]
        fn a_middle_stays_where_it_is(position in anywhere(), edge_m in 100.0..10_000.0_f64) {
            let grid = Grid::of(edge_m);
            let cell = grid.cell(position);
            prop_assert_eq!(grid.cell(grid.centre(cell)), cell);
        }
    }
}
