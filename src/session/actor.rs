//! The session actor: one connection of one client, from its welcome to its end.
//!
//! Takes frames in batches, hands calls to the dispatcher, pushes answers to the outbox. Calls that take
//! time run beside it; when too many are open or the peer does not read, it stops reading.

use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use futures_util::Stream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::frames::Frames;
use super::handshake::Door;
use super::reply::{Reply, answer, fitting};
use super::room::Budget;
use super::told;
use crate::account::Source;
use crate::booking::commands::late_answer;
use crate::command::Caller;
use crate::command::arguments::Given;
use crate::command::counted::Counted;
use crate::command::dispatch::{self, Dispatched, dispatch};
use crate::datasock::tally::Open;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::Leave;
use crate::registry::peer::Peer;
use crate::registry::recent::{Asked, Outcome, Recent};
use crate::registry::repeats::Lane;
use crate::runtime::CloseReason;
use crate::shard::{self, Seat};
use crate::wire::{self, Answer, CodecError, ErrorCode, Frame, FrameError, Pong};

/// Everything a session is made of.
pub(crate) struct Opened {
    pub(crate) house: House,
    pub(crate) door: Door,
    pub(crate) peer: Peer,
    pub(crate) source: Source,
    pub(crate) address: SocketAddr,
    pub(crate) standing: Arc<Standing>,
    pub(crate) budget: Rc<Budget>,
    pub(crate) recent: Recent,
    pub(crate) open: Option<Open>,
    pub(crate) incoming: Incoming,
    pub(crate) writer: JoinHandle<CloseReason>,
}

/// What the peer sends, as it comes.
pub(crate) enum Incoming {
    /// Items of a stream of bytes, not read yet.
    Items(Frames),
    /// Frames made by a door that speaks otherwise.
    Made(Pin<Box<dyn Stream<Item = Vec<Frame>>>>),
}

/// The writer ended: the peer is gone, too slow, or was sent away.
#[derive(Message)]
#[rtype(result = "()")]
struct WriterEnded(CloseReason);

/// One connection.
pub(crate) struct Session {
    pub(super) house: House,
    pub(super) standing: Arc<Standing>,
    pub(super) peer: Peer,
    door: Door,
    source: Source,
    address: SocketAddr,
    budget: Rc<Budget>,
    /// The latest changes the client asked for.
    pub(super) recent: Recent,
    /// Whose ids these are: those of the first connection or of a datasock.
    lane: Lane,
    /// Counts it for its datasock.
    _open: Option<Open>,
    pub(super) heard_at: Instant,
    counted: Counted,
    seat: Seat,
}

impl Session {
    /// Starts the session on this arbiter.
    pub(crate) fn open(opened: Opened) {
        let Opened {
            house,
            door,
            peer,
            source,
            address,
            standing,
            budget,
            recent,
            open,
            incoming,
            writer,
        } = opened;
        let lane = match &door {
            Door::Datasock(sock) => Some(sock.name.clone()),
            Door::Serversock | Door::Socketio | Door::Dialect(_) => None,
        };
        let session = Self {
            seat: shard::enter(&peer, door.is_clients()),
            house: house.counted_apart(),
            standing,
            peer,
            door,
            source,
            address,
            budget,
            recent,
            lane,
            _open: open,
            heard_at: Instant::now(),
            counted: Counted::default(),
        };
        Self::create(move |ctx| {
            match incoming {
                Incoming::Items(frames) => drop(ctx.add_stream(frames)),
                Incoming::Made(frames) => drop(ctx.add_stream(frames)),
            }
            ctx.add_message_stream(futures_util::stream::once(async move {
                WriterEnded(writer.await.unwrap_or(CloseReason::Io))
            }));
            session
        });
    }

    /// The peer is there.
    fn hear(&mut self) {
        self.heard_at = Instant::now();
        self.seat.heard.set(self.heard_at);
    }

    /// Every event up to a number has arrived. Inboxes are pushed to the first connection only.
    fn acknowledged(&self, number: u64) {
        let peer = self.door.is_clients().then_some(&self.peer);
        self.house.mail.acknowledged(&self.standing, peer, number);
    }

    fn refuse_and_close(&self, err: &Error, reason: CloseReason, ctx: &mut Context<Self>) {
        self.peer.close_with_error(err, reason);
        ctx.stop();
    }

    pub(super) fn push(&self, frame: &Frame) {
        // A peer that is gone or cut off is found out by its writer; there is nobody else to tell.
        drop(self.peer.push(frame));
    }

    pub(super) fn caller(&self) -> Caller {
        Caller {
            standing: self.standing.clone(),
            source: self.source,
            command: "",
            request: None,
        }
    }

    /// One frame. `false`: the connection has ended.
    fn take(&mut self, item: &Bytes, ctx: &mut Context<Self>) -> bool {
        match wire::decode(item) {
            Ok(frame) => self.act_on(frame, ctx),
            Err(err @ FrameError::Unreadable(_)) => {
                let err = Error::new(ErrorCode::BadFrame, err.to_string());
                self.refuse_and_close(&err, CloseReason::BadFrame, ctx);
                false
            }
            Err(FrameError::Fields { id, message, .. }) => {
                self.push(&Error::new(ErrorCode::BadFrame, message).to_frame(id));
                true
            }
        }
    }

    fn act_on(&mut self, frame: Frame, ctx: &mut Context<Self>) -> bool {
        match frame {
            Frame::Call(call) => {
                let given = Given::from(call.args);
                let deadline_ms = call.deadline_ms;
                let command = call.command;
                self.call(
                    call.id,
                    dispatch::Call {
                        command,
                        given,
                        deadline_ms,
                        arrived_at: self.heard_at.into_std(),
                    },
                    Reply::Result,
                );
            }
            Frame::Text(text) => self.text(text),
            Frame::Request(request) => self.request(request),
            Frame::Result(answer) => self.answered(answer),
            Frame::Ping(ping) => self.push(&Frame::Pong(Pong {
                id: ping.id,
                at: self.house.clock.now().to_string(),
            })),
            Frame::Ack(ack) => self.acknowledged(ack.seq),
            Frame::Pong(_) => self.seat.ponged(),
            Frame::Send(send) => self.send(send),
            Frame::Bye(_) => {
                self.peer.outbox().close(CloseReason::PeerClosed);
                ctx.stop();
                return false;
            }
            other @ (Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Event(_)
            | Frame::Attach(_)
            | Frame::Attached(_)
            | Frame::Error(_)) => {
                let message = format!("`{}` cannot be sent here now", other.kind());
                self.push(&Error::new(ErrorCode::BadFrame, message).to_frame(None));
            }
        }
        true
    }

    /// What is asked under an id of this connection.
    pub(super) fn asked(&self, id: u64) -> Asked<'_> {
        Asked::on(&self.recent, &self.lane, id)
    }

    /// Runs a call; its answer goes out as `reply` says.
    pub(super) fn call(&mut self, id: u64, call: dispatch::Call, reply: Reply) {
        // Of a text nobody knows an id: it is new whenever it comes.
        let asked = match reply {
            Reply::Result => Asked::on(&self.recent, &self.lane, id),
            Reply::Text(_) => Asked::nowhere(),
        };
        match dispatch(&self.house, self.caller(), call, asked, &mut self.counted) {
            Dispatched::Done(outcome) => self.answer_now(id, reply, outcome),
            Dispatched::Runs(work) => self.answer_later(id, reply, work),
            Dispatched::Changes { running, deadline } => {
                self.answer_later(id, reply, dispatch::heard(running, deadline));
            }
        }
    }

    /// Answers what is known already.
    pub(super) fn answer_now(&self, id: u64, reply: Reply, outcome: Outcome) {
        if self.peer.outbox().is_over_soft_limit() {
            self.answer_later(id, reply, std::future::ready(outcome));
        } else {
            answer(&self.peer, id, &reply, self.fitting(outcome));
        }
    }

    /// Answers when the work is done and the peer has taken what came before: the frames of one batch may
    /// together have longer answers than its outbox takes, and who reads is not to be cut off for that.
    pub(super) fn answer_later(&self, id: u64, reply: Reply, work: impl Future<Output = Outcome> + 'static) {
        let (peer, spending) = (self.peer.clone(), self.budget.spend());
        let frame_bytes_max = self.house.config.limits.frame_bytes;
        drop(actix_rt::spawn(async move {
            let outcome = tokio::select! {
                biased;
                outcome = work => fitting(outcome, frame_bytes_max),
                // Nobody hears it any more: what only looks is given up, what changes something goes on elsewhere.
                _ = peer.outbox().closing() => return,
            };
            while peer.outbox().closed().is_none() && peer.outbox().is_over_soft_limit() {
                peer.outbox().drained().await;
            }
            answer(&peer, id, &reply, outcome);
            drop(spending);
        }));
    }

    fn fitting(&self, outcome: Outcome) -> Outcome {
        fitting(outcome, self.house.config.limits.frame_bytes)
    }

    pub(super) fn refuse(&self, id: u64, err: &Error) {
        answer(&self.peer, id, &Reply::Result, Err(err.clone()));
    }

    /// A car's late answer settles a command whose caller has long heard `timeout`.
    fn answered(&self, late: Answer) {
        let Some(late) = self.peer.answered(late) else { return };
        if let Some(car) = self.standing.car {
            let (house, spending) = (self.house.clone(), self.budget.spend());
            drop(actix_rt::spawn(async move {
                late_answer(&house, car, late).await;
                drop(spending);
            }));
        }
    }
}

impl Actor for Session {
    type Context = Context<Self>;

    fn started(&mut self, _ctx: &mut Self::Context) {
        told::connected(&self.standing, &self.door, self.address);
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        // Closed first: who asks after the others were told hears at once that there is nobody.
        self.peer.outbox().close(CloseReason::PeerClosed);
        self.peer.abandon();
        let leave = Leave {
            client_id: self.standing.client_id.clone(),
            connection: self.peer.connection,
        };
        let registry = self.house.registry.clone();
        drop(actix_rt::spawn(async move {
            if let Err(err) = registry.ask(leave).await {
                tracing::debug!(%err, "the registry did not hear of a client's end");
            }
        }));
        // Closed above at the latest; whoever gave a reason before is right.
        let reason = self.peer.outbox().closed().unwrap_or(CloseReason::PeerClosed);
        told::disconnected(&self.standing, &self.door, self.address, &reason);
    }
}

impl StreamHandler<Vec<Frame>> for Session {
    fn handle(&mut self, batch: Vec<Frame>, ctx: &mut Self::Context) {
        self.hear();
        let _cork = self.peer.outbox().cork();
        for frame in batch {
            if !self.act_on(frame, ctx) {
                break;
            }
        }
        self.counted.settle();
    }
}

impl StreamHandler<Result<Vec<Bytes>, CodecError>> for Session {
    fn handle(&mut self, batch: Result<Vec<Bytes>, CodecError>, ctx: &mut Self::Context) {
        self.hear();
        // The answers of one batch are one write.
        let _cork = self.peer.outbox().cork();
        match batch {
            Ok(items) => {
                for item in &items {
                    if !self.take(item, ctx) {
                        break;
                    }
                }
            }
            Err(err @ CodecError::TooLarge { .. }) => {
                let err = Error::new(ErrorCode::TooLarge, err.to_string());
                self.refuse_and_close(&err, CloseReason::TooLarge, ctx);
            }
            Err(CodecError::Io(_)) => ctx.stop(),
        }
        // Before the answers are written: who has one finds it counted.
        self.counted.settle();
    }
}

impl Handler<WriterEnded> for Session {
    type Result = ();

    fn handle(&mut self, WriterEnded(reason): WriterEnded, ctx: &mut Self::Context) {
        if matches!(reason, CloseReason::Lagged | CloseReason::Stalled) {
            told::cut_off(&self.standing, &reason);
        }
        ctx.stop();
    }
}
