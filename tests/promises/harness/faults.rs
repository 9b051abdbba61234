//! A wire that breaks: a TCP proxy that forwards some bytes of a connection, counted to the byte, and then does it harm.
//!
//! Both directions draw on one count, so that a cut falls anywhere: in a length, in the middle of an item, between two.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::Dice;

/// How long a line that went dead stays so, if neither side gives it up.
const DEAD_FOR: Duration = Duration::from_secs(30);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Both sides hear an orderly end.
    Close,
    /// Both sides hear a reset, and what was under way is gone.
    Reset,
    /// Nobody hears anything: the line is half open.
    Silence,
}

/// What becomes of one connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    /// Bytes of both directions together before it breaks.
    pub(crate) bytes: u64,
    pub(crate) end: End,
    /// Byte by byte instead of as it comes.
    pub(crate) is_slow: bool,
}

impl Fate {
    /// Breaks somewhere before so many bytes; one in eight goes dead, one in sixteen crawls.
    pub(crate) fn within(bytes_max: u64, dice: &mut Dice) -> Self {
        Self {
            bytes: dice.below(bytes_max),
            end: match dice.below(8) {
                0 => End::Silence,
                1..4 => End::Reset,
                _ => End::Close,
            },
            is_slow: dice.below(16) == 0,
        }
    }
}

/// What the proxy did.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    pub(crate) connections: AtomicUsize,
    pub(crate) closed: AtomicUsize,
    pub(crate) reset: AtomicUsize,
    pub(crate) silenced: AtomicUsize,
}

/// Listens on a port of its own until the runtime ends; the fate of each connection is thrown as it comes.
pub(crate) async fn breaking_wire(
    target: SocketAddr,
    mut dice: Dice,
    fate: impl Fn(&mut Dice) -> Fate + Send + 'static,
) -> (SocketAddr, Arc<Harm>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let harm = Arc::new(Harm::default());
    let counted = harm.clone();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let fate = fate(&mut dice);
            counted.connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(carry(near, target, fate, counted.clone()));
        }
    });
    (address, harm)
}

async fn carry(near: TcpStream, target: SocketAddr, fate: Fate, harm: Arc<Harm>) {
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let line = Line {
        left: AtomicU64::new(fate.bytes),
        is_slow: fate.is_slow,
    };
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = far.into_split();
    let is_broken = tokio::select! {
        broke = line.pass(&mut near_read, &mut far_write) => broke,
        broke = line.pass(&mut far_read, &mut near_write) => broke,
    };
    // One side ended by itself: the other hears it as well.
    if !is_broken.unwrap_or(false) {
        return;
    }
    let near = near_read.reunite(near_write).unwrap();
    let far = far_read.reunite(far_write).unwrap();
    match fate.end {
        End::Close => {
            harm.closed.fetch_add(1, Ordering::Relaxed);
        }
        End::Reset => {
            harm.reset.fetch_add(1, Ordering::Relaxed);
            for side in [&near, &far] {
                // An end without lingering is a reset.
                drop(socket2::SockRef::from(side).set_linger(Some(Duration::ZERO)));
            }
        }
        End::Silence => {
            harm.silenced.fetch_add(1, Ordering::Relaxed);
            // Not a byte is read any more; whoever gives it up ends only its own side.
            tokio::time::sleep(DEAD_FOR).await;
        }
    }
}

/// What both directions of one connection share.
struct Line {
    left: AtomicU64,
    is_slow: bool,
}

impl Line {
    /// Forwards until one side ends, or the line breaks: `true`.
    async fn pass(&self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) -> io::Result<bool> {
        let mut bytes = [0; 4_096];
        loop {
            let read = from.read(&mut bytes).await?;
            if read == 0 {
                return Ok(false);
            }
            let (wanted, mut passed) = (u64::try_from(read).unwrap(), 0);
            self.left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    passed = left.min(wanted);
                    Some(left - passed)
                })
                .unwrap();
            let whole = &bytes[..usize::try_from(passed).unwrap()];
            for part in whole.chunks(if self.is_slow { 1 } else { bytes.len() }) {
                to.write_all(part).await?;
                if self.is_slow {
                    tokio::task::yield_now().await;
                }
            }
            if passed < wanted {
                return Ok(true);
            }
        }
    }
}
