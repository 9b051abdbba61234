//! `s.log(since?, until?, client?, level?, target?, text?, before?, limit?)`: what the server said lately.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::Level;

use super::loglines::{self, Line};
use super::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::log::Query;
use crate::wire::ErrorCode;

/// Events in one answer unless fewer are wanted.
const LINES_MAX: usize = 200;
/// Longest text to look for, in bytes.
const TEXT_BYTES_MAX: usize = 256;

/// Lists events of the server's log, newest first, as many as fit into one answer; older ones come with `before`,
/// until an answer is empty. Only what is still in memory is found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    /// Not older than this instant, RFC 3339.
    since: Option<String>,
    /// Older than this instant, RFC 3339.
    until: Option<String>,
    /// Of the client with this name or id.
    client: Option<String>,
    /// This bad or worse: error, warn, info, debug or trace.
    level: Option<String>,
    /// Only from here: connection, status, info, or a module of the program.
    target: Option<String>,
    /// Only those that hold this text.
    text: Option<String>,
    /// Only events with a lower number.
    before: Option<u64>,
    /// At most so many.
    limit: Option<usize>,
}

impl Command for Log {
    const NAME: &'static str = "s.log";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Line>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let lines_max = limit(self.limit)?;
        let query = self.query()?;
        let (log, frame_bytes) = (house.log.clone(), loglines::frame_bytes(house));
        let found = house
            .aside
            .run(move || loglines::newest(&log.find(&query), lines_max, frame_bytes));
        Ok(found.await?)
    }
}

impl Log {
    fn query(self) -> Result<Query, Error> {
        let since = self.since.map(|text| instant("since", &text)).transpose()?;
        let until = self.until.map(|text| instant("until", &text)).transpose()?;
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(refused(format!(
                "`since` is {since}, wanted before `until`, which is {until}"
            )));
        }
        Ok(Query {
            since,
            until,
            client: short("client", self.client)?,
            level: self.level.map(|text| level(&text)).transpose()?,
            target: short("target", self.target)?,
            text: short("text", self.text)?,
            before: self.before,
        })
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorCode::BadArguments, message)
}

fn instant(field: &str, text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        let got = others::shown(text);
        refused(format!(
            "`{field}` is `{got}`, wanted an RFC 3339 instant such as 2026-05-01T10:00:00Z"
        ))
    })
}

fn level(text: &str) -> Result<Level, Error> {
    match text {
        "error" => Ok(Level::ERROR),
        "warn" => Ok(Level::WARN),
        "info" => Ok(Level::INFO),
        "debug" => Ok(Level::DEBUG),
        "trace" => Ok(Level::TRACE),
        other => {
            let got = others::shown(other);
            Err(refused(format!(
                "`level` is `{got}`, wanted error, warn, info, debug or trace"
            )))
        }
    }
}

fn limit(given: Option<usize>) -> Result<usize, Error> {
    match given {
        None => Ok(LINES_MAX),
        Some(limit) if (1..=LINES_MAX).contains(&limit) => Ok(limit),
        Some(limit) => Err(refused(format!("`limit` is {limit}, wanted 1 to {LINES_MAX}"))),
    }
}

fn short(field: &str, given: Option<String>) -> Result<Option<String>, Error> {
    match given {
        Some(text) if text.len() > TEXT_BYTES_MAX => Err(refused(format!(
            "`{field}` has {} bytes, at most {TEXT_BYTES_MAX} are looked for",
            text.len()
        ))),
        given => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_and_a_text_are_taken_up_to_their_bound() {
        assert_eq!(limit(None).unwrap(), LINES_MAX);
        assert_eq!(limit(Some(1)).unwrap(), 1);
        assert_eq!(limit(Some(LINES_MAX)).unwrap(), LINES_MAX);
        assert!(limit(Some(0)).is_err() && limit(Some(LINES_MAX + 1)).is_err());
        let longest = "x".repeat(TEXT_BYTES_MAX);
        assert!(short("text", Some(longest.clone())).is_ok());
        assert!(short("text", Some(longest + "x")).is_err());
    }
}
