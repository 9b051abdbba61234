//! The index of positions: what is near a point, nearest first, without looking at what is far.
//!
//! An R-tree of the cells in which somebody is, and in each cell those who are there: somebody who moves a few metres
//! changes a list and no tree. Whoever asks says who may be found; the index does not know why.

use std::collections::HashMap;

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::earth::{Cell, Grid, Point, chord2};
use crate::place::Position;

/// Edge of a cell in metres: a street corner, so that a look around reads few cells and few strangers.
const CELL_M: f64 = 100.0;

/// A cell in the tree: its middle, and where its list is.
type Spot = GeomWithData<[f64; 3], usize>;

/// Everything that has a position, by number. Invariant: `seats` and the members of the cells say the same, and exactly the
/// cells with members are in `by_key` and in `tree`.
#[derive(Debug)]
pub(crate) struct Index {
    grid: Grid,
    cells: Vec<Members>,
    vacant: Vec<usize>,
    by_key: HashMap<(u64, u64), usize>,
    tree: RTree<Spot>,
    seats: Vec<Option<Seat>>,
    /// No member is farther from the middle of its cell; metres.
    reach_m: f64,
}

#[derive(Debug)]
struct Members {
    cell: Cell,
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    number: usize,
    point: Point,
}

/// Where a number is kept.
#[derive(Debug, Clone, Copy)]
struct Seat {
    cell: usize,
    place: usize,
}

/// Where a page ended: everything up to it has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    /// The bits of the square of the straight way: those of numbers that are not negative stand in their order.
    pub(crate) way: u64,
    /// The last of those who are so far away.
    pub(crate) number: usize,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// Around this point.
    pub(crate) from: Point,
    /// No farther than this.
    pub(crate) radius_m: f64,
    /// Behind the page before.
    pub(crate) after: Option<Cursor>,
    /// Most on one page.
    pub(crate) page: usize,
    /// About how many are looked at for one page.
    pub(crate) looks_max: usize,
}

/// One that is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    /// Which.
    pub(crate) number: usize,
    /// How far away.
    pub(crate) distance_m: f64,
}

/// What was found, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) found: Vec<Found>,
    /// Where to go on; `None` when there is no more.
    pub(crate) next: Option<Cursor>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            grid: Grid::of(CELL_M),
            cells: Vec::new(),
            vacant: Vec::new(),
            by_key: HashMap::new(),
            tree: RTree::new(),
            seats: Vec::new(),
            reach_m: 0.0,
        }
    }
}

impl Index {
    /// Puts a number where it is now, wherever it was before.
    pub(crate) fn put(&mut self, number: usize, position: Position) {
        let (cell, point) = (self.grid.cell(position), Point::of(position));
        if let Some(seat) = self.seats.get(number).copied().flatten() {
            if let Some(list) = self.cells.get_mut(seat.cell)
                && list.cell == cell
            {
                if let Some(member) = list.members.get_mut(seat.place) {
                    member.point = point;
                }
                return;
            }
            self.remove(number);
        }
        let at = self.list_of(cell);
        let Some(list) = self.cells.get_mut(at) else { return };
        let seat = Seat {
            cell: at,
            place: list.members.len(),
        };
        list.members.push(Member { number, point });
        if self.seats.len() <= number {
            self.seats.resize(number.saturating_add(1), None);
        }
        if let Some(kept) = self.seats.get_mut(number) {
            *kept = Some(seat);
        }
    }

    /// Takes a number out, if it is there.
    pub(crate) fn remove(&mut self, number: usize) {
        let Some(seat) = self.seats.get_mut(number).and_then(Option::take) else {
            return;
        };
        let Some(list) = self.cells.get_mut(seat.cell) else {
            return;
        };
        if seat.place < list.members.len() {
            list.members.swap_remove(seat.place);
        }
        // The last one took the place that came free.
        if let Some(moved) = list.members.get(seat.place)
            && let Some(kept) = self.seats.get_mut(moved.number)
        {
            *kept = Some(seat);
        }
        if list.members.is_empty() {
            let cell = list.cell;
            list.members.shrink_to_fit();
            self.by_key.remove(&cell.key());
            self.tree.remove(&spot(&self.grid, cell, seat.cell));
            self.vacant.push(seat.cell);
        }
    }

    /// The list of a cell, made when there is none.
    fn list_of(&mut self, cell: Cell) -> usize {
        if let Some(at) = self.by_key.get(&cell.key()) {
            return *at;
        }
        let fresh = Members {
            cell,
            members: Vec::new(),
        };
        let at = self.vacant.pop().unwrap_or(self.cells.len());
        match self.cells.get_mut(at) {
            Some(vacant) => *vacant = fresh,
            None => self.cells.push(fresh),
        }
        self.by_key.insert(cell.key(), at);
        self.tree.insert(spot(&self.grid, cell, at));
        self.reach_m = self.reach_m.max(self.grid.reach_m(cell));
        at
    }

    /// One page of those who are near and are `wanted`, which is asked only of those who would be on it, with where they are.
    pub(crate) fn nearest(&self, search: &Search, mut wanted: impl FnMut(usize, Point) -> bool) -> Page {
        let farthest = chord2(search.radius_m);
        let mut best = Best::of(search.page);
        let mut looks: usize = 0;
        let mut next = None;
        for (spot, way) in self.tree.nearest_neighbor_iter_with_distance_2(search.from.xyz()) {
            let way = way.sqrt();
            // Whoever is in this cell or a later one is not nearer than this.
            let nearest = (way - self.reach_m).max(0.0).powi(2);
            best.cut();
            if nearest > farthest || best.last.is_some_and(|last| nearest.to_bits() > last.way) {
                break;
            }
            if looks >= search.looks_max
                && let Some(known) = before(nearest).filter(|known| search.after.is_none_or(|after| *known > after))
            {
                // Enough for one call. What is farther than is known may not be the next one.
                best.found.retain(|found| *found <= known);
                next = Some(known);
                break;
            }
            let farthest_here = (way + self.reach_m).powi(2);
            if search.after.is_some_and(|after| farthest_here.to_bits() < after.way) {
                continue;
            }
            let members = self.cells.get(spot.data).map_or(&[][..], |list| &list.members);
            looks = looks.saturating_add(members.len());
            for member in members {
                let way = member.point.chord2(search.from);
                let here = Cursor {
                    way: way.to_bits(),
                    number: member.number,
                };
                let is_told = search.after.is_some_and(|after| here <= after);
                let is_behind = best.last.is_some_and(|last| here > last);
                if way > farthest || is_told || is_behind || !wanted(member.number, member.point) {
                    continue;
                }
                best.found.push(here);
            }
        }
        best.cut();
        best.found.sort_unstable();
        if best.found.len() >= search.page {
            next = best.found.last().copied();
        }
        let found = best.found.into_iter().map(|found| Found {
            number: found.number,
            distance_m: super::earth::metres(f64::from_bits(found.way)),
        });
        Page {
            found: found.collect(),
            next,
        }
    }

    /// How many have a position.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.cells.iter().map(|list| list.members.len()).sum()
    }
}

/// The nearest so far, in any order; more than a page between two cuts.
struct Best {
    found: Vec<Cursor>,
    page: usize,
    /// The last one on the page, once that is full: nobody behind it will be on it.
    last: Option<Cursor>,
}

impl Best {
    fn of(page: usize) -> Self {
        Self {
            found: Vec::with_capacity(page),
            page,
            last: None,
        }
    }

    /// Lets go of who is behind a full page.
    fn cut(&mut self) {
        let Some(end) = self.page.checked_sub(1) else {
            return self.found.clear();
        };
        if self.found.len() > end {
            let (_, last, _) = self.found.select_nth_unstable(end);
            self.last = Some(*last);
            self.found.truncate(self.page);
        }
    }
}

fn spot(grid: &Grid, cell: Cell, at: usize) -> Spot {
    Spot::new(Point::of(grid.centre(cell)).xyz(), at)
}

/// Everything that is nearer than this.
fn before(way: f64) -> Option<Cursor> {
    Some(Cursor {
        way: way.to_bits().checked_sub(1)?,
        number: usize::MAX,
    })
}

#[cfg(test)]
mod tests;
