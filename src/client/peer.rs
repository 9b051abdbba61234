//! A server made of raw frames, for tests: it answers what the test says and nothing else.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::net::TcpListener;
use tokio_util::codec::FramedRead;

use super::connection::{Link, open};
use super::{Client, ConnectOptions};
use crate::wire::{self, Answer, Call, Frame, FrameCodec, Hello, ServerInfo, Value, Welcome};

/// Longest wait of a test for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The server's end of one connection.
pub(crate) struct Peer<S> {
    frames: FramedRead<ReadHalf<S>, FrameCodec>,
    write: WriteHalf<S>,
}

impl<S: AsyncRead + AsyncWrite> Peer<S> {
    pub(crate) fn new(stream: S) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self {
            frames: FramedRead::new(read, FrameCodec::new(1024 * 1024)),
            write,
        }
    }

    /// The next frame but pings, which are answered.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            let item = self.frames.next().await?.ok()?;
            match wire::decode(&item).unwrap() {
                Frame::Ping(ping) => {
                    let at = "2026-05-01T12:00:00Z".to_owned();
                    self.say(&Frame::Pong(wire::Pong { id: ping.id, at })).await;
                }
                frame => return Some(frame),
            }
        }
    }

    /// The next frame, pings too.
    pub(crate) async fn next_raw(&mut self) -> Option<Frame> {
        let item = self.frames.next().await?.ok()?;
        Some(wire::decode(&item).unwrap())
    }

    pub(crate) async fn hello(&mut self) -> Hello {
        match self.next().await {
            Some(Frame::Hello(hello)) => hello,
            other => panic!("got {other:?}, wanted a hello"),
        }
    }

    pub(crate) async fn call(&mut self) -> Call {
        match self.next().await {
            Some(Frame::Call(call)) => call,
            other => panic!("got {other:?}, wanted a call"),
        }
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        match self.next().await {
            Some(Frame::Result(answer)) => answer,
            other => panic!("got {other:?}, wanted a result"),
        }
    }

    pub(crate) async fn say(&mut self, frame: &Frame) {
        let mut out = BytesMut::new();
        wire::encode(frame, &mut out).unwrap();
        // The client may be gone already; what the test looks at next will show it.
        drop(self.write.write_all(&out).await);
    }

    pub(crate) async fn result(&mut self, id: u64, value: Value) {
        self.say(&Frame::Result(Answer { id, outcome: Ok(value) })).await;
    }

    pub(crate) async fn ask(&mut self, id: u64, command: &str, args: wire::Args) {
        let call = Call {
            id,
            command: command.to_owned(),
            args,
            deadline_ms: None,
        };
        self.say(&Frame::Call(call)).await;
    }
}

pub(crate) fn welcome(resume: &str) -> Frame {
    let server = ServerInfo {
        name: "fake".to_owned(),
        now: "2026-05-01T12:00:00Z".to_owned(),
        limits: [("frame_bytes".to_owned(), 64 * 1024)].into(),
        commands: vec!["s.info".to_owned(), "s.unlock".to_owned(), "s.unlockwith".to_owned()],
        ..ServerInfo::default()
    };
    Frame::Welcome(Box::new(Welcome {
        client_id: "c-1".to_owned(),
        name: "one".to_owned(),
        permissions: vec!["user".to_owned()],
        resume: resume.to_owned(),
        server,
        notices: Vec::new(),
    }))
}

/// A client and the server's end of its connection, welcomed.
pub(crate) async fn pair(options: &ConnectOptions) -> (Client, Peer<DuplexStream>) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let mut peer = Peer::new(far);
    let (read, write) = tokio::io::split(near);
    let opened = open(read, write, options, Link::new(options), options.connect_timeout);
    let (opened, ()) = tokio::join!(opened, async {
        peer.hello().await;
        peer.say(&welcome("token-1")).await;
    });
    (opened.unwrap().0, peer)
}

/// The next connection to a listener.
pub(crate) async fn accept(listener: &TcpListener) -> Peer<tokio::net::TcpStream> {
    let (stream, _) = tokio::time::timeout(PATIENCE, listener.accept())
        .await
        .unwrap()
        .unwrap();
    Peer::new(stream)
}
