//! The way of a message into the store: whom it is for, its row, a line in each inbox.
//!
//! All or nothing: one name that nobody has refuses the whole. Who is blocked by a receiver is not told so.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use diesel::sql_types::BigInt;

use super::super::rules::NAME_BYTES_MAX;
use super::rooms::{member_ids, room_by_name};
use crate::account::UserId;
use crate::store::schema::{block, inbox, inbox_line, message, users};
use crate::store::{AnyConn, StoreError};

/// What a sender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SenderKind {
    /// Somebody with an account.
    User,
    /// A program that people let speak.
    #[allow(dead_code, reason = "bots come with their commands")]
    Bot,
}

impl SenderKind {
    /// The word in the store.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Bot => "bot",
        }
    }
}

/// Whom a message is for.
#[allow(dead_code, reason = "places come with theirs")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// These people, by user name, each once.
    People(Vec<String>),
    /// These, found by where they are; the kind and the name of the place are kept.
    Found {
        /// `building` or `range_m`.
        target: &'static str,
        /// The building.
        name: Option<String>,
        /// Who was there, the sender left out.
        people: Vec<UserId>,
    },
    /// Everybody in a room that the sender is in, or, as a whisper, these of them alone.
    Room {
        /// Its name.
        name: String,
        /// By user name; empty for all.
        whisper: Vec<String>,
    },
    /// Everybody with an account.
    Everybody,
}

impl To {
    /// The kind in the store.
    pub(crate) const fn target(&self) -> &'static str {
        match self {
            Self::People(_) => "user",
            Self::Found { target, .. } => target,
            Self::Room { whisper, .. } if whisper.is_empty() => "room",
            Self::Room { .. } => "whisper",
            Self::Everybody => "everybody",
        }
    }
}

/// A message to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Its number, not used before.
    pub(crate) id: i64,
    /// What sends it.
    pub(crate) kind: SenderKind,
    /// The person who sends it.
    pub(crate) sender: Option<UserId>,
    /// As receivers read it.
    pub(crate) sender_name: String,
    /// Whom it is for.
    pub(crate) to: To,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) at: i64,
    /// When it is let go.
    pub(crate) expires_at: i64,
    /// Receivers it may have.
    pub(crate) recipients_max: usize,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    /// For how many it is, those who block the sender among them.
    pub(crate) recipients: usize,
    /// Who has a new line; `None` stands for everybody.
    pub(crate) told: Option<Vec<UserId>>,
}

/// Why a message was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PostRefusal {
    /// Names that nobody has.
    #[error("there is no user {}; nothing was sent", names.join(", "))]
    Unknown {
        /// Quoted, each once.
        names: Vec<String>,
    },
    /// No room of that name has the sender in it.
    #[error("you are in no room {room}; nothing was sent")]
    NotIn {
        /// Quoted.
        room: String,
    },
    /// Nobody is there.
    #[error("there is nobody to hear it; nothing was sent")]
    Nobody,
    /// More than one message may reach.
    #[error("the message is for {got} people, at most {max} are reached by one")]
    TooMany {
        /// How many.
        got: usize,
        /// The bound.
        max: usize,
    },
}

/// Stores a message with a line for everybody it is for.
pub(crate) fn letter_post(conn: &mut AnyConn, draft: &Draft) -> Result<Posted, StoreError> {
    match &draft.to {
        To::People(names) => {
            let people = people_named(conn, names)?;
            post_to(conn, draft, people, Place::default())
        }
        To::Found { name, people, .. } => {
            if people.is_empty() {
                return Err(StoreError::refused(PostRefusal::Nobody));
            }
            let people = people.iter().map(|user| user.0).collect();
            let place = Place {
                name: name.as_deref(),
                room: None,
            };
            post_to(conn, draft, people, place)
        }
        To::Room { name, whisper } => post_in_room(conn, draft, name, whisper),
        To::Everybody => post_to_everybody(conn, draft),
    }
}

/// Where a message belongs, besides to its people.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'a> {
    name: Option<&'a str>,
    room: Option<i64>,
}

fn post_in_room(conn: &mut AnyConn, draft: &Draft, name: &str, whisper: &[String]) -> Result<Posted, StoreError> {
    let not_in = || StoreError::refused(PostRefusal::NotIn { room: quoted(name) });
    let sender = draft.sender.ok_or_else(not_in)?;
    if name.len() > NAME_BYTES_MAX {
        return Err(not_in());
    }
    let room = room_by_name(conn, name)?.ok_or_else(not_in)?;
    let members: Vec<i64> = member_ids(conn, room.id)?.into_iter().map(|(user, _)| user).collect();
    if !members.contains(&sender.0) {
        return Err(not_in());
    }
    let people = if whisper.is_empty() {
        members.into_iter().filter(|user| *user != sender.0).collect()
    } else {
        let people = people_named(conn, whisper)?;
        let outside = people.iter().zip(whisper).filter(|(user, _)| !members.contains(*user));
        let names: Vec<String> = outside.map(|(_, name)| quoted(name)).collect();
        if !names.is_empty() {
            return Err(StoreError::refused(PostRefusal::Unknown { names }));
        }
        people
    };
    let place = Place {
        name: Some(&room.name),
        room: Some(room.id),
    };
    post_to(conn, draft, people, place)
}

/// The numbers of people by name; one that is nobody's refuses all.
fn people_named(conn: &mut AnyConn, names: &[String]) -> Result<Vec<i64>, StoreError> {
    let (mut people, mut unknown) = (Vec::with_capacity(names.len()), Vec::new());
    for name in names {
        let found: Option<i64> = if name.len() > NAME_BYTES_MAX {
            None
        } else {
            users::table
                .filter(users::username.eq(name))
                .filter(users::disabled.eq(false))
                .select(users::id)
                .first(conn)
                .optional()?
        };
        match found {
            Some(id) => people.push(id),
            None => unknown.push(quoted(name)),
        }
    }
    if unknown.is_empty() {
        return Ok(people);
    }
    Err(StoreError::refused(PostRefusal::Unknown { names: unknown }))
}

fn quoted(name: &str) -> String {
    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
    format!("'{shown}'")
}

fn post_to(conn: &mut AnyConn, draft: &Draft, people: Vec<i64>, place: Place<'_>) -> Result<Posted, StoreError> {
    let recipients = people.len();
    if recipients > draft.recipients_max {
        return Err(StoreError::refused(PostRefusal::TooMany {
            got: recipients,
            max: draft.recipients_max,
        }));
    }
    message_insert(conn, draft, recipients, place)?;
    let mut told = Vec::with_capacity(recipients);
    for user in people {
        if let Some(sender) = draft.sender
            && is_blocked(conn, user, sender.0)?
        {
            continue;
        }
        line_insert(conn, user, draft)?;
        told.push(UserId(user));
    }
    Ok(Posted {
        recipients,
        told: Some(told),
    })
}

fn message_insert(conn: &mut AnyConn, draft: &Draft, recipients: usize, place: Place<'_>) -> Result<(), StoreError> {
    diesel::insert_into(message::table)
        .values((
            message::id.eq(draft.id),
            message::sender_kind.eq(draft.kind.as_str()),
            message::sender_id.eq(draft.sender.map(|user| user.0)),
            message::sender_name.eq(&draft.sender_name),
            message::target.eq(draft.to.target()),
            message::target_name.eq(place.name),
            message::room_id.eq(place.room),
            message::body.eq(&draft.body),
            message::sent_at.eq(draft.at),
            message::expires_at.eq(draft.expires_at),
            message::recipients.eq(i64::try_from(recipients).unwrap_or(i64::MAX)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a person does not want to hear from another.
fn is_blocked(conn: &mut AnyConn, user: i64, sender: i64) -> Result<bool, StoreError> {
    Ok(select(exists(block::table.find((user, sender)))).get_result(conn)?)
}

/// The next line of an inbox; the first makes the inbox.
fn line_insert(conn: &mut AnyConn, user: i64, draft: &Draft) -> Result<(), StoreError> {
    let next: Option<i64> = diesel::update(inbox::table.find(user))
        .set(inbox::last_seq.eq(inbox::last_seq + 1))
        .returning(inbox::last_seq)
        .get_result(conn)
        .optional()?;
    let seq = match next {
        Some(seq) => seq,
        None => {
            inbox_insert(conn, user, 1)?;
            1
        }
    };
    diesel::insert_into(inbox_line::table)
        .values((
            inbox_line::user_id.eq(user),
            inbox_line::seq.eq(seq),
            inbox_line::message_id.eq(draft.id),
            inbox_line::expires_at.eq(draft.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// An inbox with so many lines, none of them delivered or read.
pub(super) fn inbox_insert(conn: &mut AnyConn, user: i64, last_seq: i64) -> Result<(), StoreError> {
    diesel::insert_into(inbox::table)
        .values((
            inbox::user_id.eq(user),
            inbox::last_seq.eq(last_seq),
            inbox::delivered_seq.eq(0_i64),
            inbox::read_seq.eq(0_i64),
            inbox::purged_seq.eq(0_i64),
            inbox::receipts.eq(true),
        ))
        .execute(conn)?;
    Ok(())
}

/// Everybody gets a line by statements over whole tables: as many as there are people would hold up the writer.
fn post_to_everybody(conn: &mut AnyConn, draft: &Draft) -> Result<Posted, StoreError> {
    let recipients: i64 = users::table
        .filter(users::disabled.eq(false))
        .count()
        .get_result(conn)?;
    let many = usize::try_from(recipients).unwrap_or(usize::MAX);
    message_insert(conn, draft, many, Place::default())?;
    diesel::sql_query(
        "INSERT INTO inbox (user_id, last_seq, delivered_seq, read_seq, purged_seq, receipts) \
         SELECT id, 0, 0, 0, 0, TRUE FROM \"user\" WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE user_id = \"user\".id)",
    )
    .execute(conn)?;
    let sender = draft.sender.map_or(0, |user| user.0);
    // Values are bound in the order in which they first stand in a statement: the sender is the last of each.
    let meant = |sender: &str| {
        format!(
            "user_id IN (SELECT id FROM \"user\" WHERE NOT disabled) \
             AND user_id NOT IN (SELECT user_id FROM block WHERE blocked_id = {sender})"
        )
    };
    diesel::sql_query(format!(
        "UPDATE inbox SET last_seq = last_seq + 1 WHERE {}",
        meant("$1")
    ))
    .bind::<BigInt, _>(sender)
    .execute(conn)?;
    diesel::sql_query(format!(
        "INSERT INTO inbox_line (user_id, seq, message_id, expires_at) \
         SELECT user_id, last_seq, $1, $2 FROM inbox WHERE {}",
        meant("$3")
    ))
    .bind::<BigInt, _>(draft.id)
    .bind::<BigInt, _>(draft.expires_at)
    .bind::<BigInt, _>(sender)
    .execute(conn)?;
    Ok(Posted {
        recipients: many,
        told: None,
    })
}

/// The highest number of a message there is.
pub(crate) fn letter_last_id(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let last: Option<i64> = message::table.select(diesel::dsl::max(message::id)).first(conn)?;
    Ok(last.unwrap_or(0))
}
