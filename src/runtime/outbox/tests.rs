//! What an outbox promises, over a pipe of known size and with time paused.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

const LIMITS: OutboxLimits = OutboxLimits {
    soft_bytes: 512,
    hard_bytes: 1024,
    stall_max: Duration::from_secs(10),
    flush_max: Duration::from_secs(2),
};

/// Bytes the pipe holds by itself.
const PIPE_BYTES: usize = 64;

fn piped(limits: OutboxLimits) -> (Outbox, JoinHandle<CloseReason>, DuplexStream) {
    let (ours, theirs) = duplex(PIPE_BYTES);
    let (outbox, writer) = outbox(ours, limits);
    (outbox, tokio::spawn(writer), theirs)
}

async fn writer_sleeps() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_cut_off_at_exactly_the_bound() {
    let (outbox, writer, _theirs) = piped(LIMITS);
    outbox.push(&[1; 1000]).unwrap();
    writer_sleeps().await;
    assert_eq!(outbox.pending_bytes(), 1000 - PIPE_BYTES);
    outbox.push(&[2; 1024 - 1000 + PIPE_BYTES]).unwrap();
    assert_eq!(outbox.pending_bytes(), LIMITS.hard_bytes);
    let lagged = OutboxError::Lagged {
        pending: 1025,
        bound: 1024,
    };
    assert_eq!(outbox.push(&[3]), Err(lagged));
    assert_eq!(
        outbox.pending_bytes(),
        LIMITS.hard_bytes,
        "the frame that passed the bound is not kept"
    );
    assert_eq!(outbox.push(&[]), Err(OutboxError::Closed(CloseReason::Lagged)));
    assert_eq!(outbox.closing().await, CloseReason::Lagged);
    assert_eq!(writer.await.unwrap(), CloseReason::Lagged);
}

#[tokio::test(start_paused = true)]
async fn a_frame_longer_than_the_bound_is_refused_and_the_bound_itself_is_not() {
    let (outbox, _writer) = outbox(tokio::io::sink(), LIMITS);
    assert_eq!(outbox.push(&[0; 1024]), Ok(()));
    let (outbox, _writer) = super::outbox(tokio::io::sink(), LIMITS);
    assert!(matches!(outbox.push(&[0; 1025]), Err(OutboxError::Lagged { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_slow_peer_gets_everything_in_order() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    let mut sent = Vec::new();
    let reader = tokio::spawn(async move {
        let mut read = Vec::new();
        let mut chunk = [0; 7];
        while let n @ 1.. = theirs.read(&mut chunk).await.unwrap() {
            read.extend_from_slice(&chunk[..n]);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        read
    });
    for number in 0..2_000_u32 {
        let frame = number.to_be_bytes().repeat(1 + usize::try_from(number % 9).unwrap());
        while outbox.is_over_soft_limit() {
            outbox.drained().await;
        }
        outbox.push_with(|queued| queued.extend_from_slice(&frame)).unwrap();
        sent.extend_from_slice(&frame);
    }
    outbox.closing_after_flush().await;
    assert_eq!(writer.await.unwrap(), CloseReason::PeerClosed);
    assert_eq!(reader.await.unwrap(), sent);
}

impl Outbox {
    async fn closing_after_flush(&self) {
        while self.pending_bytes() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        writer_sleeps().await;
        assert_eq!(self.0.0.lock().queued.capacity(), 0, "an idle outbox holds memory");
        self.close(CloseReason::PeerClosed);
    }
}

#[tokio::test(start_paused = true)]
async fn closing_writes_what_is_queued_then_the_last_frame_then_ends_the_stream() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    outbox.push(b"one ").unwrap();
    outbox.push(b"two ").unwrap();
    outbox.close_with(CloseReason::ShuttingDown, b"bye");
    outbox.close_with(CloseReason::Idle, b"second bye");
    assert_eq!(
        outbox.push(b"late"),
        Err(OutboxError::Closed(CloseReason::ShuttingDown))
    );
    let mut read = String::new();
    theirs.read_to_string(&mut read).await.unwrap();
    assert_eq!(read, "one two bye");
    assert_eq!(writer.await.unwrap(), CloseReason::ShuttingDown);
}

#[tokio::test(start_paused = true)]
async fn a_lagging_peer_that_reads_again_is_told_why_it_was_cut_off() {
    let (ours, mut theirs) = duplex(PIPE_BYTES);
    let farewell = |reason: &CloseReason| Some(Bytes::from(reason.to_string()));
    let (outbox, writer) = outbox_with_farewell(ours, LIMITS, farewell);
    let writer = tokio::spawn(writer);
    outbox.push(&[b'x'; 1024]).unwrap();
    outbox.push(b"y").unwrap_err();
    let mut read = String::new();
    theirs.read_to_string(&mut read).await.unwrap();
    assert_eq!(read, "x".repeat(1024) + "lagged");
    assert_eq!(writer.await.unwrap(), CloseReason::Lagged);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_cut_off_after_the_stall_limit() {
    let (outbox, writer, _theirs) = piped(LIMITS);
    let began = Instant::now();
    outbox.push(&[0; PIPE_BYTES + 1]).unwrap();
    assert_eq!(writer.await.unwrap(), CloseReason::Stalled);
    assert!(began.elapsed() >= LIMITS.stall_max);
    assert!(began.elapsed() < LIMITS.stall_max + Duration::from_millis(10));
    assert_eq!(outbox.closed(), Some(CloseReason::Stalled));
    assert_eq!(outbox.pending_bytes(), 0, "a dead outbox holds nothing");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_a_byte_in_time_is_not_stalled() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    outbox.push(&[0; PIPE_BYTES + 10]).unwrap();
    for _ in 0..10 {
        tokio::time::sleep(LIMITS.stall_max - Duration::from_millis(2)).await;
        theirs.read_u8().await.unwrap();
    }
    writer_sleeps().await;
    assert_eq!((outbox.closed(), outbox.pending_bytes()), (None, 0));
    writer.abort();
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_a_peer_no_longer_than_the_flush_limit() {
    let (outbox, writer, _theirs) = piped(LIMITS);
    outbox.push(&[0; 1024]).unwrap();
    writer_sleeps().await;
    let began = Instant::now();
    outbox.close(CloseReason::Replaced);
    assert_eq!(writer.await.unwrap(), CloseReason::Replaced);
    assert!(began.elapsed() >= LIMITS.flush_max);
    assert!(began.elapsed() < LIMITS.flush_max + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn reading_stops_above_the_soft_limit_and_goes_on_at_it() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    outbox.push(&[0; 512 + PIPE_BYTES]).unwrap();
    writer_sleeps().await;
    assert!(!outbox.is_over_soft_limit());
    outbox.push(&[0]).unwrap();
    assert!(outbox.is_over_soft_limit());
    let waiting = tokio::spawn({
        let outbox = outbox.clone();
        async move { outbox.drained().await }
    });
    writer_sleeps().await;
    assert!(!waiting.is_finished());
    theirs.read_u8().await.unwrap();
    waiting.await.unwrap();
    assert!(!outbox.is_over_soft_limit());
    writer.abort();
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_closed_outbox_to_drain() {
    let (outbox, _writer, _theirs) = piped(LIMITS);
    outbox.push(&[0; 1024]).unwrap();
    let waiting = tokio::spawn({
        let outbox = outbox.clone();
        async move { outbox.drained().await }
    });
    writer_sleeps().await;
    outbox.close(CloseReason::Idle);
    waiting.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_dropped_writes_the_rest_and_ends_the_writer() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    let clone = outbox.clone();
    drop(outbox);
    clone.push(b"rest").unwrap();
    drop(clone);
    let mut read = String::new();
    theirs.read_to_string(&mut read).await.unwrap();
    assert_eq!(read, "rest");
    assert_eq!(writer.await.unwrap(), CloseReason::Abandoned);
}

#[tokio::test(start_paused = true)]
async fn an_outbox_whose_writer_is_gone_takes_nothing() {
    let (outbox, writer) = outbox(tokio::io::sink(), LIMITS);
    outbox.push(b"lost").unwrap();
    drop(writer);
    assert_eq!(outbox.push(b"more"), Err(OutboxError::Closed(CloseReason::Abandoned)));
    assert_eq!(outbox.pending_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_went_away_is_said_to_have_closed() {
    let (outbox, writer, theirs) = piped(LIMITS);
    drop(theirs);
    outbox.push(b"hello").unwrap();
    assert_eq!(writer.await.unwrap(), CloseReason::PeerClosed);
    assert_eq!(outbox.push(b"more"), Err(OutboxError::Closed(CloseReason::PeerClosed)));
}

/// Takes everything, counts the writes.
struct Counting(Arc<AtomicUsize>);

impl AsyncWrite for Counting {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn frames_queued_together_cost_one_write_and_idleness_costs_no_memory() {
    let writes = Arc::new(AtomicUsize::new(0));
    let (outbox, writer) = outbox(Counting(Arc::clone(&writes)), LIMITS);
    let writer = tokio::spawn(writer);
    for batch in 1..=3 {
        for _ in 0..100 {
            outbox.push(&[0; 10]).unwrap();
        }
        writer_sleeps().await;
        assert_eq!(writes.load(Ordering::Relaxed), batch);
        assert_eq!(outbox.0.0.lock().queued.capacity(), 0);
    }
    writer.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_pushed_now_is_written_without_the_writer_as_far_as_the_socket_takes_it() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    assert_eq!(outbox.push_now(&[1; PIPE_BYTES - 4], 3), Ok(true));
    assert_eq!(outbox.pending_bytes(), 0);
    assert_eq!(
        outbox.0.0.lock().queued.capacity(),
        0,
        "nothing is kept for an idle peer"
    );
    assert_eq!(outbox.push_now(&[2; 10], 1), Ok(false));
    assert_eq!(outbox.pending_bytes(), 6);
    assert_eq!(outbox.push_now(&[3; 10], 1), Ok(false), "behind what waits");
    outbox.close(CloseReason::PeerClosed);
    let mut read = Vec::new();
    theirs.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, [vec![1; PIPE_BYTES - 4], vec![2; 10], vec![3; 10]].concat());
    assert_eq!(writer.await.unwrap(), CloseReason::PeerClosed);
    let closed = OutboxError::Closed(CloseReason::PeerClosed);
    assert_eq!(outbox.push_now(&[4], 1), Err(closed));
}

#[tokio::test(start_paused = true)]
async fn pushing_now_keeps_the_bound() {
    let (outbox, writer, _theirs) = piped(LIMITS);
    assert_eq!(outbox.push_now(&[0; 1024], 1), Ok(false));
    assert_eq!(outbox.pending_bytes(), 1024 - PIPE_BYTES);
    assert_eq!(outbox.push_now(&[0; PIPE_BYTES], 1), Ok(false));
    assert_eq!(outbox.pending_bytes(), LIMITS.hard_bytes);
    let lagged = OutboxError::Lagged {
        pending: 1025,
        bound: 1024,
    };
    assert_eq!(outbox.push_now(&[0], 1), Err(lagged));
    assert_eq!(writer.await.unwrap(), CloseReason::Lagged);
}

#[tokio::test(start_paused = true)]
async fn a_corked_outbox_writes_once_when_the_last_cork_is_drawn() {
    let writes = Arc::new(AtomicUsize::new(0));
    let (outbox, writer) = outbox(Counting(Arc::clone(&writes)), LIMITS);
    let writer = tokio::spawn(writer);
    writer_sleeps().await;
    let corks = (outbox.cork(), outbox.cork());
    for _ in 0..50 {
        outbox.push(&[0; 10]).unwrap();
    }
    writer_sleeps().await;
    drop(corks.0);
    assert_eq!(writes.load(Ordering::Relaxed), 0);
    drop(corks.1);
    writer_sleeps().await;
    assert_eq!(writes.load(Ordering::Relaxed), 1);
    assert_eq!(outbox.pending_bytes(), 0);
    assert_eq!(outbox.0.0.lock().queued.capacity(), 0);
    outbox.push(&[0; 10]).unwrap();
    writer_sleeps().await;
    assert_eq!(writes.load(Ordering::Relaxed), 2, "the writer wakes again");
    writer.abort();
}

#[tokio::test(start_paused = true)]
async fn a_cork_drawn_at_a_full_socket_leaves_the_rest_to_the_writer() {
    let (outbox, writer, mut theirs) = piped(LIMITS);
    let cork = outbox.cork();
    outbox.push(&[7; 2 * PIPE_BYTES]).unwrap();
    outbox.close_with(CloseReason::ShuttingDown, b"bye");
    drop(cork);
    let mut read = Vec::new();
    theirs.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, [vec![7; 2 * PIPE_BYTES], b"bye".to_vec()].concat());
    assert_eq!(writer.await.unwrap(), CloseReason::ShuttingDown);
}

#[tokio::test(start_paused = true)]
async fn a_buffer_goes_from_who_became_idle_to_who_answers_next() {
    let pipe = || duplex(2 * 1024);
    let ((ours, _theirs), (others, _read)) = (pipe(), pipe());
    let ((first, writer), (second, _writer)) = (outbox(ours, LIMITS), outbox(others, LIMITS));
    let writer = tokio::spawn(writer);
    let cork = first.cork();
    first.push(&[1; 1000]).unwrap();
    let capacity = first.0.0.lock().queued.capacity();
    drop(cork);
    writer_sleeps().await;
    assert_eq!(first.0.0.lock().queued.capacity(), 0, "an idle one holds none");
    let _cork = second.cork();
    second.push(&[2; 10]).unwrap();
    let state = second.0.0.lock();
    assert_eq!(state.queued.capacity(), capacity);
    assert_eq!(state.queued[..], [2; 10], "and nothing of the first one's");
    drop(state);
    writer.abort();
}
