//! One person on the map: where they said they are, in which building that is, and what they chose.

use std::sync::Arc;

use jiff::Timestamp;
use smol_str::SmolStr;

use super::earth::Point;
use super::visibility::{Choice, Visibility};
use crate::booking::UserId;
use crate::place::Position;

/// Where somebody said they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fix {
    /// Where.
    pub(crate) position: Position,
    /// How far off that may be.
    pub(crate) accuracy_m: Option<f64>,
    /// When they said so.
    pub(crate) at: Timestamp,
}

/// One person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    /// Most lie here as they are: who looks at fifty people does not look at fifty more places of memory.
    pub(crate) name: SmolStr,
    /// `None`: never said.
    pub(crate) fix: Option<Fix>,
    /// The id of their building.
    pub(crate) building: Option<Arc<str>>,
    /// Their own range; `None` is the standard of the house.
    pub(crate) range_m: Option<f64>,
    /// `None`: never chose.
    pub(crate) visibility: Option<Box<Visibility>>,
    /// The blur with which they are in the index; another one than is chosen now shows nothing until it is the same.
    pub(crate) indexed_blur_m: Option<u32>,
    /// The number of the change of settings that was taken over last.
    pub(crate) settings: u64,
    /// Whether the store does not have the fix yet.
    pub(crate) is_unwritten: bool,
}

impl Person {
    /// Somebody of whom nothing is known.
    pub(crate) fn new(user: UserId, name: SmolStr) -> Self {
        Self {
            user,
            name,
            fix: None,
            building: None,
            range_m: None,
            visibility: None,
            indexed_blur_m: None,
            settings: 0,
            is_unwritten: false,
        }
    }

    /// What holds for them now.
    pub(crate) fn choice<'a>(&'a self, now: Timestamp, standard: &'a Choice) -> &'a Choice {
        self.visibility
            .as_deref()
            .map_or(standard, |chosen| chosen.at(now, standard))
    }

    /// Where they are, in space.
    pub(crate) fn point(&self) -> Option<Point> {
        self.fix.map(|fix| Point::of(fix.position))
    }
}

/// Somebody went from one building to another, or in or out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Movement {
    /// Who.
    pub(crate) user: UserId,
    /// Their name.
    pub(crate) name: Arc<str>,
    /// The building they left; `None`: they were in none.
    pub(crate) from: Option<Arc<str>>,
    /// The building they are in now; `None`: they are in none.
    pub(crate) to: Option<Arc<str>>,
    /// When it was known.
    pub(crate) at: Timestamp,
    /// What was shown of where they were before.
    pub(crate) left: Option<Position>,
}

/// What the store keeps of where somebody is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredFix {
    pub(crate) user: UserId,
    pub(crate) fix: Fix,
    pub(crate) building: Option<Arc<str>>,
}

/// One person as another sees them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) user: UserId,
    pub(crate) name: SmolStr,
    /// What is shown of where they are.
    pub(crate) position: Position,
    /// From where the other looks.
    pub(crate) distance_m: f64,
    /// The edge of the square that is shown.
    pub(crate) blur_m: Option<u32>,
    /// When they said so.
    pub(crate) at: Timestamp,
}
