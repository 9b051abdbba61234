//! Who may do what with files, from how they stand to whom these belong to.
//!
//! Operators look after everything and read what belongs to cars and bookings; what belongs to people and rooms they may
//! see, send and remove, never read. What somebody may not see does not exist for them.

use super::owner::Owner;

/// What is done with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Adding one.
    Put,
    /// Reading one.
    Get,
    /// Seeing which there are.
    List,
    /// Calling one something else.
    Rename,
    /// Ending one.
    Remove,
}

impl Act {
    /// Every act.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [Self::Put, Self::Get, Self::List, Self::Rename, Self::Remove];

    /// As a verb, for refusals.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Put => "send files here",
            Self::Get => "read this file",
            Self::List => "see these files",
            Self::Rename => "rename this file",
            Self::Remove => "remove this file",
        }
    }
}

/// How somebody stands to an owner, and to one of its files where it is about one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Relation {
    /// They are the person.
    pub(crate) is_person: bool,
    /// They are the unit of the car, or of the car that is booked.
    pub(crate) is_unit: bool,
    /// They booked.
    pub(crate) is_rider: bool,
    /// The booking has not ended.
    pub(crate) is_live: bool,
    /// They are in the room.
    pub(crate) is_member: bool,
    /// It is their room.
    pub(crate) is_room_owner: bool,
    /// They sent the file.
    pub(crate) is_sender: bool,
    /// Managers and admins.
    pub(crate) is_operator: bool,
}

/// What is said to who wants to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They may.
    Granted,
    /// They may not, and may know that.
    Forbidden,
    /// For them there is no such thing.
    Unseen,
}

/// Whether somebody who stands so may do that.
pub(crate) fn may(act: Act, owner: Owner, stands: Relation) -> Verdict {
    let (sees, does) = match owner {
        Owner::Person(_) => person(act, stands),
        Owner::Car(_) => car(act, stands),
        Owner::Booking(_) => booking(act, stands),
        Owner::Room(_) => room(act, stands),
    };
    match (sees, does) {
        (true, true) => Verdict::Granted,
        (true, false) => Verdict::Forbidden,
        (false, _) => Verdict::Unseen,
    }
}

/// Whether they see it, and whether they may do it.
fn person(act: Act, stands: Relation) -> (bool, bool) {
    let looks_after = stands.is_operator && matches!(act, Act::Put | Act::List | Act::Remove);
    (stands.is_person || stands.is_operator, stands.is_person || looks_after)
}

fn car(act: Act, stands: Relation) -> (bool, bool) {
    // What a unit wrote down stays: a logbook that it could end would prove nothing.
    let as_unit = stands.is_unit && matches!(act, Act::Put | Act::Get | Act::List);
    (stands.is_unit || stands.is_operator, as_unit || stands.is_operator)
}

fn booking(act: Act, stands: Relation) -> (bool, bool) {
    let unit_is_in = stands.is_unit && stands.is_live;
    let sees = stands.is_rider || unit_is_in || stands.is_operator;
    let does = match act {
        Act::Put | Act::Get | Act::List => sees,
        // Until the booking has ended; from then on its pictures are proof.
        Act::Rename | Act::Remove => stands.is_rider && stands.is_sender && stands.is_live || stands.is_operator,
    };
    (sees, does)
}

fn room(act: Act, stands: Relation) -> (bool, bool) {
    let does = match act {
        Act::Put | Act::Get => stands.is_member,
        Act::List => stands.is_member || stands.is_operator,
        Act::Rename => stands.is_member && (stands.is_sender || stands.is_room_owner),
        Act::Remove => stands.is_member && (stands.is_sender || stands.is_room_owner) || stands.is_operator,
    };
    (stands.is_member || stands.is_operator, does)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::{BookingId, CarId, UserId};

    const OWNERS: [Owner; 4] = [
        Owner::Person(UserId(1)),
        Owner::Car(CarId(1)),
        Owner::Booking(BookingId(1)),
        Owner::Room(1),
    ];

    /// Every way to stand there is.
    fn every() -> impl Iterator<Item = Relation> {
        (0_u16..256).map(|bits| {
            let is = |bit: u16| bits & (1 << bit) != 0;
            Relation {
                is_person: is(0),
                is_unit: is(1),
                is_rider: is(2),
                is_live: is(3),
                is_member: is(4),
                is_room_owner: is(5),
                is_sender: is(6),
                is_operator: is(7),
            }
        })
    }

    #[test]
    fn who_stands_in_no_relation_sees_nothing_even_what_they_sent() {
        for owner in OWNERS {
            for act in Act::ALL {
                for stands in [false, true].map(|is_sender| Relation {
                    is_sender,
                    is_live: true,
                    ..Relation::default()
                }) {
                    assert_eq!(may(act, owner, stands), Verdict::Unseen, "{act:?} {owner}");
                }
            }
        }
    }

    #[test]
    fn whoever_may_do_something_may_see_that_it_is_there() {
        for owner in OWNERS {
            for stands in every() {
                let does = Act::ALL.iter().any(|act| may(*act, owner, stands) == Verdict::Granted);
                let sees = may(Act::List, owner, stands) == Verdict::Granted;
                assert!(!does || sees, "{owner} {stands:?}");
            }
        }
    }

    #[test]
    fn operators_never_read_what_belongs_to_people_and_rooms() {
        let operator = Relation {
            is_operator: true,
            ..Relation::default()
        };
        for owner in OWNERS {
            let reads = may(Act::Get, owner, operator) == Verdict::Granted;
            assert_eq!(reads, matches!(owner, Owner::Car(_) | Owner::Booking(_)), "{owner}");
            assert_eq!(may(Act::Remove, owner, operator), Verdict::Granted, "{owner}");
        }
    }

    #[test]
    fn what_is_proof_is_ended_by_operators_alone() {
        let rider = Relation {
            is_rider: true,
            is_sender: true,
            ..Relation::default()
        };
        let booking = OWNERS[2];
        assert_eq!(
            may(Act::Remove, booking, Relation { is_live: true, ..rider }),
            Verdict::Granted
        );
        assert_eq!(may(Act::Remove, booking, rider), Verdict::Forbidden, "it has ended");
        let another = Relation {
            is_sender: false,
            is_live: true,
            ..rider
        };
        assert_eq!(
            may(Act::Remove, booking, another),
            Verdict::Forbidden,
            "somebody else sent it"
        );
        let unit = Relation {
            is_unit: true,
            is_sender: true,
            is_live: true,
            ..Relation::default()
        };
        for owner in [OWNERS[1], booking] {
            assert_eq!(may(Act::Remove, owner, unit), Verdict::Forbidden, "{owner}");
            assert_eq!(may(Act::Put, owner, unit), Verdict::Granted, "{owner}");
        }
        assert_eq!(
            may(Act::Put, booking, Relation { is_live: false, ..unit }),
            Verdict::Unseen
        );
    }
}
