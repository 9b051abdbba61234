//! A raw socket that speaks frames: CBOR made and read here, four bytes of length before it.
//!
//! Reading has a deadline and tells an orderly end (`None`) from a reset, which is always a failure.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use super::Stream;
use super::document::check_command;

/// One connection, from outside.
pub(crate) struct Raw {
    stream: Stream,
    next_id: u64,
    /// Commands by the ids of their calls, to look at what they answer.
    called: HashMap<u64, String>,
    /// What the server welcomed us with.
    pub(crate) welcome: Value,
}

/// A call that was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) detail: Value,
}

impl Refused {
    pub(crate) fn of(error: &Value) -> Self {
        Self {
            code: error["code"].as_str().unwrap().to_owned(),
            message: error["message"].as_str().unwrap().to_owned(),
            detail: error["detail"].clone(),
        }
    }
}

/// A frame as it travels.
pub(crate) fn frame_of(item: &Value) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    ciborium::into_writer(item, &mut bytes).unwrap();
    let length = u32::try_from(bytes.len() - 4).unwrap();
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

impl Raw {
    /// A connection that has said nothing yet.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::over(Stream::plain(address))
    }

    /// The same from another address of this machine.
    pub(crate) fn connect_from(from: IpAddr, address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::over(Stream::of(socket.into()))
    }

    /// A connection that has said nothing yet, on that stream.
    pub(crate) fn over(stream: Stream) -> Self {
        Self {
            stream,
            next_id: 1,
            called: HashMap::new(),
            welcome: Value::Null,
        }
    }

    /// Says hello and is welcomed, or hears why not.
    pub(crate) fn hello(address: SocketAddr, fields: Value) -> Result<Self, Refused> {
        Self::connect(address).greet(fields)
    }

    /// The same from another address of this machine.
    pub(crate) fn hello_from(from: IpAddr, address: SocketAddr, fields: Value) -> Result<Self, Refused> {
        Self::connect_from(from, address).greet(fields)
    }

    /// Says hello on a connection that has said nothing yet.
    pub(crate) fn greet(self, mut fields: Value) -> Result<Self, Refused> {
        let mut raw = self;
        fields["protocol"] = json!(1);
        raw.send(&json!({ "hello": fields }));
        let answer = raw.read().expect("an answer to hello");
        if let Some(error) = answer.get("error") {
            assert_eq!(raw.read(), None, "a refused hello ends the connection");
            return Err(Refused::of(error));
        }
        raw.welcome = answer["welcome"].clone();
        assert!(raw.welcome.is_object(), "got {answer}");
        Ok(raw)
    }

    /// A guest.
    pub(crate) fn guest(address: SocketAddr) -> Self {
        Self::hello(address, json!({})).unwrap()
    }

    /// Signs in by a token.
    pub(crate) fn resume(address: SocketAddr, token: &str) -> Self {
        Self::hello(address, json!({"login": {"resume": token}})).unwrap()
    }

    pub(crate) fn client_id(&self) -> &str {
        self.welcome["client_id"].as_str().unwrap()
    }

    pub(crate) fn name(&self) -> &str {
        self.welcome["name"].as_str().unwrap()
    }

    pub(crate) fn token(&self) -> &str {
        self.welcome["resume"].as_str().unwrap()
    }

    pub(crate) fn send(&mut self, item: &Value) {
        self.send_bytes(&frame_of(item));
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.try_send_bytes(bytes).unwrap();
    }

    pub(crate) fn try_send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next frame; `None` when the server has ended the connection in order.
    pub(crate) fn read(&mut self) -> Option<Value> {
        self.try_read().expect("a frame or an orderly end")
    }

    pub(crate) fn try_read(&mut self) -> std::io::Result<Option<Value>> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Err(err) if err.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut item = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut item)?;
        let mut rest = &item[..];
        let value = ciborium::from_reader(&mut rest).unwrap();
        assert!(rest.is_empty(), "bytes behind the item");
        Ok(Some(value))
    }

    /// The next frame that is neither an event nor a ping.
    pub(crate) fn answer(&mut self) -> Option<Value> {
        loop {
            let frame = self.read()?;
            if let Some(ping) = frame.get("ping") {
                self.send(&json!({"pong": {"id": ping["id"], "at": "2026-01-01T00:00:00Z"}}));
            } else if frame.get("event").is_none() {
                return Some(frame);
            }
        }
    }

    /// Calls without waiting; gives the id.
    pub(crate) fn ask(&mut self, command: &str, args: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.ask_as(id, command, args);
        id
    }

    /// Calls under a given id without waiting.
    pub(crate) fn ask_as(&mut self, id: u64, command: &str, args: Value) {
        self.called.insert(id, command.to_owned());
        self.send(&json!({"call": {"id": id, "command": command, "args": args}}));
    }

    /// Waits for the result of a call; results of others are passed over.
    pub(crate) fn result(&mut self, id: u64) -> Result<Value, Refused> {
        loop {
            let frame = self.answer().expect("a result before the end");
            let answer = frame.get("result").or(frame.get("error")).cloned().unwrap_or_default();
            if answer["id"] != json!(id) {
                continue;
            }
            // What else is asked under this id later is no call of it.
            let called = self.called.remove(&id);
            return match (frame.get("error"), answer.get("error")) {
                (Some(error), _) | (None, Some(error)) => Err(Refused::of(error)),
                (None, None) => {
                    let answer = &answer["ok"];
                    if let Some(command) = called {
                        check_command(&command, answer);
                    }
                    Ok(answer.clone())
                }
            };
        }
    }

    /// Calls and waits.
    pub(crate) fn call(&mut self, command: &str, args: Value) -> Result<Value, Refused> {
        let id = self.ask(command, args);
        self.result(id)
    }

    /// Calls on a connection that may die at any moment; `None` when it did.
    pub(crate) fn try_call(&mut self, id: u64, command: &str, args: &Value) -> Option<Result<Value, Refused>> {
        let call = json!({"call": {"id": id, "command": command, "args": args}});
        self.try_send_bytes(&frame_of(&call)).ok()?;
        loop {
            let frame = self.try_read().ok()??;
            let answer = &frame["result"];
            if answer["id"] == json!(id) {
                let error = answer.get("error").map(Refused::of);
                return Some(error.map_or_else(|| Ok(answer["ok"].clone()), Err));
            }
        }
    }

    /// Calls something that must be refused; gives the code.
    pub(crate) fn code_of(&mut self, command: &str, args: Value) -> String {
        self.call(command, args).expect_err(command).code
    }

    /// Whether the other side still answers.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.send(&json!({"ping": {"id": 4_242}}));
        loop {
            let Some(frame) = self.answer() else { return false };
            if frame["pong"]["id"] == json!(4_242) {
                return true;
            }
        }
    }

    pub(crate) fn another_handle(&self) -> TcpStream {
        self.stream.tcp().try_clone().unwrap()
    }

    /// Ends it from our side.
    pub(crate) fn hang_up(&self) {
        // The other side may have been first.
        drop(self.stream.tcp().shutdown(Shutdown::Both));
    }

    /// Says that nothing more comes, and goes on reading.
    pub(crate) fn end_writing(&mut self) {
        self.stream.end_writing();
    }
}
