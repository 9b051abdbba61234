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
pub const TEXT_CHARS_MAX: usize = 280;
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
    if matches!(now, Condition::Retired | Condition::OutOfService) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RepairState::{Assigned, Cancelled, Finished, Reported, Taken};
    use super::*;

    const ADA: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const CAR: CarId = CarId(7);

    fn repair(state: RepairState, engineer: Option<UserId>) -> Repair {
        Repair {
            id: 1,
            car: CAR,
            state,
            fault: "flat tyre".into(),
            priority: PRIORITY_DEFAULT,
            reported_by: "user:3".into(),
            engineer,
            note: None,
            created_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
        }
    }

    #[test]
    fn a_repair_goes_its_way_and_no_other() {
        let steps = [Step::Assign(BOB), Step::Take, Step::Finish(None), Step::Cancel(None)];
        let table = [
            (Reported, [Some(Assigned), None, None, Some(Cancelled)]),
            (Assigned, [Some(Assigned), Some(Taken), None, Some(Cancelled)]),
            (Taken, [None, None, Some(Finished), Some(Cancelled)]),
            (Finished, [None; 4]),
            (Cancelled, [None; 4]),
        ];
        for (state, wanted) in table {
            for (step, wanted) in steps.iter().zip(wanted) {
                let after = repair(state, Some(ADA)).step(step.clone(), Timestamp::MAX);
                assert_eq!(after.as_ref().map(|after| after.state).ok(), wanted, "{state} {step:?}");
                if let Ok(after) = after {
                    assert_eq!(after.ended_at.is_some(), !after.state.is_open());
                }
            }
        }
    }

    #[test]
    fn assigning_anew_charges_the_other_engineer() {
        let after = repair(Assigned, Some(ADA))
            .step(Step::Assign(BOB), Timestamp::MAX)
            .unwrap();
        assert_eq!(
            (after.is_of(BOB), after.is_of(ADA)),
            (Ok(()), Err(RepairError::NotYours { repair: 1 }))
        );
    }

    #[test]
    fn an_engineer_may_open_only_a_car_with_a_repair_of_theirs() {
        for (state, engineer, wanted) in [
            (Reported, None, false),
            (Reported, Some(ADA), false),
            (Assigned, Some(ADA), true),
            (Taken, Some(ADA), true),
            (Assigned, Some(BOB), false),
            (Taken, None, false),
            (Finished, Some(ADA), false),
            (Cancelled, Some(ADA), false),
        ] {
            let repairs = [repair(state, engineer)];
            assert_eq!(
                engineer_may(CAR, ADA, &repairs).is_some(),
                wanted,
                "{state} {engineer:?}"
            );
            assert_eq!(engineer_may(CarId(8), ADA, &repairs), None);
        }
    }

    #[test]
    fn of_several_repairs_the_one_in_work_comes_first_then_the_most_urgent() {
        let with = |id, state, priority| Repair {
            id,
            priority,
            ..repair(state, Some(ADA))
        };
        let mut repairs = vec![with(1, Assigned, 3), with(2, Assigned, 1), with(3, Taken, 5)];
        assert_eq!(engineer_may(CAR, ADA, &repairs).unwrap().id, 3);
        repairs.pop();
        assert_eq!(engineer_may(CAR, ADA, &repairs).unwrap().id, 2);
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Assign(ADA)),
            Just(Step::Take),
            Just(Step::Finish(None)),
            Just(Step::Cancel(None)),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_its_repairs_no_car_is_stranded(steps in prop::collection::vec((0_usize..3, any_step()), 0..40)) {
            let mut repairs = vec![repair(Reported, None), repair(Reported, None), repair(Reported, None)];
            let mut condition = Condition::Usable;
            for (at, step) in steps {
                if let Ok(after) = repairs[at].step(step, Timestamp::MAX) {
                    repairs[at] = after;
                }
                condition = condition_after(condition, &repairs);
                let count = |state| repairs.iter().filter(|repair| repair.state == state).count();
                let wanted = match (count(Taken), count(Reported) + count(Assigned)) {
                    (0, 0) => Condition::Usable,
                    (0, _) => Condition::Reported,
                    _ => Condition::Repair,
                };
                prop_assert_eq!(condition, wanted);
                for stays in [Condition::Retired, Condition::OutOfService] {
                    prop_assert_eq!(condition_after(stays, &repairs), stays);
                }
            }
        }
    }
}
