//! As much of a client as a load needs: a handshake, a call in bytes, and a look at its answer.
//!
//! Calls are encoded ahead and answers are only looked at, so that the client costs little beside the server.

use std::net::SocketAddr;

use bytes::BytesMut;
use motorpool::wire::{self, Args, Call, ClientKind, Frame, Hello, Login, PROTOCOL, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Fault;

/// Bytes of the length before an item.
pub(crate) const LENGTH_BYTES: usize = 4;

/// A connection whose handshake is done.
pub(crate) async fn connect(address: SocketAddr, login: Option<Login>) -> Result<TcpStream, Fault> {
    greet(
        address,
        Hello {
            protocol: PROTOCOL,
            login,
            ..Hello::default()
        },
    )
    .await
}

/// The same for the unit of a car.
pub(crate) async fn connect_as_car(address: SocketAddr, login: Login) -> Result<TcpStream, Fault> {
    greet(
        address,
        Hello {
            protocol: PROTOCOL,
            kind: Some(ClientKind::Car),
            login: Some(login),
            ..Hello::default()
        },
    )
    .await
}

async fn greet(address: SocketAddr, hello: Hello) -> Result<TcpStream, Fault> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&bytes_of(&Frame::Hello(hello))?).await?;
    let item = read_item(&mut stream).await?;
    match wire::decode(&item)? {
        Frame::Welcome(_) => Ok(stream),
        other => Err(format!("wanted a welcome, got {other:?}").into()),
    }
}

/// A frame as it travels.
pub(crate) fn bytes_of(frame: &Frame) -> Result<Vec<u8>, Fault> {
    let mut out = BytesMut::new();
    wire::encode(frame, &mut out)?;
    Ok(out.to_vec())
}

/// A call by name as it travels.
pub(crate) fn call(id: u64, command: &str, args: &[(&str, &str)]) -> Result<Vec<u8>, Fault> {
    let named = args
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    let args = if args.is_empty() {
        Args::default()
    } else {
        Args::Name(named.collect())
    };
    bytes_of(&Frame::Call(Call {
        id,
        command: command.to_owned(),
        args,
        deadline_ms: None,
    }))
}

/// The item of the next frame.
pub(crate) async fn read_item(stream: &mut TcpStream) -> Result<Vec<u8>, Fault> {
    let length = usize::try_from(stream.read_u32().await?)?;
    let mut item = vec![0; length];
    stream.read_exact(&mut item).await?;
    Ok(item)
}

/// Whether an item is a good answer to the call with this id, which is below 24.
pub(crate) fn is_ok_of(item: &[u8], id: u8) -> bool {
    ok_id(item) == Some(id)
}

/// The id of the call, below 24, to which an item is a good answer.
pub(crate) fn ok_id(item: &[u8]) -> Option<u8> {
    const HEAD: &[u8] = b"\xa1\x66result\xa2\x62id";
    const OK: &[u8] = b"\x62ok";
    let (id, rest) = item.strip_prefix(HEAD)?.split_first()?;
    rest.strip_prefix(OK).filter(|value| !value.is_empty())?;
    (*id < 24).then_some(*id)
}
