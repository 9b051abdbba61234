//! Text frames: calls written as text, and talk to the operators.
//!
//! Translates only. What was said is never logged, only that it came.

use bytes::Bytes;

use super::actor::{Reply, Session};
use crate::command::dispatch::Call;
use crate::command::grammar;
use crate::error::Error;
use crate::registry::actor::Consoles;
use crate::registry::recent::Outcome;
use crate::wire::{self, ErrorCode, Frame, Text, Value};

impl Session {
    /// A call, or talk.
    pub(super) fn text(&mut self, text: Text) {
        let reply = match text.id {
            Some(_) => Reply::Result,
            None => Reply::Text(self.house.config.server.name.clone()),
        };
        let id = text.id.unwrap_or_default();
        if !grammar::looks_like_call(&text.body) {
            self.talk(text.body, text.id);
            return;
        }
        match grammar::parse(&text.body) {
            Ok(call) => {
                let call = Call {
                    command: call.command,
                    given: call.given,
                    deadline_ms: None,
                    arrived_at: self.heard_at.into_std(),
                };
                self.call(id, call, reply);
            }
            Err(why) => {
                let err = Error::new(ErrorCode::BadArguments, why);
                match reply {
                    Reply::Result => self.refuse(id, &err),
                    Reply::Text(from) => self.push(&spoken(&from, &Err(err))),
                }
            }
        }
    }

    /// Other text goes to the operators' consoles; the sender learns that it arrived here.
    fn talk(&self, body: String, id: Option<u64>) {
        tracing::info!(client.id = %self.standing.client_id, client.name = %self.standing.name(), bytes = body.len(), "text for the operators");
        let heard = Frame::Text(Text {
            body,
            from: Some(self.standing.name().to_string()),
            id: None,
        });
        let registry = self.house.registry.clone();
        let own = self.peer.connection;
        drop(actix_rt::spawn(async move {
            let Ok(consoles) = registry.ask(Consoles).await else {
                return;
            };
            for console in consoles.iter().filter(|console| console.connection != own) {
                // A console that lags is cut off by its own outbox.
                drop(console.push(&heard));
            }
        }));
        match id {
            Some(id) => self.push(&Frame::Result(wire::Answer {
                id,
                outcome: Ok(Value::Text("Received".to_owned())),
            })),
            None => self.push(&Frame::Text(Text {
                body: "Received".to_owned(),
                from: Some(self.house.config.server.name.clone()),
                id: None,
            })),
        }
    }
}

/// An outcome as people read it.
pub(super) fn spoken(from: &str, outcome: &Outcome) -> Frame {
    let body = match outcome {
        Ok(value) => readable(value),
        Err(err) => format!("{}: {}", err.code(), err.message()),
    };
    Frame::Text(Text {
        body,
        from: Some(from.to_owned()),
        id: None,
    })
}

fn readable(value: &Bytes) -> String {
    match wire::from_cbor::<Value>(value) {
        Ok(Value::Text(text)) => text,
        Ok(Value::Null) => "done".to_owned(),
        Ok(other) => serde_json::to_string_pretty(&wire::json::to_json(&other)).unwrap_or_default(),
        Err(_) => String::new(),
    }
}
