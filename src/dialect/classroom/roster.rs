//! Who sits in the classroom: numbers that are never given twice, names, and the room in which somebody chats.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::desk::Desk;
use crate::dialect::line::{Line, Out};
use crate::error::Error;
use crate::house::House;
use crate::store::setting::{setting_find, setting_put};

/// The setting that says up to where numbers were given.
const SETTING: &str = "classroom:ids";
/// The first number.
const ID_FIRST: i64 = 1_000;
/// Numbers that are taken from the store at a time.
const IDS_STEP: i64 = 1_024;

/// One client.
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) account: String,
    /// Its client on this server.
    pub(super) client_id: String,
    /// Where it chats.
    pub(super) room: Option<String>,
    pub(super) line: Line<Desk>,
}

/// Everybody. Not more seats than connections.
#[derive(Default)]
pub(in crate::dialect) struct Classroom {
    seats: Mutex<BTreeMap<i64, Seat>>,
    /// The next number, and the end of those that were taken.
    ids: tokio::sync::Mutex<(i64, i64)>,
}

/// Where a message goes.
pub(super) enum Recipient {
    /// To a client of the same account.
    Client(String),
    /// To an account of its own.
    Account(String),
}

impl Classroom {
    /// A number that nobody had, over restarts too.
    pub(super) async fn next_id(&self, house: &House) -> Result<i64, Error> {
        let mut ids = self.ids.lock().await;
        if ids.0 == ids.1 {
            let now = house.clock.now();
            let took = house.store.write(move |conn| {
                let from = setting_find::<i64>(conn, SETTING)?.unwrap_or(ID_FIRST);
                let end = from.saturating_add(IDS_STEP);
                setting_put(conn, SETTING, &end, now)?;
                Ok((from, end))
            });
            *ids = took.await?;
        }
        let id = ids.0;
        ids.0 += 1;
        Ok(id)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i64, Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody sits down.
    pub(super) fn sit(&self, id: i64, seat: Seat) {
        self.lock().insert(id, seat);
    }

    /// Somebody goes; the room in which they chatted.
    pub(super) fn leave(&self, id: i64) -> Option<String> {
        self.lock().remove(&id)?.room
    }

    /// `Jose:2345, Nina:8763`.
    pub(super) fn listed(&self) -> String {
        let seats = self.lock();
        let listed: Vec<String> = seats.iter().map(|(id, seat)| format!("{}:{id}", seat.name)).collect();
        listed.join(", ")
    }

    /// The way to the client of that number, for somebody of that account.
    pub(super) fn recipient(&self, id: i64, account: &str) -> Option<Recipient> {
        let seats = self.lock();
        let seat = seats.get(&id)?;
        Some(if seat.account == account {
            Recipient::Client(seat.client_id.clone())
        } else {
            Recipient::Account(seat.account.clone())
        })
    }

    /// What a sender is called here: by their client, or else by an account that one client alone has.
    pub(super) fn name_of(&self, from: &str, from_id: &str) -> Option<String> {
        let seats = self.lock();
        let by_client = seats
            .values()
            .find(|seat| !from_id.is_empty() && seat.client_id == from_id);
        if let Some(seat) = by_client {
            return Some(seat.name.clone());
        }
        let mut of_account = seats.values().filter(|seat| seat.account == from);
        let only = of_account.next()?;
        of_account.next().is_none().then(|| only.name.clone())
    }

    /// Somebody chats there from now on, or nowhere.
    pub(super) fn enter(&self, id: i64, room: Option<&str>) {
        if let Some(seat) = self.lock().get_mut(&id) {
            seat.room = room.map(str::to_owned);
        }
    }

    /// Whether others of this account chat in a room.
    pub(super) fn has_others(&self, id: i64, account: &str, room: &str) -> bool {
        let seats = self.lock();
        let mut others = seats.iter().filter(|(other, _)| **other != id);
        others.any(|(_, seat)| seat.account == account && seat.room.as_deref() == Some(room))
    }

    /// Says something to those who chat in a room besides, of this account or of all.
    pub(super) fn tell_room(&self, id: i64, account: Option<&str>, room: &str, line: String) {
        let room = room.to_owned();
        later(self.in_room(id, account, &room), move |desk, out| {
            desk.hear_in_room(&room, &line, out);
        });
    }

    /// A room is no more.
    pub(super) fn close_room(&self, id: i64, room: &str, line: String) {
        let there = self.in_room(id, None, room);
        for seat in self.lock().values_mut() {
            seat.room.take_if(|own| own == room);
        }
        let room = room.to_owned();
        later(there, move |desk, out| desk.room_closed(&room, &line, out));
    }

    fn in_room(&self, id: i64, account: Option<&str>, room: &str) -> Vec<Line<Desk>> {
        let seats = self.lock();
        let there = seats.iter().filter(|(other, seat)| {
            **other != id && seat.room.as_deref() == Some(room) && account.is_none_or(|account| seat.account == account)
        });
        there.map(|(_, seat)| seat.line.clone()).collect()
    }
}

/// Not at once: who says something holds its own line, and two that did so would wait for each other.
fn later(lines: Vec<Line<Desk>>, say: impl Fn(&mut Desk, &mut Out) + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        drop(runtime.spawn(async move {
            for line in lines {
                line.with(&say);
            }
        }));
    }
}
