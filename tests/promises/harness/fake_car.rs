//! A car unit that does as it is told: it acknowledges, refuses, is silent, or hangs up in the middle.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::{Raw, Refused, SOON, Server, frame_of, until};

/// What the unit does with a command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Manner {
    /// Acknowledges at once.
    Done,
    /// Refuses with this code and these words.
    Refuse(&'static str, &'static str),
    /// Says nothing; [`FakeCar::acknowledge`] may come later.
    Silent,
    /// Hangs up instead of answering.
    HangUp,
}

struct Shared {
    manner: Mutex<Manner>,
    told: Mutex<Vec<Value>>,
    says: Mutex<Value>,
    write: Mutex<TcpStream>,
}

impl Shared {
    fn push(&self, item: &Value) {
        // The server may have gone; the test finds that out by itself.
        drop(self.write.lock().unwrap().write_all(&frame_of(item)));
    }

    fn obey(&self, call: &Value) {
        self.told.lock().unwrap().push(call.clone());
        match *self.manner.lock().unwrap() {
            Manner::Done => self.push(&json!({"result": {"id": call["id"], "ok": null}})),
            Manner::Refuse(code, message) => {
                let error = json!({"code": code, "message": message});
                self.push(&json!({"result": {"id": call["id"], "error": error}}));
            }
            Manner::Silent => {}
            Manner::HangUp => drop(self.write.lock().unwrap().shutdown(Shutdown::Both)),
        }
    }

    fn tell(&self, request: &Value) {
        let name = request["name"].as_str().unwrap();
        let answer = match self.says.lock().unwrap().get(name) {
            Some(known) => json!({"id": request["id"], "ok": known}),
            None => json!({"id": request["id"], "error": {"code": "unavailable", "message": "not known"}}),
        };
        self.push(&json!({ "result": answer }));
    }
}

/// A connected unit with a thread that answers for it.
pub(crate) struct FakeCar {
    shared: Arc<Shared>,
    answers: Receiver<Value>,
    reader: Option<JoinHandle<()>>,
    next_id: u64,
}

impl FakeCar {
    /// The unit of that car, signed in by its key.
    pub(crate) fn online(server: &Server, car: &str, manner: Manner) -> Self {
        let hello = json!({
            "kind": "car",
            "commands": ["unlock", "lock", "immobilise", "honk"],
            "requestables": ["PING", "POSITION", "DOORS", "FUEL", "ODOMETER", "CLIENTDATA"],
            "login": {"key": server.key(car)},
        });
        let mut raw = Raw::hello(server.address(), hello).unwrap();
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            told: Mutex::default(),
            says: Mutex::new(json!({})),
            write: Mutex::new(raw.another_handle()),
        });
        let (heard, answers) = channel();
        let own = shared.clone();
        let reader = std::thread::spawn(move || {
            while let Ok(Some(frame)) = raw.try_read() {
                if let Some(call) = frame.get("call") {
                    own.obey(call);
                } else if let Some(request) = frame.get("request") {
                    own.tell(request);
                } else if frame.get("event").is_none() && heard.send(frame).is_err() {
                    break;
                }
            }
        });
        Self {
            shared,
            answers,
            reader: Some(reader),
            next_id: 1,
        }
    }

    /// From now on.
    pub(crate) fn does(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// What it says when it is asked for its position and so on.
    pub(crate) fn says(&self, known: Value) {
        *self.shared.says.lock().unwrap() = known;
    }

    /// The commands it got.
    pub(crate) fn told(&self) -> Vec<Value> {
        self.shared.told.lock().unwrap().clone()
    }

    /// Waits until it got so many commands; gives the last.
    pub(crate) fn told_at_least(&self, count: usize) -> Value {
        until("a command to the car", || self.told().get(count - 1).cloned())
    }

    /// Acknowledges a command by its id, on whatever connection it came.
    pub(crate) fn acknowledge(&self, id: &Value) {
        self.shared.push(&json!({"result": {"id": id, "ok": null}}));
    }

    /// Refuses a command by its id.
    pub(crate) fn refuse(&self, id: &Value) {
        let error = json!({"code": "unavailable", "message": "no"});
        self.shared.push(&json!({"result": {"id": id, "error": error}}));
    }

    /// A call by the unit itself.
    pub(crate) fn call(&mut self, command: &str, args: Value) -> Result<Value, Refused> {
        let id = self.ask(command, args);
        self.result(id)
    }

    /// A call by the unit itself, without waiting; gives the id.
    pub(crate) fn ask(&mut self, command: &str, args: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let call = json!({"id": id, "command": command, "args": args});
        self.shared.push(&json!({ "call": call }));
        id
    }

    /// Waits for the result of a call by the unit.
    pub(crate) fn result(&self, id: u64) -> Result<Value, Refused> {
        loop {
            let frame = self.answers.recv_timeout(SOON).expect("an answer to the unit");
            let answer = &frame["result"];
            if answer["id"] == json!(id) {
                return match answer.get("error") {
                    Some(error) => Err(Refused::of(error)),
                    None => Ok(answer["ok"].clone()),
                };
            }
        }
    }
}

impl Drop for FakeCar {
    fn drop(&mut self) {
        drop(self.shared.write.lock().unwrap().shutdown(Shutdown::Both));
        if let Some(reader) = self.reader.take() {
            drop(reader.join());
        }
    }
}
