//! A frame of the session as what its client hears: an event, or the acknowledgement it waits for.
//!
//! Never waits: what Engine.IO has no place for is offered again. A question to the client is an event with an
//! acknowledgement, and that is the answer.

use std::sync::Arc;

use serde::Serialize;
use socketioxide::ack::AckStream;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{self, FromMessageParts};
use socketioxide::socket::Socket;
use socketioxide::{AckError, SendError, SocketError};

use super::port::Port;
use crate::wire::strict::Strict;
use crate::wire::{self, Ack, Answer, ErrorCode, Event, Frame, Transit, Value, WireError, transit};

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emitted {
    /// It is on its way.
    Done,
    /// There is no place for it now.
    Full,
    /// The socket is gone.
    Gone,
}

/// An outcome as an acknowledgement carries it: `{ok: ..}` or `{error: ..}`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome<'a, T = Value> {
    /// It went well.
    Ok(&'a T),
    /// It did not.
    Error(&'a WireError),
}

/// Nothing beside the name of an event.
const NOTHING: [Value; 0] = [];

/// The way to one client.
pub(super) struct Voice {
    socket: Arc<Socket<LocalAdapter>>,
    /// The username, for a client of the first system, which hears what those heard.
    original: Option<String>,
}

impl Voice {
    /// To whoever holds this socket.
    pub(super) fn new(socket: Arc<Socket<LocalAdapter>>, original: Option<String>) -> Self {
        Self { socket, original }
    }

    /// Says one frame as it lies in the outbox.
    pub(super) fn pass(&self, item: &[u8], port: &Arc<Port>) -> Emitted {
        match transit(item) {
            Some(Transit::Ok { id, value }) if let Some(ack) = port.wanted(id) => {
                self.acknowledge(id, ack, &Outcome::Ok(&value), port)
            }
            Some(Transit::Event { seq: 0, fields }) if self.original.is_none() => self.emit("event", &fields),
            _ => match wire::decode(item) {
                Ok(frame) => self.say(&frame, port),
                Err(err) => {
                    tracing::error!(%err, "a frame of ours cannot be read");
                    Emitted::Done
                }
            },
        }
    }

    /// Says one frame.
    fn say(&self, frame: &Frame, port: &Arc<Port>) -> Emitted {
        match frame {
            Frame::Result(answer) => self.answer(answer, port),
            Frame::Event(event) => self.event(event, port),
            Frame::Call(call) => self.question("call", call, call.id, port),
            Frame::Request(request) => self.question("request", request, request.id, port),
            Frame::Welcome(welcome) => self.emit("welcome", &**welcome),
            Frame::Text(text) => self.emit("text", text),
            Frame::Pong(pong) => self.emit("pong", pong),
            Frame::Bye(bye) => {
                port.farewell(bye.reconnect_after_ms.is_some());
                self.emit("bye", bye)
            }
            Frame::Error(refusal) => self.emit("error", refusal),
            // Engine.IO asks by itself, and ends who does not answer: whoever is here is alive.
            Frame::Ping(_) => {
                port.is_alive();
                Emitted::Done
            }
            Frame::Hello(_) | Frame::Send(_) | Frame::Ack(_) | Frame::Attach(_) | Frame::Attached(_) => Emitted::Done,
        }
    }

    fn emit(&self, event: &str, data: &(impl Serialize + ?Sized)) -> Emitted {
        emitted(&self.socket.emit(event, data))
    }

    fn answer(&self, answer: &Answer, port: &Port) -> Emitted {
        let Some(ack) = port.wanted(answer.id) else {
            return self.emit("result", answer);
        };
        let outcome = match &answer.outcome {
            Ok(value) => Outcome::Ok(value),
            Err(err) => Outcome::Error(err),
        };
        self.acknowledge(answer.id, ack, &outcome, port)
    }

    fn acknowledge(&self, id: u64, ack: i64, outcome: &Outcome<'_, impl Serialize>, port: &Port) -> Emitted {
        let emitted = acknowledge(&self.socket, ack, outcome);
        if emitted != Emitted::Full {
            port.answered(id);
        }
        emitted
    }

    fn event(&self, event: &Event, port: &Arc<Port>) -> Emitted {
        if let Some(username) = &self.original {
            let emitted = match event.name.as_str() {
                "message" => self.emit("new_message", &[[username]]),
                "movement" | "presence" => self.emit("new_movement", &NOTHING),
                _ => Emitted::Done,
            };
            // It knows no numbers: what it was told of it fetches.
            if emitted == Emitted::Done && event.seq > 0 {
                port.say_for_it(Frame::Ack(Ack { seq: event.seq }));
            }
            return emitted;
        }
        if event.seq == 0 {
            return self.emit("event", event);
        }
        let seq = event.seq;
        match self.socket.emit_with_ack::<_, Strict>("event", event) {
            Ok(acked) => {
                let port = Arc::clone(port);
                drop(tokio::spawn(async move {
                    if !matches!(acked.await, Err(AckError::Timeout | AckError::Socket(_))) {
                        port.say_for_it(Frame::Ack(Ack { seq }));
                    }
                }));
                Emitted::Done
            }
            Err(err) => failed(&err),
        }
    }

    fn question(&self, event: &str, data: &impl Serialize, id: u64, port: &Arc<Port>) -> Emitted {
        match self.socket.emit_with_ack::<_, Strict>(event, data) {
            Ok(answered) => {
                drop(tokio::spawn(hear_answer(answered, id, Arc::clone(port))));
                Emitted::Done
            }
            Err(err) => failed(&err),
        }
    }
}

/// Answers an event that wanted it.
pub(super) fn acknowledge(
    socket: &Arc<Socket<LocalAdapter>>,
    ack: i64,
    outcome: &Outcome<'_, impl Serialize>,
) -> Emitted {
    let mut nothing = handler::Value::Bytes(bytes::Bytes::new());
    match AckSender::from_message_parts(socket, &mut nothing, &Some(ack)) {
        Ok(sender) => emitted(&sender.send(outcome)),
        Err(never) => match never {},
    }
}

async fn hear_answer(answered: AckStream<Strict>, id: u64, port: Arc<Port>) {
    let outcome = match answered.await {
        Ok(Strict(value)) => outcome(value),
        Err(AckError::Decode(why)) => Err(unfit(&format!("the answer cannot be read: {why}"))),
        // Whoever asked has stopped waiting, or hears that the connection is over.
        Err(AckError::Timeout | AckError::Socket(_)) => return,
    };
    port.say_for_it(Frame::Result(Answer { id, outcome }));
}

/// What a client acknowledged a question with.
fn outcome(value: Value) -> Result<Value, WireError> {
    let wanted = || unfit("an answer is {ok: value} or {error: {code, message, detail?}}");
    let Value::Map(fields) = value else {
        return Err(wanted());
    };
    let mut fields = fields.into_iter();
    match (fields.next(), fields.next()) {
        (Some((name, value)), None) if name.as_text() == Some("ok") => Ok(value),
        (Some((name, value)), None) if name.as_text() == Some("error") => {
            Err(value.deserialized().unwrap_or_else(|_| wanted()))
        }
        _ => Err(wanted()),
    }
}

fn unfit(why: &str) -> WireError {
    WireError {
        code: ErrorCode::BadFrame,
        message: why.to_owned(),
        detail: None,
    }
}

fn emitted(sent: &Result<(), SendError>) -> Emitted {
    sent.as_ref().map_or_else(failed, |()| Emitted::Done)
}

fn failed(err: &SendError) -> Emitted {
    match err {
        SendError::Socket(SocketError::InternalChannelFull) => Emitted::Full,
        SendError::Socket(SocketError::Closed) => Emitted::Gone,
        SendError::Serialize(err) => {
            tracing::error!(%err, "an event of ours cannot be written");
            Emitted::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::json::from_json;

    #[test]
    fn an_acknowledgement_is_an_answer_or_says_what_was_wanted() {
        let read = |json: serde_json::Value| outcome(from_json(&json)).map_err(|err| err.code);
        assert_eq!(read(json!({"ok": 7})), Ok(Value::from(7)));
        assert_eq!(read(json!({"ok": null})), Ok(Value::Null));
        let refused = json!({"error": {"code": "not_now", "message": "asleep"}});
        assert_eq!(read(refused), Err(ErrorCode::NotNow));
        for wrong in [
            json!(7),
            json!(null),
            json!({}),
            json!({"ok": 1, "error": {"code": "not_now", "message": "x"}}),
            json!({"error": "no"}),
            json!({"fine": 1}),
        ] {
            assert_eq!(read(wrong.clone()), Err(ErrorCode::BadFrame), "{wrong}");
        }
    }

    #[test]
    fn outcomes_travel_under_their_names() {
        let ok = serde_json::to_string(&Outcome::Ok(&Value::Null)).unwrap();
        assert_eq!(ok, r#"{"ok":null}"#);
        let err = serde_json::to_string(&Outcome::<Value>::Error(&unfit("x"))).unwrap();
        assert_eq!(err, r#"{"error":{"code":"bad_frame","message":"x"}}"#);
    }
}
