//! The two halves of a connection, plain or TLS, as one type each.
//!
//! A plain half is tokio's own, reached through one branch. The halves of a TLS stream share it behind a lock that
//! is held for one step only; a session has both on one arbiter, so nobody waits for it.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsStream;

/// Bytes of ciphertext and plaintext, each, that a TLS stream may hold back for a peer that does not read.
pub(super) const BUFFERED_BYTES_MAX: usize = 16 * 1024;

/// The reading half.
#[derive(Debug)]
pub(crate) enum ReadHalf {
    /// As it comes from the socket.
    Plain(OwnedReadHalf),
    /// Decrypted.
    Tls(Shared),
}

/// The writing half; when it is dropped the peer sees the end.
#[derive(Debug)]
pub(crate) enum WriteHalf {
    /// As it goes to the socket.
    Plain(OwnedWriteHalf),
    /// Encrypted.
    Tls(TlsWriteHalf),
}

/// A TLS stream that both halves hold.
#[derive(Debug)]
pub(crate) struct Shared(Arc<Mutex<TlsStream<TcpStream>>>);

/// The writing half of a TLS stream.
#[derive(Debug)]
pub(crate) struct TlsWriteHalf(Shared);

/// The halves of a plain connection.
pub(crate) fn plain(stream: TcpStream) -> (ReadHalf, WriteHalf) {
    let (read, write) = stream.into_split();
    (ReadHalf::Plain(read), WriteHalf::Plain(write))
}

/// The halves of a secured connection.
pub(crate) fn tls(stream: TlsStream<TcpStream>) -> (ReadHalf, WriteHalf) {
    let shared = Arc::new(Mutex::new(stream));
    let write = TlsWriteHalf(Shared(Arc::clone(&shared)));
    (ReadHalf::Tls(Shared(shared)), WriteHalf::Tls(write))
}

impl Shared {
    /// A panic of another holder leaves a stream that fails by itself.
    fn lock(&self) -> MutexGuard<'_, TlsStream<TcpStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for ReadHalf {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(read) => Pin::new(read).poll_read(cx, buf),
            Self::Tls(shared) => {
                let read = ready!(Pin::new(&mut *shared.lock()).poll_read(cx, buf));
                // A peer that ends without a word of TLS has ended all the same: frames tell by themselves
                // whether something is missing.
                Poll::Ready(read.or_else(|err| match err.kind() {
                    ErrorKind::UnexpectedEof => Ok(()),
                    _ => Err(err),
                }))
            }
        }
    }
}

impl AsyncWrite for WriteHalf {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(write) => Pin::new(write).poll_write(cx, buf),
            Self::Tls(write) => Pin::new(&mut *write.0.lock()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(write) => Pin::new(write).poll_flush(cx),
            Self::Tls(write) => Pin::new(&mut *write.0.lock()).poll_flush(cx),
        }
    }

    /// Of TLS: says that nothing more comes, then ends the socket's own writing.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(write) => Pin::new(write).poll_shutdown(cx),
            Self::Tls(write) => Pin::new(&mut *write.0.lock()).poll_shutdown(cx),
        }
    }
}

impl Drop for TlsWriteHalf {
    fn drop(&mut self) {
        let stream = self.0.lock();
        // Ended already, by either side, is what was wanted.
        drop(SockRef::from(stream.get_ref().0).shutdown(Shutdown::Write));
    }
}
