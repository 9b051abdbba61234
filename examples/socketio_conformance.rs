//! A server for the official protocol suites: `cargo run --example socketio_conformance`, then the suites of
//! `docs/engine.io-protocol/v4-test-suite` and `docs/socket.io-protocol/v5-test-suite` of socket.io, each with `npm test`.
//!
//! Both are served through motorpool's own layer. The suites reckon with pings every 300 ms: a busy machine fails them. They also
//! take for granted that what they send over two connections is heard in that order, which only one thread can promise.

use motorpool::http::socketio::conformance;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listens on {address}");
    conformance::serve(listener).await;
    Ok(())
}
