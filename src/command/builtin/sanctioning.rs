//! What bans and mutes share: how long they may last, putting them in force and lifting them, in step with the store.
//!
//! No command of its own. Who may touch whom was checked by the command.

use jiff::{SignedDuration, Timestamp};

use super::others;
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::house::House;
use crate::registry::sanctions::{Kind, NotImposed, Sanction, Sanctions};
use crate::store::sanction::{SANCTIONS_MAX, sanction_delete, sanction_insert};
use crate::wire::ErrorCode;

/// A length in minutes within its bounds.
pub(super) fn minutes(given: Option<i64>, default: i64, max: i64) -> Result<i64, Error> {
    let minutes = given.unwrap_or(default);
    if (1..=max).contains(&minutes) {
        return Ok(minutes);
    }
    let message = format!("minutes is {minutes}, wanted 1 to {max}");
    Err(Error::new(ErrorCode::BadArguments, message))
}

/// The end of what begins now and lasts so long.
pub(super) fn until(now: Timestamp, minutes: i64) -> Result<Timestamp, Error> {
    let until = now.checked_add(SignedDuration::from_mins(minutes));
    // Whole microseconds, as the store keeps them.
    until
        .and_then(|until| Timestamp::from_microsecond(until.as_microsecond()))
        .map_err(|err| Error::new(ErrorCode::BadArguments, "minutes reach beyond the calendar").cause(err))
}

/// Puts sanctions in force by subject, all or none: in the store with an audit event each, then in memory.
pub(super) async fn impose(
    house: &House,
    caller: &Caller,
    sanctions: &Sanctions,
    mut wanted: Vec<(String, Sanction)>,
    reply: &str,
) -> Result<(), Error> {
    // Two clients of one account are one subject.
    wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
    wanted.dedup_by(|(one, _), (other, _)| one == other);
    let _step = sanctions.in_step().await;
    let (kind, now) = (sanctions.kind(), house.clock.now());
    let subjects: Vec<&str> = wanted.iter().map(|(subject, _)| subject.as_str()).collect();
    sanctions.room_for(&subjects, now).map_err(|err| refusal(kind, err))?;
    let change = caller.change(now);
    let answer = kept(Ok(reply));
    let rows = wanted.clone();
    let written = house.store.write(move |conn| {
        let mut answer = answer.as_deref();
        for (subject, sanction) in &rows {
            sanction_insert(conn, &sanction.row(kind, subject, now))?;
            let because = others::because(sanction.reason.as_deref());
            let detail = format!("{} until {}{because}", sanction.name, sanction.until);
            change.record(conn, subject, "ok", Some(detail), answer.take())?;
        }
        Ok(())
    });
    written.await?;
    for (subject, sanction) in wanted {
        sanctions.put(subject, sanction);
    }
    Ok(())
}

/// Lifts sanctions, by subject and by how people know it, all or none.
pub(super) async fn lift(
    house: &House,
    caller: &Caller,
    sanctions: &Sanctions,
    subjects: Vec<(String, String)>,
    reply: &str,
) -> Result<(), Error> {
    let _step = sanctions.in_step().await;
    let (kind, change) = (sanctions.kind(), caller.change(house.clock.now()));
    let answer = kept(Ok(reply));
    let rows = subjects.clone();
    let written = house.store.write(move |conn| {
        let mut answer = answer.as_deref();
        for (subject, name) in rows {
            sanction_delete(conn, kind.as_str(), &subject)?;
            change.record(conn, &subject, "ok", Some(name), answer.take())?;
        }
        Ok(())
    });
    written.await?;
    for (subject, _) in subjects {
        sanctions.take(&subject);
    }
    Ok(())
}

fn refusal(kind: Kind, err: NotImposed) -> Error {
    match err {
        NotImposed::Already(known) => {
            let message = format!("user '{}' is already {} until {}", known.name, kind.done(), known.until);
            Error::new(ErrorCode::NotNow, message)
        }
        NotImposed::Full => {
            let message = format!("{SANCTIONS_MAX} are {}, which is the most", kind.done());
            Error::new(ErrorCode::Busy, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_a_default_and_bounds() {
        assert_eq!(minutes(None, 60, 43_200).unwrap(), 60);
        assert_eq!(minutes(Some(1), 60, 43_200).unwrap(), 1);
        assert_eq!(minutes(Some(43_200), 60, 43_200).unwrap(), 43_200);
        for wrong in [i64::MIN, -1, 0, 43_201, i64::MAX] {
            let refused = minutes(Some(wrong), 60, 43_200).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::BadArguments, "{wrong}");
        }
    }
}
