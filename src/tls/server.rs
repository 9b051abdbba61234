//! The server's side: which door speaks TLS, with which certificate, and the handshake of one connection.
//!
//! The certificate can be exchanged while doors are open; connections that are there keep theirs. It never closes
//! anything but the one connection whose handshake failed.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::TlsMode;
use super::failure::HandshakeFailure;
use super::fingerprint::Fingerprint;
use super::identity::{Identity, Source, TlsError};
use super::stream::{self, BUFFERED_BYTES_MAX, ReadHalf, WriteHalf};
use crate::runtime::Clock;

/// TLS of this server; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mode: TlsMode,
    source: Source,
    clock: Clock,
    identity: ArcSwapOption<Identity>,
    /// Held while files are read, so that two doors do not make two certificates.
    reading: Mutex<()>,
}

impl Tls {
    /// Reads nothing yet, unless the operator named files: then they are wanted in order.
    pub(crate) fn open(mode: TlsMode, source: Source, clock: Clock) -> Result<Self, TlsError> {
        let is_given = matches!(source, Source::Given { .. });
        let tls = Self(Arc::new(Inner {
            mode,
            source,
            clock,
            identity: ArcSwapOption::empty(),
            reading: Mutex::new(()),
        }));
        if is_given {
            tls.ensure()?;
        }
        Ok(tls)
    }

    /// Whether a door at this address speaks TLS.
    pub(crate) fn is_wanted_at(&self, address: IpAddr) -> bool {
        self.0.mode.is_wanted_at(address)
    }

    /// What a door at this address speaks. The first that speaks TLS reads the certificate, or makes it.
    pub(crate) fn transport(&self, address: SocketAddr) -> Result<Transport, TlsError> {
        if !self.is_wanted_at(address.ip()) {
            return Ok(Transport::Plain);
        }
        self.ensure()?;
        Ok(Transport::Tls(self.clone()))
    }

    /// Reads the files again, if a door uses them: new connections get the new certificate. After an error the old
    /// one stays. Gives the fingerprint in use.
    pub(crate) fn reload(&self) -> Result<Option<Fingerprint>, TlsError> {
        if self.0.identity.load().is_none() {
            return Ok(None);
        }
        let reading = self.0.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = self.0.source.read(self.0.clock.now())?;
        let fingerprint = identity.fingerprint;
        self.0.identity.store(Some(Arc::new(identity)));
        drop(reading);
        Ok(Some(fingerprint))
    }

    /// The certificate in use; `None` while no door speaks TLS.
    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.0.identity.load_full()
    }

    fn ensure(&self) -> Result<(), TlsError> {
        let reading = self.0.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.0.identity.load().is_none() {
            let identity = self.0.source.ensure(self.0.clock.now())?;
            self.0.identity.store(Some(Arc::new(identity)));
        }
        drop(reading);
        Ok(())
    }
}

/// What a door speaks: one or the other.
#[derive(Debug, Clone)]
pub(crate) enum Transport {
    /// Frames at once.
    Plain,
    /// TLS 1.3 first.
    Tls(Tls),
}

impl Transport {
    /// The halves of an accepted connection, secured by the deadline where that is wanted.
    pub(crate) async fn open(
        &self,
        stream: TcpStream,
        deadline: Instant,
    ) -> Result<(ReadHalf, WriteHalf), HandshakeFailure> {
        match self {
            Self::Plain => Ok(stream::plain(stream)),
            Self::Tls(tls) => Ok(stream::tls(tls.accept(stream, deadline).await?.into())),
        }
    }
}

impl Tls {
    /// The handshake of one connection.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        deadline: Instant,
    ) -> Result<TlsStream<TcpStream>, HandshakeFailure> {
        let Some(identity) = self.identity() else {
            return Err(HandshakeFailure::Broken);
        };
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let secured = acceptor.accept_with(stream, |session| session.set_buffer_limit(Some(BUFFERED_BYTES_MAX)));
        match timeout_at(deadline, secured).await {
            Ok(secured) => secured.map_err(|err| HandshakeFailure::of(&err)),
            Err(_) => Err(HandshakeFailure::Timeout),
        }
    }
}
