//! The context of one change: who makes it, by which command, under which request id.
//!
//! Every capability records its changes through this, inside the change's own transaction, so that no
//! change stands without its audit event and its remembered answer.

use jiff::Timestamp;

use super::StoreError;
use super::audit::{AuditEvent, audit_insert};
use super::conn::AnyConn;
use super::request::{RequestKey, request_insert};

/// Who changes something, when, and by which command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// By whom: `user:7`, `car:3`, `key:2`, a service.
    pub who: String,
    /// The command or the service.
    pub what: String,
    /// The request it answers, where the caller gave an id.
    pub request: Option<RequestKey>,
}

impl Change {
    /// Writes the audit event, and the answer for a retry when there is a request and an answer.
    pub fn record(
        &self,
        conn: &mut AnyConn,
        on_what: &str,
        result: &str,
        detail: Option<String>,
        answer: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let at = self.at.as_microsecond();
        if let (Some(key), Some(answer)) = (&self.request, answer) {
            request_insert(conn, key, answer, at)?;
        }
        let event = AuditEvent {
            at,
            who: self.who.clone(),
            what: self.what.clone(),
            on_what: on_what.to_owned(),
            result: result.to_owned(),
            detail,
        };
        audit_insert(conn, &event)
    }
}
