//! Which copies of the store there are, by their names, and which have had their time.
//!
//! Names and instants only: it touches no file. A name that is not exactly one of ours is nobody's to remove.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const BEFORE: &str = "motorpool-";
const AFTER: &str = ".db";
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// `motorpool-20270115T080000Z.db`.
pub(super) fn name_of(at: Timestamp) -> String {
    format!("{BEFORE}{}{AFTER}", at.strftime(INSTANT))
}

/// When a copy of that name was made; nothing when the name is not one of ours.
pub(super) fn taken_at(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let at = DateTime::strptime(INSTANT, text).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    // Only the one way to write it.
    (name_of(at) == name).then_some(at)
}

/// Whether it is what a copy that was never finished left: ours with more behind it.
pub(super) fn is_left_over(name: &str) -> bool {
    let end = name.find(".db.partial").map(|at| at.saturating_add(AFTER.len()));
    end.and_then(|end| name.get(..end))
        .is_some_and(|copy| taken_at(copy).is_some())
}

/// The copies among these names beyond the newest `keep`.
pub(super) fn to_remove(names: &[String], keep: usize) -> Vec<String> {
    let mut copies: Vec<(Timestamp, &String)> = names
        .iter()
        .filter_map(|name| taken_at(name).map(|at| (at, name)))
        .collect();
    copies.sort_unstable();
    let gone = copies.len().saturating_sub(keep);
    copies.into_iter().take(gone).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_copy_is_known_by_its_name_and_nothing_else_is() {
        assert_eq!(name_of(at(0)), "motorpool-20270115T080000Z.db");
        for second in [0, 1, 86_399, 40_000_000] {
            assert_eq!(taken_at(&name_of(at(second))), Some(at(second)));
        }
        for other in [
            "",
            "motorpool.db",
            "motorpool-.db",
            "motorpool-20270115T080000Z.db.partial",
            "motorpool-20270115T080000Z",
            "motorpool-20271315T080000Z.db",
            "motorpool-2027-01-15.db",
            "Motorpool-20270115T080000Z.db",
            "before-import.db",
        ] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }

    #[test]
    fn only_what_an_unfinished_copy_of_ours_left_is_left_over() {
        for ours in [".partial", ".partial-journal"] {
            assert!(is_left_over(&format!("{}{ours}", name_of(at(0)))));
        }
        for other in [
            "motorpool.db.partial",
            "x.db.partial",
            &name_of(at(0)),
            "motorpool-20270115T080000Z.db.old",
        ] {
            assert!(!is_left_over(other), "{other}");
        }
    }

    #[test]
    fn the_oldest_copies_beyond_the_kept_number_go_and_foreign_files_stay() {
        let mut names: Vec<String> = [3, 1, 2].map(|second| name_of(at(second))).to_vec();
        names.push("before-import.db".to_owned());
        assert!(to_remove(&names, 3).is_empty());
        assert_eq!(to_remove(&names, 2), [name_of(at(1))]);
        assert_eq!(to_remove(&names, 1), [name_of(at(1)), name_of(at(2))]);
    }
}
