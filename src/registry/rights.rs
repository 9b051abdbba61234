//! The rights of one client at this moment, and which of them were given for this session only.
//!
//! One atomic word: what a client may is never seen apart from where it comes from. Decides nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::permissions::Permissions;

/// What a client may; what was given to it for the session stands in the high half as well.
#[derive(Debug)]
pub(crate) struct Rights(AtomicU64);

impl Rights {
    /// Rights that come with a login.
    pub(crate) fn new(own: Permissions) -> Self {
        Self(AtomicU64::new(join(own, Permissions::NONE)))
    }

    /// What it may.
    pub(crate) fn held(&self) -> Permissions {
        split(self.0.load(Ordering::Acquire)).0
    }

    /// What of that was given for the session.
    pub(crate) fn given(&self) -> Permissions {
        split(self.0.load(Ordering::Acquire)).1
    }

    /// The rights of the login changed: what was given for the session goes too.
    pub(crate) fn reset(&self, own: Permissions) {
        self.0.store(join(own, Permissions::NONE), Ordering::Release);
    }

    /// Adds for the session; says what is new.
    pub(crate) fn gain(&self, wanted: Permissions) -> Permissions {
        let before = self.change(|held, given| (held.and(wanted), given.and(wanted.without(held))));
        wanted.without(before)
    }

    /// Takes away for the session; says what there was of it.
    pub(crate) fn lose(&self, unwanted: Permissions) -> Permissions {
        let before = self.change(|held, given| (held.without(unwanted), given.without(unwanted)));
        before.common(unwanted)
    }

    /// Changes both halves at once; gives what was held before.
    fn change(&self, to: impl Fn(Permissions, Permissions) -> (Permissions, Permissions)) -> Permissions {
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let (held, given) = split(seen);
            let (next_held, next_given) = to(held, given);
            let next = join(next_held, next_given);
            match self
                .0
                .compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return held,
                Err(now) => seen = now,
            }
        }
    }
}

fn join(held: Permissions, given: Permissions) -> u64 {
    u64::from(held.bits()) | (u64::from(given.bits()) << 32)
}

fn split(word: u64) -> (Permissions, Permissions) {
    let half = |bits: u64| Permissions::from_bits(u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default());
    (half(word), half(word >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Permissions {
        Permissions::from_roles(names.iter().copied())
    }

    #[test]
    fn what_is_given_is_told_from_what_was_there() {
        let rights = Rights::new(set(&["user", "manager"]));
        assert_eq!(rights.gain(set(&["manager", "admin"])), set(&["admin"]));
        assert_eq!(rights.held(), set(&["user", "manager", "admin"]));
        assert_eq!(rights.given(), set(&["admin"]));
        assert_eq!(rights.gain(set(&["admin"])), Permissions::NONE, "twice is once");
    }

    #[test]
    fn what_is_taken_is_gone_from_both_and_only_what_was_there_counts() {
        let rights = Rights::new(set(&["user", "manager"]));
        rights.gain(set(&["admin"]));
        assert_eq!(
            rights.lose(set(&["admin", "manager", "car"])),
            set(&["admin", "manager"])
        );
        assert_eq!((rights.held(), rights.given()), (set(&["user"]), Permissions::NONE));
    }

    #[test]
    fn a_change_of_the_login_ends_what_was_given() {
        let rights = Rights::new(set(&["user"]));
        rights.gain(set(&["admin"]));
        rights.reset(set(&["user", "customer"]));
        assert_eq!(
            (rights.held(), rights.given()),
            (set(&["user", "customer"]), Permissions::NONE)
        );
    }
}
