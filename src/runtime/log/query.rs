//! What somebody wants to see of the log: a decision for each event, from its own words alone.

use jiff::Timestamp;
use tracing::Level;

use super::entry::Entry;

/// Every condition that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// Of the client with this id or name.
    pub client: Option<String>,
    /// This bad or worse.
    pub level: Option<Level>,
    /// With this target, or from within this module.
    pub target: Option<String>,
    /// Whose sentence or fields hold this, capital or not.
    pub text: Option<String>,
    /// With a lower number than this.
    pub before: Option<u64>,
}

impl Query {
    /// Whether an event is wanted.
    #[must_use]
    pub fn wants(&self, entry: &Entry) -> bool {
        self.before.is_none_or(|before| entry.number < before)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
            && self.level.is_none_or(|level| entry.level <= level)
            && self.target.as_ref().is_none_or(|target| is_from(entry.target, target))
            && self.client.as_ref().is_none_or(|client| is_of(entry, client))
            && self.text.as_ref().is_none_or(|text| says(entry, text))
    }
}

fn is_from(target: &str, wanted: &str) -> bool {
    let rest = target.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is_of(entry: &Entry, client: &str) -> bool {
    ["client.id", "client.name"]
        .iter()
        .any(|field| entry.field(field) == Some(client))
}

fn says(entry: &Entry, text: &str) -> bool {
    let text = text.to_lowercase();
    let holds = |what: &str| what.to_lowercase().contains(&text);
    holds(&entry.text) || entry.fields.iter().any(|(_, value)| holds(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 7,
            at: Timestamp::from_second(100).unwrap(),
            level: Level::WARN,
            target: "motorpool::session::actor",
            text: "A peer was cut off".to_owned(),
            fields: vec![("client.id", "id-1".to_owned()), ("client.name", "Anna".to_owned())],
        }
    }

    fn with(set: impl FnOnce(&mut Query)) -> Query {
        let mut query = Query::default();
        set(&mut query);
        query
    }

    #[test]
    fn every_condition_is_tried_at_its_edge() {
        let at = |second| Timestamp::from_second(second).ok();
        let text = |text: &str| Some(text.to_owned());
        let table = [
            (Query::default(), true),
            (with(|query| query.since = at(100)), true),
            (with(|query| query.since = at(101)), false),
            (with(|query| query.until = at(101)), true),
            (with(|query| query.until = at(100)), false),
            (with(|query| query.before = Some(8)), true),
            (with(|query| query.before = Some(7)), false),
            (with(|query| query.level = Some(Level::INFO)), true),
            (with(|query| query.level = Some(Level::WARN)), true),
            (with(|query| query.level = Some(Level::ERROR)), false),
            (with(|query| query.client = text("id-1")), true),
            (with(|query| query.client = text("Anna")), true),
            (with(|query| query.client = text("Ann")), false),
            (with(|query| query.target = text("motorpool::session")), true),
            (with(|query| query.target = text("motorpool::sess")), false),
            (with(|query| query.target = text("connection")), false),
            (with(|query| query.text = text("CUT off")), true),
            (with(|query| query.text = text("anna")), true),
            (with(|query| query.text = text("kicked")), false),
        ];
        for (query, wanted) in table {
            assert_eq!(query.wants(&entry()), wanted, "{query:?}");
        }
    }
}
