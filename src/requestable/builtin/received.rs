//! `RECEIVED`: the latest of what came through a datasock whose receiver keeps some.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::datasock::receivers::Seen;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;
use crate::wire::ErrorCode;

/// Entries of one answer, unless fewer are asked for.
const COUNT_DEFAULT: usize = 20;
/// Entries of one answer.
const COUNT_MAX: usize = 200;
/// Room for what is beside the text of an entry: its keys, its instant, a name.
const ENTRY_BYTES: usize = 96;

/// Lists the latest of what came through a datasock, oldest first: of lines, the lines. Receivers that keep nothing give an empty list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Received {
    /// Name of the datasock.
    datasock: String,
    /// How many, 1 to 200; left out, 20. Fewer come when more would not fit into a frame.
    count: Option<usize>,
}

impl Requestable for Received {
    const NAME: &'static str = "RECEIVED";
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Seen>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let count = self.count.unwrap_or(COUNT_DEFAULT);
        if !(1..=COUNT_MAX).contains(&count) {
            let message = format!("got {count} for `count`, wanted 1 to {COUNT_MAX}");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let latest = house.datasocks.find(&self.datasock)?.receiver.latest(count);
        Ok(fitting(latest, house.config.limits.frame_bytes / 2))
    }
}

/// The newest that fit together; half a frame leaves room for whatever an encoding adds.
fn fitting(latest: Vec<Seen>, bytes_max: usize) -> Vec<Seen> {
    let mut bytes = 0_usize;
    let size = |seen: &Seen| seen.text.len() + seen.from.len() + ENTRY_BYTES;
    let fits = |seen: &&Seen| {
        bytes = bytes.saturating_add(size(seen));
        bytes <= bytes_max
    };
    let count = latest.iter().rev().take_while(fits).count();
    let skipped = latest.len().saturating_sub(count);
    latest.into_iter().skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_fit_are_told() {
        let seen = |text: &str| Seen {
            at: jiff::Timestamp::UNIX_EPOCH,
            from: String::new(),
            text: text.to_owned(),
        };
        let latest = vec![seen("aa"), seen("bb"), seen("cc")];
        let one = ENTRY_BYTES + 2;
        for (bytes_max, wanted) in [(0, 0), (one - 1, 0), (one, 1), (2 * one, 2), (9 * one, 3)] {
            let told = fitting(latest.clone(), bytes_max);
            assert_eq!(told, latest[3 - wanted..], "{bytes_max}");
        }
    }
}
