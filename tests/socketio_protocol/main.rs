//! What the protocols demand of a server of Engine.IO 4 and Socket.IO 5, packet by packet, by hand.
//!
//! The same demands as those of the official suites, of the server that `examples/socketio_conformance.rs` is; here without Node.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

mod client;
mod engine;
mod engine_messages;
mod socket;

use std::net::SocketAddr;

use motorpool::http::socketio::conformance;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A server of one's own, which ends with the runtime.
fn server() -> (Runtime, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    drop(runtime.spawn(conformance::serve(listener)));
    (runtime, address)
}
