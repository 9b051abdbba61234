//! The tongue of LocalThingsNetwork: its packets as frames of a session, and frames as packets.
//!
//! Text, calls and requests go both ways; clientcommands go to the client, which never answers one: they are done when
//! they are on their way. An answer is worth what its asker makes of it; nothing a client says is run.

use std::collections::{HashMap, VecDeque};

use bytes::{Buf, BytesMut};

use super::packets::{self, Assembler};
use super::rules::{self, Asked, ClientData, Said, Word, word};
use super::serverdata;
use crate::dialect::asking::text;
use crate::dialect::line::{Out, Tongue};
use crate::dialect::pickle::{self, Pickle, from_value, to_value};
use crate::error::Error;
use crate::wire::{Ack, Answer, Args, Call, ErrorCode, Event, Frame, Pong, Request, Text, Value, Welcome};

/// Packets that mean nothing before the connection ends.
const FAULTS_MAX: usize = 16;
/// Requests of a client that are not answered; for more the answer is `None`.
const REQUESTS_MAX: usize = 256;
/// Questions to a client whose answers are remembered as what they are.
const ASKED_MAX: usize = 128;
/// Texts of a client of which it was not told that they arrived.
const TALK_MAX: usize = 64;

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The session begins.
    Registering,
    /// The client knows its name, and is to say that it goes on.
    Named,
    /// Everything is said.
    Open,
}

/// What a conversation needs to know.
pub(super) struct Manner {
    pub(super) server: String,
    pub(super) packet_bytes: usize,
    /// The ports of this dialect, by name.
    pub(super) socks: Vec<(&'static str, u16)>,
    /// Where its client attaches.
    pub(super) data: Option<Attach>,
}

/// A data port that a client is told of.
pub(super) struct Attach {
    pub(super) ip: String,
    pub(super) port: u16,
    /// Done once it was told.
    pub(super) told: Box<dyn FnOnce() + Send>,
}

/// One connection.
pub(super) struct Speech {
    stage: Stage,
    manner: Manner,
    assembler: Assembler,
    is_admin: bool,
    notices: Vec<String>,
    name: String,
    /// Whether the client has the command `changename`.
    renames: bool,
    next_id: u64,
    requests: HashMap<u64, (Pickle, String)>,
    asked: HashMap<u64, String>,
    talk: VecDeque<String>,
    faults: usize,
}

impl Speech {
    /// Of a client that registers.
    pub(super) fn registering(manner: Manner, bounds: pickle::Bounds, data: &ClientData) -> Self {
        let renames = data.commands.iter().any(|name| name == "changename");
        Self {
            renames,
            ..Self::at(Stage::Registering, manner, bounds)
        }
    }

    /// Of the data port, where the client is known.
    pub(super) fn at(stage: Stage, manner: Manner, bounds: pickle::Bounds) -> Self {
        Self {
            stage,
            assembler: Assembler::new(manner.packet_bytes, bounds),
            manner,
            is_admin: false,
            notices: Vec::new(),
            name: String::new(),
            renames: false,
            next_id: 1,
            requests: HashMap::new(),
            asked: HashMap::new(),
            talk: VecDeque::new(),
            faults: 0,
        }
    }

    fn say(&self, object: &Pickle, out: &mut Out) {
        let number = uuid::Uuid::new_v4().to_string();
        packets::write(object, &number, self.manner.packet_bytes, &mut out.bytes);
    }

    fn say_text(&self, text: &str, out: &mut Out) {
        self.say(&text.into(), out);
    }

    fn welcome(&mut self, welcome: Welcome, out: &mut Out) {
        self.name = welcome.name;
        self.notices = welcome.notices;
        self.is_admin = welcome.permissions.iter().any(|permission| permission == "admin");
        out.bytes.extend_from_slice(self.name.as_bytes());
        // The client reads its name alone, and says that it goes on.
        out.is_held = true;
        self.stage = Stage::Named;
    }

    /// The client goes on: what it is told first.
    fn begin(&mut self, out: &mut Out) {
        self.stage = Stage::Open;
        out.is_held = false;
        out.idle_max = None;
        if let Some(Attach { ip, port, told }) = self.manner.data.take() {
            let address = Pickle::Tuple(vec![ip.into(), i64::from(port).into()]);
            self.say(&rules::command("newdatasock", vec![address]), out);
            told();
        }
        for notice in std::mem::take(&mut self.notices) {
            self.say_text(&notice, out);
        }
        self.say_text(&format!("Connected to {}", self.manner.server), out);
        self.say_text(&format!("Registered as '{}'", self.name), out);
        self.say_text("Type 's.help()' for more information", out);
        if self.is_admin {
            self.say_text("You have admin permissions", out);
        }
    }

    fn act(&mut self, said: Said, out: &mut Out) {
        match said {
            Said::Text(body) if body.trim().is_empty() => {}
            Said::Text(body) => {
                if !body.trim().starts_with("s.") {
                    if self.talk.len() >= TALK_MAX {
                        self.talk.pop_front();
                    }
                    self.talk.push_back(body.clone());
                }
                out.frames.push_back(Frame::Text(Text {
                    body,
                    from: None,
                    id: None,
                }));
            }
            Said::Request { id, .. } if self.requests.len() >= REQUESTS_MAX => {
                self.say(&rules::answer(id, Pickle::None), out);
            }
            Said::Request { id, name } => {
                let number = self.next_id;
                self.next_id += 1;
                self.requests.insert(number, (id, name.clone()));
                out.frames.push_back(Frame::Request(Request {
                    id: number,
                    name,
                    args: Args::default(),
                }));
            }
            Said::Answer {
                id: Asked::Ping(id), ..
            } => out.frames.push_back(Frame::Pong(Pong { id, at: String::new() })),
            Said::Answer {
                id: Asked::Request(id),
                value,
            } => {
                let is_data = self.asked.remove(&id).is_some_and(|name| name == "CLIENTDATA");
                let value = if is_data { described(&value) } else { to_value(&value) };
                out.frames.push_back(Frame::Result(Answer { id, outcome: Ok(value) }));
            }
        }
    }

    /// What came of a request of the client.
    fn came(&mut self, answer: Answer, out: &mut Out) {
        let Some((id, name)) = self.requests.remove(&answer.id) else {
            return;
        };
        let value = match answer.outcome {
            Ok(info) if name == "SERVERDATA" => serverdata::of(&info, &self.manner.socks, self.manner.packet_bytes),
            Ok(value) => from_value(&value),
            Err(_) => Pickle::None,
        };
        self.say(&rules::answer(id, value), out);
    }

    fn text(&mut self, said: Text, out: &mut Out) {
        let is_server = said.from.as_deref().is_none_or(|from| from == self.manner.server);
        if !is_server {
            let line = format!("{}: {}", said.from.unwrap_or_default(), said.body);
            return self.say_text(&line, out);
        }
        if said.body == "Received"
            && let Some(talk) = self.talk.pop_front()
        {
            return self.say_text(&format!("Received: {talk}"), out);
        }
        if said.body.starts_with("muted: ") {
            self.talk.pop_front();
        }
        if let Some(name) = rules::changed_name(&said.body).filter(|_| self.renames) {
            self.say(&rules::command("changename", vec![name.into()]), out);
        }
        self.say_text(&said.body, out);
    }

    fn event(&mut self, event: &Event, out: &mut Out) {
        if event.name == "message" {
            let line = format!("{}: {}", text(&event.data, "from"), text(&event.data, "body"));
            self.say_text(&line, out);
        }
        if event.seq > 0 {
            out.frames.push_back(Frame::Ack(Ack { seq: event.seq }));
        }
    }

    fn call(&mut self, call: Call, out: &mut Out) {
        let args: Vec<Value> = match call.args {
            Args::Position(values) => values,
            Args::Name(fields) => fields.into_iter().map(|(_, value)| value).collect(),
        };
        let socks = (&self.manner.socks, self.manner.packet_bytes);
        let args = args.iter().map(|value| match call.command.as_str() {
            "updateserverdata" => serverdata::of(value, socks.0, socks.1),
            _ => from_value(value),
        });
        let object = rules::command(&call.command, args.collect());
        self.say(&object, out);
        let outcome = Ok(Value::Null);
        out.frames.push_back(Frame::Result(Answer { id: call.id, outcome }));
    }

    fn request(&mut self, request: Request, out: &mut Out) {
        if self.asked.len() >= ASKED_MAX {
            self.asked.clear();
        }
        self.say(&rules::request(Asked::Request(request.id), &request.name), out);
        self.asked.insert(request.id, request.name);
    }

    fn bye(&self, reason: &str, out: &mut Out) {
        if self.stage == Stage::Open {
            let server = &self.manner.server;
            match reason {
                "shutting_down" => self.say_text(&format!("Server '{server}' is shutting down"), out),
                "restarting" => self.say_text(&format!("Server '{server}' is restarting"), out),
                _ => {}
            }
            self.say(&rules::command("disconnect", Vec::new()), out);
        }
        out.is_over = true;
    }

    /// Something that means nothing; too much of it ends the connection.
    fn fault(&mut self, why: String) -> Result<bool, Error> {
        self.faults += 1;
        tracing::debug!(why, "a packet of an older client means nothing");
        if self.faults > FAULTS_MAX {
            return Err(Error::new(ErrorCode::BadFrame, why));
        }
        Ok(true)
    }
}

/// `CLIENTDATA` of such a client, as our own clients describe themselves.
fn described(said: &Pickle) -> Value {
    let Ok(data) = rules::client_data(said) else {
        return to_value(said);
    };
    let names = |names: Vec<String>| Value::Array(names.into_iter().map(Value::from).collect());
    Value::Map(vec![
        ("description".into(), data.description.into()),
        ("software".into(), software(&data.version).into()),
        ("commands".into(), names(data.commands)),
        ("requestables".into(), names(data.requestables)),
    ])
}

/// What such a client runs.
pub(super) fn software(version: &str) -> String {
    format!("LocalThingsNetwork {version}")
}

impl Tongue for Speech {
    const NAME: &'static str = super::NAME;

    fn hear(&mut self, buffer: &mut BytesMut, out: &mut Out) -> Result<bool, Error> {
        if self.stage != Stage::Open {
            return match word(buffer, rules::CONTINUE) {
                Word::Whole if self.stage == Stage::Named => {
                    buffer.advance(rules::CONTINUE.len());
                    self.begin(out);
                    Ok(true)
                }
                Word::Part => Ok(false),
                _ => Err(Error::new(ErrorCode::BadFrame, "wanted `continue`")),
            };
        }
        let too_long = |err: pickle::PickleError| Error::new(ErrorCode::TooLarge, err.to_string());
        let Some((end, next)) = self.assembler.find(buffer).map_err(too_long)? else {
            return Ok(false);
        };
        let taken = self.assembler.take(buffer.get(..end).unwrap_or_default());
        buffer.advance(next);
        match taken {
            Ok(None) => Ok(true),
            Ok(Some(object)) => {
                let kind = object.kind();
                match rules::said(object) {
                    Some(said) => {
                        self.act(said, out);
                        Ok(true)
                    }
                    None => self.fault(format!("{kind} that means nothing")),
                }
            }
            Err(err) => self.fault(err.to_string()),
        }
    }

    fn tell(&mut self, frame: Frame, out: &mut Out) {
        match frame {
            Frame::Welcome(welcome) => self.welcome(*welcome, out),
            Frame::Text(said) => self.text(said, out),
            Frame::Result(answer) => self.came(answer, out),
            Frame::Event(event) => self.event(&event, out),
            Frame::Call(call) => self.call(call, out),
            Frame::Request(request) => self.request(request, out),
            Frame::Ping(ping) => self.say(&rules::request(Asked::Ping(ping.id), "PING"), out),
            Frame::Bye(bye) => self.bye(&bye.reason, out),
            Frame::Error(refusal) => {
                if self.stage == Stage::Open {
                    self.say_text(&refusal.message, out);
                }
                out.is_over = true;
            }
            _ => {}
        }
    }
}
