//! One client at its desk: the labs' acknowledgements, or the menu and what its options do.
//!
//! Asks commands of the table and says what came of them, one thing after the other: while a command runs nothing more
//! is heard.

use std::sync::Arc;

use bytes::{Buf, BytesMut};

use super::mailbox::{Letter, Mailbox};
use super::roster::{Classroom, Recipient};
use super::rules::{self, Said};
use crate::config::{Acknowledgement, ClassroomConfig};
use crate::dialect::asking::text;
use crate::dialect::line::{Out, Tongue};
use crate::dialect::pickle::{self, Bounds, Extent, Pickle, dict};
use crate::error::Error;
use crate::wire::{Ack, Answer, Args, Call, ErrorCode, Event, Frame, Pong, Value, WireError};

/// Values of one message.
const ITEMS_MAX: usize = 256;
/// Containers within each other.
const DEPTH_MAX: usize = 8;

/// The bounds of one message.
pub(super) fn bounds(config: &ClassroomConfig) -> Bounds {
    Bounds {
        bytes: config.message_bytes,
        items: ITEMS_MAX,
        depth: DEPTH_MAX,
        memo: ITEMS_MAX,
    }
}

/// What a command was asked for.
pub(super) enum Asked {
    Message,
    Create,
    Join(String),
    Line(String),
    Close,
    /// Nobody waits for what comes of it.
    Nothing,
}

/// Where a client of the menu is.
pub(super) enum Stage {
    /// Of the labs: there is no menu.
    Lab,
    Menu,
    /// A form was sent.
    Form(i64),
    Room {
        option: i64,
        room: String,
        is_owner: bool,
    },
}

/// The desk of one client.
pub(super) struct Desk {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) classroom: Arc<Classroom>,
    pub(super) stage: Stage,
    mailbox: Mailbox,
    asked: Option<(u64, Asked)>,
    next_call: u64,
    extent: Extent,
    bounds: Bounds,
    acknowledgement: Acknowledgement,
}

impl Desk {
    pub(super) fn new(
        id: i64,
        introduction: &rules::Introduction,
        account: &str,
        classroom: &Arc<Classroom>,
        config: &ClassroomConfig,
    ) -> Self {
        Self {
            id,
            name: introduction.name().to_owned(),
            account: account.to_owned(),
            classroom: Arc::clone(classroom),
            stage: match introduction {
                rules::Introduction::Student { .. } => Stage::Lab,
                rules::Introduction::Named(_) => Stage::Menu,
            },
            mailbox: Mailbox::new(config.mailbox_max),
            asked: None,
            next_call: 1,
            extent: Extent::default(),
            bounds: bounds(config),
            acknowledgement: config.acknowledgement,
        }
    }

    /// The first thing that it hears.
    pub(super) fn welcome(&self) -> Pickle {
        match self.stage {
            Stage::Lab => self.acknowledged(),
            _ => rules::menu(),
        }
    }

    fn acknowledged(&self) -> Pickle {
        match self.acknowledgement {
            Acknowledgement::One => Pickle::Int(1),
            Acknowledgement::Message => dict([("message", "server got the data".into())]),
        }
    }

    pub(super) fn ask<const N: usize>(&mut self, asked: Asked, command: &str, args: [(&str, Value); N], out: &mut Out) {
        let id = self.next_call;
        self.next_call += 1;
        if !matches!(asked, Asked::Nothing) {
            self.asked = Some((id, asked));
            out.is_deaf = true;
        }
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value));
        out.frames.push_back(Frame::Call(Call {
            id,
            command: command.to_owned(),
            args: Args::Name(args.collect()),
            deadline_ms: None,
        }));
    }

    fn select(&mut self, option: i64, out: &mut Out) {
        if !rules::prompts(option).is_empty() {
            self.stage = Stage::Form(option);
            return say(&rules::form(option), out);
        }
        match option {
            1 => say(
                &rules::output(1, format!("Users in server: {}", self.classroom.listed())),
                out,
            ),
            3 => {
                let classroom = &self.classroom;
                let name = |letter: &Letter| {
                    let known = classroom.name_of(&letter.from, &letter.from_id);
                    known.unwrap_or_else(|| letter.from.clone())
                };
                let lines = self.mailbox.fetch(name);
                say(&rules::output(3, lines), out);
                self.acknowledge(out);
            }
            6 => say(&rules::output(6, "coming soon"), out),
            7 => {
                say(&rules::output(7, "You are disconnected."), out);
                out.is_over = true;
            }
            other => say(&rules::output(other, "There is no such option."), out),
        }
    }

    fn fill(&mut self, option: i64, values: Vec<String>, out: &mut Out) {
        self.stage = Stage::Menu;
        let mut values = values.into_iter();
        let (first, second) = (values.next().unwrap_or_default(), values.next());
        match option {
            2 => self.send(first, &second.unwrap_or_default(), out),
            4 => self.ask(Asked::Create, "s.newroom", [("room", Value::from(first))], out),
            _ => self.ask(
                Asked::Join(first.clone()),
                "s.joinroom",
                [("room", Value::from(first))],
                out,
            ),
        }
    }

    fn send(&mut self, body: String, id: &str, out: &mut Out) {
        let recipient = id.trim().parse().ok();
        let recipient = recipient.and_then(|id| self.classroom.recipient(id, &self.account));
        match recipient {
            None => say(
                &rules::output(2, "There is no user with this id; nothing was sent."),
                out,
            ),
            Some(Recipient::Client(client)) => {
                let args = [("client", Value::from(client)), ("text", Value::from(body))];
                self.ask(Asked::Message, "s.tell", args, out);
            }
            Some(Recipient::Account(account)) => {
                let users = Value::Array(vec![Value::from(account)]);
                let args = [("users", users), ("body", Value::from(body))];
                self.ask(Asked::Message, "s.send", args, out);
            }
        }
    }

    /// What came of a command.
    fn came(&mut self, answer: Answer, out: &mut Out) {
        let asked = self.asked.take_if(|(id, _)| *id == answer.id);
        let Some((_, asked)) = asked else { return };
        out.is_deaf = false;
        let outcome = answer.outcome;
        let refused = |option, err: &WireError| rules::output(option, format!("{}: {}", err.code, err.message));
        match (asked, outcome) {
            (Asked::Message, Ok(_)) => say(&rules::output(2, "Message sent!"), out),
            (Asked::Message, Err(err)) => say(&refused(2, &err), out),
            (Asked::Create, Ok(done)) => self.sit_down(4, text(&done, "room").to_owned(), true, out),
            (Asked::Create, Err(err)) => say(&refused(4, &err), out),
            (Asked::Join(_), Ok(done)) if text(&done, "done") == "joined" => {
                self.sit_down(5, text(&done, "room").to_owned(), false, out);
            }
            (Asked::Join(room), Ok(_)) => {
                let waits = format!("The owner of {room} was asked whether you may come in.");
                say(&rules::output(5, waits), out);
            }
            (Asked::Join(_), Err(err)) => say(&refused(5, &err), out),
            (Asked::Line(line), Ok(_)) => {
                if let Stage::Room { room, .. } = &self.stage {
                    // Others hear it as a message of the room; those of one's own account are not sent it.
                    let line = format!("{}> {line}", self.name);
                    self.classroom.tell_room(self.id, Some(&self.account), room, line);
                }
            }
            (Asked::Line(_), Err(err)) => say(&refused(self.option(), &err), out),
            (Asked::Close, Ok(_)) => {
                if let Stage::Room { option, room, .. } = std::mem::replace(&mut self.stage, Stage::Menu) {
                    self.classroom.enter(self.id, None);
                    say(&rules::output(option, format!("Chat room {room} is closed.")), out);
                    let line = format!("Chat room {room} was closed by {}.", self.name);
                    self.classroom.close_room(self.id, &room, line);
                }
            }
            (Asked::Close, Err(err)) => say(&refused(self.option(), &err), out),
            (Asked::Nothing, _) => {}
        }
    }

    fn option(&self) -> i64 {
        match self.stage {
            Stage::Room { option, .. } | Stage::Form(option) => option,
            Stage::Lab | Stage::Menu => 0,
        }
    }

    fn event(&mut self, event: &Event, out: &mut Out) {
        self.mailbox.saw(event);
        if event.name == "message" {
            let letter = Letter::read(&event.data);
            match &letter.room {
                None => self.mailbox.put(letter),
                Some(room) => {
                    let known = self.classroom.name_of(&letter.from, &letter.from_id);
                    let line = format!("{}> {}", known.as_ref().unwrap_or(&letter.from), letter.body);
                    self.hear_in_room(&room.clone(), &line, out);
                }
            }
        }
        self.acknowledge(out);
    }

    fn acknowledge(&mut self, out: &mut Out) {
        if let Some(seq) = self.mailbox.acknowledge_now() {
            out.frames.push_back(Frame::Ack(Ack { seq }));
        }
    }
}

pub(super) fn say(said: &Pickle, out: &mut Out) {
    out.bytes.extend_from_slice(&pickle::write(said));
}

impl Tongue for Desk {
    const NAME: &'static str = super::NAME;

    fn hear(&mut self, buffer: &mut BytesMut, out: &mut Out) -> Result<bool, Error> {
        let unfit = |err: pickle::PickleError| Error::new(ErrorCode::BadFrame, err.to_string());
        let Some(length) = self.extent.find(buffer, &self.bounds).map_err(unfit)? else {
            return Ok(false);
        };
        let read = pickle::read(buffer.get(..length).unwrap_or_default(), &self.bounds);
        buffer.advance(length);
        self.extent = Extent::default();
        let read = read.map_err(unfit)?;
        if matches!(self.stage, Stage::Lab) {
            say(&self.acknowledged(), out);
            return Ok(true);
        }
        match (rules::said(&read), &self.stage) {
            (Ok(Said::Filled(lines)), Stage::Room { .. }) => self.chat(&lines.join(" "), out),
            (Ok(Said::Filled(values)), Stage::Form(option)) => self.fill(*option, values, out),
            (Ok(Said::Selected(_)), Stage::Room { option, .. }) => {
                say(&rules::output(*option, "You are in a chat room; leave it first."), out);
            }
            (Ok(Said::Selected(option)), _) => self.select(option, out),
            (Ok(Said::Filled(_)), _) => say(&rules::output(0, "Nothing was asked for."), out),
            (Err(why), _) => say(&rules::output(0, why), out),
        }
        Ok(true)
    }

    fn tell(&mut self, frame: Frame, out: &mut Out) {
        match frame {
            Frame::Event(event) => self.event(&event, out),
            Frame::Result(answer) => self.came(answer, out),
            Frame::Text(said) => self.mailbox.put(Letter::of_server(said.body)),
            // Whoever sits before a menu says nothing for long: the connection itself is the sign of life.
            Frame::Ping(ping) => out.frames.push_back(Frame::Pong(Pong {
                id: ping.id,
                at: String::new(),
            })),
            Frame::Call(Call { id, .. }) | Frame::Request(crate::wire::Request { id, .. }) => {
                let outcome = Err(WireError {
                    code: ErrorCode::Unavailable,
                    message: "a client of the classroom offers nothing".to_owned(),
                    detail: None,
                });
                out.frames.push_back(Frame::Result(Answer { id, outcome }));
            }
            Frame::Bye(_) | Frame::Error(_) => out.is_over = true,
            _ => {}
        }
    }

    fn end(&mut self) {
        if let Some(room) = self.classroom.leave(self.id) {
            let line = format!("{} left", self.name);
            self.classroom.tell_room(self.id, None, &room, line);
        }
    }
}
