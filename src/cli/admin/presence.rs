//! Who is online, as a running server last wrote it: everywhere, or in one building.
//!
//! The server writes it every `limits.presence_write_ms`. What one wrote that has died since is not believed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{PAGE_ROWS, Place};
use crate::account::UserId;
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Tool, note, say, say_json};
use crate::presence::store::{WasOnline, presence_list_online, presence_lived};
use crate::runtime::clock;
use crate::store::{AnyConn, StoreError};

/// Times that a living server may be late to say so.
const LATE_WRITES: u32 = 4;
/// A machine that is busy is later than that.
const LATE_MIN: Duration = Duration::from_secs(15);

/// Somebody who is online.
#[derive(Debug, Serialize)]
struct OnlineView {
    user_id: i64,
    user: String,
    since: String,
    building: Option<String>,
}

impl From<WasOnline> for OnlineView {
    fn from(was: WasOnline) -> Self {
        Self {
            user_id: was.user.0,
            user: was.name,
            since: was.since.to_string(),
            building: was.building,
        }
    }
}

/// Shows who is online, and says so where nobody is.
pub(super) fn show(place: &Place, tool: &Tool, building: Option<&str>) -> Result<(), Failure> {
    let write_every = Duration::from_millis(place.store.config()?.limits.presence_write_ms);
    let late_max = write_every.saturating_mul(LATE_WRITES).max(LATE_MIN);
    let (of, now) = (building.map(str::to_owned), clock::now());
    let read = tool
        .store
        .read_blocking(move |conn| online(conn, of.as_deref(), now, late_max));
    let views = read.map_err(Failure::failed)?;
    if place.json {
        return say_json(&views);
    }
    if views.is_empty() {
        note(building.map_or_else(
            || "nobody is online".to_owned(),
            |building| format!("nobody who is online is in {building}"),
        ));
        return Ok(());
    }
    let count = views.len();
    let rows = views.into_iter().map(|view| {
        let building = view.building.unwrap_or_default();
        [view.user_id.to_string(), view.user, view.since, building]
    });
    say(table(["id", "user", "since", "building"], rows))?;
    note(format!("{count} online"));
    Ok(())
}

fn online(
    conn: &mut AnyConn,
    building: Option<&str>,
    now: Timestamp,
    late_max: Duration,
) -> Result<Vec<OnlineView>, StoreError> {
    let late_max = SignedDuration::try_from(late_max).unwrap_or(SignedDuration::MAX);
    let lives = presence_lived(conn)?.is_some_and(|lived| now.duration_since(lived) <= late_max);
    let (mut views, mut after) = (Vec::new(), UserId(i64::MIN));
    if !lives {
        return Ok(views);
    }
    loop {
        let page = presence_list_online(conn, building, after, PAGE_ROWS)?;
        let Some(last) = page.last() else { return Ok(views) };
        after = last.user;
        views.extend(page.into_iter().map(OnlineView::from));
    }
}
