//! Who calls, as a command sees it: the live standing of a client plus the circumstances of this one call.

use std::sync::Arc;

use jiff::Timestamp;

use crate::account::Source;
use crate::booking::{CarId, UserId};
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::permissions::Permission;
use crate::store::change::Change;
use crate::store::request::RequestKey;
use crate::wire::ErrorCode;

/// One call's caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The client, whose rights are read at use.
    pub(crate) standing: Arc<Standing>,
    /// Where it connects from, for limits on guesses.
    pub(crate) source: Source,
    /// The command being run.
    pub(crate) command: &'static str,
    /// Under which request id the first answer is kept.
    pub(crate) request: Option<RequestKey>,
}

impl Caller {
    /// Whether it holds a permission at this moment.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.standing.permissions().contains(permission)
    }

    /// Managers and admins.
    pub(crate) fn is_operator(&self) -> bool {
        self.may(Permission::Manager)
    }

    /// The account it signed in with, or why one is needed.
    pub(crate) fn user(&self) -> Result<UserId, Error> {
        self.standing.user.ok_or_else(|| {
            Error::new(
                ErrorCode::Unauthenticated,
                format!("{} needs an account: sign in with a user name", self.command),
            )
        })
    }

    /// The user name it signed in with; empty for a guest or a device.
    pub(crate) fn username(&self) -> String {
        self.standing.username.as_deref().unwrap_or_default().to_owned()
    }

    /// The car it is the unit of.
    pub(crate) fn car(&self) -> Option<CarId> {
        self.standing.car
    }

    /// The context of a change made by this call.
    pub(crate) fn change(&self, at: Timestamp) -> Change {
        Change {
            at,
            who: self.standing.who(),
            what: self.command.to_owned(),
            request: self.request.clone(),
        }
    }
}
