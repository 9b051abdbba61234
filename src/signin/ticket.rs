//! The ticket of a sign-in under way: what was begun, sealed, in a cookie of the browser that began it.
//!
//! So nothing is kept here for those who never come back, and an answer from another browser opens nothing. Each
//! state is good once: those that were used are remembered until their ticket has ended.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::sealing::Sealer;

/// What the name of the cookie begins with; some letters of the state follow, so that two windows do not disturb each other.
const COOKIE_PREFIX: &str = "mp_auth_";
/// Letters of the state in the name of its cookie.
const COOKIE_LETTERS: usize = 12;
/// Seconds that somebody has to sign in.
pub(super) const TICKET_S: i64 = 600;
/// Used states that are remembered.
const USED_MAX: usize = 16_384;
/// What it is sealed about.
const ABOUT: &str = "ticket";

/// One sign-in under way.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) provider: String,
    pub(super) state: String,
    pub(super) nonce: String,
    /// The secret of PKCE.
    pub(super) verifier: String,
    /// Where the person wants to be afterwards.
    pub(super) next: String,
    /// Whether a token is wanted in place of a cookie.
    pub(super) wants_token: bool,
    /// When it ends, in seconds since 1970.
    pub(super) until_s: i64,
}

impl Ticket {
    pub(super) fn seal(&self, sealer: &Sealer) -> Result<String, Refusal> {
        let clear = serde_json::to_vec(self).map_err(|_| Refusal::Sealing)?;
        Ok(BASE64URL_NOPAD.encode(&sealer.seal(ABOUT, &clear)?))
    }

    pub(super) fn open(sealer: &Sealer, text: &str) -> Result<Self, Refusal> {
        let sealed = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| Refusal::WrongState)?;
        let clear = sealer.open(ABOUT, &sealed).map_err(|_| Refusal::WrongState)?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::WrongState)
    }
}

/// The name of the cookie of a state.
pub(super) fn cookie_name(state: &str) -> String {
    let letters: String = state
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(COOKIE_LETTERS)
        .collect();
    format!("{COOKIE_PREFIX}{letters}")
}

/// What was used once, until it could not be used any more.
#[derive(Debug)]
pub(super) struct Used {
    until: Mutex<HashMap<String, i64>>,
    used_max: usize,
}

impl Default for Used {
    fn default() -> Self {
        Self::new(USED_MAX)
    }
}

impl Used {
    fn new(used_max: usize) -> Self {
        Self {
            until: Mutex::default(),
            used_max,
        }
    }

    /// Takes it, once; full is busy rather than forgetful.
    pub(super) fn take(&self, what: &str, until_s: i64, now_s: i64) -> Result<(), Refusal> {
        let mut used = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains_key(what) {
            return Err(Refusal::Replayed);
        }
        if used.len() >= self.used_max {
            used.retain(|_, until| *until > now_s);
        }
        if used.len() >= self.used_max {
            return Err(Refusal::Busy);
        }
        used.insert(what.to_owned(), until_s);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_taken_once_and_a_full_memory_forgets_only_what_is_over() {
        let used = Used::new(2);
        used.take("a", 10, 0).unwrap();
        assert_eq!(used.take("a", 10, 0), Err(Refusal::Replayed));
        used.take("b", 20, 0).unwrap();
        assert_eq!(used.take("c", 30, 9), Err(Refusal::Busy));
        used.take("c", 30, 10).unwrap();
        assert_eq!(used.take("b", 20, 10), Err(Refusal::Replayed));
    }

    #[test]
    fn a_ticket_opens_for_who_sealed_it() {
        let ticket = Ticket {
            provider: "campus".into(),
            state: "s".into(),
            nonce: "n".into(),
            verifier: "v".into(),
            next: "/".into(),
            wants_token: false,
            until_s: 1,
        };
        let (ours, others) = (Sealer::fleeting().unwrap(), Sealer::fleeting().unwrap());
        let text = ticket.seal(&ours).unwrap();
        assert_eq!(Ticket::open(&ours, &text), Ok(ticket));
        assert_eq!(Ticket::open(&others, &text), Err(Refusal::WrongState));
        for wrong in ["", "AAAA", "not base64!", &text[1..]] {
            assert_eq!(Ticket::open(&ours, wrong), Err(Refusal::WrongState), "{wrong}");
        }
        assert_eq!(cookie_name("abc;=\r\ndefghijklmnop"), "mp_auth_abcdefghijkl");
    }
}
