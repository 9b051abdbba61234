//! Polygons against a walk around them, and rings that can be none.

use proptest::prelude::*;

use super::*;

fn at(latitude: f64, longitude: f64) -> Position {
    Position::new(latitude, longitude).unwrap()
}

fn positions(vertices: &[(f64, f64)]) -> Vec<Position> {
    vertices.iter().map(|(east, north)| at(*north, *east)).collect()
}

fn square(from: f64, to: f64) -> Vec<Position> {
    positions(&[(from, from), (to, from), (to, to), (from, to)])
}

#[test]
fn a_point_in_a_hole_is_outside() {
    let mut outline = square(0.0, 0.4);
    outline.push(outline[0]);
    let polygon = Polygon::new(&[outline, square(0.1, 0.2)]).unwrap();
    for (latitude, longitude, inside) in [
        (0.05, 0.05, true),
        (0.15, 0.15, false),
        (0.25, 0.15, true),
        (0.45, 0.15, false),
        (0.15, -0.05, false),
    ] {
        assert_eq!(
            polygon.contains(at(latitude, longitude)),
            inside,
            "{latitude} {longitude}"
        );
    }
    assert!((polygon.centroid().latitude() - 0.2).abs() < 1e-9);
    assert_eq!(polygon.rings()[1], square(0.1, 0.2));
}

#[test]
fn a_polygon_may_cross_the_180th_meridian() {
    let ring = positions(&[(179.9, 0.0), (-179.9, 0.0), (-179.9, 0.2), (179.9, 0.2)]);
    let polygon = Polygon::new(std::slice::from_ref(&ring)).unwrap();
    for (longitude, inside) in [
        (180.0, true),
        (-180.0, true),
        (-179.95, true),
        (179.85, false),
        (0.0, false),
    ] {
        assert_eq!(polygon.contains(at(0.1, longitude)), inside, "{longitude}");
    }
    assert!((polygon.centroid().longitude().abs() - 180.0).abs() < 1e-9);
    assert_eq!(polygon.rings()[0], ring);
}

#[test]
fn rings_that_can_be_no_place_are_refused_by_what_is_wrong() {
    let bow = positions(&[(0.0, 0.0), (0.1, 0.1), (0.1, 0.0), (0.0, 0.1)]);
    let line = positions(&[(0.0, 0.0), (0.1, 0.1), (0.2, 0.2)]);
    let spike = positions(&[(0.0, 0.0), (0.2, 0.0), (0.2, 0.2), (0.2, 0.1), (0.0, 0.2)]);
    let many = |count: u32| -> Vec<Position> {
        let step = std::f64::consts::TAU / f64::from(count);
        let corner = |number: u32| {
            let (sine, cosine) = (f64::from(number) * step).sin_cos();
            at(0.3 * sine, 0.3 * cosine)
        };
        (0..count).map(corner).collect()
    };
    let holes = |count: u32| -> Vec<Vec<Position>> {
        let hole = |number: u32| square(0.01 + 0.02 * f64::from(number), 0.02 + 0.02 * f64::from(number));
        std::iter::once(square(0.0, 0.5)).chain((0..count).map(hole)).collect()
    };
    for (rings, fault) in [
        (vec![], Some(PolygonFault::Empty)),
        (
            vec![positions(&[(0.0, 0.0), (0.1, 0.1), (0.0, 0.0)])],
            Some(PolygonFault::Corners { ring: 1, got: 2 }),
        ),
        (vec![bow], Some(PolygonFault::Crosses { ring: 1 })),
        (vec![line], Some(PolygonFault::Crosses { ring: 1 })),
        (vec![spike], Some(PolygonFault::Crosses { ring: 1 })),
        (vec![many(1_000)], None),
        (vec![many(1_001)], Some(PolygonFault::Vertices { got: 1_001 })),
        (holes(16), None),
        (holes(17), Some(PolygonFault::Holes { got: 17 })),
        (
            vec![square(0.0, 0.1), square(0.2, 0.3)],
            Some(PolygonFault::Outside { ring: 2 }),
        ),
        (
            vec![square(0.0, 0.2), square(0.1, 0.3)],
            Some(PolygonFault::Meet { one: 1, other: 2 }),
        ),
        (
            vec![square(0.0, 0.5), square(0.1, 0.4), square(0.2, 0.3)],
            Some(PolygonFault::Outside { ring: 3 }),
        ),
    ] {
        assert_eq!(Polygon::new(&rings).err(), fault, "{} rings", rings.len());
    }
    assert!(matches!(
        Polygon::new(&[square(0.0, 2.0)]),
        Err(PolygonFault::Reach { .. })
    ));
}

proptest! {
    #[test]
    fn a_star_contains_what_a_walk_around_it_says(
        reaches in proptest::collection::vec(0.05..0.3_f64, 3..40),
        latitude in -0.35..0.35_f64,
        longitude in -0.35..0.35_f64,
    ) {
        let step = std::f64::consts::TAU / f64::from(u32::try_from(reaches.len()).unwrap());
        let corners: Vec<(f64, f64)> = (0..).zip(&reaches).map(|(number, reach)| {
            let (sine, cosine) = (f64::from(number) * step).sin_cos();
            (reach * cosine, reach * sine)
        }).collect();
        // Three corners may leave the middle outside; a star is only sure to be simple around it.
        prop_assume!(reaches.len() > 4);
        let polygon = Polygon::new(&[positions(&corners)]).unwrap();
        // Another way to tell: the angles under which the edges are seen add up to a full turn.
        let mut seen = 0.0;
        for (at, from) in corners.iter().enumerate() {
            let to = corners[(at + 1) % corners.len()];
            let (a, b) = ((from.0 - longitude, from.1 - latitude), (to.0 - longitude, to.1 - latitude));
            seen += (a.0 * b.1 - a.1 * b.0).atan2(a.0 * b.0 + a.1 * b.1);
        }
        prop_assert_eq!(polygon.contains(at(latitude, longitude)), seen.abs() > 3.0);
    }
}
