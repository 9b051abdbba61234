//! What the refusals of the fleet are to outsiders: the stable code of each.
//!
//! Texts are those of the errors themselves; private causes stay behind.

use serde::Serialize;

use super::command_state::CommandState;
use super::desk::DeskError;
use super::operator::OperateError;
use super::repairs::RepairError;
use crate::error::Error;
use crate::wire::ErrorCode;

/// Which command it is about, for programs.
#[derive(Serialize)]
struct Command {
    command: i64,
    state: CommandState,
}

impl From<&OperateError> for Error {
    fn from(err: &OperateError) -> Self {
        let with = |code, command, state| Self::new(code, err.to_string()).detail(&Command { command, state });
        match err {
            OperateError::Offline => Self::new(ErrorCode::Unavailable, err.to_string()),
            OperateError::Busy(_) => Self::new(ErrorCode::Busy, err.to_string()),
            OperateError::TooLate { .. } => Self::new(ErrorCode::Expired, err.to_string()),
            OperateError::Expired { command, .. } => with(ErrorCode::Expired, *command, CommandState::Expired),
            OperateError::Failed { command, .. } => with(ErrorCode::NotNow, *command, CommandState::Failed),
            OperateError::Timeout { command } => with(ErrorCode::Timeout, *command, CommandState::Unknown),
            OperateError::Repeated => Self::new(ErrorCode::Timeout, err.to_string()),
            OperateError::Store(_) | OperateError::Registry(_) | OperateError::NoRandom(_) => {
                Self::new(ErrorCode::Unavailable, "commands to cars cannot be kept or sent now")
            }
        }
    }
}

impl From<OperateError> for Error {
    fn from(err: OperateError) -> Self {
        match err {
            OperateError::Store(err) => err.into(),
            OperateError::Registry(err) => err.into(),
            OperateError::NoRandom(_) => Self::from(&err).cause(err),
            err => Self::from(&err),
        }
    }
}

impl From<DeskError> for Error {
    fn from(err: DeskError) -> Self {
        let text = err.to_string();
        match err {
            DeskError::NoSuchRepair(_) => Self::new(ErrorCode::NotFound, text),
            DeskError::Repair(RepairError::NotYours { .. }) => Self::new(ErrorCode::Forbidden, text),
            DeskError::Repair(RepairError::NotNow { .. } | RepairError::TooMany) => Self::new(ErrorCode::NotNow, text),
            DeskError::Store(err) => err.into(),
        }
    }
}
