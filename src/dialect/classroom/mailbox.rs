//! What waits for one client to be fetched. A message that comes again is the one that is there.

use std::collections::VecDeque;

use crate::dialect::asking::{field, text, whole};
use crate::wire::{Event, Value};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    id: i64,
    /// Name of the sender, and its client where it was said and not kept.
    pub(super) from: String,
    pub(super) from_id: String,
    /// The room it is for.
    pub(super) room: Option<String>,
    pub(super) body: String,
    at: String,
}

impl Letter {
    /// Reads the event `message`.
    pub(super) fn read(data: &Value) -> Self {
        let is_room = matches!(text(data, "to"), "room" | "whisper");
        let room = field(data, "room").and_then(Value::as_text).filter(|_| is_room);
        Self {
            id: whole(data, "id").unwrap_or_default(),
            from: text(data, "from").to_owned(),
            from_id: text(data, "from_id").to_owned(),
            room: room.map(str::to_owned),
            body: text(data, "body").to_owned(),
            at: text(data, "at").to_owned(),
        }
    }

    /// Something that the server says.
    pub(super) fn of_server(body: String) -> Self {
        Self {
            id: 0,
            from: "server".to_owned(),
            from_id: String::new(),
            room: None,
            body,
            at: String::new(),
        }
    }

    /// `2019-08-05 17:45: Hello World! (from: Nina)`.
    fn line(&self, from: &str) -> String {
        let (body, at) = (&self.body, &self.at);
        match (at.get(..10), at.get(11..16)) {
            (Some(day), Some(time)) => format!("{day} {time}: {body} (from: {from})"),
            _ => format!("{body} (from: {from})"),
        }
    }
}

/// The mailbox of one client, and what of its events it has not acknowledged.
#[derive(Debug)]
pub(super) struct Mailbox {
    letters: VecDeque<Letter>,
    letters_max: usize,
    /// The highest number of an event that came.
    seen: u64,
    acked: u64,
}

impl Mailbox {
    pub(super) fn new(letters_max: usize) -> Self {
        Self {
            letters: VecDeque::new(),
            letters_max,
            seen: 0,
            acked: 0,
        }
    }

    /// An event came.
    pub(super) fn saw(&mut self, event: &Event) {
        self.seen = self.seen.max(event.seq);
    }

    /// Keeps a message until it is fetched.
    pub(super) fn put(&mut self, letter: Letter) {
        let is_there = letter.id > 0 && self.letters.iter().any(|known| known.id == letter.id);
        if is_there {
            return;
        }
        if self.letters.len() >= self.letters_max {
            self.letters.pop_front();
        }
        self.letters.push_back(letter);
    }

    /// Everything that waits, as lines; `name` says what a sender is called here.
    pub(super) fn fetch(&mut self, name: impl Fn(&Letter) -> String) -> String {
        let lines: Vec<String> = self
            .letters
            .drain(..)
            .map(|letter| letter.line(&name(&letter)))
            .collect();
        if lines.is_empty() {
            "Your mailbox is empty.".to_owned()
        } else {
            lines.join("\n")
        }
    }

    /// The number up to which events are to be acknowledged now: never past a message that waits.
    pub(super) fn acknowledge_now(&mut self) -> Option<u64> {
        let is_due = self.letters.is_empty() && self.seen > self.acked;
        is_due.then(|| {
            self.acked = self.seen;
            self.seen
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64, id: i64, body: &str) -> Event {
        let data = Value::Map(vec![
            ("id".into(), id.into()),
            ("from".into(), "nina".into()),
            ("to".into(), "user".into()),
            ("body".into(), body.into()),
            ("at".into(), "2019-08-05T17:45:30Z".into()),
        ]);
        Event {
            epoch: "e".into(),
            seq,
            name: "message".into(),
            data,
        }
    }

    fn come(mailbox: &mut Mailbox, event: &Event) {
        mailbox.saw(event);
        mailbox.put(Letter::read(&event.data));
    }

    #[test]
    fn a_message_waits_is_fetched_once_and_only_then_acknowledged() {
        let mut mailbox = Mailbox::new(8);
        let name = |letter: &Letter| letter.from.to_uppercase();
        assert_eq!(mailbox.fetch(name), "Your mailbox is empty.");
        come(&mut mailbox, &event(4, 1, "Hello World!"));
        assert_eq!(mailbox.acknowledge_now(), None);
        // The same one again, under a later number.
        come(&mut mailbox, &event(5, 1, "Hello World!"));
        assert_eq!(mailbox.fetch(name), "2019-08-05 17:45: Hello World! (from: NINA)");
        assert_eq!(mailbox.acknowledge_now(), Some(5));
        assert_eq!(mailbox.acknowledge_now(), None);
        assert_eq!(mailbox.fetch(name), "Your mailbox is empty.");
    }

    #[test]
    fn the_oldest_makes_way_at_the_bound() {
        let mut mailbox = Mailbox::new(2);
        for id in 1..=3 {
            come(&mut mailbox, &event(0, id, &format!("letter {id}")));
        }
        mailbox.put(Letter::of_server("soon over".into()));
        let lines = mailbox.fetch(|letter| letter.from.clone());
        assert_eq!(
            lines,
            "2019-08-05 17:45: letter 3 (from: nina)\nsoon over (from: server)"
        );
    }
}
