//! Files in the simplest way there is: name and size, then the bytes, then the end; one file a connection, no answer.
//!
//! Nothing tells the header from the body before the end is there, so what comes is set aside until then. It goes through
//! the same store as every other file: whole or not at all, within limits and rights, as a version beside others of its
//! name. A name is only shown, never a path.

pub(in crate::dialect) mod rules;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::asking::told;
use super::door::{Guest, over};
use crate::error::Error;
use crate::file::{Aside, Asker, Upload, Wish};
use crate::house::House;
use crate::registry::Standing;
use crate::session::named;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// The dialect.
pub(super) const NAME: &str = "plainfile";

/// Bytes that are read, set aside and handed on at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Serves one connection to its end.
pub(super) async fn serve(guest: Guest) {
    let Guest {
        house,
        mut stream,
        address,
        inside: _inside,
    } = guest;
    let taken = tokio::select! {
        taken = take(&house, &mut stream, address) => taken,
        () = over(&house) => return,
    };
    // What has come whole is kept, even when the server goes down meanwhile.
    let kept = match taken {
        Ok((standing, came)) => keep(&house, &standing, came).await,
        Err(err) => Err(err),
    };
    told(NAME, address, "file", &kept);
}

/// Everything that somebody sent, and whether it may become a file is not known yet.
struct Came {
    aside: Aside,
    /// It begins so.
    front: Vec<u8>,
}

/// Takes everything up to the end that the sender makes.
async fn take(house: &House, stream: &mut TcpStream, address: SocketAddr) -> Result<(Standing, Came), Error> {
    let config = &house.config.dialect.plainfile;
    let account = config.account.as_deref().unwrap_or_default();
    let standing = named::standing_of(house, account, address.ip()).await?;
    let idle_max = Duration::from_millis(config.idle_ms);
    let mut came = Came {
        aside: house.files.set_aside().await?,
        front: Vec::new(),
    };
    let mut buffer = BytesMut::new();
    loop {
        let known = buffer.len();
        if read(stream, &mut buffer, idle_max).await? == 0 {
            break;
        }
        let new = buffer.get(known..).unwrap_or_default();
        let missing = rules::FRONT_BYTES.saturating_sub(came.front.len());
        came.front.extend(new.iter().take(missing));
        rules::may_begin(&came.front).map_err(bad)?;
        if buffer.len() >= PIECE_BYTES {
            came.aside.append(buffer.split().freeze()).await?;
        }
    }
    came.aside.append(buffer.freeze()).await?;
    Ok((standing, came))
}

async fn read(stream: &mut TcpStream, buffer: &mut BytesMut, idle_max: Duration) -> Result<usize, Error> {
    buffer.reserve(PIECE_BYTES / 4);
    match timeout(idle_max, stream.read_buf(buffer)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // A sender that is cut off has not sent the file.
        Ok(Err(_)) => Err(Error::new(
            ErrorCode::BadFrame,
            "the connection was lost before the end of the file",
        )),
        Err(_) => Err(Error::new(ErrorCode::Timeout, "no byte within the time for it")),
    }
}

/// Makes a file of it, if it is what it says.
async fn keep(house: &House, standing: &Standing, came: Came) -> Result<(), Error> {
    let header = rules::header(&came.front, came.aside.bytes()).map_err(bad)?;
    let wish = Wish {
        name: header.name.to_owned(),
        size: Some(came.aside.bytes().saturating_sub(header.body_at)),
        ..Wish::default()
    };
    let upload = house.files.begin(Asker::of(standing)?, wish).await?;
    let change = Change {
        at: house.clock.now(),
        who: standing.who(),
        what: NAME.to_owned(),
        request: None,
    };
    let kept = fill(&upload, &came.aside, header.body_at, change).await;
    if kept.is_err() {
        // Nobody goes on with it: its room is free again. A refused end has let it go already.
        drop(upload.abort().await);
    }
    kept
}

async fn fill(upload: &Upload, aside: &Aside, body_at: u64, change: Change) -> Result<(), Error> {
    let mut offset = 0;
    while body_at.saturating_add(offset) < aside.bytes() {
        let piece = aside.piece(body_at.saturating_add(offset), PIECE_BYTES).await?;
        offset = upload.write(offset, piece).await?;
    }
    upload.finish(None, change).await?;
    Ok(())
}

fn bad(err: rules::HeaderError) -> Error {
    Error::new(ErrorCode::BadFrame, err.to_string())
}
