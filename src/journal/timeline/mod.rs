//! The logs as they are read: what several tables tell of a person or a building, put together newest first.
//!
//! Inside the caller's transaction. Who may see what was decided before.

use super::cursor::{Cursor, page};
use super::lines::{BuildingLine, Kind, PersonLine};
use crate::account::UserId;
use crate::account::store::{SignIn, SignInEvent, sign_in_event_list};
use crate::bot::BotMessage;
use crate::bot::store::bot_message_list;
use crate::message::store::{SentLetter, letter_list_sent};
use crate::place::store::{Moved, Which, building_of_at, movement_list};
use crate::runtime::clock::{from_micros, micros};
use crate::store::stretch::Stretch;
use crate::store::{AnyConn, StoreError};

/// What a line takes beside the text of a message, at most: names, times, keys.
const LINE_BYTES: usize = 384;
/// Bytes of a page, names and times included: the answer must fit into a frame.
const PAGE_BYTES_MAX: usize = 48 * 1024;

/// Which part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// From this instant on, in microseconds.
    pub(crate) since: Option<i64>,
    /// Before this instant.
    pub(crate) until: Option<i64>,
    /// Behind this place.
    pub(crate) after: Option<Cursor>,
    /// Only these kinds.
    pub(crate) kinds: Vec<Kind>,
    /// Lines of a page.
    pub(crate) lines_max: usize,
    /// Bytes of a page, about.
    pub(crate) bytes_max: usize,
}

impl Wanted {
    /// Bytes of a page where frames are at most so large.
    pub(crate) fn bytes_max(frame_bytes: usize) -> usize {
        PAGE_BYTES_MAX.min(frame_bytes / 4 * 3)
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// What to ask the table of a rank for.
    fn stretch(&self, rank: u8) -> Stretch {
        Stretch {
            since: self.since.unwrap_or(i64::MIN),
            until: self.until.unwrap_or(i64::MAX),
            behind: self.after.map_or((i64::MAX, i64::MAX), |after| after.behind(rank)),
        }
    }

    /// One more than a page has, to know whether there is more.
    fn limit(&self) -> i64 {
        i64::try_from(self.lines_max.saturating_add(1)).unwrap_or(i64::MAX)
    }
}

/// Lines of a log, and where the next page begins.
pub(crate) type Page<L> = (Vec<L>, Option<Cursor>);

type Rows<L> = Vec<(Cursor, L)>;

/// Whose log, and how much of their messages is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    /// Whether the texts of messages are told, and not their length alone.
    pub(crate) with_texts: bool,
    /// What has expired by then is not told, in microseconds.
    pub(crate) now: i64,
}

/// A page of the log of a person.
pub(crate) fn of_person(conn: &mut AnyConn, person: Person, wanted: &Wanted) -> Result<Page<PersonLine>, StoreError> {
    let tables = vec![
        signs(conn, person.user, wanted, 2)?,
        moves(conn, person.user, wanted, 1)?,
        letters(conn, person, wanted, 0)?,
    ];
    // A text as JSON may be twice as long.
    let bytes_of = |line: &PersonLine| LINE_BYTES + line.body.as_ref().map_or(0, |body| body.len().saturating_mul(2));
    Ok(page(tables, wanted.lines_max, wanted.bytes_max, bytes_of))
}

fn signs(conn: &mut AnyConn, user: UserId, wanted: &Wanted, rank: u8) -> Result<Rows<PersonLine>, StoreError> {
    let whats = [
        (Kind::SignIn, SignIn::In),
        (Kind::SignOut, SignIn::Out),
        (Kind::SignInRefused, SignIn::Refused),
    ];
    let whats: Vec<SignIn> = whats
        .into_iter()
        .filter(|(kind, _)| wanted.has(*kind))
        .map(|(_, what)| what)
        .collect();
    if whats.is_empty() {
        return Ok(Vec::new());
    }
    let events = sign_in_event_list(conn, user, &whats, wanted.stretch(rank), wanted.limit())?;
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let at = micros(event.at);
        let building = match event.what.as_str() {
            "in" => building_of_at(conn, user, at)?,
            _ => None,
        };
        let place = Cursor { at, rank, id: event.id };
        rows.push((place, sign(event, building)));
    }
    Ok(rows)
}

fn sign(event: SignInEvent, building: Option<String>) -> PersonLine {
    let kind = match event.what.as_str() {
        "in" => Kind::SignIn,
        "out" => Kind::SignOut,
        _ => Kind::SignInRefused,
    };
    PersonLine {
        how: Some(event.how),
        address: Some(event.address).filter(|address| !address.is_empty()),
        outcome: Some(event.outcome).filter(|_| kind == Kind::SignInRefused),
        building,
        ..PersonLine::new(event.at.to_string(), kind)
    }
}

fn moves(conn: &mut AnyConn, user: UserId, wanted: &Wanted, rank: u8) -> Result<Rows<PersonLine>, StoreError> {
    if !wanted.has(Kind::Movement) {
        return Ok(Vec::new());
    }
    let moved = movement_list(conn, &Which::Of(user), wanted.stretch(rank), wanted.limit())?;
    let row = |moved: Moved| {
        let line = PersonLine {
            from: moved.from,
            to: moved.to,
            ..PersonLine::new(moved.at.to_string(), Kind::Movement)
        };
        (place(micros(moved.at), rank, moved.id), line)
    };
    Ok(moved.into_iter().map(row).collect())
}

fn letters(conn: &mut AnyConn, person: Person, wanted: &Wanted, rank: u8) -> Result<Rows<PersonLine>, StoreError> {
    if !wanted.has(Kind::Message) {
        return Ok(Vec::new());
    }
    let sent = letter_list_sent(conn, person.user, person.now, wanted.stretch(rank), wanted.limit())?;
    let row = |letter: SentLetter| {
        let line = PersonLine {
            message: Some(letter.id),
            target: Some(letter.target),
            place: letter.target_name,
            recipients: Some(letter.recipients),
            characters: i64::try_from(letter.body.chars().count()).ok(),
            body: person.with_texts.then_some(letter.body),
            ..PersonLine::new(from_micros(letter.sent_at).to_string(), Kind::Message)
        };
        (place(letter.sent_at, rank, letter.id), line)
    };
    Ok(sent.into_iter().map(row).collect())
}

/// A page of the log of a building; of messages those of one bot alone, if that is named.
pub(crate) fn of_building(
    conn: &mut AnyConn,
    building: &str,
    bot: Option<&str>,
    wanted: &Wanted,
) -> Result<Page<BuildingLine>, StoreError> {
    let mut tables = Vec::new();
    if wanted.has(Kind::Message) {
        let said = bot_message_list(conn, building, bot, wanted.stretch(2), wanted.limit())?;
        tables.push(
            said.into_iter()
                .map(|said| (place(micros(said.at), 2, said.id), spoken(said)))
                .collect(),
        );
    }
    for (kind, rank) in [(Kind::Entry, 1), (Kind::Exit, 0)] {
        if !wanted.has(kind) {
            continue;
        }
        let which = match kind {
            Kind::Entry => Which::Into(building.to_owned()),
            _ => Which::OutOf(building.to_owned()),
        };
        let moved = movement_list(conn, &which, wanted.stretch(rank), wanted.limit())?;
        tables.push(
            moved
                .into_iter()
                .map(|moved| (place(micros(moved.at), rank, moved.id), passed(moved, kind)))
                .collect(),
        );
    }
    let bytes_of = |line: &BuildingLine| LINE_BYTES + line.body.as_ref().map_or(0, |body| body.len().saturating_mul(2));
    Ok(page(tables, wanted.lines_max, wanted.bytes_max, bytes_of))
}

fn spoken(said: BotMessage) -> BuildingLine {
    BuildingLine {
        message: Some(said.id),
        bot: Some(said.bot),
        body: Some(said.body),
        schedule: said.schedule,
        told: said.told,
        ..BuildingLine::new(said.at.to_string(), Kind::Message)
    }
}

fn passed(moved: Moved, kind: Kind) -> BuildingLine {
    BuildingLine {
        user: Some(moved.name),
        user_id: Some(moved.user.0),
        from: moved.from.filter(|_| kind == Kind::Entry),
        to: moved.to.filter(|_| kind == Kind::Exit),
        ..BuildingLine::new(moved.at.to_string(), kind)
    }
}

fn place(at: i64, rank: u8, id: i64) -> Cursor {
    Cursor { at, rank, id }
}

#[cfg(test)]
mod tests;
