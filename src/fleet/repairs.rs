//! Repairs: a fault that was reported, and what is done about it.
//!
//! `reported -> assigned -> taken -> finished`, and `cancelled` while it is open. Pure. Invariant: the
//! condition of a car follows from its open repairs alone, so no way of ending one strands a car.

use jiff::Timestamp;

use super::Condition;
use crate::account::UserId;
use crate::booking::CarId;
use crate::wire::names::names;

/// Most repairs of one car that may be open at a time.
pub const OPEN_PER_CAR_MAX: usize = 20;
/// Most characters of a fault or a note.
pub const TEXT_CHARS_MAX: usize = 500;
/// The priority of a fault whose reporter gives none; 1 is the most urgent.
pub const PRIORITY_DEFAULT: i16 = 3;
/// The least urgent priority.
pub const PRIORITY_MAX: i16 = 5;

names! {
    /// How far a repair has come.
    RepairState as "repair state" {
        /// Nobody is charged with it.
        Reported = "reported",
        /// An engineer is charged with it.
        Assigned = "assigned",
        /// The engineer works on it.
        Taken = "taken",
        /// The fault is mended.
        Finished = "finished",
        /// Nothing will be done.
        Cancelled = "cancelled",
    }
}

impl RepairState {
    /// The states in which something is still to be done.
    pub const OPEN: [Self; 3] = [Self::Reported, Self::Assigned, Self::Taken];

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

/// One repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its number.
    pub id: i64,
    /// The car.
    pub car: CarId,
    /// How far it has come.
    pub state: RepairState,
    /// What is wrong, in the reporter's words.
    pub fault: String,
    /// 1 is the most urgent.
    pub priority: i16,
    /// Who reported it, as in the audit log.
    pub reported_by: String,
    /// Who is charged with it.
    pub engineer: Option<UserId>,
    /// What was said at its end.
    pub note: Option<String>,
    /// When it was reported.
    pub created_at: Timestamp,
    /// When it was finished or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// What can be done with a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Charge an engineer with it, or another one.
    Assign(UserId),
    /// Begin to work.
    Take,
    /// It is mended.
    Finish(Option<String>),
    /// Nothing will be done.
    Cancel(Option<String>),
}

impl Step {
    fn word(&self) -> &'static str {
        match self {
            Self::Assign(_) => "assigned",
            Self::Take => "taken",
            Self::Finish(_) => "finished",
            Self::Cancel(_) => "cancelled",
        }
    }
}

/// Why a repair does not make a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    /// It is not in a state for it.
    #[error("repair {repair} is {state} and cannot be {wanted}")]
    NotNow {
        /// The repair.
        repair: i64,
        /// What it is.
        state: RepairState,
        /// What it was to become.
        wanted: &'static str,
    },
    /// Somebody else, or nobody, is charged with it.
    #[error("repair {repair} is not yours")]
    NotYours {
        /// The repair.
        repair: i64,
    },
    /// More faults than anybody will read.
    #[error("{OPEN_PER_CAR_MAX} repairs of this car are open, which is the most")]
    TooMany,
}

impl Repair {
    /// The repair after a step.
    ///
    /// # Errors
    /// [`RepairError::NotNow`] when it is not in a state for it.
    pub fn step(&self, step: Step, now: Timestamp) -> Result<Self, RepairError> {
        use RepairState::{Assigned, Cancelled, Finished, Reported, Taken};
        let refused = RepairError::NotNow {
            repair: self.id,
            state: self.state,
            wanted: step.word(),
        };
        let mut next = self.clone();
        match (self.state, step) {
            (Reported | Assigned, Step::Assign(engineer)) => {
                next.state = Assigned;
                next.engineer = Some(engineer);
            }
            (Assigned, Step::Take) => next.state = Taken,
            (Taken, Step::Finish(note)) => {
                next.state = Finished;
                next.note = note;
                next.ended_at = Some(now);
            }
            (state, Step::Cancel(note)) if state.is_open() => {
                next.state = Cancelled;
                next.note = note;
                next.ended_at = Some(now);
            }
            _ => return Err(refused),
        }
        Ok(next)
    }

    /// Whether this engineer is charged with it.
    ///
    /// # Errors
    /// [`RepairError::NotYours`] when not.
    pub fn is_of(&self, engineer: UserId) -> Result<(), RepairError> {
        if self.engineer == Some(engineer) {
            Ok(())
        } else {
            Err(RepairError::NotYours { repair: self.id })
        }
    }
}

/// The condition of a car that is in `now` and has these open repairs.
#[must_use]
pub fn condition_after(now: Condition, open: &[Repair]) -> Condition {
    if now == Condition::Retired {
        return now;
    }
    let mut open = open.iter().filter(|repair| repair.state.is_open()).peekable();
    if open.peek().is_none() {
        return Condition::Usable;
    }
    if open.any(|repair| repair.state == RepairState::Taken) {
        Condition::Repair
    } else {
        Condition::Reported
    }
}

/// The repair for which this engineer may open this car: an open one of it that is assigned to, or was taken
/// by, them; one in work before the others, then the most urgent.
#[must_use]
pub fn engineer_may(car: CarId, engineer: UserId, open: &[Repair]) -> Option<&Repair> {
    open.iter()
        .filter(|repair| repair.car == car && repair.is_of(engineer).is_ok())
        .filter(|repair| matches!(repair.state, RepairState::Assigned | RepairState::Taken))
        .min_by_key(|repair| (repair.state != RepairState::Taken, repair.priority, repair.id))
}
