//! How people come to have an account here.
//!
//! Environment: `MOTORPOOL_ACCOUNTS__` and the key in upper case.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The section `accounts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsConfig {
    /// Who may make an account for themselves: `closed` unless set.
    pub signup: SignUp,
}

/// Who may make an account for themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// Nobody: operators make accounts.
    #[default]
    Closed,
    /// Whoever was given an invitation.
    Invitation,
    /// Everybody.
    Open,
}

impl fmt::Display for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Invitation => "invitation",
            Self::Open => "open",
        })
    }
}
