//! `lines`: lines of text, the latest kept in memory for operators to look at.

pub(crate) mod rules;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::LocalBoxFuture;

use super::{Connection, Makings, Receiver, Seen};
use crate::error::Error;
use crate::wire::ErrorCode;
use rules::LineError;

/// Lines kept for one datasock; the oldest goes for the newest.
const LINES_KEPT_MAX: usize = 1_000;

/// The latest lines of one datasock.
#[derive(Default)]
struct Lines(Mutex<VecDeque<Seen>>);

pub(super) fn make(_: &Makings) -> Arc<dyn Receiver> {
    Arc::new(Lines::default())
}

impl Lines {
    fn kept(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, connection: &Connection, line: Result<Option<String>, LineError>) -> Result<bool, Error> {
        let Some(text) = line.map_err(refused)? else {
            return Ok(false);
        };
        connection.count(1);
        let mut kept = self.kept();
        while kept.len() >= LINES_KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Seen {
            at: connection.clock.now(),
            from: connection.standing.name().to_string(),
            text,
        });
        Ok(true)
    }
}

impl Receiver for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            while connection.more().await? {
                loop {
                    let line = rules::cut(connection.buffer());
                    if !self.keep(connection, line)? {
                        break;
                    }
                }
            }
            let line = rules::rest(connection.buffer());
            self.keep(connection, line).map(|_| ())
        })
    }

    fn latest(&self, count: usize) -> Vec<Seen> {
        let kept = self.kept();
        let skipped = kept.len().saturating_sub(count);
        kept.iter().skip(skipped).cloned().collect()
    }
}

fn refused(err: LineError) -> Error {
    let code = match err {
        LineError::TooLong => ErrorCode::TooLarge,
        LineError::NotText(_) => ErrorCode::BadFrame,
    };
    Error::new(code, err.to_string())
}
