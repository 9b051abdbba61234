//! What becomes of rows that meet: the later of two with one id wins, a plate belongs to one car.
//!
//! Pure: rows and what the store holds come in as arguments.

use std::collections::HashMap;

use serde::Serialize;

use super::fault::{Faults, Place, shown};
use crate::fleet::NewCar;

/// A row and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<T> {
    pub(super) place: Place,
    pub(super) of: T,
}

/// A row that a later one overruled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Overruled {
    /// The name, username or id both have.
    pub(super) id: String,
    /// Where the row stands that was left out.
    pub(super) earlier: Place,
    /// Where the row stands that won.
    pub(super) later: Place,
}

/// The rows of each kind that later ones overruled.
#[derive(Debug, Default)]
pub(super) struct Overrulings {
    pub(super) cars: Vec<Overruled>,
    pub(super) users: Vec<Overruled>,
    pub(super) buildings: Vec<Overruled>,
}

/// Leaves the last row of each id, in the order in which the ids first came.
pub(super) fn later_wins<T>(rows: Vec<Row<T>>, id_of: impl Fn(&T) -> &str) -> (Vec<Row<T>>, Vec<Overruled>) {
    let mut kept: Vec<Row<T>> = Vec::with_capacity(rows.len());
    let mut known: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    let mut overruled = Vec::new();
    for row in rows {
        let id = id_of(&row.of).to_owned();
        let Some(winner) = known.get(&id).and_then(|at| kept.get_mut(*at)) else {
            known.insert(id, kept.len());
            kept.push(row);
            continue;
        };
        overruled.push(Overruled {
            id,
            earlier: winner.place.clone(),
            later: row.place.clone(),
        });
        *winner = row;
    }
    (kept, overruled)
}

/// Refuses a plate that two cars would have: two of the files, or one of the files and one of the store.
/// `stored` are the plates and names in the store.
pub(super) fn check_plates(cars: &[Row<NewCar>], stored: &[(String, String)], faults: &mut Faults) {
    let imported: HashMap<&str, ()> = cars.iter().map(|row| (row.of.name.as_str(), ())).collect();
    // A car that is imported gives its old plate up.
    let staying = stored.iter().filter(|(_, name)| !imported.contains_key(name.as_str()));
    let mut holders: HashMap<&str, String> = staying
        .map(|(plate, name)| (plate.as_str(), format!("the stored car `{}`", shown(name))))
        .collect();
    for row in cars {
        let plate = row.of.plate.as_str();
        if let Some(holder) = holders.get(plate) {
            let message = format!("got `{}`, the plate of {holder}; wanted one of its own", shown(plate));
            faults.add(row.place.clone(), Some("plate"), message);
        } else {
            holders.insert(plate, format!("car `{}` in {}", shown(&row.of.name), row.place));
        }
    }
}
