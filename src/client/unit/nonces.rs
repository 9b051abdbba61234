//! The nonces of commands that came before. Bounded; pure.
//!
//! One is forgotten long after its command has expired: then the command is refused for its lateness, even if the
//! clock was corrected in between.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

/// How long a nonce outlives its command.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(24 * 3600);

/// Nonces and when their commands expire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nonces(BTreeMap<String, Timestamp>);

impl Nonces {
    /// Most nonces at once. A unit that has so many takes no command until some are old enough.
    pub const COUNT_MAX: usize = 4_096;

    /// Whether it came before.
    #[must_use]
    pub fn knows(&self, nonce: &str) -> bool {
        self.0.contains_key(nonce)
    }

    /// Whether no further one can be remembered.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::COUNT_MAX
    }

    /// Remembers one. `Vehicle::decide` has looked for room.
    pub fn remember(&mut self, nonce: &str, expires_at: Timestamp) {
        self.0.insert(nonce.to_owned(), expires_at);
    }

    /// Forgets those that are old enough, and answers whether there were any.
    pub fn forget_old(&mut self, now: Timestamp) -> bool {
        let before = self.0.len();
        let oldest = now.checked_sub(KEPT_AFTER_EXPIRY).unwrap_or(Timestamp::MIN);
        self.0.retain(|_, expires_at| *expires_at >= oldest);
        self.0.len() < before
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.0.iter().map(|(nonce, expires_at)| (nonce.as_str(), *expires_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_forgotten_a_day_after_its_command_expired_and_not_before() {
        let expires_at = Timestamp::from_second(1_800_000_000).unwrap();
        let mut nonces = Nonces::default();
        nonces.remember("n", expires_at);
        assert!(!nonces.forget_old(expires_at + KEPT_AFTER_EXPIRY));
        assert!(nonces.knows("n"));
        assert!(nonces.forget_old(expires_at + KEPT_AFTER_EXPIRY + Duration::from_secs(1)));
        assert!(!nonces.knows("n"));
    }
}
