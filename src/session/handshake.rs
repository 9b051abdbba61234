//! The first frame of a connection: who is it, may it in, and then its session.
//!
//! Anything wrong here is answered once and closes. Bounded in time, in bytes and in how many wait at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::actor::{Incoming, Opened, Session};
use super::admission::{Admitted, admit, bot_still_welcome, welcome};
use super::bans;
use super::count::ConnectionCount;
use super::frames::Frames;
use super::room::Budget;
use super::told;
use crate::config::Limits;
use crate::datasock::connection::Connection;
use crate::datasock::offer;
use crate::datasock::serving::{self, Attached as Receiving};
use crate::datasock::sock::Sock;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{AttachSock, Find, Join, Leave};
use crate::registry::peer::Peer;
use crate::registry::recent::Recent;
use crate::runtime::metrics::tls_failed;
use crate::runtime::{CloseReason, OutboxLimits, outbox};
use crate::tls::{HandshakeFailure, Transport, WriteHalf};
use crate::wire::{self, Attach, Attached, CodecError, ErrorCode, Frame};

/// How long a refused peer has to take our answer.
const REFUSAL_WRITE_MAX: Duration = Duration::from_secs(2);

/// Which door a connection came through.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// New clients say hello here.
    Serversock,
    /// Known clients attach here.
    Datasock(Arc<Sock>),
    /// Clients that speak Socket.IO.
    Socketio,
    /// Clients of an older system, by the name of what they speak.
    Dialect(&'static str),
}

impl Door {
    /// Its kind in metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Serversock => "serversock",
            Self::Datasock(_) => "datasock",
            Self::Socketio => "socketio",
            Self::Dialect(name) => name,
        }
    }

    /// Whether clients of their own come in here, who hear what is said to everybody.
    pub(crate) fn is_clients(&self) -> bool {
        !matches!(self, Self::Datasock(_))
    }

    /// Its name in logs.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Serversock => "Serversock",
            Self::Datasock(sock) => &sock.name,
            Self::Socketio => "Socket.IO",
            Self::Dialect(name) => name,
        }
    }
}

/// Serves one accepted connection until it is a session or refused. Runs on the arbiter that keeps it.
///
/// The bound in time holds for the handshake of TLS and the first frame together.
pub(crate) async fn serve(
    house: House,
    door: Door,
    transport: Transport,
    stream: TcpStream,
    address: SocketAddr,
    count: ConnectionCount,
) {
    // Answers are written once per turn, so waiting for more to send would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let deadline = Instant::now() + Duration::from_millis(house.config.limits.handshake_ms);
    let (read, write) = match transport.open(stream, deadline).await {
        Ok(halves) => halves,
        Err(failure) => return not_secured(&door, failure, count),
    };
    let mut frames = Frames::new(read, house.config.limits.handshake_frame_bytes, count.meters().clone());
    // A banned address costs a look into memory, whatever it says and wherever it knocks.
    let first = first(&house, &mut frames, deadline).await;
    let first = first.and_then(|frame| bans::address(&house, address.ip()).map(|()| frame));
    let admitted = match (first, &door) {
        (Ok(None), _) => return,
        (Ok(Some(Frame::Hello(hello))), Door::Serversock) => admit(&house, hello, address.ip()).await,
        (Ok(Some(Frame::Attach(attach))), Door::Datasock(sock)) => attached(&house, attach, sock).await,
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

/// There is no way to say anything to this peer.
fn not_secured(door: &Door, failure: HandshakeFailure, count: ConnectionCount) {
    tracing::debug!(sock = door.name(), %failure, "a TLS handshake failed");
    tls_failed(door.kind(), failure.as_str());
    count.closed(match failure {
        HandshakeFailure::Timeout => CloseReason::HandshakeTimeout,
        _ => CloseReason::Refused,
    });
}

async fn first(house: &House, frames: &mut Frames, deadline: Instant) -> Result<Option<Frame>, Error> {
    let item = match tokio::time::timeout_at(deadline, frames.first()).await {
        Ok(Ok(Some(item))) => item,
        Ok(Ok(None) | Err(CodecError::Io(_))) => return Ok(None),
        Ok(Err(err)) => return Err(Error::new(ErrorCode::TooLarge, err.to_string())),
        Err(_) => {
            let message = format!("no first frame within {} ms", house.config.limits.handshake_ms);
            return Err(Error::new(ErrorCode::Timeout, message));
        }
    };
    wire::decode(&item)
        .map(Some)
        .map_err(|err| Error::new(ErrorCode::BadFrame, err.to_string()))
}

fn unexpected(frame: &Frame, door: &Door) -> Error {
    let wanted = match door {
        Door::Serversock | Door::Socketio | Door::Dialect(_) => "hello",
        Door::Datasock(_) => "attach",
    };
    let message = format!("got `{}` as the first frame, wanted `{wanted}`", frame.kind());
    Error::new(ErrorCode::BadFrame, message)
}

/// A ticket stands for the login of the client it was given to.
async fn attached(house: &House, attach: Attach, sock: &Sock) -> Result<Admitted, Error> {
    if attach.datasock != *sock.name {
        let shown: String = attach.datasock.chars().take(64).flat_map(char::escape_debug).collect();
        let message = format!("this is the datasock `{}`, not `{shown}`", sock.name);
        return Err(Error::new(ErrorCode::BadArguments, message));
    }
    sock.redeem(&attach.client_id, &attach.ticket).await?;
    let found = house.registry.ask(Find(attach.client_id)).await?;
    let (standing, _) = found.ok_or_else(|| Error::new(ErrorCode::NotFound, "the client is no longer connected"))?;
    // What it may do can have changed since the ticket was given.
    sock.receiver.admits(&standing)?;
    Ok(Admitted::again(standing))
}

/// Makes the session of an admitted client.
async fn open(
    house: House,
    door: Door,
    address: SocketAddr,
    mut frames: Frames,
    write: WriteHalf,
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
        Door::Serversock | Door::Socketio | Door::Dialect(_) => join(&house, &peer, address, &admitted).await,
        Door::Datasock(sock) => attach_sock(&house, &peer, sock, &admitted).await,
    };
    let recent = match joined {
        Ok(recent) => recent,
        Err(err) => {
            told::refused(&door, address, &err);
            peer.close_with_error(&err, CloseReason::Refused);
            drop(writer.await);
            return;
        }
    };
    match door {
        Door::Datasock(sock) if !sock.receiver.speaks_frames() => {
            let (standing, tally) = (admitted.standing, sock.tally.clone());
            let connection = Connection::new(standing, peer.clone(), house.clock.clone(), Box::new(frames), tally);
            serving::start(Receiving {
                sock,
                connection,
                peer,
                writer,
                registry: house.registry.clone(),
            });
        }
        door => {
            let open = match &door {
                Door::Serversock | Door::Socketio | Door::Dialect(_) => None,
                Door::Datasock(sock) => {
                    frames.count_for(sock.tally.clone());
                    Some(sock.tally.opened())
                }
            };
            Session::open(Opened {
                house,
                door,
                peer,
                source: admitted.source(address.ip()),
                address,
                standing: admitted.standing,
                budget,
                recent,
                open,
                incoming: Incoming::Items(frames),
                writer,
            });
        }
    }
}

pub(super) async fn join(
    house: &House,
    peer: &Peer,
    address: SocketAddr,
    admitted: &Admitted,
) -> Result<Recent, Error> {
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
    // A ban looks for whom to send away when it is in force: whoever it did not see there is seen here. So it is with a bot
    // that is shut out.
    let mut still = bans::still_welcome(house, &admitted.standing, address.ip());
    if still.is_ok() {
        still = bot_still_welcome(house, &admitted.standing).await;
    }
    if let Err(banned) = still {
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
    house.events.welcomed(&admitted.standing, peer);
    house.mail.arrived(&admitted.standing, peer);
    let (socks, wants_maindata) = (house.datasocks.all(), admitted.wants_maindata());
    offer::offer(house.events.epoch(), &socks, &admitted.standing, wants_maindata, peer).await;
    Ok(joined.recent)
}

pub(super) async fn attach_sock(house: &House, peer: &Peer, sock: &Sock, admitted: &Admitted) -> Result<Recent, Error> {
    let attach = AttachSock {
        client_id: admitted.standing.client_id.clone(),
        sock: sock.name.clone(),
        peer: peer.clone(),
    };
    if !house.registry.ask(attach).await? {
        return Err(Error::new(ErrorCode::NotFound, "the client is no longer connected"));
    }
    // Closed meanwhile: whoever closed it may have asked the registry before this connection was there.
    if sock.is_closed() {
        return Err(sock.down());
    }
    let datasock = sock.name.to_string();
    drop(peer.push(&Frame::Attached(Attached { datasock })));
    Ok(admitted.standing.recent().unwrap_or_default())
}

pub(crate) fn outbox_limits(limits: &Limits) -> OutboxLimits {
    OutboxLimits {
        soft_bytes: limits.outbox_soft_bytes,
        hard_bytes: limits.outbox_hard_bytes,
        stall_max: Duration::from_millis(limits.stall_ms),
        flush_max: Duration::from_millis(limits.flush_ms),
    }
}

/// One error frame, then the end.
async fn refuse(mut write: WriteHalf, err: &Error) {
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
