//! A server for the official protocol suites: `cargo run --example socketio_conformance`, then the suites of
//! `docs/engine.io-protocol/v4-test-suite` and `docs/socket.io-protocol/v5-test-suite` of socket.io, each with `npm test`.
//!
//! Socket.IO under `/socket.io/` is served through motorpool's own layer. `/engine.io/` is Engine.IO alone.

mod echo;

use motorpool::http::socketio::conformance;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listens on {address}");
    conformance::serve(listener, echo::router()).await;
    Ok(())
}
