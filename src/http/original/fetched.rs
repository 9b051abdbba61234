//! How far each session has fetched its person's messages: several sessions have a copy of each, as they had.
//!
//! Kept in memory. What is forgotten here is fetched once more, under the same id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sessions whose place is kept; with one more all are forgotten.
const SESSIONS_MAX: usize = 20_000;

/// Places in inboxes, by client id. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Fetched(Arc<Mutex<HashMap<String, i64>>>);

impl Fetched {
    /// The last line that this session has.
    pub(super) fn place(&self, client_id: &str) -> Option<i64> {
        self.lock().get(client_id).copied()
    }

    /// This session has everything up to here.
    pub(super) fn keep(&self, client_id: String, place: i64) {
        let mut places = self.lock();
        if places.len() >= SESSIONS_MAX && !places.contains_key(&client_id) {
            places.clear();
        }
        places.insert(client_id, place);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_places_are_kept_as_may_be() {
        let fetched = Fetched::default();
        for number in 0..SESSIONS_MAX {
            fetched.keep(number.to_string(), 1);
        }
        fetched.keep("0".to_owned(), 2);
        assert_eq!((fetched.place("0"), fetched.place("1")), (Some(2), Some(1)));
        fetched.keep("one more".to_owned(), 3);
        assert_eq!((fetched.place("0"), fetched.place("one more")), (None, Some(3)));
    }
}
