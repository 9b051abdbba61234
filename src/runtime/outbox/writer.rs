//! The writer of an outbox: waits for bytes and for the socket, and sees to the end.
//!
//! It alone waits. A peer that takes nothing for too long is cut off; a closed outbox has a moment to be written.

use std::future::Future;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::shared::{Shared, Sink, Turn};
use crate::runtime::close::CloseReason;

/// The writing end; an outbox whose writer is gone is closed.
pub(super) struct Writer(pub(super) Arc<Shared>);

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Writes until the end, and gives its reason.
pub(super) async fn write(writer: Writer, farewell: impl FnOnce(&CloseReason) -> Option<Bytes>) -> CloseReason {
    let shared = &*writer.0;
    let flush_max = shared.limits.flush_max;
    let late = async {
        let reason = shared.closing().await;
        tokio::time::sleep(flush_max).await;
        reason
    };
    let ended = tokio::select! {
        biased;
        ended = drain(shared, farewell) => ended,
        reason = late => Err(reason),
    };
    // A reason given earlier wins over what went wrong while writing the rest.
    let mut state = shared.lock();
    let cause = ended.err().unwrap_or(CloseReason::Abandoned);
    state.closed.get_or_insert(cause).clone()
}

/// Writes batches until the outbox is closed and empty, then the last frame.
async fn drain(shared: &Shared, farewell: impl FnOnce(&CloseReason) -> Option<Bytes>) -> Result<(), CloseReason> {
    loop {
        match shared.turn().await {
            Turn::Write {
                mut sink,
                batch,
                frames,
            } => {
                write_batch(shared, &mut sink, &batch, frames).await?;
                shared.written(sink, batch);
            }
            Turn::End(None) => return Ok(()),
            Turn::End(Some(sink)) => return end(shared, sink, farewell).await,
        }
    }
}

async fn write_batch(shared: &Shared, sink: &mut Sink, batch: &BytesMut, frames: u64) -> Result<(), CloseReason> {
    let mut rest: &[u8] = batch;
    while !rest.is_empty() {
        let taken = step(shared, sink.write(rest)).await?;
        if taken == 0 {
            return Err(CloseReason::PeerClosed);
        }
        rest = rest.get(taken..).unwrap_or_default();
        shared.took(taken);
    }
    step(shared, sink.flush()).await?;
    shared.meters.sent(frames, batch.len());
    Ok(())
}

async fn end(
    shared: &Shared,
    mut sink: Sink,
    farewell: impl FnOnce(&CloseReason) -> Option<Bytes>,
) -> Result<(), CloseReason> {
    let (reason, last_frame) = {
        let mut state = shared.lock();
        let reason = state.closed.clone().unwrap_or(CloseReason::Abandoned);
        (reason, state.last_frame.take())
    };
    if let Some(frame) = last_frame.or_else(|| farewell(&reason)) {
        step(shared, sink.write_all(&frame)).await?;
        shared.meters.sent(1, frame.len());
    }
    step(shared, sink.shutdown()).await
}

/// One step of writing: it makes progress within `stall_max`, or the peer is cut off.
async fn step<T>(shared: &Shared, io: impl Future<Output = std::io::Result<T>>) -> Result<T, CloseReason> {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    match timeout(shared.limits.stall_max, io).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(err))
            if matches!(
                err.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected
            ) =>
        {
            Err(CloseReason::PeerClosed)
        }
        Ok(Err(_)) => Err(CloseReason::Io),
        Err(_) => Err(CloseReason::Stalled),
    }
}
