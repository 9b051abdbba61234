//! Receivers over real sockets: their fault and their panic cost one connection, and nobody else's.

use std::sync::Arc;
use std::time::Duration;

use ::bytes::BytesMut;
use futures_util::future::LocalBoxFuture;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::datasock::connection::Incoming;
use crate::datasock::ports::Ports;
use crate::datasock::receivers::Receiver;
use crate::datasock::sock::Definition;
use crate::registry::Standing;
use crate::registry::permissions::Permissions;
use crate::runtime::clock::Clock;
use crate::runtime::{OutboxLimits, ServiceSpec, outbox, supervise};
use crate::wire::ClientKind;

const SOON: Duration = Duration::from_secs(20);

/// Does what the first byte says: panics, hangs without looking at its connection, or counts bytes.
struct Moody;

impl Receiver for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            while connection.more().await? {
                match connection.buffer().first() {
                    Some(b'p') => panic!("as asked"),
                    Some(b'h') => std::future::pending().await,
                    Some(b'f') => return Err(Error::new(ErrorCode::BadArguments, "as asked")),
                    _ => {
                        let bytes = connection.buffer().len();
                        connection.say(&json!({"bytes": bytes}));
                    }
                }
                connection.buffer().clear();
            }
            Ok(())
        })
    }
}

struct Half(tokio::net::tcp::OwnedReadHalf);

impl Incoming for Half {
    fn poll_more(
        &mut self,
        cx: &mut std::task::Context<'_>,
        buffer: &mut BytesMut,
    ) -> std::task::Poll<std::io::Result<usize>> {
        tokio_util::io::poll_read_buf(std::pin::Pin::new(&mut self.0), cx, buffer)
    }
}

struct Bench {
    sock: Arc<Sock>,
    registry: Service<Registry>,
    listener: TcpListener,
}

impl Bench {
    async fn new() -> Self {
        let definition = Definition {
            receiver: "moody".to_owned(),
            port: Ports::default(),
            auto_connect: false,
        };
        let arbiter = actix_rt::Arbiter::current();
        let (registry, monitor) = supervise(ServiceSpec::vital("registry"), &arbiter, || async {
            Ok::<_, std::convert::Infallible>(Registry::new(
                8,
                8,
                crate::registry::events::Events::new("test".to_owned(), 8),
                crate::presence::Presence::new(&crate::config::Limits::default(), &Clock::system()),
                crate::registry::recent::Memory::new(8),
            ))
        });
        drop(tokio::spawn(monitor));
        registry.wait_up().await.unwrap();
        Self {
            sock: Arc::new(Sock::new("moods", definition, Arc::new(Moody), None)),
            registry,
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    /// A client's end of a connection that is served.
    async fn attach(&self) -> (TcpStream, Peer) {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (served, _) = self.listener.accept().await.unwrap();
        let (read, write) = served.into_split();
        let limits = OutboxLimits {
            soft_bytes: 65_536,
            hard_bytes: 262_144,
            stall_max: SOON,
            flush_max: SOON,
        };
        let (outbox, writer) = outbox(write, limits);
        let peer = Peer::new(1, outbox);
        let (id, name) = (Arc::from("c"), "ada".to_owned());
        let standing = Standing::new(id, ClientKind::Client, None, None, name, Permissions::NONE);
        let connection = Connection::new(
            Arc::new(standing),
            peer.clone(),
            Clock::system(),
            Box::new(Half(read)),
            self.sock.tally.clone(),
        );
        start(Attached {
            sock: self.sock.clone(),
            connection,
            peer: peer.clone(),
            writer: actix_rt::spawn(writer),
            registry: self.registry.clone(),
        });
        (stream, peer)
    }
}

async fn item(stream: &mut TcpStream) -> serde_json::Value {
    let length = tokio::time::timeout(SOON, stream.read_u32()).await.unwrap().unwrap();
    let mut item = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut item).await.unwrap();
    crate::wire::from_cbor(&item).unwrap()
}

async fn has_ended(stream: &mut TcpStream) -> bool {
    let read = tokio::time::timeout(SOON, stream.read(&mut [0; 8])).await.unwrap();
    matches!(read, Ok(0))
}

#[actix::test]
async fn a_panic_ends_its_own_connection_with_a_word_and_a_count_and_no_other() {
    let bench = Bench::new().await;
    let (mut mine, _) = bench.attach().await;
    let (mut other, _) = bench.attach().await;
    mine.write_all(b"p").await.unwrap();
    let told = item(&mut mine).await;
    assert_eq!(told["error"]["code"], "internal", "{told}");
    assert!(has_ended(&mut mine).await);
    other.write_all(b"bytes").await.unwrap();
    assert_eq!(item(&mut other).await, json!({"bytes": 5}));
    let seen = bench.sock.tally.look();
    assert_eq!(seen.last_fault.unwrap().text, "the receiver of this datasock failed");
    let line = "motorpool_receiver_faults_total{receiver=\"moody\",cause=\"panicked\"} 1";
    let figures = crate::runtime::metrics::install().render();
    assert!(figures.lines().any(|found| found == line), "{figures}");
    // And again: the receiver itself has taken no harm.
    let (mut again, _) = bench.attach().await;
    again.write_all(b"xyz").await.unwrap();
    assert_eq!(item(&mut again).await, json!({"bytes": 3}));
}

#[actix::test]
async fn a_fault_is_told_with_its_code() {
    let bench = Bench::new().await;
    let (mut stream, _) = bench.attach().await;
    stream.write_all(b"f").await.unwrap();
    let told = item(&mut stream).await;
    assert_eq!(told["error"]["code"], "bad_arguments", "{told}");
    assert!(has_ended(&mut stream).await);
}

#[actix::test]
async fn a_receiver_that_does_not_look_is_ended_when_its_connection_is_closed() {
    let bench = Bench::new().await;
    let (mut stream, peer) = bench.attach().await;
    stream.write_all(b"h").await.unwrap();
    peer.close(CloseReason::DatasockClosed);
    let told = item(&mut stream).await;
    assert_eq!(told["bye"]["reason"], "datasock_closed", "{told}");
    assert!(has_ended(&mut stream).await);
    let deadline = tokio::time::Instant::now() + SOON;
    while bench.sock.tally.look().sessions > 0 {
        assert!(tokio::time::Instant::now() < deadline, "it is still served");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
