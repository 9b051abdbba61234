//! The index against a list of everything, and its bounds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(latitude: f64, longitude: f64) -> Position {
    Position::new(latitude, longitude).unwrap()
}

/// Mostly a few streets, where many share a cell, and some places where cells are odd.
fn somewhere() -> impl Strategy<Value = Position> {
    prop_oneof![
        8 => (38.73..38.74_f64, -9.15..-9.13_f64),
        1 => (-1.0..1.0_f64, 179.99..180.0_f64),
        1 => (-1.0..1.0_f64, -180.0..-179.99_f64),
        1 => (89.99..=90.0_f64, -180.0..=180.0_f64),
        1 => (-90.0..=-89.99_f64, -180.0..=180.0_f64),
    ]
    .prop_map(|(latitude, longitude)| at(latitude, longitude))
}

/// All pages one after the other, and how many there were.
fn all_pages(index: &Index, search: Search, mut wanted: impl FnMut(usize) -> bool) -> (Vec<usize>, usize) {
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = index.nearest(&Search { after, ..search }, |number, _| wanted(number));
        assert!(page.found.len() <= search.page);
        found.extend(page.found.iter().map(|found| found.number));
        pages += 1;
        assert!(page.next.is_none() || page.next > after, "no way forward");
        after = page.next;
        if after.is_none() {
            return (found, pages);
        }
    }
}

proptest! {
    #[test]
    fn what_is_found_is_what_a_look_at_everything_finds(
        steps in proptest::collection::vec((0..40_usize, proptest::option::weighted(0.8, somewhere())), 1..120),
        from in somewhere(),
        radius_m in prop_oneof![Just(0.0), 1.0..300.0_f64, 300.0..3_000.0_f64, Just(30_000_000.0)],
        page in 1..9_usize,
        looks_max in 0..60_usize,
        odd_only in any::<bool>(),
    ) {
        let (mut index, mut all) = (Index::default(), BTreeMap::new());
        for (number, position) in steps {
            match position {
                Some(position) => {
                    index.put(number, position);
                    all.insert(number, position);
                }
                None => {
                    index.remove(number);
                    all.remove(&number);
                }
            }
        }
        prop_assert_eq!(index.len(), all.len());
        prop_assert_eq!(index.tree.size(), index.by_key.len());
        let from = Point::of(from);
        let wanted = |number: usize| !odd_only || number % 2 == 1;
        let mut brute: Vec<(u64, usize)> = all
            .iter()
            .filter(|(number, position)| {
                wanted(**number) && Point::of(**position).chord2(from) <= chord2(radius_m)
            })
            .map(|(number, position)| (Point::of(*position).chord2(from).to_bits(), *number))
            .collect();
        brute.sort_unstable();
        let brute: Vec<usize> = brute.into_iter().map(|(_, number)| number).collect();
        let search = Search { from, radius_m, after: None, page, looks_max };
        let (found, _) = all_pages(&index, search, wanted);
        prop_assert_eq!(found, brute);
    }
}

#[test]
fn a_page_is_full_at_its_bound_and_the_next_has_the_rest() {
    let mut index = Index::default();
    for number in 0..101 {
        index.put(
            number,
            at(38.7, -9.1 + 0.000_01 * f64::from(u32::try_from(number).unwrap())),
        );
    }
    let search = |page| Search {
        from: Point::of(at(38.7, -9.1)),
        radius_m: 1_000.0,
        after: None,
        page,
        looks_max: 1_000,
    };
    let first = index.nearest(&search(100), |_, _| true);
    assert_eq!((first.found.len(), first.next.is_some()), (100, true));
    let rest = index.nearest(
        &Search {
            after: first.next,
            ..search(100)
        },
        |_, _| true,
    );
    assert_eq!((rest.found.len(), rest.found[0].number, rest.next), (1, 100, None));
    assert_eq!(index.nearest(&search(102), |_, _| true).next, None);
}

#[test]
fn a_crowd_that_may_not_be_seen_costs_one_call_a_bounded_number_of_looks() {
    let mut index = Index::default();
    for row in 0..100_u32 {
        for column in 0..100_u32 {
            let number = usize::try_from(row * 100 + column).unwrap();
            index.put(
                number,
                at(38.0 + 0.001 * f64::from(row), -9.0 + 0.001 * f64::from(column)),
            );
        }
    }
    let mut asked = 0;
    let search = Search {
        from: Point::of(at(38.0, -9.0)),
        radius_m: 50_000.0,
        after: None,
        page: 100,
        looks_max: 500,
    };
    let page = index.nearest(&search, |_, _| {
        asked += 1;
        false
    });
    assert!(page.found.is_empty() && page.next.is_some());
    assert!(asked <= 510, "{asked} were asked for");
    let (found, pages) = all_pages(&index, search, |number| number == 9_999);
    assert_eq!(found, [9_999]);
    assert!(pages > 10, "{pages} pages");
}
