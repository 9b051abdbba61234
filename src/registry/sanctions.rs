//! Bans and mutes in force: who may not come in, who may not talk, until when and why.
//!
//! Known by account, car, key, client id, name or address, so that coming again changes nothing. What is here is what
//! the store holds: loaded at the start, changed in step with it. Bounded in number and in time. What a ban or a mute
//! stops is the session's to say.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::booking::UserId;
use crate::store::sanction::{SANCTIONS_MAX, SanctionRow, sanction_delete_ended, sanction_list};
use crate::store::{Store, StoreError};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keeps somebody out.
    Ban,
    /// Takes the word away.
    Mute,
}

impl Kind {
    /// The word in the store.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ban => "ban",
            Self::Mute => "mute",
        }
    }

    /// What somebody is by it.
    pub(crate) const fn done(self) -> &'static str {
        match self {
            Self::Ban => "banned",
            Self::Mute => "muted",
        }
    }
}

/// An account as a subject.
pub(crate) fn of_user(user: UserId) -> String {
    format!("user:{user}")
}

/// A name as a subject, compared as names are.
pub(crate) fn of_name(name: &str) -> String {
    format!("name:{}", super::names::key(name))
}

/// An address as a subject, however it was reached.
pub(crate) fn of_address(address: IpAddr) -> String {
    format!("address:{}", address.to_canonical())
}

/// One ban or mute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sanction {
    /// How people know the subject; a muted client is found by it when it has left.
    pub(crate) name: String,
    /// The name of who did it.
    pub(crate) by: String,
    /// What they said for a reason.
    pub(crate) reason: Option<String>,
    /// Its end.
    pub(crate) until: Timestamp,
}

impl Sanction {
    /// As it is stored.
    pub(crate) fn row(&self, kind: Kind, subject: &str, at: Timestamp) -> SanctionRow {
        SanctionRow {
            kind: kind.as_str().to_owned(),
            subject: subject.to_owned(),
            name: self.name.clone(),
            by_name: self.by.clone(),
            reason: self.reason.clone(),
            until_at: self.until.as_microsecond(),
            made_at: at.as_microsecond(),
        }
    }
}

/// Why one was not put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotImposed {
    /// One is in force.
    Already(Sanction),
    /// The bound is reached.
    Full,
}

/// Those of one kind that are in force, by subject: `user:7`, `car:3`, `key:2`, `client:<id>`, `name:<name>`,
/// `address:<ip>`.
#[derive(Debug)]
pub(crate) struct Sanctions {
    kind: Kind,
    in_force: Mutex<HashMap<String, Sanction>>,
    step: tokio::sync::Mutex<()>,
}

impl Sanctions {
    /// None yet.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            in_force: Mutex::default(),
            step: tokio::sync::Mutex::default(),
        }
    }

    /// Those of the store that have not ended; the others are deleted there.
    pub(crate) async fn load(kind: Kind, store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let at = now.as_microsecond();
        let rows = store.write(move |conn| {
            sanction_delete_ended(conn, at, SANCTIONS_MAX)?;
            sanction_list(conn, kind.as_str(), at)
        });
        let loaded = Self::new(kind);
        let of_row = |row: SanctionRow| {
            let sanction = Sanction {
                name: row.name,
                by: row.by_name,
                reason: row.reason,
                until: Timestamp::from_microsecond(row.until_at).unwrap_or(Timestamp::MAX),
            };
            (row.subject, sanction)
        };
        let rows = rows.await?;
        loaded.lock().extend(rows.into_iter().map(of_row));
        Ok(loaded)
    }

    /// Which kind these are.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Held while the store and this are changed, so that both see changes in the same order.
    pub(crate) async fn in_step(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.step.lock().await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sanction>> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sanction on a subject, while it lasts.
    pub(crate) fn of(&self, subject: &str, now: Timestamp) -> Option<Sanction> {
        let mut in_force = self.lock();
        let until = in_force.get(subject)?.until;
        if until <= now {
            in_force.remove(subject);
        }
        in_force.get(subject).cloned()
    }

    /// Whether so many subjects can be added, none of which may have one.
    pub(crate) fn room_for(&self, subjects: &[&str], now: Timestamp) -> Result<(), NotImposed> {
        let mut in_force = self.lock();
        let known = subjects
            .iter()
            .find_map(|subject| in_force.get(*subject).filter(|known| known.until > now));
        if let Some(known) = known {
            return Err(NotImposed::Already(known.clone()));
        }
        let max = usize::try_from(SANCTIONS_MAX).unwrap_or(usize::MAX);
        if in_force.len() + subjects.len() > max {
            in_force.retain(|_, known| known.until > now);
        }
        if in_force.len() + subjects.len() > max {
            return Err(NotImposed::Full);
        }
        Ok(())
    }

    /// Puts one in force, in the place of one that has ended.
    pub(crate) fn put(&self, subject: String, sanction: Sanction) {
        self.lock().insert(subject, sanction);
    }

    /// Ends one.
    pub(crate) fn take(&self, subject: &str) -> Option<Sanction> {
        self.lock().remove(subject)
    }

    /// The subject known under this name, for one that is not connected.
    pub(crate) fn who_named(&self, name: &str) -> Option<String> {
        let wanted = super::names::key(name);
        let in_force = self.lock();
        let mut all = in_force.iter();
        let found = all.find(|(_, known)| super::names::key(&known.name) == wanted);
        found.map(|(subject, _)| subject.clone())
    }

    /// At most `limit` in force with subjects behind `after`, by subject.
    pub(crate) fn listed(&self, after: &str, limit: usize, now: Timestamp) -> Vec<(String, Sanction)> {
        let in_force = self.lock();
        let mut listed: Vec<(String, Sanction)> = in_force
            .iter()
            .filter(|(subject, known)| known.until > now && subject.as_str() > after)
            .map(|(subject, known)| (subject.clone(), known.clone()))
            .collect();
        drop(in_force);
        listed.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        listed.truncate(limit);
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn until(second: i64) -> Sanction {
        Sanction {
            name: "Anna".to_owned(),
            by: "mona".to_owned(),
            reason: None,
            until: at(second),
        }
    }

    #[test]
    fn a_sanction_lasts_until_its_end_and_not_a_moment_longer() {
        let mutes = Sanctions::new(Kind::Mute);
        mutes.put("user:1".to_owned(), until(60));
        assert_eq!(mutes.of("user:1", at(59)), Some(until(60)));
        assert_eq!(mutes.of("user:2", at(59)), None);
        assert_eq!(mutes.listed("", 9, at(60)), []);
        assert_eq!(mutes.of("user:1", at(60)), None);
        assert_eq!(mutes.take("user:1"), None, "an ended one is not kept");
    }

    #[test]
    fn nobody_has_two_and_an_ended_one_is_no_obstacle() {
        let mutes = Sanctions::new(Kind::Mute);
        mutes.put("user:1".to_owned(), until(60));
        let refused = mutes.room_for(&["user:2", "user:1"], at(59));
        assert_eq!(refused, Err(NotImposed::Already(until(60))));
        assert_eq!(mutes.room_for(&["user:2", "user:1"], at(60)), Ok(()));
    }

    #[test]
    fn a_name_finds_who_left_without_case() {
        let mutes = Sanctions::new(Kind::Mute);
        mutes.put("client:x".to_owned(), until(60));
        assert_eq!(mutes.who_named("aNNa").as_deref(), Some("client:x"));
        assert_eq!(mutes.who_named("bert"), None);
    }

    #[test]
    fn they_are_listed_page_by_page() {
        let bans = Sanctions::new(Kind::Ban);
        for subject in ["user:3", "name:bert", "user:1"] {
            bans.put(subject.to_owned(), until(60));
        }
        let page = |after| {
            let listed = bans.listed(after, 2, at(0)).into_iter();
            listed.map(|(subject, _)| subject).collect::<Vec<_>>()
        };
        assert_eq!(page(""), ["name:bert", "user:1"]);
        assert_eq!(page("user:1"), ["user:3"]);
    }

    #[test]
    fn one_address_is_one_subject_and_so_is_one_name() {
        assert_eq!(
            of_address("::ffff:10.0.0.1".parse().unwrap()),
            of_address("10.0.0.1".parse().unwrap())
        );
        assert_eq!(of_name("Anna"), of_name("aNNA"));
    }

    #[test]
    fn they_are_bounded_and_ended_ones_make_room() {
        let mutes = Sanctions::new(Kind::Mute);
        for number in 0..SANCTIONS_MAX {
            mutes.put(format!("user:{number}"), until(if number == 0 { 10 } else { 60 }));
        }
        assert_eq!(mutes.room_for(&["user:more"], at(9)), Err(NotImposed::Full));
        assert_eq!(
            mutes.room_for(&["user:more", "user:yet"], at(10)),
            Err(NotImposed::Full)
        );
        assert_eq!(mutes.room_for(&["user:more"], at(10)), Ok(()));
    }
}
