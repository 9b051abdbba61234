//! The judgement: the ledger against what everybody got and against what the server says of each inbox.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::person::Person;
use super::{Crowd, INBOX_LINES};
use crate::harness::{Entry, Raw, Server, Tally};

/// One line as the server lists it.
struct Listed {
    seq: u64,
    id: u64,
    body: String,
}

/// The inbox of somebody, page by page, and the number of its last line.
fn inbox(server: &Server, token: &str) -> (u64, Vec<Listed>) {
    let mut raw = Raw::resume(server.address(), token);
    // Beside the ids of the messages.
    let (mut id, mut after, mut lines) = (1_000_000, 0, Vec::new());
    loop {
        id += 1;
        raw.ask_as(id, "s.inbox", json!({"after": after, "limit": 100}));
        let page = raw.result(id).unwrap();
        for message in page["messages"].as_array().unwrap() {
            lines.push(Listed {
                seq: message["seq"].as_u64().unwrap(),
                id: message["id"].as_u64().unwrap(),
                body: message["body"].as_str().unwrap().to_owned(),
            });
        }
        after = lines.last().map_or(0, |line: &Listed| line.seq);
        if page["more"] != json!(true) {
            return (page["last_seq"].as_u64().unwrap(), lines);
        }
    }
}

/// Every message by its receiver: its body, and the number that was acknowledged, or `None` where it was refused.
fn answered(ledger: &BTreeMap<String, Entry>) -> HashMap<usize, Vec<(&str, Option<u64>)>> {
    let mut by_receiver: HashMap<usize, Vec<(&str, Option<u64>)>> = HashMap::new();
    for (body, entry) in ledger {
        let heard = entry.heard.as_ref().expect("everything was answered in the end");
        let receiver = usize::try_from(entry.intent["to"].as_u64().unwrap()).unwrap();
        by_receiver
            .entry(receiver)
            .or_default()
            .push((body, heard["ok"]["message"].as_u64()));
    }
    by_receiver
}

/// Who wrote it, and as which of theirs.
fn parts(body: &str) -> (usize, usize) {
    let (writer, number) = body.split_once("'s ").unwrap();
    (writer.parse().unwrap(), number.parse().unwrap())
}

/// What came to somebody keeps the order of each writer.
fn is_in_order(person: &Person) -> bool {
    let mut lines: Vec<(u64, (usize, usize))> = person
        .lines
        .iter()
        .map(|(seq, (_, body))| (*seq, parts(body)))
        .collect();
    lines.sort_unstable();
    let mut last: HashMap<usize, usize> = HashMap::new();
    lines
        .iter()
        .all(|(_, (writer, number))| last.insert(*writer, *number).is_none_or(|before| before < *number))
}

/// Each message is a try: acknowledged it came under its number once as a line, or it was told to be gone.
pub(super) fn check(crowd: &Crowd, server: &Server, lived: &[Person], mut tally: Tally) {
    let ledger = crowd.ledger.read();
    let answered = answered(&ledger);
    let acknowledged = answered.values().flatten().filter(|(_, id)| id.is_some()).count();
    println!("{} messages refused and said anew", ledger.len() - acknowledged);
    assert_eq!(acknowledged, crowd.messages(), "everything that was to be sent was");
    for person in lived {
        let number = person.number;
        let mine = answered.get(&number).map_or(&[][..], Vec::as_slice);
        let stored = mine.iter().filter(|(_, id)| id.is_some()).count();
        let (last, listed) = inbox(server, &crowd.tokens[number]);
        assert_eq!(
            last,
            u64::try_from(stored).unwrap(),
            "{number}: as many lines as messages, so that none was stored twice"
        );
        assert!(is_in_order(person), "{number}: out of order");
        let gone: u64 = person.gaps.iter().map(|(from, to)| to + 1 - from).sum();
        if number < crowd.writers() {
            assert_eq!(gone, 0, "{number}: nothing of an inbox with room is gone");
        } else {
            assert!(
                gone > 0 && person.lines.len() <= INBOX_LINES,
                "{number}: a gap of {gone}"
            );
        }
        let came: HashMap<&str, u64> = person.lines.values().map(|(id, body)| (body.as_str(), *id)).collect();
        assert_eq!(came.len(), person.lines.len(), "{number}: a message is two lines");
        assert_eq!(
            u64::try_from(came.len()).unwrap() + gone,
            last,
            "{number}: each line came or is gone"
        );
        for line in &listed {
            let known = person.lines.get(&line.seq);
            assert_eq!(
                known,
                Some(&(line.id, line.body.clone())),
                "{number}: the server lists what came"
            );
        }
        let mut missing = gone;
        for (body, id) in mine {
            // As it was acknowledged; what was refused is not there.
            let is_right = came.get(body) == id.as_ref();
            // Which of them were in the gap nobody can say any more, only how many.
            let is_gone = id.is_some() && !came.contains_key(body) && missing > 0;
            missing -= u64::from(is_gone);
            tally.tried(is_right || is_gone, || {
                format!("{body} for {number}, acknowledged as {id:?}")
            });
        }
    }
    tally.settle();
}
