//! What a transport holds while it lasts: its place among the connections, and among those of its address.
//!
//! It travels with the first request of the transport, which Engine.IO keeps as long as the transport lives.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::house::House;
use crate::http::PeerAddress;
use crate::http::line::Control;
use crate::runtime::CloseReason;
use crate::runtime::metrics::{ConnectionMeters, socketio_refused as refused};
use crate::session::count::ConnectionCount;
use crate::wire::ErrorCode;

/// How many transports each address holds.
#[derive(Clone, Default)]
pub(super) struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Addresses {
    /// One more, unless that would be one too many.
    fn enter(&self, address: IpAddr, max: usize) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= max {
            return false;
        }
        *count += 1;
        true
    }

    fn leave(&self, address: IpAddr) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&address);
            }
        }
    }
}

/// The place of one transport.
pub(super) struct Ticket {
    address: SocketAddr,
    addresses: Addresses,
    meters: ConnectionMeters,
    open: Mutex<Open>,
    line: Arc<Control>,
}

struct Open {
    count: Option<ConnectionCount>,
    reason: Option<CloseReason>,
}

impl Ticket {
    /// A place for a transport from there, if there is one.
    pub(super) fn take(
        house: &House,
        addresses: &Addresses,
        meters: &ConnectionMeters,
        from: &PeerAddress,
    ) -> Result<Arc<Self>, Error> {
        let limits = &house.config.limits;
        let ip = from.0.ip().to_canonical();
        if !addresses.enter(ip, limits.socketio_per_address) {
            refused("address");
            let message = format!(
                "{} sockets are open from this address, which is the most",
                limits.socketio_per_address
            );
            return Err(Error::new(ErrorCode::Busy, message));
        }
        let Some(count) = house.open_sockets.open(limits.connections_max, meters) else {
            addresses.leave(ip);
            refused("connections");
            let message = "the server has as many connections as it may have";
            return Err(Error::new(ErrorCode::Busy, message));
        };
        Ok(Arc::new(Self {
            address: SocketAddr::new(ip, from.0.port()),
            addresses: addresses.clone(),
            meters: meters.clone(),
            open: Mutex::new(Open {
                count: Some(count),
                reason: None,
            }),
            line: Arc::clone(&from.1),
        }))
    }

    /// Where it comes from.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connection that its first request came by.
    pub(super) fn line(&self) -> Arc<Control> {
        Arc::clone(&self.line)
    }

    /// Counts what came.
    pub(super) fn received(&self, bytes: usize) {
        self.meters.received(1, bytes);
    }

    /// Why it ends; the first reason given stays.
    pub(super) fn note(&self, reason: &CloseReason) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.reason.get_or_insert_with(|| reason.clone());
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.addresses.leave(self.address.ip());
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.count.take() {
            count.closed(open.reason.take().unwrap_or(CloseReason::PeerClosed));
        }
    }
}
