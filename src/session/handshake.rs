//! The first frame of a connection: who is it, may it in, and then its session.
//!
//! Anything wrong here is answered once and closes. Bounded in time, in bytes and in how many wait at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use super::actor::{Opened, Session};
use super::admission::{Admitted, admit, welcome};
use super::bans;
use super::count::ConnectionCount;
use super::frames::{Budget, Frames};
use super::told;
use crate::config::Limits;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{AttachSock, Find, Join, Leave};
use crate::registry::peer::Peer;
use crate::registry::recent::Recent;
use crate::runtime::{CloseReason, OutboxLimits, outbox};
use crate::wire::{self, Attach, Attached, CodecError, ErrorCode, Frame};

/// How long a refused peer has to take our answer.
const REFUSAL_WRITE_MAX: Duration = Duration::from_secs(2);

/// Which door a connection came through.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// New clients say hello here.
    Serversock,
    /// Known clients attach here.
    Datasock(Arc<str>),
}

impl Door {
    /// Its kind in metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Serversock => "serversock",
            Self::Datasock(_) => "datasock",
        }
    }

    /// Its name in logs.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Serversock => "Serversock",
            Self::Datasock(name) => name,
        }
    }
}

/// Serves one accepted connection until it is a session or refused. Runs on the arbiter that keeps it.
pub(crate) async fn serve(house: House, door: Door, stream: TcpStream, address: SocketAddr, count: ConnectionCount) {
    // Answers are written once per turn, so waiting for more to send would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (read, write) = stream.into_split();
    let mut frames = Frames::new(read, house.config.limits.handshake_frame_bytes, count.meters().clone());
    // A banned address costs a look into memory, whatever it says and wherever it knocks.
    let first = first(&house, &mut frames).await;
    let first = first.and_then(|frame| bans::address(&house, address.ip()).map(|()| frame));
    let admitted = match (first, &door) {
        (Ok(None), _) => return,
        (Ok(Some(Frame::Hello(hello))), Door::Serversock) => admit(&house, hello, address.ip()).await,
        (Ok(Some(Frame::Attach(attach))), Door::Datasock(name)) => attached(&house, attach, name).await,
        (Ok(Some(other)), door) => Err(unexpected(&other, door)),
        (Err(err), _) => Err(err),
    };
    match admitted {
        Ok(admitted) => open(house, door, address, frames, write, count, admitted).await,
        Err(err) => {
            told::refused(&door, address, &err);
            refuse(write, &err).await;
        }
    }
}

async fn first(house: &House, frames: &mut Frames) -> Result<Option<Frame>, Error> {
    let wait_max = Duration::from_millis(house.config.limits.handshake_ms);
    let item = match tokio::time::timeout(wait_max, frames.first()).await {
        Ok(Ok(Some(item))) => item,
        Ok(Ok(None) | Err(CodecError::Io(_))) => return Ok(None),
        Ok(Err(err)) => return Err(Error::new(ErrorCode::TooLarge, err.to_string())),
        Err(_) => {
            let message = format!("no first frame within {} ms", wait_max.as_millis());
            return Err(Error::new(ErrorCode::Timeout, message));
        }
    };
    wire::decode(&item)
        .map(Some)
        .map_err(|err| Error::new(ErrorCode::BadFrame, err.to_string()))
}

fn unexpected(frame: &Frame, door: &Door) -> Error {
    let wanted = match door {
        Door::Serversock => "hello",
        Door::Datasock(_) => "attach",
    };
    let message = format!("got `{}` as the first frame, wanted `{wanted}`", frame.kind());
    Error::new(ErrorCode::BadFrame, message)
}

/// A ticket stands for the login of the client it was given to.
async fn attached(house: &House, attach: Attach, datasock: &str) -> Result<Admitted, Error> {
    if attach.datasock != datasock {
        let message = format!(
            "this is the datasock `{datasock}`, not `{}`",
            attach.datasock.escape_debug()
        );
        return Err(Error::new(ErrorCode::BadArguments, message));
    }
    house
        .datasocks
        .redeem(datasock, &attach.client_id, &attach.ticket)
        .await?;
    let found = house.registry.ask(Find(attach.client_id)).await?;
    let (standing, _) = found.ok_or_else(|| Error::new(ErrorCode::NotFound, "the client is no longer connected"))?;
    Ok(Admitted::again(standing))
}

/// Makes the session of an admitted client.
async fn open(
    house: House,
    door: Door,
    address: SocketAddr,
    mut frames: Frames,
    write: OwnedWriteHalf,
    count: ConnectionCount,
    admitted: Admitted,
) {
    let limits = &house.config.limits;
    let (outbox, writer) = outbox(write, outbox_limits(limits));
    let peer = Peer::new(house.connection(), outbox.clone());
    let budget = Budget::new(limits.in_flight_per_session);
    frames.admit(limits.frame_bytes, outbox, budget.clone());
    let writer = actix_rt::spawn(async move {
        let reason = writer.await;
        count.closed(reason.clone());
        reason
    });
    let joined = match &door {
        Door::Serversock => join(&house, &peer, address, &admitted).await,
        Door::Datasock(name) => attach_sock(&house, &peer, name, &admitted).await,
    };
    match joined {
        Ok(earlier) => Session::open(Opened {
            house,
            door,
            peer,
            source: admitted.source(address.ip()),
            address,
            standing: admitted.standing,
            budget,
            earlier,
            frames,
            writer,
        }),
        Err(err) => {
            told::refused(&door, address, &err);
            peer.close_with_error(&err, CloseReason::Refused);
            drop(writer.await);
        }
    }
}

async fn join(house: &House, peer: &Peer, address: SocketAddr, admitted: &Admitted) -> Result<Recent, Error> {
    let join = Join {
        standing: admitted.standing.clone(),
        wish: admitted.wish.clone(),
        peer: peer.clone(),
        address: address.ip(),
        about: admitted.about.clone(),
        at: house.clock.now(),
    };
    let joined = house
        .registry
        .ask(join)
        .await?
        .map_err(|err| Error::new(ErrorCode::Busy, err.to_string()))?;
    // A ban looks for whom to send away when it is in force: whoever it did not see there is seen here.
    if let Err(banned) = bans::still_welcome(house, &admitted.standing, address.ip()) {
        let leave = Leave {
            client_id: admitted.standing.client_id.clone(),
            connection: peer.connection,
        };
        house.registry.ask(leave).await?;
        return Err(banned);
    }
    if joined.notice.is_some() || !admitted.notices.is_empty() {
        told::named_otherwise(&admitted.standing);
    }
    let welcome = welcome(house, admitted, &joined);
    // A client that is gone already is found out by its writer.
    drop(peer.push(&Frame::Welcome(Box::new(welcome))));
    if admitted.wants_datasocks() {
        super::requests::offer_datasocks(house, &admitted.standing, peer).await;
    }
    Ok(joined.earlier)
}

async fn attach_sock(house: &House, peer: &Peer, name: &Arc<str>, admitted: &Admitted) -> Result<Recent, Error> {
    let attach = AttachSock {
        client_id: admitted.standing.client_id.clone(),
        sock: name.clone(),
        peer: peer.clone(),
    };
    if !house.registry.ask(attach).await? {
        return Err(Error::new(ErrorCode::NotFound, "the client is no longer connected"));
    }
    let datasock = name.to_string();
    drop(peer.push(&Frame::Attached(Attached { datasock })));
    Ok(Recent::default())
}

fn outbox_limits(limits: &Limits) -> OutboxLimits {
    OutboxLimits {
        soft_bytes: limits.outbox_soft_bytes,
        hard_bytes: limits.outbox_hard_bytes,
        stall_max: Duration::from_millis(limits.stall_ms),
        flush_max: Duration::from_millis(limits.flush_ms),
    }
}

/// One error frame, then the end.
async fn refuse(mut write: OwnedWriteHalf, err: &Error) {
    let mut out = BytesMut::new();
    if wire::encode(&err.to_frame(None), &mut out).is_err() {
        return;
    }
    let answer = async {
        write.write_all(&out).await?;
        write.shutdown().await
    };
    drop(tokio::time::timeout(REFUSAL_WRITE_MAX, answer).await);
}
