//! Names made at run time that live as long as the process: of commands, groups, services.
//!
//! A name is kept once and never given back, so that it can be a label of a metric and a key of a table like those
//! written into the program. Bounded: past the bound there is no new name, and whoever wanted one is refused.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Names one process keeps.
pub(crate) const NAMES_MAX: usize = 8_192;
/// Longest name, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 128;

static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// The name for good; `None` when it is too long or there are too many.
pub(crate) fn intern(name: &str) -> Option<&'static str> {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name) {
        return Some(known);
    }
    if name.len() > NAME_BYTES_MAX || names.len() >= NAMES_MAX {
        return None;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_a_long_one_never() {
        let one = intern("s.kept_once").unwrap();
        assert!(std::ptr::eq(
            one,
            intern(["s.kept", "_once"].concat().as_str()).unwrap()
        ));
        assert!(intern(&"x".repeat(NAME_BYTES_MAX)).is_some());
        assert!(intern(&"x".repeat(NAME_BYTES_MAX + 1)).is_none());
    }
}
