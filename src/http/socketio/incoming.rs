//! An event of a client as what it means: a frame for its session, or the wish to be somebody.
//!
//! Reads only. What an event carries is what the frame of the same name carries; where the client wants an
//! acknowledgement the id may be left out.

use std::collections::VecDeque;

use bytes::Bytes;

use super::entry::Entry;
use crate::error::Error;
use crate::wire::{Ack, Args, Call, ErrorCode, Frame, Request, ScanLimits, Text, Value, strict};

/// The binary parts of an event.
pub(super) type Attachments = Option<VecDeque<Bytes>>;

/// What was said.
pub(super) enum Said {
    /// Something for the session.
    Frame(Frame),
    /// Somebody wants to come in.
    Enter(Box<Entry>),
}

/// Reads the text of an event and its attachments: the name, and what comes with it.
pub(super) fn read(text: &str, attachments: Attachments) -> Result<(String, Vec<Value>), Error> {
    let read = strict::read(text.as_bytes(), ScanLimits::default());
    let value = read.map_err(|why| bad(format!("the event cannot be read: {why}")))?;
    let Value::Array(items) = value else {
        return Err(bad("the event is no array".to_owned()));
    };
    let mut items = items.into_iter();
    let Some(Value::Text(name)) = items.next() else {
        return Err(bad("the event has no name".to_owned()));
    };
    let mut args: Vec<Value> = items.collect();
    let mut attachments: Vec<Option<Bytes>> = attachments.into_iter().flatten().map(Some).collect();
    for arg in &mut args {
        attach(arg, &mut attachments)?;
    }
    if attachments.iter().any(Option::is_some) {
        return Err(bad("an attachment has no place in the event".to_owned()));
    }
    Ok((name, args))
}

/// Puts attachments into their places, each into one.
fn attach(value: &mut Value, attachments: &mut [Option<Bytes>]) -> Result<(), Error> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| attach(item, attachments)),
        Value::Map(fields) => {
            let Some(number) = place(fields) else {
                return fields.iter_mut().try_for_each(|(_, field)| attach(field, attachments));
            };
            let found = usize::try_from(number).ok().and_then(|at| attachments.get_mut(at));
            let bytes = found.and_then(Option::take);
            let bytes = bytes.ok_or_else(|| bad(format!("attachment {number} is not there, or was used before")))?;
            *value = Value::Bytes(bytes.into());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The number of the attachment that a `{"_placeholder": true, "num": n}` stands for.
fn place(fields: &[(Value, Value)]) -> Option<i128> {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name.as_text() == Some(wanted));
    let (_, is_place) = field("_placeholder")?;
    let (_, number) = field("num")?;
    let number = number.as_integer()?;
    (is_place.as_bool() == Some(true)).then(|| number.into())
}

/// What an event means. `id` stands for an acknowledgement, where one is wanted.
pub(super) fn meaning(event: &str, args: Vec<Value>, id: Option<u64>) -> Result<Said, Error> {
    let mut args = args.into_iter();
    let (first, second) = (args.next().unwrap_or(Value::Null), args.next());
    let frame = match event {
        "call" => Frame::Call(call(first, second, id)?),
        "request" => Frame::Request(request(first, second, id)?),
        "text" if first.is_text() => Frame::Text(Text {
            body: first.into_text().unwrap_or_default(),
            from: None,
            id,
        }),
        "ack" if first.is_integer() => Frame::Ack(Ack {
            seq: whole(&first, "seq")?,
        }),
        "send" | "text" | "ack" | "result" | "ping" | "bye" => frame(event, first, id)?,
        "hello" => return Ok(Said::Enter(Box::new(Entry::read(&first)?))),
        "new_client" => return Ok(Said::Enter(Box::new(Entry::new_client(&first)?))),
        "new_bot" => return Ok(Said::Enter(Box::new(Entry::new_bot(&first)?))),
        other => {
            let shown: String = other.chars().take(32).flat_map(char::escape_debug).collect();
            let message = format!(
                "there is no event `{shown}`, wanted call, request, text, send, ack, result, ping, bye, hello, new_client or new_bot"
            );
            return Err(bad(message));
        }
    };
    Ok(Said::Frame(frame))
}

/// Whether the session answers this with a `result`.
pub(super) fn is_answered(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Call(_) | Frame::Request(_) | Frame::Text(_) | Frame::Send(_)
    )
}

/// `("s.info", args?)` or `({command, args?, deadline_ms?, id?})`.
fn call(first: Value, second: Option<Value>, id: Option<u64>) -> Result<Call, Error> {
    let (mut command, mut args, mut deadline_ms, mut own_id) = (None, Args::default(), None, None);
    match first {
        Value::Text(name) => {
            command = Some(name);
            args = arguments(second)?;
        }
        Value::Map(fields) => {
            for (name, value) in fields {
                match name.as_text().unwrap_or_default() {
                    "command" => command = value.into_text().ok(),
                    "args" => args = arguments(Some(value))?,
                    "deadline_ms" => deadline_ms = Some(whole(&value, "deadline_ms")?),
                    "id" => own_id = Some(whole(&value, "id")?),
                    other => return Err(unknown("call", other)),
                }
            }
        }
        _ => {}
    }
    Ok(Call {
        id: own_id.or(id).ok_or_else(|| unanswerable("call"))?,
        command: command.ok_or_else(|| bad("`call` wants the name of a command, or {command, args}".to_owned()))?,
        args,
        deadline_ms,
    })
}

/// `("PING", args?)` or `({name, args?, id?})`.
fn request(first: Value, second: Option<Value>, id: Option<u64>) -> Result<Request, Error> {
    let (mut asked, mut args, mut own_id) = (None, Args::default(), None);
    match first {
        Value::Text(name) => {
            asked = Some(name);
            args = arguments(second)?;
        }
        Value::Map(fields) => {
            for (name, value) in fields {
                match name.as_text().unwrap_or_default() {
                    "name" => asked = value.into_text().ok(),
                    "args" => args = arguments(Some(value))?,
                    "id" => own_id = Some(whole(&value, "id")?),
                    other => return Err(unknown("request", other)),
                }
            }
        }
        _ => {}
    }
    Ok(Request {
        id: own_id.or(id).ok_or_else(|| unanswerable("request"))?,
        name: asked.ok_or_else(|| bad("`request` wants the name of what is asked for, or {name, args}".to_owned()))?,
        args,
    })
}

fn arguments(value: Option<Value>) -> Result<Args, Error> {
    match value {
        None | Some(Value::Null) => Ok(Args::default()),
        Some(Value::Array(values)) => Ok(Args::Position(values)),
        Some(Value::Map(fields)) => Ok(Args::Name(
            fields
                .into_iter()
                .filter_map(|(name, value)| Some((name.into_text().ok()?, value)))
                .collect(),
        )),
        Some(_) => Err(bad("arguments are an array by position or an object by name".to_owned())),
    }
}

/// Any other frame, with the fields that it has at a serversock.
fn frame(event: &str, fields: Value, id: Option<u64>) -> Result<Frame, Error> {
    let Value::Map(mut fields) = fields else {
        return Err(bad(format!("`{event}` wants an object")));
    };
    let wants_id = matches!(event, "send" | "text");
    let has_id = fields.iter().any(|(name, _)| name.as_text() == Some("id"));
    if let Some(id) = id.filter(|_| wants_id && !has_id) {
        fields.push((Value::from("id"), Value::from(id)));
    }
    let frame = Value::Map(vec![(Value::from(event), Value::Map(fields))]);
    frame.deserialized().map_err(|err| {
        let ciborium::value::Error::Custom(why) = err;
        bad(format!("`{event}`: {why}"))
    })
}

fn whole(value: &Value, name: &str) -> Result<u64, Error> {
    let whole = value.as_integer().and_then(|whole| u64::try_from(whole).ok());
    whole.ok_or_else(|| bad(format!("`{name}` is no whole number from 0 upwards")))
}

fn unknown(event: &str, field: &str) -> Error {
    let shown: String = field.chars().take(32).flat_map(char::escape_debug).collect();
    bad(format!("`{event}` has no field `{shown}`"))
}

fn unanswerable(event: &str) -> Error {
    bad(format!("`{event}` wants an acknowledgement, or an id for its `result`"))
}

fn bad(why: String) -> Error {
    Error::new(ErrorCode::BadFrame, why)
}

/// What an event has in bytes.
pub(super) fn bytes_of(text: &str, attachments: Option<&VecDeque<Bytes>>) -> usize {
    let attached: usize = attachments.into_iter().flatten().map(Bytes::len).sum();
    text.len().saturating_add(attached)
}

/// The id under which a frame is answered.
pub(super) fn id_of(frame: &Frame) -> Option<u64> {
    match frame {
        Frame::Call(call) => Some(call.id),
        Frame::Request(request) => Some(request.id),
        Frame::Send(send) => Some(send.id),
        Frame::Text(text) => text.id,
        _ => None,
    }
}

/// About what a frame takes that was made of an acknowledgement, for the bound on what waits.
pub(super) fn weight_of(frame: &Frame) -> usize {
    match frame {
        Frame::Result(answer) => answer.outcome.as_ref().map_or(ITEM_BYTES, weight),
        _ => ITEM_BYTES,
    }
}

/// What each item takes whatever it holds.
const ITEM_BYTES: usize = 32;

fn weight(value: &Value) -> usize {
    let inside = match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Map(fields) => fields.iter().map(|(name, field)| weight(name) + weight(field)).sum(),
        _ => 0,
    };
    inside.saturating_add(ITEM_BYTES)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(event: &serde_json::Value, id: Option<u64>) -> Result<Said, Error> {
        read(&event.to_string(), None).and_then(|(name, args)| meaning(&name, args, id))
    }

    fn frame(event: serde_json::Value, id: Option<u64>) -> Frame {
        match said(&event, id) {
            Ok(Said::Frame(frame)) => frame,
            Ok(Said::Enter(_)) => panic!("{event} wants to come in"),
            Err(err) => panic!("{event}: {err:?}"),
        }
    }

    #[test]
    fn a_call_is_written_short_or_as_its_frame() {
        let wanted = Call {
            id: 7,
            command: "s.find".into(),
            args: Args::Position(vec!["amber".into()]),
            deadline_ms: None,
        };
        for event in [
            json!(["call", "s.find", ["amber"]]),
            json!(["call", {"command": "s.find", "args": ["amber"]}]),
        ] {
            assert_eq!(frame(event, Some(7)), Frame::Call(wanted.clone()));
        }
        let own = json!(["call", {"command": "s.find", "args": {"car": 1}, "id": 3, "deadline_ms": 9}]);
        let Frame::Call(own) = frame(own, Some(7)) else {
            panic!()
        };
        assert_eq!((own.id, own.deadline_ms), (3, Some(9)));
        assert_eq!(own.args, Args::Name(vec![("car".into(), 1.into())]));
        let ping = frame(json!(["request", "PING"]), Some(7));
        assert!(matches!(ping, Frame::Request(Request { id: 7, .. })));
    }

    #[test]
    fn every_other_frame_has_the_fields_of_a_serversock() {
        let text = frame(json!(["text", "s.info()"]), Some(7));
        assert_eq!(id_of(&text), Some(7));
        assert_eq!(id_of(&frame(json!(["text", {"body": "hello"}]), None)), None);
        let send = frame(json!(["send", {"to": {"user": "anna"}, "body": "hello"}]), Some(7));
        assert_eq!(id_of(&send), Some(7));
        for event in [json!(["ack", 9]), json!(["ack", {"seq": 9}])] {
            assert_eq!(frame(event, None), Frame::Ack(Ack { seq: 9 }));
        }
        assert!(matches!(
            frame(json!(["result", {"id": 1, "ok": null}]), None),
            Frame::Result(_)
        ));
        assert!(matches!(frame(json!(["ping", {"id": 1}]), Some(7)), Frame::Ping(_)));
        for event in ["hello", "new_client", "new_bot"] {
            let fields = match event {
                "hello" => json!({}),
                "new_client" => json!({"id": "anna", "token": "t"}),
                _ => json!({"id": "bell", "key": "k"}),
            };
            assert!(
                matches!(said(&json!([event, fields]), None), Ok(Said::Enter(_))),
                "{event}"
            );
        }
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (event, id, wanted) in [
            (json!(["fly"]), None, "there is no event `fly`"),
            (json!(["call", "s.info"]), None, "wants an acknowledgement"),
            (json!(["request", "PING"]), None, "wants an acknowledgement"),
            (json!(["call"]), Some(1), "wants the name of a command"),
            (json!(["call", {"command": 1}]), Some(1), "wants the name of a command"),
            (json!(["call", {"command": "s.info", "x": 1}]), Some(1), "no field `x`"),
            (json!(["call", "s.info", "x"]), Some(1), "arguments are an array"),
            (
                json!(["call", {"command": "s.info", "id": -1}]),
                Some(1),
                "`id` is no whole number",
            ),
            (json!(["request", {"name": "PING", "y": 1}]), Some(1), "no field `y`"),
            (json!(["send", "hello"]), Some(1), "`send` wants an object"),
            (json!(["send", {"to": {"nobody": 1}, "body": "x"}]), Some(1), "`send`: "),
            (json!(["ack", -1]), None, "`seq` is no whole number"),
            (json!({}), None, "is no array"),
            (json!([]), None, "has no name"),
            (json!([1]), None, "has no name"),
        ] {
            let err = said(&event, id).err().unwrap_or_else(|| panic!("{event} was taken"));
            assert!(err.message().contains(wanted), "{event}: {}", err.message());
        }
        let deep = format!("[\"call\",{}{}]", "[".repeat(20), "]".repeat(20));
        assert!(read(&deep, None).is_err(), "deeper than a frame may be");
        assert!(read("[\"call\",{\"a\":1,\"a\":2}]", None).is_err(), "a key twice");
    }

    #[test]
    fn each_attachment_stands_in_one_place_and_each_place_has_one() {
        let read = |text: &str, parts: &[&'static [u8]]| {
            let parts = parts.iter().map(|part| Bytes::from_static(part)).collect();
            read(text, Some(parts)).map(|(_, args)| args)
        };
        let place = |number: u8| format!("{{\"_placeholder\":true,\"num\":{number}}}");
        let two = format!("[\"x\",{},{{\"deep\":[{}]}}]", place(1), place(0));
        let args = read(&two, &[b"a", b"b"]).unwrap();
        assert_eq!(args.first(), Some(&Value::Bytes(b"b".to_vec())));
        let deep = Value::Map(vec![("deep".into(), Value::Array(vec![Value::Bytes(b"a".to_vec())]))]);
        assert_eq!(args.get(1), Some(&deep));
        assert!(
            read(&format!("[\"x\",{}]", place(1)), &[b"a"]).is_err(),
            "there is no second"
        );
        assert!(
            read(&format!("[\"x\",{},{}]", place(0), place(0)), &[b"a"]).is_err(),
            "used twice"
        );
        assert!(read("[\"x\"]", &[b"a"]).is_err(), "no place");
        let mut plain = "[\"x\",{\"_placeholder\":false,\"num\":0}]".to_owned();
        assert!(matches!(read(&plain, &[]).unwrap().first(), Some(Value::Map(_))));
        plain = "[\"x\",{\"_placeholder\":true,\"num\":-1}]".to_owned();
        assert!(read(&plain, &[]).is_err());
    }
}
