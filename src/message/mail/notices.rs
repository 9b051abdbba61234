//! Emergency notices: told to everybody they concern who is there, and to those who come while they last.
//!
//! They go before messages, among the events that a client has to acknowledge, and know neither blocks nor mutes. Who
//! has acknowledged one is written down, so that it does not come again after a restart.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::store::{NoticeRow, notice_end, notice_had, notice_insert, notice_receive};
use super::super::{refusal, rules};
use super::Mail;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::runtime::clock::from_micros;
use crate::store::StoreError;
use crate::store::change::Change;
use crate::wire::{ClientKind, ErrorCode, Value};

/// The event that tells one.
const NOTICE: &str = "notice";
/// Longest notice, in bytes: it is kept in memory for each client that has not acknowledged it.
pub(crate) const NOTICE_BYTES_MAX: usize = 2_048;

/// A notice as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct NoticeView {
    /// Its number.
    pub(crate) notice: i64,
    /// What is told.
    pub(crate) body: String,
    /// Who tells it.
    pub(crate) by: String,
    /// Whom it is for, when not for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) building: Option<String>,
    /// Since when.
    pub(crate) at: String,
    /// Until when it is told to those who come.
    pub(crate) until: String,
}

impl From<&NoticeRow> for NoticeView {
    fn from(row: &NoticeRow) -> Self {
        Self {
            notice: row.id,
            body: row.body.clone(),
            by: row.by_name.clone(),
            building: row.building.clone(),
            at: from_micros(row.created_at).to_string(),
            until: from_micros(row.until_at).to_string(),
        }
    }
}

/// A notice to be given.
#[derive(Debug, Clone)]
pub(crate) struct NoticeWanted {
    /// What is told.
    pub(crate) body: String,
    /// Who tells it.
    pub(crate) by: String,
    /// For whom.
    pub(crate) building: Option<String>,
    /// For how many microseconds.
    pub(crate) lasts: i64,
}

impl Mail {
    /// Writes a notice down; from then on it is told to those who come.
    pub(crate) async fn give_notice(
        &self,
        wanted: NoticeWanted,
        change: Change,
        keep: fn(&NoticeView) -> Option<Vec<u8>>,
    ) -> Result<Arc<NoticeRow>, Error> {
        rules::check(&wanted.body, NOTICE_BYTES_MAX).map_err(|err| refusal::of(&err))?;
        let written = self.0.store.write(move |conn| {
            let at = change.at.as_microsecond();
            let span = (at, at.saturating_add(wanted.lasts));
            let row = notice_insert(conn, (&wanted.body, &wanted.by), wanted.building.as_deref(), span)?;
            let answer = keep(&NoticeView::from(&row));
            change.record(conn, &format!("notice:{}", row.id), "ok", None, answer.as_deref())?;
            Ok(row)
        });
        let row = written.await.map_err(|err| match err {
            StoreError::Conflict { what } => Error::new(ErrorCode::NotNow, what),
            other => other.into(),
        })?;
        let row = Arc::new(row);
        self.notices().push(Arc::clone(&row));
        Ok(row)
    }

    /// Ends a notice: those who come do not hear it any more.
    pub(crate) async fn end_notice(&self, id: i64, change: Change, answer: Option<Vec<u8>>) -> Result<bool, Error> {
        let ended = self.0.store.write(move |conn| {
            let ended = notice_end(conn, id, change.at.as_microsecond())?;
            if ended {
                change.record(conn, &format!("notice:{id}"), "ok", None, answer.as_deref())?;
            }
            Ok(ended)
        });
        let ended = ended.await?;
        self.notices().retain(|notice| notice.id != id);
        Ok(ended)
    }

    /// Those in force, oldest first.
    pub(crate) fn notices_in_force(&self) -> Vec<Arc<NoticeRow>> {
        let now = self.0.clock.now().as_microsecond();
        let mut notices = self.notices();
        notices.retain(|notice| notice.until_at > now);
        notices.clone()
    }

    /// Tells a client of a notice that concerns it, unless it is on its way already. Says whether it does.
    pub(crate) fn tell_notice(&self, standing: &Standing, peer: &Peer, notice: &NoticeRow) -> bool {
        if !self.concerns(standing, notice) {
            return false;
        }
        let Ok(data) = Value::serialized(&NoticeView::from(notice)) else {
            return false;
        };
        let mut mail = standing.mail();
        if !mail.notices.is_on_the_way(notice.id) {
            if let Some(number) = self.0.events.keep(&mut mail, NOTICE, &data) {
                mail.notices.sent(number, notice.id);
            }
            self.0.events.send(&mut mail, peer);
        }
        true
    }

    /// Cars and other servers are no people.
    fn concerns(&self, standing: &Standing, notice: &NoticeRow) -> bool {
        if matches!(standing.kind, ClientKind::Car | ClientKind::Server) {
            return false;
        }
        let Some(building) = &notice.building else { return true };
        let is_there = |user| self.0.whereabouts.get().is_some_and(|is_in| is_in(user, building));
        standing.user.is_some_and(is_there)
    }

    /// A client that has come, or has gone into a building, hears those of these notices that concern it and that it has
    /// not had. What is known to be on its way or to have arrived is not looked up.
    pub(super) fn tell_notices(&self, standing: &Arc<Standing>, peer: &Peer, notices: &[Arc<NoticeRow>]) {
        let concerning = notices.iter().filter(|notice| self.concerns(standing, notice));
        let is_new = |notice: &&Arc<NoticeRow>| !standing.mail().notices.is_known(notice.id);
        let notices: Vec<Arc<NoticeRow>> = concerning.filter(is_new).map(Arc::clone).collect();
        if notices.is_empty() {
            return;
        }
        let (mail, standing, peer) = (self.clone(), Arc::clone(standing), peer.clone());
        drop(tokio::spawn(async move {
            let who = standing.who();
            let had = mail.0.store.read(move |conn| notice_had(conn, &who)).await;
            // Rather twice than not at all.
            let had = had.unwrap_or_default();
            for notice in &notices {
                if had.contains(&notice.id) {
                    standing.mail().notices.note_had(notice.id);
                } else {
                    mail.tell_notice(&standing, &peer, notice);
                }
            }
        }));
    }

    /// Notices that a client has acknowledged are written down.
    pub(super) fn note_notices(&self, standing: &Standing, had: Vec<i64>) {
        let (mail, who) = (self.clone(), standing.who());
        let at = self.0.clock.now().as_microsecond();
        drop(tokio::spawn(async move {
            let noted = mail.0.store.write(move |conn| notice_receive(conn, &who, &had, at));
            if let Err(err) = noted.await {
                tracing::debug!(%err, "that a notice arrived could not be written down; it may come again");
            }
        }));
    }
}
