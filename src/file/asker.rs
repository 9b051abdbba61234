//! Who asks for files, whose files they mean, and how they stand to those: looked up at the moment of use.

use serde::Deserialize;

use super::error::FileError;
use super::rules::owner::Owner;
use super::rules::rights::{Act, Relation, Verdict, may};
use super::store::Stored;
use crate::account::store::{user_by_id, user_by_name};
use crate::booking::store::booking_by_id;
use crate::booking::{BookingId, CarId, UserId};
use crate::fleet::CarRef;
use crate::fleet::store::{car_by_id, car_by_name};
use crate::message::store::{member_find, room_by_id, room_by_name};
use crate::registry::Standing;
use crate::registry::permissions::Permission;
use crate::store::{AnyConn, StoreError};

/// Somebody who may have to do with files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asker {
    /// As in the audit log: on whose account files are.
    pub(crate) who: String,
    user: Option<UserId>,
    car: Option<CarId>,
    is_operator: bool,
}

/// Whose files: at most one of them; without any the caller's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Whose {
    /// A person, by user name.
    pub(crate) user: Option<String>,
    /// A car, by name or id.
    pub(crate) car: Option<CarRef>,
    /// A booking, by number.
    pub(crate) booking: Option<i64>,
    /// A room, by name.
    pub(crate) room: Option<String>,
}

impl Asker {
    /// A client, if it is of a person or a car.
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn of(standing: &Standing) -> Result<Self, FileError> {
        if standing.user.is_none() && standing.car.is_none() {
            return Err(FileError::Stranger);
        }
        Ok(Self {
            who: standing.who(),
            user: standing.user,
            car: standing.car,
            is_operator: standing.permissions().contains(Permission::Manager),
        })
    }

    fn own(&self) -> Result<Owner, FileError> {
        match (self.user, self.car) {
            (Some(user), _) => Ok(Owner::Person(user)),
            (None, Some(car)) => Ok(Owner::Car(car)),
            (None, None) => Err(FileError::Stranger),
        }
    }

    /// Whose files are meant. One that is not there is only told apart from one that may not be seen by those who may know.
    pub(crate) fn owner(&self, conn: &mut AnyConn, whose: &Whose) -> Result<Owner, StoreError> {
        let owner = match whose {
            Whose {
                user: None,
                car: None,
                booking: None,
                room: None,
            } => return self.own().map_err(FileError::carried),
            Whose {
                user: Some(name),
                car: None,
                booking: None,
                room: None,
            } => user_by_name(conn, name)?.map(|user| Owner::Person(user.id)),
            Whose {
                user: None,
                car: Some(car),
                booking: None,
                room: None,
            } => car_of(conn, car)?.map(Owner::Car),
            Whose {
                user: None,
                car: None,
                booking: Some(booking),
                room: None,
            } => Some(Owner::Booking(BookingId(*booking))),
            Whose {
                user: None,
                car: None,
                booking: None,
                room: Some(room),
            } => room_by_name(conn, room)?.map(|room| Owner::Room(room.id)),
            _ => return Err(FileError::Owners.carried()),
        };
        owner.ok_or_else(|| FileError::NoOwner(whose.shown()).carried())
    }

    /// How they stand to an owner, and to a file that `sender` sent.
    fn relation(&self, conn: &mut AnyConn, owner: Owner, sender: Option<&str>) -> Result<Option<Relation>, StoreError> {
        let mut stands = Relation {
            is_operator: self.is_operator,
            is_sender: sender == Some(self.who.as_str()),
            ..Relation::default()
        };
        match owner {
            Owner::Person(user) => stands.is_person = self.user == Some(user),
            Owner::Car(car) => stands.is_unit = self.car == Some(car),
            Owner::Booking(id) => {
                let booking = match booking_by_id(conn, id) {
                    Ok(named) => named.booking,
                    Err(StoreError::Missing) => return Ok(None),
                    Err(err) => return Err(err),
                };
                stands.is_rider = self.user == Some(booking.user);
                stands.is_unit = self.car == Some(booking.car);
                stands.is_live = booking.state.is_live();
            }
            Owner::Room(id) => {
                let Some(room) = room_by_id(conn, id)? else {
                    return Ok(None);
                };
                if let Some(user) = self.user {
                    stands.is_member = member_find(conn, id, user)?.is_some();
                    stands.is_room_owner = room.owner == user;
                }
            }
        }
        Ok(Some(stands))
    }

    /// Whether they may do that with the files of an owner.
    pub(crate) fn may(&self, conn: &mut AnyConn, act: Act, owner: Owner, whose: &Whose) -> Result<(), StoreError> {
        let verdict = match self.relation(conn, owner, None)? {
            Some(stands) => may(act, owner, stands),
            None => Verdict::Unseen,
        };
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::Forbidden => Err(FileError::Forbidden(act.verb()).carried()),
            Verdict::Unseen => Err(FileError::NoOwner(whose.shown()).carried()),
        }
    }

    /// Whether they may do that with this file.
    pub(crate) fn may_with(&self, conn: &mut AnyConn, act: Act, file: &Stored) -> Result<(), StoreError> {
        let verdict = match self.relation(conn, file.owner, Some(&file.sender))? {
            Some(stands) => may(act, file.owner, stands),
            None => Verdict::Unseen,
        };
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::Forbidden => Err(FileError::Forbidden(act.verb()).carried()),
            Verdict::Unseen => Err(FileError::NoFile(file.id).carried()),
        }
    }
}

impl Whose {
    /// For refusals: what was asked for, nothing more.
    fn shown(&self) -> String {
        match (&self.user, &self.car, self.booking, &self.room) {
            (Some(user), ..) => format!("user `{}`", printable(user)),
            (_, Some(car), ..) => format!("car `{car}`"),
            (_, _, Some(booking), _) => format!("booking {booking}"),
            (_, _, _, Some(room)) => format!("room `{}`", printable(room)),
            _ => "owner of these files".to_owned(),
        }
    }
}

fn printable(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

/// The car that is meant.
fn car_of(conn: &mut AnyConn, car: &CarRef) -> Result<Option<CarId>, StoreError> {
    let by_name = |conn: &mut AnyConn, name: &str| Ok::<_, StoreError>(car_by_name(conn, name)?.map(|car| car.id));
    let by_id = |conn: &mut AnyConn, id| Ok::<_, StoreError>(car_by_id(conn, id)?.map(|car| car.id));
    match car {
        CarRef::Name(name) => match (by_name(conn, name)?, name.parse()) {
            (None, Ok(id)) => by_id(conn, CarId(id)),
            (found, _) => Ok(found),
        },
        CarRef::Id(id) => match by_id(conn, *id)? {
            None => by_name(conn, &id.to_string()),
            found => Ok(found),
        },
    }
}

/// What an owner is called, for those who may see it.
pub(crate) fn name_of(conn: &mut AnyConn, owner: Owner) -> Result<Option<String>, StoreError> {
    Ok(match owner {
        Owner::Person(user) => user_by_id(conn, user)?.map(|user| user.username),
        Owner::Car(car) => car_by_id(conn, car)?.map(|car| car.name),
        Owner::Booking(_) => None,
        Owner::Room(room) => room_by_id(conn, room)?.map(|room| room.name),
    })
}
