//! Text frames: calls written as text, and talk to the operators.
//!
//! Translates only. What was said is never logged, only that it came.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::actor::Session;
use super::reply::Reply;
use crate::command::dispatch::{Call, heard};
use crate::command::grammar;
use crate::error::Error;
use crate::message::commands::keeping::{counted, keep_frame};
use crate::message::commands::{is_said, kind, muted, post};
use crate::registry::actor::Consoles;
use crate::registry::recent::Outcome;
use crate::runtime::targets;
use crate::wire::{self, ErrorCode, Frame, Text, Value};

impl Session {
    /// A call, or talk.
    pub(super) fn text(&mut self, text: Text) {
        let reply = match text.id {
            Some(_) => Reply::Result,
            None => Reply::Text(self.speaker()),
        };
        let id = text.id.unwrap_or_default();
        if !grammar::looks_like_call(&text.body) {
            return match (self.muted(), text.id) {
                (None, Some(id)) => self.talk_once(text.body, id),
                (None, None) => self.talk(text.body, None),
                (Some(err), Some(id)) => self.refuse(id, &err),
                (Some(err), None) => self.push(&spoken(&self.speaker(), &Err(err))),
            };
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
                    Reply::Text(speaker) => self.push(&spoken(&speaker, &Err(err))),
                }
            }
        }
    }

    /// A message to others. Answered when it is stored, or when every shard has passed it on. The same one under the
    /// same id on a resumed connection is the first one.
    pub(super) fn send(&self, send: wire::Send) {
        let wire::Send { id, to, body } = send;
        let deadline = Duration::from_millis(self.house.config.limits.command_deadline_ms_default);
        let (ended, running) = watch::channel(None);
        let running = match self.asked(id).changes(&hash_of(&to, &body), &running, false) {
            Ok(Some(first)) => first,
            Ok(None) if is_said(&to) => {
                self.say(to, body, ended);
                running
            }
            Ok(None) => {
                self.keep(to, body, ended);
                running
            }
            Err(err) => return self.refuse(id, &err),
        };
        self.answer_later(id, Reply::Result, heard(running, deadline));
    }

    /// For whoever is there. It ends whether its sender stays or not, as what is kept does.
    fn say(&self, to: wire::Target, body: String, ended: Ending) {
        let (house, caller) = (self.house.clone(), self.caller());
        drop(actix_rt::spawn(async move {
            let posted = post(&house, &caller, &to, &body).await;
            ended.send_replace(Some(posted.and_then(encoded)));
        }));
    }

    fn keep(&self, to: wire::Target, body: String, ended: Ending) {
        let (house, caller) = (self.house.clone(), self.caller());
        let mut turn = Box::pin(self.recent.sends().lock_owned());
        // In the queue from now on: what the client says next, even on another connection, comes behind it.
        let mut taken = (&mut turn).now_or_never();
        drop(actix_rt::spawn(async move {
            let turn = match taken.take() {
                Some(turn) => turn,
                None => turn.await,
            };
            let sent = counted(kind(&to), async {
                let pending = keep_frame(&house, &caller, &to, body).await?;
                drop(turn);
                pending.sent().await
            });
            ended.send_replace(Some(sent.await.and_then(encoded)));
        }));
    }

    fn muted(&self) -> Option<Error> {
        muted(&self.house, &self.caller())
    }

    /// Talk under an id, which on a resumed connection is not said twice.
    fn talk_once(&self, body: String, id: u64) {
        let said = watch::channel(Some(encoded("Received"))).1;
        match self.asked(id).changes(&hash_of(&(), &body), &said, false) {
            Ok(None) => self.talk(body, Some(id)),
            Ok(Some(said)) => self.answer_later(id, Reply::Result, heard(said, Duration::ZERO)),
            Err(err) => self.refuse(id, &err),
        }
    }

    /// Other text goes to the operators' consoles; the sender learns that it arrived here.
    fn talk(&self, body: String, id: Option<u64>) {
        tracing::info!(
            target: targets::INFO,
            { client.id = %self.standing.client_id, client.name = %self.standing.name(), bytes = body.len() },
            "text for the operators"
        );
        let speaker = Speaker {
            name: self.standing.name().to_string(),
            ..self.speaker()
        };
        let heard = speaker.says(body);
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
            None => self.push(&self.speaker().says("Received".to_owned())),
        }
    }

    /// The server as one who speaks.
    fn speaker(&self) -> Speaker {
        Speaker {
            name: self.house.config.server.name.clone(),
            frame_bytes_max: self.house.config.limits.frame_bytes,
        }
    }
}

/// Tells how a message ended, to whoever still waits for it.
type Ending = watch::Sender<Option<Outcome>>;

fn encoded(answer: impl serde::Serialize) -> Outcome {
    let encoded = wire::to_cbor(&answer).map(Bytes::from);
    encoded.map_err(|err| Error::new(ErrorCode::Internal, "the answer could not be encoded").cause(err))
}

/// Tells two messages under one id apart; from a call too, which hashes its name first.
fn hash_of(to: &impl serde::Serialize, body: &str) -> Vec<u8> {
    let target = wire::to_cbor(to).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(b"send ");
    hash.update(target);
    hash.update(body);
    hash.finalize().to_vec()
}

/// What a text frame holds beside its body and the name: kinds, keys and lengths.
const TEXT_HEAD_BYTES_MAX: usize = 48;
/// Ends a text that was cut.
const CUT: &str = " … (cut; with an id the answer comes whole)";

/// Who says something, in frames of a bounded length.
#[derive(Debug, Clone)]
pub(crate) struct Speaker {
    name: String,
    frame_bytes_max: usize,
}

impl Speaker {
    /// A text frame that any peer takes: what is too long for one is cut, and says so.
    fn says(&self, mut body: String) -> Frame {
        let bytes_max = self
            .frame_bytes_max
            .saturating_sub(TEXT_HEAD_BYTES_MAX + self.name.len());
        if body.len() > bytes_max {
            body.truncate(body.floor_char_boundary(bytes_max.saturating_sub(CUT.len())));
            body.push_str(CUT);
        }
        Frame::Text(Text {
            body,
            from: Some(self.name.clone()),
            id: None,
        })
    }
}

/// An outcome as people read it.
pub(super) fn spoken(speaker: &Speaker, outcome: &Outcome) -> Frame {
    speaker.says(match outcome {
        Ok(value) => readable(value),
        Err(err) => format!("{}: {}", err.code(), err.message()),
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

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;

    #[test]
    fn a_text_is_never_longer_than_a_frame_and_says_when_it_was_cut() {
        let speaker = Speaker {
            name: "motorpool".to_owned(),
            frame_bytes_max: 1_024,
        };
        for letters in [0, 900, 967, 968, 969, 1_024, 5_000] {
            let mut out = BytesMut::new();
            let frame = speaker.says("é".repeat(letters / 2) + &"x".repeat(letters % 2));
            wire::encode(&frame, &mut out).unwrap();
            assert!(out.len() <= 4 + 1_024, "{letters} letters made {} bytes", out.len());
            let Frame::Text(text) = frame else {
                panic!("a text frame")
            };
            assert_eq!(text.body.ends_with(CUT), letters > 967, "{letters}");
        }
    }
}
