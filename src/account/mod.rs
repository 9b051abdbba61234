//! People and keys: who may sign in, by what, and what that gives them.
//!
//! [`Accounts`] answers for passwords, PINs, device keys and resume tokens; hashing happens on
//! blocking threads behind a gate, guessing is held down by [`lockout`]. Secrets are never logged
//! and never leave this module but once, when they are made. Rights are looked up at use: what is
//! returned here must not be kept past one second.

pub(crate) mod commands;
mod credentials;
mod engineers;
mod error;
pub mod groups;
mod guesses;
pub mod hasher;
pub mod keys;
pub mod lockout;
mod memberships;
pub mod password;
mod people;
pub mod profile;
mod providers;
pub(crate) mod sessions;
pub mod sign_in;
mod sign_up;
mod source;
pub mod store;
#[cfg(test)]
mod tests;
mod tokens;

use jiff::Timestamp;

pub use self::error::AccountError;
pub use self::keys::{KeyKind, SecretText};
pub use self::people::UserDraft;
pub(crate) use self::providers::FromProvider;
pub use self::sign_in::{Accounts, SignInError};
pub use self::source::Source;
pub use self::tokens::{Begun, Issue, Resumed, TOKEN_LIFE};
pub use crate::booking::UserId;

/// A person with an account. The hashes stay in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never given to another person.
    pub id: UserId,
    /// Unique; letters, digits, `.`, `_` and `-`.
    pub username: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Not checked for being reachable.
    pub email: String,
    /// The one role the person holds; others follow by inheritance.
    pub role: String,
    /// May not sign in; what was signed in before loses its rights.
    pub disabled: bool,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether a PIN is set.
    pub has_pin: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A key of a car, a bot, a server or the administrator. The key itself is known to its holder only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKey {
    /// Its number, for revoking it.
    pub id: i64,
    /// What it lets its holder be.
    pub kind: KeyKind,
    /// The client name it signs in as; for a car, the car's name.
    pub name: String,
    /// The car it belongs to, for keys of kind `car`.
    pub car_id: Option<i64>,
    /// Who made it, as in the audit log.
    pub made_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}
