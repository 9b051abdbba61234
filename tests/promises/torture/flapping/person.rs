//! One person who flaps: comes again with their token, repeats under the same ids what was not answered, writes on,
//! takes what comes and checks it as it comes.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Crowd;
use crate::harness::{Dice, crowd_name, frame_of};

/// Messages that may be on their way.
const WINDOW: usize = 4;
/// Silence after which a person asks whether anybody is there; doubled after each connection on which nobody answered, so
/// that a slow machine is not taken for a dead line for ever.
const PATIENCE: Duration = Duration::from_millis(700);
const PATIENCE_MAX: Duration = Duration::from_secs(12);

/// A line of an inbox as it came: the number of the message and its body.
type Line = (u64, String);

/// A message that was not answered yet.
struct Wish {
    id: u64,
    /// Which of all that this person sent; a message that was refused is said anew, under another number and id.
    said: usize,
    /// Which of those that were to be sent.
    number: usize,
}

/// One of the crowd.
pub(super) struct Person {
    crowd: Arc<Crowd>,
    pub(super) number: usize,
    dice: Dice,
    /// Whether the last connection was answered at all.
    was_welcome: bool,
    /// The next that is to be sent for the first time.
    next: usize,
    said: usize,
    /// To be said anew, because the server had no room for them.
    refused: VecDeque<usize>,
    open: VecDeque<Wish>,
    expected: u64,
    /// Up to here every line has come or was told to be gone.
    covered: u64,
    pub(super) lines: HashMap<u64, Line>,
    pub(super) gaps: Vec<(u64, u64)>,
    /// Lines that came more than once.
    pub(super) again: usize,
}

/// A connection that ended, or that the person gave up.
struct Cut;

impl From<std::io::Error> for Cut {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Person {
    pub(super) fn new(crowd: Arc<Crowd>, number: usize, expected: u64, dice: Dice) -> Self {
        Self {
            crowd,
            number,
            dice,
            was_welcome: false,
            next: 0,
            said: 0,
            refused: VecDeque::new(),
            open: VecDeque::new(),
            expected,
            covered: 0,
            lines: HashMap::new(),
            gaps: Vec::new(),
            again: 0,
        }
    }

    fn quota(&self) -> usize {
        if self.number < self.crowd.writers() {
            self.crowd.quota
        } else {
            0
        }
    }

    fn is_said(&self) -> bool {
        self.next == self.quota() && self.refused.is_empty()
    }

    fn has_all(&self) -> bool {
        self.is_said() && self.open.is_empty() && self.covered >= self.expected
    }

    /// Comes again and again until everything is sent and has come.
    pub(super) async fn live(mut self, wire: SocketAddr) -> Self {
        if self.number >= self.crowd.writers() {
            let mut overflown = self.crowd.is_overflown.subscribe();
            overflown.wait_for(|is_overflown| *is_overflown).await.unwrap();
        }
        let mut patience = PATIENCE;
        while !self.has_all() {
            self.was_welcome = false;
            drop(self.connect(wire, patience).await);
            self.crowd.covered[self.number].store(self.covered, Ordering::Relaxed);
            patience = if self.was_welcome {
                PATIENCE
            } else {
                (patience * 2).min(PATIENCE_MAX)
            };
            tokio::time::sleep(Duration::from_millis(self.dice.below(50))).await;
        }
        self
    }

    /// One connection to its end.
    async fn connect(&mut self, wire: SocketAddr, patience: Duration) -> Result<(), Cut> {
        let mut conn = Conn::open(wire, patience).await?;
        let login = json!({"resume": self.crowd.tokens[self.number]});
        conn.say(&json!({"hello": {"protocol": 1, "login": login}})).await?;
        let welcome = conn.hear().await?.ok_or(Cut)?;
        if let Some(error) = welcome.get("error") {
            // Too many come at once: later it succeeds.
            let is_for_now = ["busy", "timeout", "unavailable"]
                .map(|code| json!(code))
                .contains(&error["code"]);
            assert!(is_for_now, "{}: {error}", self.number);
            return Err(Cut);
        }
        assert!(welcome["welcome"].is_object(), "{welcome}");
        self.was_welcome = true;
        for wish in &self.open {
            conn.say(&self.send_of(wish)).await?;
        }
        let mut was_asked = false;
        while !self.has_all() {
            while self.open.len() < WINDOW && !self.is_said() {
                self.write(&mut conn).await?;
            }
            match conn.hear().await? {
                Some(frame) => {
                    was_asked = false;
                    self.take(&frame, &mut conn).await?;
                }
                None if was_asked => return Err(Cut),
                None => {
                    was_asked = true;
                    conn.say(&json!({"ping": {"id": 1}})).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends the next message: written down before it goes out.
    async fn write(&mut self, conn: &mut Conn) -> Result<(), Cut> {
        let number = self.refused.pop_front().unwrap_or(self.next);
        self.next = self.next.max(number + 1);
        let said = self.said;
        self.said += 1;
        // Ids go on over all connections.
        let id = u64::try_from(said).unwrap() + 1;
        let wish = Wish { id, said, number };
        let intent = json!({"to": self.crowd.receiver(self.number, number)});
        self.crowd.ledger.intent(&body(self.number, said), &intent);
        let send = self.send_of(&wish);
        self.open.push_back(wish);
        conn.say(&send).await
    }

    fn send_of(&self, wish: &Wish) -> Value {
        let to = crowd_name(self.crowd.receiver(self.number, wish.number));
        json!({"send": {"id": wish.id, "to": {"user": to}, "body": body(self.number, wish.said)}})
    }

    async fn take(&mut self, frame: &Value, conn: &mut Conn) -> Result<(), Cut> {
        if let Some(result) = frame.get("result") {
            return self.answered(result);
        }
        if let Some(ping) = frame.get("ping") {
            return conn
                .say(&json!({"pong": {"id": ping["id"], "at": "2026-01-01T00:00:00Z"}}))
                .await;
        }
        if let Some(error) = frame.get("error") {
            panic!("{}: {error}", self.number);
        }
        let event = &frame["event"];
        if event["name"] == "message" || event["name"] == "gap" {
            self.received(event);
            // Some are not acknowledged: they come again.
            if self.dice.below(4) > 0 {
                return conn.say(&json!({"ack": {"seq": event["seq"]}})).await;
            }
        }
        Ok(())
    }

    fn answered(&mut self, result: &Value) -> Result<(), Cut> {
        let place = self.open.iter().position(|wish| json!(wish.id) == result["id"]);
        let Some(place) = place else {
            panic!("{}: an answer to nothing open: {result}", self.number)
        };
        let error = result.get("error");
        if error.is_some_and(|error| error["code"] == "timeout") {
            // What became of it is heard on the next connection.
            return Err(Cut);
        }
        let wish = self.open.remove(place).unwrap();
        self.crowd.ledger.ack(&body(self.number, wish.said), result);
        match error {
            None => self.crowd.acknowledge(),
            Some(error) => {
                assert_eq!(error["code"], "busy", "{}: {error}", self.number);
                self.refused.push_back(wish.number);
            }
        }
        Ok(())
    }

    /// A line or a gap; nothing is left out without a word.
    fn received(&mut self, event: &Value) {
        let figure = |field: &str| event["data"][field].as_u64().unwrap();
        if event["name"] == "gap" {
            let (from, to) = (figure("from"), figure("to"));
            assert!(
                from <= self.covered + 1 && from <= to,
                "{}: {event} behind {}",
                self.number,
                self.covered
            );
            if to > self.covered {
                self.gaps.push((from, to));
                self.covered = to;
            }
            return;
        }
        let (id, seq) = (figure("id"), figure("seq"));
        let line = (id, event["data"]["body"].as_str().unwrap().to_owned());
        if let Some(known) = self.lines.get(&seq) {
            assert_eq!(*known, line, "{}: what comes again is the same", self.number);
            self.again += 1;
            return;
        }
        assert_eq!(
            seq,
            self.covered + 1,
            "{}: the next line, or a gap before it",
            self.number
        );
        self.covered = seq;
        self.lines.insert(seq, line);
    }
}

/// What a message says, which is also its name in the ledger.
pub(super) fn body(writer: usize, said: usize) -> String {
    format!("{writer}'s {said}")
}

/// A connection, and what was read of the next frame.
struct Conn {
    stream: TcpStream,
    read: Vec<u8>,
    patience: Duration,
}

impl Conn {
    async fn open(wire: SocketAddr, patience: Duration) -> Result<Self, Cut> {
        let stream = TcpStream::connect(wire).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::new(),
            patience,
        })
    }

    async fn say(&mut self, item: &Value) -> Result<(), Cut> {
        let frame = frame_of(item);
        let write = self.stream.write_all(&frame);
        tokio::time::timeout(self.patience, write).await.map_err(|_| Cut)??;
        Ok(())
    }

    /// The next frame; `None` when none came in time.
    async fn hear(&mut self) -> Result<Option<Value>, Cut> {
        loop {
            if let Some((length, rest)) = self.read.split_first_chunk::<4>() {
                let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
                if rest.len() >= length {
                    let frame = ciborium::from_reader(&rest[..length]).unwrap();
                    self.read.drain(..4 + length);
                    return Ok(Some(frame));
                }
            }
            match tokio::time::timeout(self.patience, self.stream.read_buf(&mut self.read)).await {
                Err(_) => return Ok(None),
                Ok(Ok(0)) => return Err(Cut),
                Ok(read) => drop(read?),
            }
        }
    }
}
