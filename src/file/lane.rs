//! One upload that is on its way, as all doors share it: its course, its part on the disk, and who goes on with it.
//!
//! Whoever came last goes on: a connection that was cut may linger here for a while, and is told when it wakes up.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::disk::{Hasher, Part};
use super::rules::upload::Course;
use super::store::UploadRow;
use crate::runtime::clock::from_micros;

/// An upload that was looked at in this life of the server.
pub(crate) struct Lane {
    /// As it was declared.
    pub(crate) row: UploadRow,
    /// Which of those who went on with it is the last.
    holder: AtomicU64,
    /// Held while something is written, so that bytes come one after the other.
    pub(crate) state: Mutex<LaneState>,
}

/// What changes of it.
pub(crate) struct LaneState {
    pub(crate) course: Course,
    pub(crate) hold: Hold,
    /// Whether the course knows what is on the disk.
    pub(crate) is_known: bool,
}

/// How it is held.
pub(crate) enum Hold {
    /// Its part is closed, and the hash of it not known.
    Closed,
    /// It is written to.
    Open(Box<Part>),
    /// Nobody goes on with it at the moment: the file is closed, the hash goes on where it was.
    Parked(Box<Hasher>),
}

impl LaneState {
    /// Takes the part out, however it is held. Until something is put back it is closed.
    pub(crate) fn take(&mut self) -> Hold {
        std::mem::replace(&mut self.hold, Hold::Closed)
    }
}

impl Lane {
    /// One of which nobody knows yet how much is on the disk, or one that just began.
    pub(crate) fn new(row: UploadRow, is_known: bool) -> Self {
        let course = Course::new(row.size, row.is_declared, 0, from_micros(row.expires_at));
        Self {
            row,
            holder: AtomicU64::new(0),
            state: Mutex::new(LaneState {
                course,
                hold: Hold::Closed,
                is_known,
            }),
        }
    }

    /// Somebody goes on with it: from now on nobody else does. Gives the number of their turn.
    pub(crate) fn hold(&self) -> u64 {
        self.holder.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    /// Whether that turn is the last.
    pub(crate) fn is_held_by(&self, turn: u64) -> bool {
        self.holder.load(Ordering::Acquire) == turn
    }
}
