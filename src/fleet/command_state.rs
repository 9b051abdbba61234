//! What becomes of a command to a car: the states, and which may follow which.
//!
//! `accepted -> sent -> done | failed | expired | unknown`; a late answer settles `unknown`. Invariants:
//! `done`, `failed` and `expired` are final, and nothing is `done` that was not sent.

use crate::wire::names::names;

names! {
    /// The state of a command to a car.
    CommandState as "command state" {
        /// Written down; not sent.
        Accepted = "accepted",
        /// On its way, or about to be; the car may do it.
        Sent = "sent",
        /// The car did it.
        Done = "done",
        /// The car could not be reached or said why it did not do it.
        Failed = "failed",
        /// It was not done, and never will be.
        Expired = "expired",
        /// It was sent, and the car has not answered.
        Unknown = "unknown",
    }
}

/// A step that a command cannot make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a command that is {from} cannot become {to}")]
pub struct NoSuchStep {
    /// What it is.
    pub from: CommandState,
    /// What it was to become.
    pub to: CommandState,
}

impl CommandState {
    /// The states from which this one can be reached.
    #[must_use]
    pub fn reached_from(self) -> &'static [Self] {
        match self {
            Self::Accepted => &[],
            Self::Sent => &[Self::Accepted],
            Self::Done => &[Self::Sent, Self::Unknown],
            Self::Failed | Self::Expired => &[Self::Accepted, Self::Sent, Self::Unknown],
            Self::Unknown => &[Self::Sent],
        }
    }

    /// Whether nothing can change it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Expired)
    }

    /// The state after a step to `to`.
    ///
    /// # Errors
    /// [`NoSuchStep`] when it cannot be reached from here.
    pub fn step(self, to: Self) -> Result<Self, NoSuchStep> {
        if to.reached_from().contains(&self) {
            Ok(to)
        } else {
            Err(NoSuchStep { from: self, to })
        }
    }

    /// What a command becomes when the server that had it in hand is gone: one that was not sent never
    /// will be, one that was may have been done.
    #[must_use]
    pub fn after_restart(self) -> Self {
        match self {
            Self::Accepted => Self::Expired,
            Self::Sent => Self::Unknown,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::CommandState::{self, Accepted, Done, Expired, Failed, Sent, Unknown};
    use super::NoSuchStep;

    #[test]
    fn every_step_is_as_the_protocol_draws_it() {
        let allowed = [
            (Accepted, Sent),
            (Accepted, Failed),
            (Accepted, Expired),
            (Sent, Done),
            (Sent, Failed),
            (Sent, Expired),
            (Sent, Unknown),
            (Unknown, Done),
            (Unknown, Failed),
            (Unknown, Expired),
        ];
        for &from in CommandState::ALL {
            for &to in CommandState::ALL {
                let wanted = if allowed.contains(&(from, to)) {
                    Ok(to)
                } else {
                    Err(NoSuchStep { from, to })
                };
                assert_eq!(from.step(to), wanted, "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_restart_leaves_nothing_in_hand() {
        let after: Vec<CommandState> = CommandState::ALL.iter().map(|state| state.after_restart()).collect();
        assert_eq!(after, [Expired, Unknown, Done, Failed, Expired, Unknown]);
        for &state in CommandState::ALL {
            let after = state.after_restart();
            assert!(after == state || state.step(after).is_ok());
        }
    }

    fn any_state() -> impl Strategy<Value = CommandState> {
        proptest::sample::select(CommandState::ALL)
    }

    proptest! {
        #[test]
        fn whatever_is_tried_a_final_state_stays_and_nothing_is_done_unsent(tries in prop::collection::vec(any_state(), 0..32)) {
            let (mut state, mut was_sent) = (Accepted, false);
            for to in tries {
                let before = state;
                state = state.step(to).unwrap_or(state);
                prop_assert!(!before.is_final() || state == before);
                was_sent |= state == Sent;
                prop_assert!(was_sent || !matches!(state, Done | Unknown));
                prop_assert!(state != Accepted || before == Accepted);
            }
        }
    }
}
