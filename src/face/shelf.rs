//! The shelf of pictures: what clients sent over the datasock `pictures`, until a command names it or its time is up.
//!
//! Pure; time and ids come in as arguments. Bounded by pictures and bytes of a client, and by the bytes of all. A
//! picture is taken once, by the client that sent it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

/// How large the shelf is.
#[derive(Debug, Clone, Copy)]
pub struct ShelfLimits {
    /// Pictures of one client.
    pub per_client: usize,
    /// Bytes of all clients; one may have a quarter.
    pub bytes: usize,
    /// For how long a picture waits.
    pub wait: SignedDuration,
}

/// Why a picture is not on the shelf, or did not get there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    /// The client has as many as it may.
    #[error("{0} pictures of this client wait, which is the most; name them in a command or wait")]
    TooMany(usize),
    /// The client's pictures are as large as they may be together.
    #[error("pictures of this client may have {0} bytes together")]
    TooLarge(usize),
    /// All pictures together are.
    #[error("too many pictures wait, try again")]
    Full,
    /// Not this client's, taken, let go, or never sent.
    #[error("there is no picture `{0}` of this client; pictures wait for a short time and are taken once")]
    Unknown(String),
    /// One picture is named twice.
    #[error("the picture `{0}` is named twice")]
    Twice(String),
}

/// A picture as it was sent.
#[derive(Clone)]
pub struct Picture {
    /// What commands call it.
    pub id: Arc<str>,
    /// The bytes, as they came.
    pub data: Bytes,
    /// When they came.
    pub at: Timestamp,
    /// The place among all that ever came: pictures of a client are ordered by it.
    pub order: u64,
    /// The challenge it was sent for, as the client says.
    pub challenge: Option<String>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.data.len();
        f.debug_struct("Picture")
            .field("id", &self.id)
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// All that wait.
#[derive(Debug)]
pub struct Shelf {
    limits: ShelfLimits,
    /// By client, in the order of their coming.
    waiting: HashMap<Arc<str>, Vec<Picture>>,
    bytes: usize,
    came: u64,
}

impl Shelf {
    /// An empty one.
    #[must_use]
    pub fn new(limits: ShelfLimits) -> Self {
        Self {
            limits,
            waiting: HashMap::new(),
            bytes: 0,
            came: 0,
        }
    }

    /// Puts a picture of a client there; `id` must be new.
    ///
    /// # Errors
    /// At each of the three bounds.
    pub fn put(
        &mut self,
        client: &Arc<str>,
        id: Arc<str>,
        challenge: Option<String>,
        data: Bytes,
        now: Timestamp,
    ) -> Result<Picture, ShelfError> {
        self.forget_before(now);
        let share = self.limits.bytes / 4;
        let own = self.waiting.get(client).map_or(&[][..], Vec::as_slice);
        let own_bytes: usize = own.iter().map(|picture| picture.data.len()).sum();
        if own.len() >= self.limits.per_client {
            return Err(ShelfError::TooMany(self.limits.per_client));
        }
        if own_bytes.saturating_add(data.len()) > share {
            return Err(ShelfError::TooLarge(share));
        }
        if self.bytes.saturating_add(data.len()) > self.limits.bytes {
            return Err(ShelfError::Full);
        }
        self.bytes += data.len();
        self.came += 1;
        let order = self.came;
        let picture = Picture {
            id,
            data,
            at: now,
            order,
            challenge,
        };
        self.waiting
            .entry(Arc::clone(client))
            .or_default()
            .push(picture.clone());
        Ok(picture)
    }

    /// Takes pictures of a client away, in the order they are named; all or none.
    ///
    /// # Errors
    /// `Unknown` and `Twice`, with the first that is.
    pub fn take(&mut self, client: &str, ids: &[String], now: Timestamp) -> Result<Vec<Picture>, ShelfError> {
        self.forget_before(now);
        let own = self.waiting.get_mut(client);
        let held = own.as_ref().map_or(&[][..], |own| own.as_slice());
        let mut found: Vec<Picture> = Vec::with_capacity(ids.len().min(held.len()));
        for id in ids {
            if found.iter().any(|picture| *picture.id == **id) {
                return Err(ShelfError::Twice(shown(id)));
            }
            let picture = held.iter().find(|picture| *picture.id == **id);
            found.push(picture.cloned().ok_or_else(|| ShelfError::Unknown(shown(id)))?);
        }
        if let Some(own) = own {
            own.retain(|picture| !found.iter().any(|taken| taken.order == picture.order));
            if own.is_empty() {
                self.waiting.remove(client);
            }
        }
        self.bytes -= found.iter().map(|picture| picture.data.len()).sum::<usize>();
        Ok(found)
    }

    /// A picture of a client, which goes on waiting.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn look(&mut self, client: &str, id: &str, now: Timestamp) -> Result<Picture, ShelfError> {
        self.forget_before(now);
        let held = self.waiting.get(client).map_or(&[][..], Vec::as_slice);
        let found = held.iter().find(|picture| *picture.id == *id);
        found.cloned().ok_or_else(|| ShelfError::Unknown(shown(id)))
    }

    /// Until when a picture waits.
    #[must_use]
    pub fn expires_at(&self, picture: &Picture) -> Timestamp {
        picture.at.saturating_add(self.limits.wait).unwrap_or(Timestamp::MAX)
    }

    /// Bytes of all that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn forget_before(&mut self, now: Timestamp) {
        let wait = self.limits.wait;
        let mut gone = 0;
        self.waiting.retain(|_, pictures| {
            pictures.retain(|picture| {
                let waits = picture.at.saturating_add(wait).unwrap_or(Timestamp::MAX) > now;
                if !waits {
                    gone += picture.data.len();
                }
                waits
            });
            !pictures.is_empty()
        });
        self.bytes -= gone;
    }
}

fn shown(id: &str) -> String {
    id.chars().take(64).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ShelfLimits = ShelfLimits {
        per_client: 3,
        bytes: 400,
        wait: SignedDuration::from_secs(60),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn put(shelf: &mut Shelf, client: &str, id: &str, bytes: usize, now: i64) -> Result<Picture, ShelfError> {
        let data = Bytes::from(vec![7; bytes]);
        shelf.put(&Arc::from(client), Arc::from(id), None, data, at(now))
    }

    fn take(shelf: &mut Shelf, client: &str, ids: &[&str], now: i64) -> Result<Vec<String>, ShelfError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let taken = shelf.take(client, &ids, at(now))?;
        Ok(taken.iter().map(|picture| picture.id.to_string()).collect())
    }

    #[test]
    fn pictures_are_taken_once_by_their_own_client_in_the_order_named() {
        let mut shelf = Shelf::new(LIMITS);
        for id in ["a", "b", "c"] {
            put(&mut shelf, "unit", id, 10, 0).unwrap();
        }
        let unknown = |id: &str| Err(ShelfError::Unknown(id.to_owned()));
        assert_eq!(take(&mut shelf, "other", &["a"], 1), unknown("a"));
        assert_eq!(take(&mut shelf, "unit", &["b", "x"], 1), unknown("x"));
        assert_eq!(
            take(&mut shelf, "unit", &["b", "b"], 1),
            Err(ShelfError::Twice("b".to_owned()))
        );
        assert_eq!(take(&mut shelf, "unit", &["c", "a"], 1).unwrap(), ["c", "a"]);
        assert_eq!(take(&mut shelf, "unit", &["a"], 1), unknown("a"));
        assert_eq!(shelf.bytes(), 10);
        assert_eq!(take(&mut shelf, "unit", &["b"], 1).unwrap(), ["b"]);
        assert_eq!((shelf.bytes(), shelf.waiting.len()), (0, 0));
    }

    #[test]
    fn a_picture_that_is_looked_at_goes_on_waiting_for_its_own_client() {
        let mut shelf = Shelf::new(LIMITS);
        put(&mut shelf, "unit", "a", 10, 0).unwrap();
        for now in 1..3 {
            let seen = shelf.look("unit", "a", at(now)).unwrap();
            assert_eq!((&*seen.id, seen.data.len()), ("a", 10));
        }
        let unknown = |id: &str| Some(ShelfError::Unknown(id.to_owned()));
        assert_eq!(shelf.look("other", "a", at(3)).err(), unknown("a"));
        assert_eq!(shelf.look("unit", "b", at(3)).err(), unknown("b"));
        assert_eq!(take(&mut shelf, "unit", &["a"], 3).unwrap(), ["a"]);
        assert_eq!(shelf.look("unit", "a", at(3)).err(), unknown("a"));
        put(&mut shelf, "unit", "c", 10, 3).unwrap();
        assert_eq!(shelf.look("unit", "c", at(63)).err(), unknown("c"));
    }

    #[test]
    fn each_bound_holds_and_one_beyond_is_refused() {
        let mut shelf = Shelf::new(LIMITS);
        assert_eq!(put(&mut shelf, "a", "1", 101, 0).err(), Some(ShelfError::TooLarge(100)));
        put(&mut shelf, "a", "1", 100, 0).unwrap();
        assert_eq!(put(&mut shelf, "a", "2", 1, 0).err(), Some(ShelfError::TooLarge(100)));
        for client in ["b", "c", "d"] {
            put(&mut shelf, client, client, 100, 0).unwrap();
        }
        assert_eq!(put(&mut shelf, "e", "e", 1, 0).err(), Some(ShelfError::Full));
        let mut shelf = Shelf::new(LIMITS);
        for id in ["1", "2", "3"] {
            put(&mut shelf, "a", id, 1, 0).unwrap();
        }
        assert_eq!(put(&mut shelf, "a", "4", 1, 0).err(), Some(ShelfError::TooMany(3)));
    }

    #[test]
    fn a_picture_waits_until_its_time_is_up_and_its_room_is_free_again() {
        let mut shelf = Shelf::new(LIMITS);
        let picture = put(&mut shelf, "a", "1", 100, 0).unwrap();
        assert_eq!(shelf.expires_at(&picture), at(60));
        assert!(put(&mut shelf, "a", "2", 100, 59).is_err());
        assert_eq!(
            take(&mut shelf, "a", &["1"], 60),
            Err(ShelfError::Unknown("1".to_owned()))
        );
        put(&mut shelf, "a", "2", 100, 60).unwrap();
        assert_eq!(shelf.bytes(), 100);
    }
}
