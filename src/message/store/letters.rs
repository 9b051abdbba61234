//! The way of a message into the store: whom it is for, its row, a line in each inbox.
//!
//! All or nothing: one name that nobody has refuses the whole. Who is blocked by a receiver is not told so. Lines come in
//! the order of the messages: who waits for an earlier one gets that first.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use diesel::sql_types::BigInt;

use super::super::rules::NAME_BYTES_MAX;
use super::draft::{Draft, Found, PostRefusal, Posted, To};
use super::rooms::{member_ids, room_by_name};
use super::waiting::{waiting_any, waiting_give, waiting_give_all, waiting_insert, waiting_next};
use crate::account::UserId;
use crate::store::schema::{block, inbox, inbox_line, message, users};
use crate::store::{AnyConn, StoreError};

/// Stores a message with a line for everybody it is for.
pub(crate) fn letter_post(conn: &mut AnyConn, draft: &Draft) -> Result<Posted, StoreError> {
    match &draft.to {
        To::People(names) => {
            let people = people_named(conn, names)?;
            post_to(conn, draft, people, Place::default())
        }
        To::Found(found) => post_at_place(conn, draft, found),
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

/// Those at a place are written down with the message. As many as one message may reach get their line with it, the others
/// in pieces behind it, so that neither the writer is held for long nor anybody left out or served twice.
fn post_at_place(conn: &mut AnyConn, draft: &Draft, found: &Found) -> Result<Posted, StoreError> {
    if let Some(recipients) = message_by_origin(conn, draft)? {
        return Ok(Posted {
            recipients,
            told: Some(Vec::new()),
            waiting: 0,
        });
    }
    let others_wait = waiting_any(conn)?;
    let place = Place {
        name: found.name.as_deref(),
        room: None,
    };
    message_insert(conn, draft, found.seen, place)?;
    let there = waiting_insert(conn, draft.id, &found.people, draft.sender)?;
    // In their order: behind those of earlier messages who wait.
    let told = if others_wait {
        Vec::new()
    } else {
        waiting_next(conn, draft.recipients_max)?.unwrap_or_default()
    };
    Ok(Posted {
        recipients: found.seen,
        waiting: there.saturating_sub(told.len()),
        told: Some(told),
    })
}

/// For how many a message is that was stored before for the same cause.
fn message_by_origin(conn: &mut AnyConn, draft: &Draft) -> Result<Option<usize>, StoreError> {
    let Some(origin) = &draft.origin else { return Ok(None) };
    let known: Option<i64> = message::table
        .filter(message::origin.eq(origin))
        .select(message::recipients)
        .first(conn)
        .optional()?;
    Ok(known.map(|recipients| usize::try_from(recipients).unwrap_or(0)))
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
    if waiting_any(conn)? {
        for user in &people {
            waiting_give(conn, *user)?;
        }
    }
    message_insert(conn, draft, recipients, place)?;
    let mut told = Vec::with_capacity(recipients);
    for user in people {
        if let Some(sender) = draft.sender
            && is_blocked(conn, user, sender.0)?
        {
            continue;
        }
        line_insert(conn, user, (draft.id, draft.expires_at))?;
        told.push(UserId(user));
    }
    Ok(Posted {
        recipients,
        told: Some(told),
        waiting: 0,
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
            message::origin.eq(draft.origin.as_deref()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a person does not want to hear from another.
fn is_blocked(conn: &mut AnyConn, user: i64, sender: i64) -> Result<bool, StoreError> {
    Ok(select(exists(block::table.find((user, sender)))).get_result(conn)?)
}

/// The next line of an inbox; the first makes the inbox.
pub(super) fn line_insert(conn: &mut AnyConn, user: i64, (message, expires_at): (i64, i64)) -> Result<(), StoreError> {
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
            inbox_line::message_id.eq(message),
            inbox_line::expires_at.eq(expires_at),
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
    waiting_give_all(conn)?;
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
        waiting: 0,
    })
}

/// The highest number of a message there is.
pub(crate) fn letter_last_id(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let last: Option<i64> = message::table.select(diesel::dsl::max(message::id)).first(conn)?;
    Ok(last.unwrap_or(0))
}
